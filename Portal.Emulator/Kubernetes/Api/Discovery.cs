using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>What the cluster serves, a document for each group and version; all at once: <see cref="AggregatedDiscovery"/>.</summary>
internal static class Discovery
{
    public static JsonObject Version(string version)
    {
        var parts = version.Split('.');
        return new JsonObject
        {
            ["major"] = parts[0],
            ["minor"] = parts.Length > 1 ? parts[1] : "0",
            ["gitVersion"] = $"v{parts[0]}.{(parts.Length > 1 ? parts[1] : "0")}.0-eks-portal",
            ["gitCommit"] = "0000000000000000000000000000000000000000",
            ["gitTreeState"] = "clean",
            ["buildDate"] = "2026-01-01T00:00:00Z",
            ["goVersion"] = "go1.24.0",
            ["compiler"] = "gc",
            ["platform"] = "linux/amd64",
        };
    }

    public static JsonObject CoreVersions() => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(),
    };

    public static JsonObject Groups(IReadOnlyList<ResourceKind> kinds) => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = kinds.Where(kind => kind.Group.Length > 0).GroupBy(kind => kind.Group).Select(group => (JsonNode?)Group(group.Key, group)).ToJsonArray(),
    };

    public static JsonObject? Group(IReadOnlyList<ResourceKind> kinds, string group)
    {
        var members = kinds.Where(kind => kind.Group == group).ToList();
        if (members.Count == 0 || group.Length == 0)
            return null;

        var document = Group(group, members);
        document["kind"] = "APIGroup";
        document["apiVersion"] = "v1";
        return document;
    }

    public static JsonObject? Resources(IReadOnlyList<ResourceKind> kinds, string group, string version)
    {
        var members = kinds.Where(kind => kind.Group == group && kind.Version == version).ToList();
        if (members.Count == 0)
            return null;

        return new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = members[0].ApiVersion,
            ["resources"] = members.SelectMany(Entries).Select(entry => (JsonNode?)entry).ToJsonArray(),
        };
    }

    private static JsonObject Group(string name, IEnumerable<ResourceKind> members)
    {
        var versions = members.Select(kind => kind.Version).Distinct(StringComparer.Ordinal)
            .Select(version => new JsonObject { ["groupVersion"] = $"{name}/{version}", ["version"] = version }).ToList();
        return new JsonObject
        {
            ["name"] = name,
            ["versions"] = versions.Select(version => (JsonNode?)version).ToJsonArray(),
            ["preferredVersion"] = versions[0].DeepClone(),
        };
    }

    /// <summary>The subresources of a kind: name, kind of their bodies, verbs.</summary>
    public static IEnumerable<(string Name, string Group, string Version, string Kind, string[] Verbs)> Subresources(ResourceKind kind)
    {
        if (kind.HasStatus)
            yield return ("status", kind.Group, kind.Version, kind.Kind, ["get", "patch", "update"]);
        if (kind.HasScale)
            yield return ("scale", "autoscaling", "v1", "Scale", ["get", "patch", "update"]);
        if (kind == Kinds.Namespace)
            yield return ("finalize", "", "v1", "Namespace", ["update"]);
        if (kind == Kinds.ServiceAccount)
            yield return ("token", "authentication.k8s.io", "v1", "TokenRequest", ["create"]);
        if (kind == Kinds.Pod)
        {
            yield return ("attach", "", "v1", "PodAttachOptions", ["create", "get"]);
            yield return ("eviction", "policy", "v1", "Eviction", ["create"]);
            yield return ("exec", "", "v1", "PodExecOptions", ["create", "get"]);
            yield return ("log", "", "v1", "Pod", ["get"]);
            yield return ("portforward", "", "v1", "PodPortForwardOptions", ["create", "get"]);
        }
    }

    private static IEnumerable<JsonObject> Entries(ResourceKind kind)
    {
        var entry = Entry(kind, kind.Plural, kind.Kind, kind.Verbs);
        entry["singularName"] = kind.Singular;
        if (kind.ShortNames.Count > 0)
            entry["shortNames"] = Texts(kind.ShortNames);
        if (kind.Categories.Count > 0)
            entry["categories"] = Texts(kind.Categories);
        yield return entry;

        foreach (var (name, group, version, type, verbs) in Subresources(kind))
        {
            var below = Entry(kind, $"{kind.Plural}/{name}", type, verbs);
            if ((group, version) != (kind.Group, kind.Version))
                (below["group"], below["version"]) = (group, version);
            yield return below;
        }
    }

    private static JsonObject Entry(ResourceKind kind, string name, string type, IEnumerable<string> verbs) => new()
    {
        ["name"] = name,
        ["singularName"] = "",
        ["namespaced"] = kind.Namespaced,
        ["kind"] = type,
        ["verbs"] = Texts(verbs),
    };

    private static JsonArray Texts(IEnumerable<string> texts) => texts.Select(text => (JsonNode?)text).ToJsonArray();
}
