using System.Text;
using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Schema;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>Makes the JSON of a body in application/vnd.kubernetes.protobuf, by <see cref="ApiSchema"/>.</summary>
internal static class ProtobufReader
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    private const string Accepted = "application/json, application/yaml, and " + MediaType + " for the kinds that are served";

    public static JsonObject Read(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith("k8s\0"u8))
            throw ApiException.BadRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
        try
        {
            var envelope = Message(body[4..], "Unknown");
            var type = envelope.Object("typeMeta") ?? [];
            var name = type.Text("kind") ?? "";
            if (Kinds.BuiltIn.FirstOrDefault(kind => kind.Kind == name && kind.ApiVersion == type.Text("apiVersion")) is { } known)
                name = ApiSchema.Of(known)?.Name ?? name;
            if (ApiSchema.Find(name) is not { } schema || !(schema.IsRoot || schema.Name == "DeleteOptions"))
                throw ApiException.UnsupportedMediaType(Accepted);

            var document = Message(Convert.FromBase64String(envelope.Text("raw") ?? ""), name);
            document["apiVersion"] = type.Text("apiVersion");
            document["kind"] = type.Text("kind");
            return document;
        }
        catch (Exception error) when (error is ArgumentOutOfRangeException or OverflowException)
        {
            throw ApiException.BadRequest("the protobuf message ends before its time");
        }
    }

    private static JsonObject Message(ReadOnlySpan<byte> bytes, string name)
    {
        var fields = ApiSchema.Find(name)!.Wire;
        var result = new JsonObject();
        while (bytes.Length > 0)
        {
            var tag = Varint(ref bytes);
            var wire = (int)(tag & 7);
            var number = wire == 0 ? Varint(ref bytes) : 0;
            var value = wire switch { 1 => Take(ref bytes, 8), 2 => Take(ref bytes, checked((int)Varint(ref bytes))), 5 => Take(ref bytes, 4), _ => default };
            if (fields.FirstOrDefault(field => field.Number == (int)(tag >> 3)) is { Type: not "x" } known)
                Set(result, known, value, (long)number);
        }

        return result;
    }

    private static void Set(JsonObject result, SchemaField field, ReadOnlySpan<byte> value, long number)
    {
        switch (field.Form)
        {
            case FieldForm.Inline:
                foreach (var (inner, node) in Message(value, field.Type).ToList())
                    result[inner] = node?.DeepClone();
                break;
            case FieldForm.List:
                if (result[field.Name] is not JsonArray list)
                    result[field.Name] = list = [];
                list.Add(Value(field.Type, value, number));
                break;
            case FieldForm.Map:
                var (key, item) = Entry(value);
                result.Ensure(field.Name)[key] = Value(field.Type, item, 0);
                break;
            default:
                // The wire carries every plain field, JSON leaves the empty ones out.
                if (field.KeepsZero || !IsZero(field.Type, value, number))
                    result[field.Name] = Value(field.Type, value, number);
                break;
        }
    }

    private static JsonNode? Value(string type, ReadOnlySpan<byte> value, long number) => type switch
    {
        "s" => Encoding.UTF8.GetString(value),
        "i" => number,
        "b" => number != 0,
        "B" => Convert.ToBase64String(value),
        "q" => Field(value, 1).Text is { } quantity ? Encoding.UTF8.GetString(quantity) : "0",
        "n" => Field(value, 1).Number == 0 ? Field(value, 2).Number : Encoding.UTF8.GetString(Field(value, 3).Text ?? []),
        "t" or "u" => DateTimeOffset.FromUnixTimeSeconds(Field(value, 1).Number).Timestamp(),
        _ => Message(value, type),
    };

    private static bool IsZero(string type, ReadOnlySpan<byte> value, long number) => type switch
    {
        "s" or "B" or "t" or "u" => value.Length == 0,
        "i" or "b" => number == 0,
        "n" or "q" => false,
        _ => Message(value, type).Count == 0,
    };

    private static (string Key, byte[] Value) Entry(ReadOnlySpan<byte> entry) =>
        (Encoding.UTF8.GetString(Field(entry, 1).Text ?? []), Field(entry, 2).Text ?? []);

    private static (long Number, byte[]? Text) Field(ReadOnlySpan<byte> bytes, int field)
    {
        while (bytes.Length > 0)
        {
            var tag = Varint(ref bytes);
            var number = (tag & 7) == 0 ? Varint(ref bytes) : 0;
            var text = (tag & 7) == 2 ? Take(ref bytes, checked((int)Varint(ref bytes))) : default;
            if ((int)(tag >> 3) == field)
                return ((long)number, text.ToArray());
        }

        return (0, null);
    }

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = Take(ref bytes, 1)[0];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
            if (shift > 56)
                throw new OverflowException();
        }
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> bytes, int count)
    {
        var taken = bytes[..count];
        bytes = bytes[count..];
        return taken;
    }
}
