using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>Every resource of the account. Written by the stacks' engine only, together with its own state; read by all services.</summary>
internal sealed class Inventory
{
    public const string Collection = "resources";

    // Traffic and the clusters ask for all of a type with every request; the account holds twenty times as many of other types.
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, CloudResource>> _types = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, CloudResource> _resources = new(StringComparer.Ordinal);

    public Inventory(IDocumentStore documents)
    {
        foreach (var (_, json) in documents.All(Collection))
        {
            var resource = JsonSerializer.Deserialize<CloudResource>(json)!;
            // Nodes read from text are expanded on first use, which two readers must not do at once: a clone is expanded already.
            Set(resource with { Properties = Expand(resource.Properties), Attributes = Expand(resource.Attributes) });
        }
    }

    public CloudResource? Find(string type, string? physicalId) =>
        physicalId is null ? null : _resources.GetValueOrDefault(CloudResource.KeyOf(type, physicalId));

    public CloudResource? ByKey(string? key) => key is null ? null : _resources.GetValueOrDefault(key);

    /// <summary>In the order of creation.</summary>
    public IReadOnlyList<CloudResource> OfType(string type) =>
        _types.TryGetValue(type, out var found)
            ? [.. found.Values.OrderBy(resource => resource.CreatedAt).ThenBy(resource => resource.PhysicalId, StringComparer.Ordinal)]
            : [];

    public IEnumerable<CloudResource> All => _resources.Values;

    public int Count => _resources.Count;

    public void Set(CloudResource resource)
    {
        _resources[resource.Key] = resource;
        _types.GetOrAdd(resource.Type, _ => new(StringComparer.Ordinal))[resource.Key] = resource;
    }

    public void Remove(string key)
    {
        if (_resources.TryRemove(key, out var resource))
            _types[resource.Type].TryRemove(key, out _);
    }

    private static JsonObject Expand(JsonObject node) => (JsonObject)node.DeepClone();
}
