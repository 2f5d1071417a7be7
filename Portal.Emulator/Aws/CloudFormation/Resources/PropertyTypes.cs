using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>
/// property-types.yaml, where format and source are described: which properties a type has, which it needs, and what values they take.
/// CloudFormation checks a resource against its schema when its turn comes, before it calls the service.
/// </summary>
internal sealed class PropertyTypes
{
    private readonly Dictionary<string, ValueShape> _types;

    private PropertyTypes(Dictionary<string, ValueShape> types) => _types = types;

    /// <exception cref="InvalidDataException">The file that lies in this assembly is wrong.</exception>
    public static PropertyTypes Read()
    {
        using var reader = new StreamReader(typeof(PropertyTypes).Assembly.GetManifestResourceStream("property-types.yaml")!);
        var stream = new YamlStream();
        stream.Load(reader);
        return new PropertyTypes(((YamlMappingNode)stream.Documents[0].RootNode).Children
            .ToDictionary(pair => Text(pair.Key), pair => ReadType(Text(pair.Key), (YamlMappingNode)pair.Value), StringComparer.Ordinal));
    }

    public bool Knows(string type) => _types.ContainsKey(type);

    /// <summary>Null, or why CloudFormation refuses the resource, in the words of its schema validation.</summary>
    public string? FaultOf(string type, string logicalId, JsonObject properties)
    {
        if (!_types.TryGetValue(type, out var shape))
            return null;
        var faults = shape.FaultsOf("#", properties).ToList();
        return faults.Count == 0 ? null : $"Properties validation failed for resource {logicalId} with message:\n[{string.Join("\n", faults)}]";
    }

    private static ValueShape ReadType(string type, YamlMappingNode node)
    {
        var objects = node.Children.Keys.ToDictionary(Text, _ => new ObjectShape(), StringComparer.Ordinal);
        foreach (var (name, properties) in node.Children)
        {
            foreach (var (property, value) in ((YamlMappingNode)properties).Children)
            {
                try
                {
                    objects[Text(name)].Add(Text(property).TrimEnd('!'), Text(property).EndsWith('!'), new ShapeReader(Text(value), objects).Read());
                }
                catch (Exception error) when (error is FormatException or KeyNotFoundException or ArgumentException)
                {
                    throw new InvalidDataException($"property-types.yaml: {type}.{Text(name)}.{Text(property)}: {error.Message}", error);
                }
            }
        }

        return objects["Properties"];
    }

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value ?? "";
}
