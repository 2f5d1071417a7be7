using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>A JSON schema as gnostic's openapi.v2.Schema. Field numbers from its openapiv2/OpenAPIv2.proto.</summary>
internal static class OpenApiProtobuf
{
    public static void Write(ProtobufWriter message, JsonObject schema)
    {
        if (schema.Text("$ref") is { } reference)
            message.Text(1, reference);
        if (schema.Text("format") is { } format)
            message.Text(2, format);
        if (schema.Text("description") is { } description)
            message.Text(4, description);
        foreach (var required in schema.Array("required") ?? [])
            message.Text(19, required!.GetValue<string>());
        if (schema.Object("additionalProperties") is { } values)
            message.Message(21, additional => additional.Message(1, item => Write(item, values)));
        if (schema.Text("type") is { } type)
            message.Message(22, item => item.Text(1, type));
        if (schema.Object("items") is { } items)
            message.Message(23, list => list.Message(1, item => Write(item, items)));
        if (schema.Object("properties") is { } properties)
            message.Message(25, list => Named(list, properties));
        foreach (var (name, value) in schema.Where(pair => pair.Key.StartsWith("x-", StringComparison.Ordinal)))
            message.Message(31, extension => extension.Text(1, name).Message(2, any => any.Text(2, value!.ToJsonString() + "\n")));
    }

    /// <summary>A map of schemas: Definitions or Properties.</summary>
    public static void Named(ProtobufWriter map, JsonObject schemas)
    {
        foreach (var (name, schema) in schemas)
            map.Message(1, entry => entry.Text(1, name).Message(2, value => Write(value, (JsonObject)schema!)));
    }
}
