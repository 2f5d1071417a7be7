using System.Text.Json;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>The node groups that a cluster should have, kept on disk.</summary>
internal sealed class NodeGroups(IDocumentStore documents, string clusterId)
{
    private readonly string _collection = $"kubernetes-nodegroups-{clusterId}";

    public IReadOnlyList<NodeGroup> All() => [.. documents.All(_collection).Select(entry => JsonSerializer.Deserialize<NodeGroup>(entry.Value)!)];

    public NodeGroup? Find(string name) => All().FirstOrDefault(group => group.Name == name);

    public void Set(NodeGroup group) => documents.Put(_collection, group.Name, JsonSerializer.Serialize(group));

    public void Remove(string name) => documents.Delete(_collection, name);

    public void Forget() => documents.PutAll([.. documents.All(_collection).Select(entry => (_collection, entry.Key, (string?)null))]);
}
