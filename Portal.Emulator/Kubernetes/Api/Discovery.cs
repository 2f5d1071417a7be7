using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>What the cluster serves. Aggregated discovery is not offered: clients that ask for it fall back to these documents.</summary>
internal static class Discovery
{
    private static readonly string[] _verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

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

    private static IEnumerable<JsonObject> Entries(ResourceKind kind)
    {
        var entry = Entry(kind, kind.Plural, kind.Kind, _verbs);
        entry["singularName"] = kind.Singular;
        if (kind.ShortNames.Count > 0)
            entry["shortNames"] = kind.ShortNames.Select(name => (JsonNode?)name).ToJsonArray();
        if (kind.Categories.Count > 0)
            entry["categories"] = kind.Categories.Select(name => (JsonNode?)name).ToJsonArray();
        yield return entry;

        if (kind.HasStatus)
            yield return Entry(kind, kind.Plural + "/status", kind.Kind, ["get", "patch", "update"]);
        if (kind.HasScale)
            yield return Entry(kind, kind.Plural + "/scale", "Scale", ["get", "patch", "update"], "autoscaling", "v1");
        if (kind == Kinds.Namespace)
            yield return Entry(kind, "namespaces/finalize", kind.Kind, ["update"]);
        if (kind == Kinds.Pod)
        {
            yield return Entry(kind, "pods/log", kind.Kind, ["get"]);
            yield return Entry(kind, "pods/eviction", "Eviction", ["create"], "policy", "v1");
        }
    }

    private static JsonObject Entry(ResourceKind kind, string name, string type, string[] verbs, string? group = null, string? version = null)
    {
        var entry = new JsonObject { ["name"] = name, ["singularName"] = "", ["namespaced"] = kind.Namespaced };
        if (group is not null)
        {
            entry["group"] = group;
            entry["version"] = version;
        }

        entry["kind"] = type;
        entry["verbs"] = verbs.Select(verb => (JsonNode?)verb).ToJsonArray();
        return entry;
    }
}
