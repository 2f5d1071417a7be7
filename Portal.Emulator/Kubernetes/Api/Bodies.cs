using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Portal.Emulator.Kubernetes.Storage;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>Request bodies in JSON, YAML or, where <see cref="ProtobufReader"/> knows the kind, protobuf. CBOR is not offered: clients that find 415 use JSON.</summary>
internal static partial class Bodies
{
    public static async Task<JsonObject> ReadObjectAsync(HttpRequest request, CancellationToken cancellationToken, List<string>? duplicates = null)
    {
        var type = MediaType(request);
        if (type is not ("" or "application/json" or "application/yaml" or "text/plain" or ProtobufReader.MediaType))
            throw ApiException.UnsupportedMediaType("application/json, application/yaml");

        return await ReadAsync(request, cancellationToken, duplicates) as JsonObject ?? throw ApiException.BadRequest("the body is not an object");
    }

    public static async Task<JsonNode?> ReadAsync(HttpRequest request, CancellationToken cancellationToken, List<string>? duplicates = null)
    {
        if (MediaType(request) == ProtobufReader.MediaType)
        {
            using var bytes = new MemoryStream();
            await request.Body.CopyToAsync(bytes, cancellationToken);
            return bytes.Length == 0 ? null : ProtobufReader.Read(bytes.ToArray());
        }

        using var reader = new StreamReader(request.Body);
        var text = await reader.ReadToEndAsync(cancellationToken);
        return Parse(text, duplicates);
    }

    public static string MediaType(HttpRequest request) => (request.ContentType ?? "").Split(';')[0].Trim();

    /// <param name="duplicates">Takes the names of fields that stand twice in one object; the last one counts, as for encoding/json.</param>
    public static JsonNode? Parse(string text, List<string>? duplicates = null)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;

        try
        {
            if (text.AsSpan().TrimStart() is ['{' or '[', ..])
                return ParseJson(text, duplicates);

            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            return yaml.Documents.Count == 0 ? null : Convert(yaml.Documents[0].RootNode);
        }
        catch (Exception error) when (error is JsonException or YamlException)
        {
            throw ApiException.BadRequest("the object provided is unrecognized: " + error.Message);
        }
    }

    private static JsonNode? ParseJson(string text, List<string>? duplicates)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
        reader.Read();
        var node = Read(ref reader, "", duplicates);
        return reader.Read() ? throw new JsonException("there is more than one value") : node;
    }

    private static JsonNode? Read(ref Utf8JsonReader reader, string path, List<string>? duplicates)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var fields = new JsonObject();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    var at = path.Length == 0 ? name : $"{path}.{name}";
                    if (fields.Remove(name))
                        duplicates?.Add($"duplicate field \"{at}\"");
                    reader.Read();
                    fields[name] = Read(ref reader, at, duplicates);
                }

                return fields;
            case JsonTokenType.StartArray:
                var list = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    list.Add(Read(ref reader, $"{path}[{list.Count}]", duplicates));
                return list;
            case JsonTokenType.String:
                return JsonValue.Create(reader.GetString());
            case JsonTokenType.Number:
                return reader.TryGetInt64(out var number) ? JsonValue.Create(number) : JsonValue.Create(reader.GetDouble());
            case JsonTokenType.True or JsonTokenType.False:
                return JsonValue.Create(reader.GetBoolean());
            default:
                return null;
        }
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value ?? "", Convert(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => Plain(scalar.Value ?? ""),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => null,
    };

    // The core schema of YAML 1.2, and y/n stay text.
    private static JsonValue? Plain(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ when Integer().IsMatch(text) && long.TryParse(text, out var number) => JsonValue.Create(number),
        _ when Float().IsMatch(text) && double.TryParse(text, out var number) => JsonValue.Create(number),
        _ => JsonValue.Create(text),
    };

    [GeneratedRegex("^[-+]?[0-9]+$", RegexOptions.None, 1000)]
    private static partial Regex Integer();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Float();
}
