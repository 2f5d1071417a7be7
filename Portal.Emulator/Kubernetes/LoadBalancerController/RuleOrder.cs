using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>
/// The order in which the controller turns paths into rules: Ingresses by group.order, then by name;
/// within a rule Exact before Prefix, and the longer prefix first (its guide, "Ingress specification").
/// </summary>
internal static class RuleOrder
{
    public static IEnumerable<JsonObject> Ingresses(IEnumerable<JsonObject> members) =>
        members.OrderBy(Annotations.Order).ThenBy(member => $"{member.Namespace()}/{member.Name()}", StringComparer.Ordinal);

    public static IEnumerable<(string? Host, JsonObject Path)> Paths(JsonObject ingress) => ingress.Items("spec", "rules")
        .SelectMany(rule => rule.Items("http", "paths").OrderBy(Rank).ThenByDescending(PrefixLength).Select(path => (rule.Text("host"), path)));

    private static int Rank(JsonObject path) => path.Text("pathType") switch
    {
        "Exact" => 0,
        "Prefix" => 1,
        _ => 2,
    };

    private static int PrefixLength(JsonObject path) => path.Text("pathType") == "Prefix" ? path.Text("path")?.Length ?? 0 : 0;
}
