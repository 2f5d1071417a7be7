using System.Text.RegularExpressions;

namespace Portal.Emulator.Kubernetes.Schema;

/// <summary>The syntax of quantities (apimachinery's resource.Quantity): a number and a decimal, binary or exponent suffix.</summary>
internal static partial class QuantityText
{
    public static bool IsValid(string text) => Pattern().IsMatch(text);

    [GeneratedRegex(@"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(|n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?[0-9]+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Pattern();
}
