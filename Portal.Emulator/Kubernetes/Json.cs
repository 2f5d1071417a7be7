using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes;

/// <summary>Reads and writes Kubernetes documents by path; what is missing or of another type reads as absent.</summary>
internal static class Json
{
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var part in path)
        {
            if (node is not JsonObject parent || !parent.TryGetPropertyValue(part, out node))
                return null;
        }

        return node;
    }

    public static JsonObject? Object(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as JsonObject;

    public static JsonArray? Array(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as JsonArray;

    /// <summary>The objects of the list at <paramref name="path"/>; none where there is no such list.</summary>
    public static IEnumerable<JsonObject> Items(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.Array(path) is { } list ? list.OfType<JsonObject>() : [];

    public static string? Text(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public static int? Number(this JsonNode? node, params ReadOnlySpan<string> path) =>
        // A value made in the process remembers its own type: a long is not an int to it.
        node.At(path) is not JsonValue value ? null
        : value.TryGetValue<int>(out var number) ? number
        : value.TryGetValue<long>(out var large) ? (int)large
        : null;

    public static bool? Flag(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : null;

    /// <summary>The object called <paramref name="name"/>, made where there is none.</summary>
    public static JsonObject Ensure(this JsonObject parent, string name)
    {
        if (parent[name] is JsonObject existing)
            return existing;

        var made = new JsonObject();
        parent[name] = made;
        return made;
    }

    public static void Default(this JsonObject parent, string name, JsonNode? value)
    {
        if (parent[name] is null)
            parent[name] = value;
    }

    public static IReadOnlyDictionary<string, string> Texts(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in node.Object(path) ?? [])
            texts[name] = value is JsonValue scalar && scalar.TryGetValue<string>(out var text) ? text : value?.ToJsonString() ?? "";
        return texts;
    }

    public static JsonObject ToObject(this IEnumerable<KeyValuePair<string, string>> texts) =>
        new(texts.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));

    public static JsonArray ToJsonArray(this IEnumerable<JsonNode?> nodes) => new([.. nodes]);

    public static JsonObject Copy(this JsonObject node) => (JsonObject)node.DeepClone();

    public static JsonObject Metadata(this JsonObject document) => document.Ensure("metadata");

    public static string Name(this JsonObject document) => document.Text("metadata", "name") ?? "";

    public static string Namespace(this JsonObject document) => document.Text("metadata", "namespace") ?? "";

    public static string Uid(this JsonObject document) => document.Text("metadata", "uid") ?? "";

    public static string Kind(this JsonObject document) => document.Text("kind") ?? "";

    public static bool IsDeleting(this JsonObject document) => document.Text("metadata", "deletionTimestamp") is not null;

    public static IReadOnlyDictionary<string, string> Labels(this JsonObject document) => document.Texts("metadata", "labels");

    public static string? Annotation(this JsonObject document, string name) => document.Text("metadata", "annotations", name);

    public static bool HasFinalizer(this JsonObject document, string finalizer) =>
        document.Array("metadata", "finalizers")?.Any(item => item?.GetValue<string>() == finalizer) == true;

    public static void RemoveFinalizer(this JsonObject document, string finalizer)
    {
        if (document.Array("metadata", "finalizers") is not { } finalizers)
            return;

        for (var index = finalizers.Count - 1; index >= 0; index--)
        {
            if (finalizers[index]?.GetValue<string>() == finalizer)
                finalizers.RemoveAt(index);
        }

        if (finalizers.Count == 0)
            document.Metadata().Remove("finalizers");
    }

    public static void AddFinalizer(this JsonObject document, string finalizer)
    {
        if (document.HasFinalizer(finalizer))
            return;

        if (document.Metadata()["finalizers"] is not JsonArray finalizers)
            document.Metadata()["finalizers"] = finalizers = [];
        finalizers.Add(finalizer);
    }

    /// <summary>The owner that manages the object, if any.</summary>
    public static JsonObject? Controller(this JsonObject document) =>
        document.Items("metadata", "ownerReferences").FirstOrDefault(owner => owner.Flag("controller") == true);

    public static string Timestamp(this DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");

    /// <summary>Visits every node once, so that later concurrent readers meet no lazily parsed part.</summary>
    public static void Materialize(this JsonNode? node)
    {
        switch (node)
        {
            case JsonObject parent:
                foreach (var (_, child) in parent)
                    child.Materialize();
                break;
            case JsonArray list:
                foreach (var child in list)
                    child.Materialize();
                break;
        }
    }
}
