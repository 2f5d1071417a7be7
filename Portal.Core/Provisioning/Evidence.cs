using System.Text.RegularExpressions;

namespace Portal.Core.Provisioning;

/// <summary>What somebody who looks for the cause of a failure would look at first: events, lines of a log, a program's words.</summary>
/// <param name="Title">What it is of.</param>
/// <param name="Lines">Oldest first; bounded, and without what looks like a secret.</param>
public sealed partial record Evidence(string Title, IReadOnlyList<string> Lines)
{
    public const int MostLines = 20;

    private const int LongestLine = 400;

    /// <summary>The last lines, each as long as a person reads, with secrets blotted out.</summary>
    public static Evidence Of(string title, IEnumerable<string> lines) => new(title, [.. lines.TakeLast(MostLines).Select(Presentable)]);

    /// <summary>Without what looks like a secret, in any case short enough to be read.</summary>
    public static string Presentable(string line)
    {
        var text = Blotted(line);
        return text.Length > LongestLine ? text[..LongestLine] + "…" : text;
    }

    /// <summary>Without what looks like a secret, on one line and as long as it is: whoever calls this bounds it.</summary>
    public static string Blotted(string line)
    {
        var text = Control().Replace(line, " ").TrimEnd();
        text = Key().Replace(text, "[removed]");
        text = UserInfo().Replace(text, "${scheme}[removed]@");
        return Named().Replace(text, "${name}[removed]");
    }

    /// <summary>Whether something of it looks like a secret.</summary>
    public static bool LooksSecret(string line) => Key().IsMatch(line) || UserInfo().IsMatch(line) || Named().IsMatch(line);

    // A program may print anything: what names itself a secret, what has the form of a key or token, and the part of an address before its @.
    [GeneratedRegex("""(?<name>\b[\w.-]*(?:passw(?:or)?d|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|credential|authorization|cookie)[\w.-]*["']?\s*(?:[:=]|\bis\b)\s*(?:(?:bearer|basic)\s+)?)(?:"[^"]*"|'[^']*'|[^\s,;&"']+)""", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Named();

    [GeneratedRegex(@"\b(AKIA|ASIA)[A-Z0-9]{16}\b|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\bgh[pousr]_\w{20,}|-----BEGIN [A-Z ]*PRIVATE KEY-----.*|\b(?i:bearer)\s+[\w.~+/-]{16,}=*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Key();

    [GeneratedRegex(@"(?<scheme>\b[a-z][a-z0-9+.-]*://)[^/\s@]+@", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex UserInfo();

    [GeneratedRegex(@"\x1B\[[0-9;]*[A-Za-z]|[\p{Cc}]", RegexOptions.None, 1000)]
    private static partial Regex Control();
}
