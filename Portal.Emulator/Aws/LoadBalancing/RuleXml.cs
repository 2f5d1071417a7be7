using System.Xml.Linq;
using Portal.Emulator.Contracts;
using static Portal.Emulator.Aws.QueryXml;

namespace Portal.Emulator.Aws.LoadBalancing;

/// <summary>Conditions and transforms of a rule as DescribeRules writes them.</summary>
internal static class RuleXml
{
    public static XElement Condition(RuleCondition condition)
    {
        var values = condition.Field == "query-string" ? List("Values", condition.Values.Select(Pair)) : Strings(condition.IsRegex ? "RegexValues" : "Values", condition.Values);
        var config = condition.Field switch
        {
            "path-pattern" => "PathPatternConfig",
            "host-header" => "HostHeaderConfig",
            "http-header" => "HttpHeaderConfig",
            "http-request-method" => "HttpRequestMethodConfig",
            "query-string" => "QueryStringConfig",
            _ => "SourceIpConfig",
        };
        // Host names and paths stand twice: as they did before there were other conditions, too.
        var repeated = condition is { Field: "path-pattern" or "host-header", IsRegex: false } ? Strings("Values", condition.Values) : null;
        return Member(Element("Field", condition.Field), repeated, Element(config, Optional("HttpHeaderName", condition.Header), values));
    }

    public static XElement Transform(RuleTransform transform) => Member(
        Element("Type", transform.Type),
        Element(transform.Type == "url-rewrite" ? "UrlRewriteConfig" : "HostHeaderRewriteConfig",
            List("Rewrites", [Member(Element("Regex", transform.Regex), Element("Replace", transform.Replace))])));

    private static XElement Pair(string pair)
    {
        var at = pair.IndexOf('=', StringComparison.Ordinal);
        return Member(Optional("Key", pair[..at]), Element("Value", pair[(at + 1)..]));
    }
}
