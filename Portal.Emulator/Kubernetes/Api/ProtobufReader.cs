using System.Text;
using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>Makes the JSON of a body in application/vnd.kubernetes.protobuf, for the kinds in <see cref="ProtobufSchema"/>.</summary>
internal static class ProtobufReader
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    private const string Accepted = "application/json, application/yaml, and " + MediaType + " for the kinds of kubectl create, expose, run and autoscale";

    public static JsonObject Read(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith("k8s\0"u8))
            throw ApiException.BadRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
        try
        {
            var envelope = Message(body[4..], "Unknown");
            var type = envelope.Object("typeMeta") ?? [];
            if (ProtobufSchema.Find(type.Text("kind") ?? "") is null)
                throw ApiException.UnsupportedMediaType(Accepted);

            var document = Message(Convert.FromBase64String(envelope.Text("raw") ?? ""), type.Text("kind")!);
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
        var schema = ProtobufSchema.Find(name)!;
        var result = new JsonObject();
        while (bytes.Length > 0)
        {
            var tag = Varint(ref bytes);
            var wire = (int)(tag & 7);
            var number = wire == 0 ? Varint(ref bytes) : 0;
            var value = wire switch { 1 => Take(ref bytes, 8), 2 => Take(ref bytes, checked((int)Varint(ref bytes))), 5 => Take(ref bytes, 4), _ => default };
            if (schema.TryGetValue((int)(tag >> 3), out var field))
                Set(result, field.Name, field.Type, value, (long)number);
        }

        return result;
    }

    private static void Set(JsonObject result, string name, string type, ReadOnlySpan<byte> value, long number)
    {
        if (type[0] == '~')
        {
            foreach (var (inner, node) in Message(value, type[1..]).ToList())
                result[inner] = node?.DeepClone();
        }
        else if (type[0] == '[')
        {
            if (result[name] is not JsonArray list)
                result[name] = list = [];
            list.Add(Value(type[1..^1], value, number));
        }
        else if (type is ['m', _])
        {
            var (key, item) = Entry(value);
            result.Ensure(name)[key] = Value(type[1..], item, 0);
        }
        else if (type.EndsWith('*') || !IsZero(type, value, number))
        {
            // The wire carries every plain field, JSON leaves the empty ones out.
            result[name] = Value(type.TrimEnd('*'), value, number);
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
        _ => Message(value, type),
    };

    private static bool IsZero(string type, ReadOnlySpan<byte> value, long number) => type switch
    {
        "s" or "B" => value.Length == 0,
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
