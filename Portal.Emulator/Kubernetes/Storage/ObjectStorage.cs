using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Kubernetes.Storage;

/// <summary>The cluster's objects on disk, one document each, and how far resource versions may have been given out.</summary>
internal sealed class ObjectStorage(IDocumentStore documents, string clusterId)
{
    // Versions are reserved in blocks: a restart must never give out a version that a client has seen for something else.
    private const long Block = 10_000;
    private const string VersionCollection = "kubernetes-versions";

    private readonly string _collection = $"kubernetes-objects-{clusterId}";
    private long _reservedUpTo;

    public long LoadVersion()
    {
        var stored = documents.All(VersionCollection).FirstOrDefault(entry => entry.Key == clusterId).Value;
        _reservedUpTo = stored is null ? 0 : JsonSerializer.Deserialize<long>(stored);
        return _reservedUpTo;
    }

    public IEnumerable<(string Group, string Plural, JsonObject Document)> LoadObjects()
    {
        foreach (var (key, json) in documents.All(_collection))
        {
            var parts = key.Split('/');
            yield return (parts[0], parts[1], (JsonObject)JsonText.Parse(Encoding.UTF8.GetBytes(json))!);
        }
    }

    public void Save(ResourceKind kind, JsonObject document, long version) => Write(kind, document, document.ToJsonString(), version);

    public void Remove(ResourceKind kind, JsonObject document, long version) => Write(kind, document, null, version);

    public void Forget() => documents.PutAll(
        [.. documents.All(_collection).Select(entry => (_collection, entry.Key, (string?)null)), (VersionCollection, clusterId, null)]);

    private void Write(ResourceKind kind, JsonObject document, string? json, long version)
    {
        var entry = (_collection, $"{kind.Group}/{kind.Plural}/{document.Namespace()}/{document.Name()}", json);
        if (version < _reservedUpTo)
        {
            documents.PutAll([entry]);
            return;
        }

        _reservedUpTo = version + Block;
        documents.PutAll([entry, (VersionCollection, clusterId, JsonSerializer.Serialize(_reservedUpTo))]);
    }
}
