using System.Text.Json;
using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes;

/// <summary>
/// Reads JSON into nodes that hold plain values and share the names of fields: such a document takes much less memory than one of
/// JsonNode.Parse, may be read by many at once, and of a field that stands twice the last one counts, as for encoding/json.
/// </summary>
internal static class JsonText
{
    /// <param name="duplicates">Takes a sentence for each field that stands twice in one object.</param>
    public static JsonNode? Parse(ReadOnlySpan<byte> text, List<string>? duplicates = null)
    {
        var reader = new Utf8JsonReader(text);
        reader.Read();
        var node = Read(ref reader, "", duplicates);
        return reader.Read() ? throw new JsonException("there is more than one value") : node;
    }

    private static JsonNode? Read(ref Utf8JsonReader reader, string path, List<string>? duplicates)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadObject(ref reader, path, duplicates);
            case JsonTokenType.StartArray:
                var list = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    list.Add(Read(ref reader, duplicates is null ? "" : $"{path}[{list.Count}]", duplicates));
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

    private static JsonObject ReadObject(ref Utf8JsonReader reader, string path, List<string>? duplicates)
    {
        var fields = new JsonObject();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            name = string.IsInterned(name) ?? name;
            var at = duplicates is null ? "" : path.Length == 0 ? name : $"{path}.{name}";
            if (fields.Remove(name))
                duplicates?.Add($"duplicate field \"{at}\"");
            reader.Read();
            fields[name] = Read(ref reader, at, duplicates);
        }

        return fields;
    }
}
