using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>Everything that the cluster serves in one document (apidiscovery.k8s.io/v2), for clients that ask for it.</summary>
internal static class AggregatedDiscovery
{
    private const string Form = "g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    public static bool IsWanted(HttpRequest request) =>
        request.Headers.Accept.ToString().Split(',').Any(item => item.Replace(" ", "", StringComparison.Ordinal).Contains(Form, StringComparison.Ordinal));

    public static Task WriteAsync(HttpContext context, IEnumerable<ResourceKind> kinds)
    {
        var list = new JsonObject
        {
            ["kind"] = "APIGroupDiscoveryList",
            ["apiVersion"] = "apidiscovery.k8s.io/v2",
            ["metadata"] = new JsonObject(),
            ["items"] = kinds.GroupBy(kind => kind.Group).Select(group => (JsonNode?)Group(group)).ToJsonArray(),
        };
        return Answers.WriteAsync(context, list, contentType: "application/json;" + Form);
    }

    private static JsonObject Group(IGrouping<string, ResourceKind> group) => new()
    {
        ["metadata"] = group.Key.Length == 0 ? new JsonObject() : new JsonObject { ["name"] = group.Key },
        ["versions"] = group.GroupBy(kind => kind.Version).Select(version => (JsonNode?)new JsonObject
        {
            ["version"] = version.Key,
            ["resources"] = version.Select(kind => (JsonNode?)Resource(kind)).ToJsonArray(),
            ["freshness"] = "Current",
        }).ToJsonArray(),
    };

    private static JsonObject Resource(ResourceKind kind)
    {
        var resource = new JsonObject
        {
            ["resource"] = kind.Plural,
            ["responseKind"] = ResponseKind(kind.Group, kind.Version, kind.Kind),
            ["scope"] = kind.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = kind.Singular,
            ["verbs"] = Texts(kind.Verbs),
        };
        if (kind.ShortNames.Count > 0)
            resource["shortNames"] = Texts(kind.ShortNames);
        if (kind.Categories.Count > 0)
            resource["categories"] = Texts(kind.Categories);
        var below = Discovery.Subresources(kind).Select(item => (JsonNode?)new JsonObject
        {
            ["subresource"] = item.Name,
            ["responseKind"] = ResponseKind(item.Group, item.Version, item.Kind),
            ["verbs"] = Texts(item.Verbs),
        }).ToJsonArray();
        if (below.Count > 0)
            resource["subresources"] = below;
        return resource;
    }

    private static JsonObject ResponseKind(string group, string version, string kind) => new() { ["group"] = group, ["version"] = version, ["kind"] = kind };

    private static JsonArray Texts(IEnumerable<string> texts) => texts.Select(text => (JsonNode?)text).ToJsonArray();
}
