using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Storage;

/// <summary>Objects in etcd's order: by namespace, then by name. Stored objects are never changed, only replaced.</summary>
internal sealed class ObjectTable
{
    private readonly Dictionary<(string Group, string Plural), SortedDictionary<string, SortedDictionary<string, JsonObject>>> _objects = [];

    public JsonObject? Find((string Group, string Plural) kind, string inNamespace, string name) =>
        _objects.TryGetValue(kind, out var namespaces) && namespaces.TryGetValue(inNamespace, out var names) && names.TryGetValue(name, out var found)
            ? found
            : null;

    public IEnumerable<JsonObject> All((string Group, string Plural) kind, string? inNamespace)
    {
        if (!_objects.TryGetValue(kind, out var namespaces))
            return [];

        if (inNamespace is null)
            return namespaces.Values.SelectMany(names => names.Values);

        return namespaces.TryGetValue(inNamespace, out var found) ? found.Values : [];
    }

    public void Set((string Group, string Plural) kind, JsonObject document)
    {
        if (!_objects.TryGetValue(kind, out var namespaces))
            _objects[kind] = namespaces = new(StringComparer.Ordinal);
        if (!namespaces.TryGetValue(document.Namespace(), out var names))
            namespaces[document.Namespace()] = names = new(StringComparer.Ordinal);
        names[document.Name()] = document;
    }

    public void Remove((string Group, string Plural) kind, JsonObject document)
    {
        if (!_objects.TryGetValue(kind, out var namespaces) || !namespaces.TryGetValue(document.Namespace(), out var names))
            return;

        names.Remove(document.Name());
        if (names.Count == 0)
            namespaces.Remove(document.Namespace());
    }
}
