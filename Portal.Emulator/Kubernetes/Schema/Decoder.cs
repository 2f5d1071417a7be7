using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Schema;

/// <summary>
/// Reads a document as the API server's Go types do: fields that a type has not are left out and reported, nulls are absences,
/// a value of another type is refused with encoding/json's words.
/// </summary>
internal sealed class Decoder
{
    private readonly List<string> _unknown = [];

    private Decoder()
    {
    }

    /// <exception cref="ApiException">400: a value has not its field's type.</exception>
    public static (JsonObject Document, IReadOnlyList<string> Unknown) Read(ResourceKind kind, JsonObject document)
    {
        if (ApiSchema.Of(kind) is not { } type)
            return (document, []);

        var decoder = new Decoder();
        try
        {
            var result = decoder.Fields(document, type, "", isRoot: true);
            return (result, decoder._unknown);
        }
        catch (FormatException error)
        {
            throw ApiException.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: {error.Message}");
        }
    }

    private JsonObject Fields(JsonObject document, SchemaType type, string path, bool isRoot = false)
    {
        var result = new JsonObject();
        foreach (var (name, value) in document)
        {
            var at = path.Length == 0 ? name : $"{path}.{name}";
            if (isRoot && name is "apiVersion" or "kind")
                result[name] = value?.DeepClone();
            else if (type.Field(name) is not { } field)
                _unknown.Add($"unknown field \"{at}\"");
            else if (value is not null)
                result[name] = Value(field, value, type.Name, at);
        }

        return result;
    }

    private JsonNode? Value(SchemaField field, JsonNode value, string parent, string path)
    {
        switch (field.Form)
        {
            case FieldForm.List:
                var list = value as JsonArray ?? throw Mismatch(value, parent, path, "[]" + GoType(field));
                return list.Select((item, index) => item is null ? null : Single(field, item, parent, path, $"{path}[{index}]")).ToJsonArray();
            case FieldForm.Map:
                var map = value as JsonObject ?? throw Mismatch(value, parent, path, "map[string]" + GoType(field));
                return new JsonObject(map.Where(pair => pair.Value is not null)
                    .Select(pair => KeyValuePair.Create(pair.Key, Single(field, pair.Value!, parent, path, $"{path}.{pair.Key}"))));
            default:
                return Single(field, value, parent, path, path);
        }
    }

    /// <param name="path">As encoding/json names it: without the indexes that <paramref name="at"/> has.</param>
    private JsonNode? Single(SchemaField field, JsonNode value, string parent, string path, string at)
    {
        if (field.Object is { } type)
            return Fields(value as JsonObject ?? throw Mismatch(value, parent, path, "v1." + type.Name), type, at);

        var kind = value.GetValueKind();
        var fits = field.Type switch
        {
            "s" or "t" or "u" or "B" => kind == JsonValueKind.String,
            "i" => kind == JsonValueKind.Number && IsInteger(value),
            "b" => kind is JsonValueKind.True or JsonValueKind.False,
            "n" => kind is JsonValueKind.String or JsonValueKind.Number,
            "q" => kind is JsonValueKind.String or JsonValueKind.Number,
            _ => true,
        };
        if (!fits)
            throw Mismatch(value, parent, path, GoType(field));
        if (field.Type == "B" && !Convert.TryFromBase64String(value.GetValue<string>(), new byte[value.GetValue<string>().Length], out _))
            throw new FormatException("illegal base64 data at input byte " + IllegalAt(value.GetValue<string>()));
        if (field.Type == "q")
            return CheckedQuantity(value);
        return value.DeepClone();
    }

    private static JsonNode CheckedQuantity(JsonNode value)
    {
        var text = value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
        return QuantityText.IsValid(text)
            ? JsonValue.Create(text)
            : throw new FormatException("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    }

    private static bool IsInteger(JsonNode value) => long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    private static int IllegalAt(string text)
    {
        for (var index = 0; index < text.Length; index++)
        {
            if (!char.IsAsciiLetterOrDigit(text[index]) && text[index] is not ('+' or '/' or '='))
                return index;
        }

        return text.Length - (text.Length % 4);
    }

    private static FormatException Mismatch(JsonNode value, string parent, string path, string wanted)
    {
        var actual = value.GetValueKind() switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.Number => wanted is "int32" or "int64" ? $"number {value.ToJsonString()}" : "number",
            JsonValueKind.True or JsonValueKind.False => "bool",
            JsonValueKind.Array => "array",
            _ => "object",
        };
        return new FormatException($"json: cannot unmarshal {actual} into Go struct field {parent}.{Plain(path)} of type {wanted}");
    }

    private static string Plain(string path)
    {
        var text = new System.Text.StringBuilder();
        var isIndex = false;
        foreach (var character in path)
        {
            isIndex = character == '[' || (isIndex && character != ']');
            if (!isIndex && character != ']')
                text.Append(character);
        }

        return text.ToString();
    }

    private static string GoType(SchemaField field) => field.Type switch
    {
        "s" => "string",
        "i" => "int32",
        "b" => "bool",
        "B" => "[]uint8",
        "t" => "v1.Time",
        "u" => "v1.MicroTime",
        "n" => "intstr.IntOrString",
        "q" => "resource.Quantity",
        "x" => "interface {}",
        var name => "v1." + name,
    };
}
