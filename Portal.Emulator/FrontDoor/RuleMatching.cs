using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;
using Portal.Emulator.Aws.LoadBalancing;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.FrontDoor;

/// <summary>Which rule of a listener takes a request, and how its transforms change it (ELB user guide, "Condition types for listener rules" and "Transforms for listener rules").</summary>
internal static class RuleMatching
{
    public static bool Matches(ListenerRule rule, BackendRequest request) => rule.Conditions.All(condition => Matches(condition, request));

    /// <summary>
    /// The request with its URL (path and query) and its host rewritten. Where a pattern does not match, "the original request is sent to
    /// the target". The rule has been chosen already: a new path does not lead to another one.
    /// </summary>
    public static BackendRequest Transform(ListenerRule rule, BackendRequest request) => rule.Transforms.Aggregate(request, (changed, transform) => transform.Type == "url-rewrite"
        ? changed with { Target = Rewrite(transform, changed.Target) }
        : changed with { Host = Rewrite(transform, changed.Host) });

    /// <summary>"*" stands for any characters, "?" for one; case matters in paths and not in hosts.</summary>
    internal static bool Matches(string pattern, string text, bool ignoreCase = false) => Regex.IsMatch(
        text, $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal)}$",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None));

    private static string Rewrite(RuleTransform transform, string text) => DescriptionRules.Compile(transform.Regex).Replace(text, transform.Replace, 1);

    private static bool Matches(RuleCondition condition, BackendRequest request) => condition.Field switch
    {
        "path-pattern" => Any(condition, request.Path),
        "host-header" => Any(condition, request.Host, ignoreCase: true),
        "http-header" => request.Headers.TryGetValue(condition.Header ?? "", out var value) && Any(condition, value, ignoreCase: true),
        "http-request-method" => condition.Values.Contains(request.Method),
        "query-string" => QueryHelpers.ParseQuery(request.QueryString).Any(pair => condition.Values.Any(wanted => Matches(wanted, pair.Key, pair.Value.ToString()))),
        _ => IPAddress.TryParse(request.SourceIp, out var source) && condition.Values.Any(block => IPNetwork.TryParse(block, out var network) && network.Contains(source)),
    };

    private static bool Matches(string wanted, string key, string value)
    {
        var at = wanted.IndexOf('=', StringComparison.Ordinal);
        return (at == 0 || Matches(wanted[..at], key, ignoreCase: true)) && Matches(wanted[(at + 1)..], value, ignoreCase: true);
    }

    private static bool Any(RuleCondition condition, string text, bool ignoreCase = false) => condition.Values.Any(value =>
        condition.IsRegex ? DescriptionRules.Compile(value).IsMatch(text) : Matches(value, text, ignoreCase));
}
