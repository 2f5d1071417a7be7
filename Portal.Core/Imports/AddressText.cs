using System.Text.RegularExpressions;
using Portal.Core.Catalog;

namespace Portal.Core.Imports;

/// <summary>Finds the addresses of others in a variable's value, and puts references in their place.</summary>
internal static partial class AddressText
{
    /// <param name="reach">Says that the other is reached, and which store it is, if it is one.</param>
    /// <param name="nameOf">The service that the other became.</param>
    public static string Linked(
        string variable, string value, IReadOnlyDictionary<string, ImportedWorkload> hosts, Func<ImportedWorkload, DataStore?> reach, Func<ImportedWorkload, string> nameOf,
        FoundLinks found, Action<string> note)
    {
        // What looks like a reference is none of ours, but in Score, where it is much the same.
        var text = value.Replace("${", "$${", StringComparison.Ordinal);
        text = ScoreReference().Replace(text, match => Score(match.Groups["path"].Value.Split('.'), found) ?? Unknown(match.Value));
        var places = PlaceName().IsMatch(variable);
        return Address().Replace(text, match =>
        {
            var (scheme, host, port) = (match.Groups["scheme"].Value, match.Groups["host"].Value, match.Groups["port"].Value);
            // A bare word is an address only where the variable is about one: DB_USER=user is not.
            if (!hosts.TryGetValue(host.Split('.')[0], out var other) || !(hosts.ContainsKey(host) || host.Contains(".svc", StringComparison.Ordinal) || host.Count(letter => letter == '.') == 1)
                || (scheme.Length == 0 && port.Length == 0 && !places))
                return match.Value;
            // Its own address, for others to call it back by.
            if (found.IsOf(other))
                return match.Value;
            var credentials = match.Groups["credentials"].Value;
            if (credentials.Contains(':', StringComparison.Ordinal))
                note($"{variable} has a password in it, which is not taken over.");
            else if (credentials.Length > 0)
                scheme += credentials;
            return reach(other) is null ? Service(scheme, nameOf(other), port) : Store(match.Value, scheme, found.Stores[other], port, variable, found, note);
        });

        string Unknown(string reference)
        {
            note($"{variable} has {reference[1..]}, which is not known here. Put in what it stands for.");
            return reference[1..];
        }
    }

    private static string Service(string scheme, string name, string port) => (scheme, port) switch
    {
        ("http://", _) => $"${{service.{name}.url}}",
        (_, "") => $"{scheme}${{service.{name}.host}}",
        _ => $"{scheme}${{service.{name}.host}}:${{service.{name}.port}}",
    };

    private static string Store(string whole, string scheme, string name, string port, string variable, FoundLinks found, Action<string> note)
    {
        if (found.Reference(name, "HOST", "ENDPOINT") is not { } host)
        {
            note($"{variable} is the address of a store that has none here. Look what the store gives instead, and refer to that.");
            return whole;
        }

        return found.Reference(name, "PORT") is { } at && port.Length > 0 ? $"{scheme}${{{host}}}:${{{at}}}" : $"{scheme}${{{host}}}{port}";
    }

    private static string? Score(string[] path, FoundLinks found) => path switch
    {
        ["metadata", "name"] => "${self.name}",
        ["resources", var resource, var property] when found.NameOf(resource) is { } store
            && found.Reference(store, property.ToUpperInvariant(), property is "name" ? "DATABASE" : property.ToUpperInvariant()) is { } reference => $"${{{reference}}}",
        _ => null,
    };

    [GeneratedRegex(@"(?<![A-Za-z0-9_./-])(?<scheme>[a-z][a-z0-9+.:-]*://)?(?<credentials>[^@/\s:]*(:[^@/\s]*)?@)?(?<host>[A-Za-z][A-Za-z0-9_-]*(\.[a-z0-9-]+)*)(?<port>:[0-9]+)?(?![A-Za-z0-9_.-])", RegexOptions.ExplicitCapture)]
    private static partial Regex Address();

    [GeneratedRegex(@"HOST|ADDR|URL|URI|ENDPOINT|SERVER|BROKER|DSN|SERVICE|UPSTREAM|BACKEND", RegexOptions.IgnoreCase)]
    private static partial Regex PlaceName();

    [GeneratedRegex(@"\$\$\{(?<path>(metadata|resources)(\.[A-Za-z0-9_-]+)+)\}", RegexOptions.ExplicitCapture)]
    private static partial Regex ScoreReference();
}
