using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>One resource type: what its identifier looks like and which attributes it has.</summary>
internal sealed class ResourceType(string name, Func<ResourceContext, string> physicalId)
{
    private readonly Dictionary<string, Func<ResourceContext, JsonNode?>> _attributes = new(StringComparer.Ordinal);
    private string? _scope;

    public string Name => name;

    public ResourceType With(string attribute, Func<ResourceContext, JsonNode?> value)
    {
        _attributes[attribute] = value;
        return this;
    }

    /// <summary>Attributes whose values <see cref="ResourceEffects"/> supplies.</summary>
    public ResourceType WithLater(params string[] attributes)
    {
        foreach (var attribute in attributes)
            _attributes[attribute] = _ => null;
        return this;
    }

    /// <summary>The property within whose value the identifier is unique; without it, the account is that scope.</summary>
    public ResourceType ScopedBy(string property)
    {
        _scope = property;
        return this;
    }

    public string KeyFor(string physicalId, JsonObject properties) =>
        _scope is null ? CloudResource.KeyOf(name, physicalId) : $"{CloudResource.KeyOf(name, physicalId)}|{properties[_scope].ToText()}";

    public string PhysicalIdFor(ResourceContext context) => physicalId(context);

    public JsonObject AttributesFor(ResourceContext context) =>
        new(_attributes.Select(pair => KeyValuePair.Create(pair.Key, pair.Value(context))).Where(pair => pair.Value is not null));

    public bool HasAttribute(string attribute) => _attributes.ContainsKey(attribute);
}
