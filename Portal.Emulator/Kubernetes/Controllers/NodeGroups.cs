using System.Text.Json;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>The node groups that a cluster should have, kept on disk.</summary>
internal sealed class NodeGroups(IDocumentStore documents, string clusterId)
{
    // Callers tell sizes while the controllers read and resize.
    private readonly Lock _gate = new();
    private readonly string _collection = $"kubernetes-nodegroups-{clusterId}";

    public IReadOnlyList<NodeGroup> All() => [.. Read().Select(one => one.Group)];

    public NodeGroup? Find(string name) => All().FirstOrDefault(group => group.Name == name);

    /// <summary>The group as somebody asks for it, who knows nothing of what the cluster autoscaler has made of its size.</summary>
    public void Tell(NodeGroup told)
    {
        lock (_gate)
        {
            var known = Read().FirstOrDefault(one => one.Group.Name == told.Name);
            var isSame = known?.Told is { } before && (before.MinSize, before.Size, before.MaxSize) == (told.MinSize, told.Size, told.MaxSize);
            Put(new Kept(isSame ? told with { Size = known!.Group.Size } : told, told));
        }
    }

    /// <summary>SetDesiredCapacity of the group's Auto Scaling group.</summary>
    public void Resize(string name, int size)
    {
        lock (_gate)
        {
            if (Read().FirstOrDefault(one => one.Group.Name == name) is { } known)
                Put(known with { Group = known.Group with { Size = size } });
        }
    }

    /// <summary>Forgets a group that should have no nodes; one that has grown since the caller looked stays.</summary>
    public void RemoveEmpty(string name)
    {
        lock (_gate)
        {
            if (Find(name) is { Size: 0 })
                documents.Delete(_collection, name);
        }
    }

    public void Forget() => documents.PutAll([.. documents.All(_collection).Select(entry => (_collection, entry.Key, (string?)null))]);

    // Earlier versions kept the group alone.
    private IEnumerable<Kept> Read() => documents.All(_collection).Select(entry =>
        JsonSerializer.Deserialize<Kept>(entry.Value) is { Group: not null } kept ? kept : new Kept(JsonSerializer.Deserialize<NodeGroup>(entry.Value)!, null));

    private void Put(Kept kept) => documents.Put(_collection, kept.Group.Name, JsonSerializer.Serialize(kept));

    /// <param name="Told">As it was last asked for; null where that was not kept.</param>
    private sealed record Kept(NodeGroup Group, NodeGroup? Told);
}
