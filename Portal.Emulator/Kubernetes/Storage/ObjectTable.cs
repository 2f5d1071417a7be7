using System.Text.Json;
using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Storage;

/// <summary>
/// Objects in etcd's order: by namespace, then by name. Stored objects are never changed, only replaced.
/// Those that are many and seldom read (events, Helm's releases) are kept as text, which takes a fraction of the memory.
/// </summary>
internal sealed class ObjectTable
{
    private readonly Dictionary<(string Group, string Plural), SortedDictionary<string, SortedDictionary<string, object>>> _objects = [];

    public JsonObject? Find((string Group, string Plural) kind, string inNamespace, string name) =>
        _objects.TryGetValue(kind, out var namespaces) && namespaces.TryGetValue(inNamespace, out var names) && names.TryGetValue(name, out var found)
            ? Read(found)
            : null;

    public IEnumerable<JsonObject> All((string Group, string Plural) kind, string? inNamespace)
    {
        if (!_objects.TryGetValue(kind, out var namespaces))
            return [];

        if (inNamespace is null)
            return namespaces.Values.SelectMany(names => names.Values).Select(Read);

        return namespaces.TryGetValue(inNamespace, out var found) ? found.Values.Select(Read) : [];
    }

    public void Set((string Group, string Plural) kind, JsonObject document)
    {
        if (!_objects.TryGetValue(kind, out var namespaces))
            _objects[kind] = namespaces = new(StringComparer.Ordinal);
        if (!namespaces.TryGetValue(document.Namespace(), out var names))
            namespaces[document.Namespace()] = names = new(StringComparer.Ordinal);
        names[document.Name()] = IsKeptAsText(kind) ? JsonSerializer.SerializeToUtf8Bytes(document) : document;
    }

    public void Remove((string Group, string Plural) kind, JsonObject document)
    {
        if (!_objects.TryGetValue(kind, out var namespaces) || !namespaces.TryGetValue(document.Namespace(), out var names))
            return;

        names.Remove(document.Name());
        if (names.Count == 0)
            namespaces.Remove(document.Namespace());
    }

    private static bool IsKeptAsText((string Group, string Plural) kind) => kind == Kinds.Event.StorageKey || kind == Kinds.Secret.StorageKey;

    private static JsonObject Read(object kept) => kept as JsonObject ?? (JsonObject)JsonText.Parse((byte[])kept)!;
}
