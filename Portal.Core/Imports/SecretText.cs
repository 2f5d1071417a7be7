using System.Text.RegularExpressions;
using Portal.Core.Requests;

namespace Portal.Core.Imports;

/// <summary>Finds what nobody should read in what a file says in clear.</summary>
internal static partial class SecretText
{
    /// <summary>Whether a variable of that name holds a secret, by the names of all frameworks: <c>DB_PASSWORD</c>, <c>EventBusPassword</c>, <c>Storage__AccountKey</c>.</summary>
    public static bool IsName(string name) => CallRules.LooksSecret(name) || CamelName().IsMatch(name);

    /// <summary>Without the passwords of connection strings: <c>Server=db;Password=abc</c> → <c>Server=db;Password=</c>.</summary>
    /// <returns>Null where there is none.</returns>
    public static string? Without(string value) => Pair().IsMatch(value) ? Pair().Replace(value, "${name}=") : null;

    [GeneratedRegex("[a-z0-9_](Password|Secret|AccountKey|AccessKey|PrivateKey|ApiKey)\\z|^(password|secret)\\z", RegexOptions.ExplicitCapture)]
    private static partial Regex CamelName();

    // A reference to a secret is none: ${…} is what stands in its place.
    [GeneratedRegex("(?<name>\\b(password|passwd|pwd|accountkey|sharedaccesskey|secretkey))\\s*=\\s*(?!\\$?\\$\\{)[^;&\\s\"']+", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Pair();
}
