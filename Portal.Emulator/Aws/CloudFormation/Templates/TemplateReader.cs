using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Portal.Emulator.Aws.CloudFormation.Templates;

/// <summary>Reads a template's text, YAML with short tags or JSON, into one tree in which every function has its long form.</summary>
internal static partial class TemplateReader
{
    /// <summary>As deep as System.Text.Json reads.</summary>
    private const int MostLevels = 64;

    public static JsonObject Read(string body)
    {
        try
        {
            var root = body.TrimStart().StartsWith('{') ? JsonNode.Parse(body) : ReadYaml(body);
            return root as JsonObject ?? throw Format("unsupported structure.");
        }
        catch (JsonException error)
        {
            throw Format($"JSON not well-formed. (line {error.LineNumber + 1}, column {error.BytePositionInLine + 1})");
        }
        catch (YamlException error)
        {
            throw Format($"YAML not well-formed. (line {error.Start.Line}, column {error.Start.Column})");
        }
    }

    public static AwsException Format(string message) => AwsException.Validation("Template format error: " + message);

    private static JsonNode? ReadYaml(string body)
    {
        CheckEvents(body);
        var stream = new YamlStream();
        stream.Load(new StringReader(body));
        return stream.Documents.Count == 1 ? Convert(stream.Documents[0].RootNode) : null;
    }

    /// <summary>User guide, "CloudFormation template format": YAML without aliases. What nests without end would end this process.</summary>
    private static void CheckEvents(string body)
    {
        var (parser, depth) = (new Parser(new StringReader(body)), 0);
        while (parser.MoveNext())
        {
            if (parser.Current is AnchorAlias)
                throw Format("YAML aliases are not allowed in CloudFormation templates");
            depth += parser.Current!.NestingIncrease;
            if (depth > MostLevels)
                throw Format("unsupported structure.");
        }
    }

    private static JsonNode? Convert(YamlNode node)
    {
        var tag = node.Tag.IsEmpty || !node.Tag.IsLocal ? null : node.Tag.Value[1..];
        var value = node switch
        {
            YamlMappingNode mapping => new JsonObject(mapping.Children.Select(pair => KeyValuePair.Create(KeyText(pair.Key), Convert(pair.Value)))),
            YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Convert)]),
            YamlScalarNode scalar => tag is null ? ConvertScalar(scalar) : JsonValue.Create(scalar.Value ?? ""),
            _ => null,
        };
        return tag is null ? value : Function(tag, value);
    }

    private static JsonObject Function(string tag, JsonNode? value)
    {
        if (tag == "GetAtt" && value is JsonValue)
            value = new JsonArray([.. value.GetValue<string>().Split('.', 2).Select(part => (JsonNode)part)]);
        return new JsonObject { [tag is "Ref" or "Condition" ? tag : "Fn::" + tag] = value };
    }

    private static string KeyText(YamlNode key) => key is YamlScalarNode { Value: { } text } ? text : throw Format("every key must be a string.");

    /// <summary>Numbers keep their text: an account number with a leading zero, a date or a version must come out as written.</summary>
    private static JsonNode? ConvertScalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style != ScalarStyle.Plain)
            return text;
        return text switch
        {
            "" or "~" or "null" => null,
            "true" or "True" => true,
            "false" or "False" => false,
            _ when Integer().IsMatch(text) && long.TryParse(text, CultureInfo.InvariantCulture, out var whole) => whole,
            _ => text,
        };
    }

    [GeneratedRegex(@"^-?(0|[1-9]\d*)\z")]
    private static partial Regex Integer();
}
