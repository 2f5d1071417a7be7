using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>
/// Conditions and transforms of the rules that an Ingress asks for: host and path of each of its paths, and what the annotations
/// conditions.service and transforms.service add to every rule that leads to the service.
/// </summary>
internal static class RuleBuilder
{
    public static IReadOnlyList<RuleCondition> Conditions(JsonObject ingress, string? host, JsonObject path, string service)
    {
        var hosts = new Values(host is { Length: > 0 } ? [host] : [], []);
        var paths = Patterns(ingress, path);
        var conditions = new List<RuleCondition>();
        foreach (var condition in Annotations.Objects(ingress, $"conditions.{service}"))
        {
            var field = condition.Text("field") ?? "";
            switch (field)
            {
                case "host-header":
                    hosts = hosts.And(Values.Of(condition, field, "hostHeaderConfig"));
                    break;
                case "path-pattern":
                    paths = paths.And(Values.Of(condition, field, "pathPatternConfig"));
                    break;
                case "http-header":
                    conditions.Add(Values.Of(condition, field, "httpHeaderConfig").As(field, condition.Text("httpHeaderConfig", "httpHeaderName")));
                    break;
                case "http-request-method":
                    conditions.Add(Values.Of(condition, field, "httpRequestMethodConfig").As(field));
                    break;
                case "source-ip":
                    conditions.Add(Values.Of(condition, field, "sourceIPConfig").As(field));
                    break;
                case "query-string":
                    conditions.Add(new RuleCondition(field, [.. QueryPairs(condition)]));
                    break;
            }
        }

        if (hosts.Any)
            conditions.Add(hosts.Checked("host").As("host-header"));
        if (paths.Any)
            conditions.Add(paths.Checked("path").As("path-pattern"));
        return conditions.Count > 0 ? conditions : [new RuleCondition("path-pattern", ["/*"])];
    }

    public static IReadOnlyList<RuleTransform> Transforms(JsonObject ingress, string service) =>
    [
        .. Annotations.Objects(ingress, $"transforms.{service}").SelectMany(transform =>
        {
            var type = transform.Text("type") ?? "";
            var name = type switch
            {
                "url-rewrite" => "urlRewriteConfig",
                "host-header-rewrite" => "hostHeaderRewriteConfig",
                _ => throw new ModelException($"unknown transform type: {type}"),
            };
            var config = transform.Object(name) ?? throw new ModelException($"missing {name}");
            var rewrites = config.Items("rewrites").Select(rewrite => new RuleTransform(type, rewrite.Text("regex") ?? "", rewrite.Text("replace") ?? "")).ToList();
            return rewrites.Count > 0 ? rewrites : throw new ModelException($"{name}.rewrites cannot be empty");
        }),
    ];

    // "/foo" and "/foo/*" for a prefix; a pattern as it is where the Ingress leaves its meaning to the controller.
    private static Values Patterns(JsonObject ingress, JsonObject path)
    {
        if (path.Text("path") is not { Length: > 0 } text)
            return new Values([], []);
        switch (path.Text("pathType"))
        {
            case "Prefix" when text == "/":
                return new Values(["/*"], []);
            case "Prefix":
                return new Values([Plain(text, "prefix").TrimEnd('/'), text.TrimEnd('/') + "/*"], []);
            case "Exact":
                return new Values([Plain(text, "exact")], []);
            default:
                return Annotations.Of(ingress, "use-regex-path-match") == "true" ? new Values([], [text[1..]]) : new Values([text], []);
        }
    }

    private static string Plain(string path, string type) =>
        path.Contains('*', StringComparison.Ordinal) || path.Contains('?', StringComparison.Ordinal)
            ? throw new ModelException($"{type} path shouldn't contain wildcards: {path}")
            : path;

    private static IEnumerable<string> QueryPairs(JsonObject condition)
    {
        var config = condition.Object("queryStringConfig") ?? throw new ModelException("missing queryStringConfig");
        var pairs = config.Items("values").Select(pair => (Key: pair.Text("key") ?? "", Value: pair.Text("value") ?? "")).ToList();
        if (pairs.Count == 0)
            throw new ModelException("invalid queryStringConfig: Values cannot be empty");
        return pairs.Select(pair => pair.Value.Length > 0 ? $"{pair.Key}={pair.Value}" : throw new ModelException("invalid queryStringConfig: value cannot be empty"));
    }

    /// <summary>Values with wildcards, or regular expressions; never both.</summary>
    private sealed record Values(IReadOnlyList<string> Globs, IReadOnlyList<string> Regexes)
    {
        public bool Any => Globs.Count + Regexes.Count > 0;

        public static Values Of(JsonObject condition, string field, string name)
        {
            var config = condition.Object(name) ?? throw new ModelException($"missing {name}");
            var values = new Values(Texts(config, "values"), Texts(config, "regexValues"));
            if (!values.Any)
                throw new ModelException($"invalid {name}: {(field is "http-request-method" or "source-ip" ? "values cannot be empty" : "values or regexValues must be specified")}");
            return values.Globs.Count > 0 && values.Regexes.Count > 0
                ? throw new ModelException($"invalid {name}: precisely one of values and regexValues can be specified")
                : values;
        }

        public Values And(Values other) => new([.. Globs, .. other.Globs], [.. Regexes, .. other.Regexes]);

        public Values Checked(string what) => Globs.Count > 0 && Regexes.Count > 0
            ? throw new ModelException($"{what} condition must specify exactly one of Values and RegexValues, got both Values [{string.Join(' ', Globs)}] and RegexValues [{string.Join(' ', Regexes)}]")
            : this;

        public RuleCondition As(string field, string? header = null) => new(field, Globs.Count > 0 ? Globs : Regexes, Regexes.Count > 0, header);

        private static List<string> Texts(JsonObject config, string name) => [.. (config.Array(name) ?? []).Select(value => value?.ToString() ?? "")];
    }
}
