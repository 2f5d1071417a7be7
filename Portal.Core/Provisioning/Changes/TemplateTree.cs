using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace Portal.Core.Provisioning.Changes;

/// <summary>A CloudFormation template as JSON: every scalar is text, and short tags such as <c>!Ref</c> are written out.</summary>
internal static class TemplateTree
{
    /// <exception cref="InvalidDataException">Not a CloudFormation template.</exception>
    public static JsonObject Parse(string name, string body)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(body));
        return yaml.Documents.Count == 1 && Node(yaml.Documents[0].RootNode) is JsonObject root
            ? root
            : throw new InvalidDataException($"{name} is not a CloudFormation template.");
    }

    private static JsonNode? Node(YamlNode node)
    {
        JsonNode? value = node switch
        {
            YamlScalarNode scalar => JsonValue.Create(scalar.Value ?? ""),
            YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Node)]),
            YamlMappingNode mapping => new JsonObject(mapping.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value ?? "", Node(pair.Value)))),
            _ => null,
        };
        if (node.Tag.IsEmpty || !node.Tag.IsLocal)
            return value;
        return node.Tag.Value[1..] switch
        {
            "Ref" => new JsonObject { ["Ref"] = value },
            "Condition" => new JsonObject { ["Condition"] = value },
            // "Id.Attribute"; the attribute may have dots of its own.
            "GetAtt" when Symbols.Text(value) is { } text => new JsonObject { ["Fn::GetAtt"] = new JsonArray([.. text.Split('.', 2).Select(part => JsonValue.Create(part))]) },
            var function => new JsonObject { ["Fn::" + function] = value },
        };
    }
}
