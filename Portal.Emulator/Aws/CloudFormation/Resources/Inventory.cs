using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>Every resource of the account. Written by the stacks' engine only, together with its own state; read by all services.</summary>
internal sealed class Inventory
{
    public const string Collection = "resources";
    private readonly ConcurrentDictionary<string, CloudResource> _resources = new(StringComparer.Ordinal);

    public Inventory(IDocumentStore documents)
    {
        foreach (var (key, json) in documents.All(Collection))
        {
            var resource = JsonSerializer.Deserialize<CloudResource>(json)!;
            // Nodes read from text are expanded on first use, which two readers must not do at once: a clone is expanded already.
            _resources[key] = resource with { Properties = Expand(resource.Properties), Attributes = Expand(resource.Attributes) };
        }
    }

    public CloudResource? Find(string type, string? physicalId) =>
        physicalId is null ? null : _resources.GetValueOrDefault(CloudResource.KeyOf(type, physicalId));

    public CloudResource? ByKey(string? key) => key is null ? null : _resources.GetValueOrDefault(key);

    /// <summary>In the order of creation.</summary>
    public IReadOnlyList<CloudResource> OfType(string type) =>
        [.. _resources.Values.Where(resource => resource.Type == type).OrderBy(resource => resource.CreatedAt).ThenBy(resource => resource.PhysicalId, StringComparer.Ordinal)];

    public int Count => _resources.Count;

    public void Set(CloudResource resource) => _resources[resource.Key] = resource;

    public void Remove(string key) => _resources.TryRemove(key, out _);

    private static JsonObject Expand(JsonObject node) => (JsonObject)node.DeepClone();
}
