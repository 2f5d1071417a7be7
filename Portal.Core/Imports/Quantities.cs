using System.Globalization;

namespace Portal.Core.Imports;

/// <summary>Numbers with units, as Compose (https://github.com/compose-spec/compose-spec/blob/main/11-extension.md) and Kubernetes
/// (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/) write them.</summary>
internal static class Quantities
{
    private static readonly (string Suffix, double Factor)[] s_bytes =
    [
        ("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("kb", 1 << 10), ("mb", 1 << 20), ("gb", 1 << 30), ("KB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30),
        ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("K", 1_000), ("m", 1 << 20), ("g", 1 << 30), ("b", 1), ("B", 1),
    ];

    /// <summary>0.5 and 500m are 500.</summary>
    public static int? Cpu(string text) =>
        text.EndsWith('m') ? Rounded(text[..^1], 1) : Rounded(text, 1_000);

    /// <summary>MiB, rounded up; 128Mi, 134M and 0.125Gi are 128.</summary>
    public static int? MiB(string text)
    {
        var (suffix, factor) = s_bytes.FirstOrDefault(unit => text.EndsWith(unit.Suffix, StringComparison.Ordinal));
        return suffix is null ? Rounded(text, 1.0 / (1 << 20)) : Rounded(text[..^suffix.Length], factor / (1 << 20));
    }

    /// <summary>Seconds; 1m30s is 90.</summary>
    public static int? Seconds(string text)
    {
        double total = 0;
        var digits = "";
        foreach (var letter in text)
        {
            if (char.IsAsciiDigit(letter) || letter == '.')
            {
                digits += letter;
                continue;
            }

            if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                return null;
            total += number * (letter switch { 'h' => 3_600, 'm' => 60, 's' => 1, _ => 0 });
            digits = "";
        }

        return digits.Length == 0 && text.Length > 0 ? (int)Math.Ceiling(total) : Rounded(text, 1);
    }

    private static int? Rounded(string text, double factor) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number * factor < int.MaxValue ? (int)Math.Ceiling(number * factor) : null;
}
