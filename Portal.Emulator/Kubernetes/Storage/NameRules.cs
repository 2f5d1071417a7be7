using System.Text.RegularExpressions;

namespace Portal.Emulator.Kubernetes.Storage;

/// <summary>The syntax of names (apimachinery's util/validation). Each answers what is wrong, or null.</summary>
internal static partial class NameRules
{
    private const int LongestLabel = 63;
    private const int LongestSubdomain = 253;
    private const string NamePart = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    public static string? Subdomain(string name) => name.Length > LongestSubdomain
        ? TooLong(LongestSubdomain)
        : SubdomainPattern().IsMatch(name) ? null : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    public static string? Label(string name) => name.Length > LongestLabel
        ? TooLong(LongestLabel)
        : LabelPattern().IsMatch(name) ? null : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    public static string? ServiceName(string name) => name.Length > LongestLabel
        ? TooLong(LongestLabel)
        : ServicePattern().IsMatch(name) ? null : "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

    public static string? LabelValue(string value) => value.Length > LongestLabel
        ? TooLong(LongestLabel)
        : value.Length == 0 || NamePattern().IsMatch(value) ? null : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    /// <summary>A key of labels and annotations: a name, with a domain before a slash if need be.</summary>
    public static string? QualifiedName(string key)
    {
        var parts = key.Split('/');
        if (parts.Length > 2)
            return $"a valid label key {NamePart} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
        if (parts.Length == 2 && parts[0].Length == 0)
            return "prefix part must be non-empty";
        if (parts.Length == 2 && Subdomain(parts[0]) is { } fault)
            return "prefix part " + fault;
        if (parts[^1].Length == 0)
            return "name part must be non-empty";
        if (parts[^1].Length > LongestLabel)
            return "name part " + TooLong(LongestLabel);
        return NamePattern().IsMatch(parts[^1]) ? null : "name part " + NamePart;
    }

    public static string? ConfigKey(string key) => key.Length > LongestSubdomain
        ? TooLong(LongestSubdomain)
        : ConfigKeyPattern().IsMatch(key) ? null : "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

    /// <summary>The name of a container's or a Service's port.</summary>
    public static string? PortName(string name) => name.Length > 15
        ? "must be no more than 15 characters"
        : !PortPattern().IsMatch(name) ? "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
        : !name.Any(char.IsAsciiLetter) ? "must contain at least one letter (a-z)"
        : name.Contains("--", StringComparison.Ordinal) ? "must not contain consecutive hyphens"
        : name[0] == '-' || name[^1] == '-' ? "must not begin or end with a hyphen" : null;

    private static string TooLong(int most) => $"must be no more than {most} bytes";

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SubdomainPattern();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LabelPattern();

    [GeneratedRegex(@"^[a-z]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ServicePattern();

    [GeneratedRegex(@"^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^[-._a-zA-Z0-9]+\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ConfigKeyPattern();

    [GeneratedRegex(@"^[-a-z0-9]+\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PortPattern();
}
