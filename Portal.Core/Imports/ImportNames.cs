using System.Text;
using Portal.Core.Specifications;

namespace Portal.Core.Imports;

/// <summary>Names as specifications take them.</summary>
internal static class ImportNames
{
    /// <summary>A DNS label that nobody has yet; it has it from now on.</summary>
    public static string Label(string name, HashSet<string> taken)
    {
        var label = new StringBuilder();
        foreach (var letter in name.ToLowerInvariant())
            label.Append(char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) ? letter : '-');
        var text = label.ToString().Trim('-');
        if (text.Length == 0 || !char.IsAsciiLetterLower(text[0]))
            text = ("service-" + text).TrimEnd('-');
        if (text.Length > FieldLimits.ServiceName - 3)
            text = text[..(FieldLimits.ServiceName - 3)].TrimEnd('-');
        var free = text;
        for (var number = 2; !taken.Add(free); number++)
            free = $"{text}-{number}";
        return free;
    }
}
