using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Portal.Tests.Api;

/// <summary>Bodies that nobody in their right mind sends: made from the document's schemas, and then spoilt. The same for the same seed.</summary>
internal sealed class ApiFuzz(JsonNode document, int seed)
{
    private static readonly string[] s_texts =
    [
        "", " ", "x", "\0", "\u0001\u001f\u007f", "\ud83d\ude00", "ÄÖÜß", "../../etc/passwd", "${secret:a#b}", "${store.DATABASE_HOST}", "{{ 7*7 }}", "'; drop table requests; --", "<script>", "null", "true", "0", "-1",
        "9999999999999999999999999", "1e400", "NaN", "10.0.0.0/16", "0.0.0.0/0", "300.1.1.1/99", "::1/64", "*/1 * * * *", "Europe/Berlin", "nginx:latest", "a.b/c@sha256:00", new('a', 64), new('y', 5000),
    ];

    private static readonly string[] s_numbers = ["0", "-1", "1", "2147483647", "2147483648", "-9223372036854775809", "1.5", "1e3", "1e400", "-0.0", "123456789012345678901234567890"];

    // Analysed as texts, because no serializer of ours would write them.
    private static readonly string[] s_broken =
    [
        "", "{", "}", "[]", "null", "\"\"", "0", "{]", "{\"a\":1", "{\"a\":1,\"a\":2}", "{\"spec\":{\"environment\":\"\\ud800\"}}", "{\"\\udc00\":1}", "// {}", "{\"a\":.5}", "\ufeff{}", "{\"a\":\"\t\"}", "&a [*a]", "a: &a {b: *a}",
        "? ? ?", "- - - - -", "%YAML 9.9\n---\n{}", "---\n---\n", "a: !!binary x", "a: !!js/function x", "<<: *x", "key: |\n\ttab", "a:\n - b\n c: d", "\u0000", "!<tag:yaml.org,2002:int> x",
    ];

    private readonly Random _random = new(seed);

    public IEnumerable<(HttpMethod Method, string Path, byte[] Body, string ContentType)> Bodies(int count)
    {
        var targets = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject(), (path, method) => (Method: new HttpMethod(method.Key.ToUpperInvariant()), Path: path.Key, Body: method.Value!["requestBody"]))
            .Where(one => one.Body is not null).Select(one => (one.Method, one.Path, Content: one.Body!["content"]!.AsObject())).ToList();
        for (var number = 0; number < count; number++)
        {
            var (method, path, content) = targets[number % targets.Count];
            var type = content.Select(one => one.Key).ElementAt(_random.Next(content.Count));
            var schema = content[type]!["schema"]!;
            yield return (method, path, Spoilt(Text(schema)), type);
        }
    }

    private string Text(JsonNode schema) => _random.Next(6) switch
    {
        0 => s_broken[_random.Next(s_broken.Length)],
        1 => Deep(),
        _ => Value(schema, 0),
    };

    private string Deep()
    {
        var (depth, open) = (_random.Next(1, 5000), _random.Next(3));
        return open switch
        {
            0 => new string('[', depth) + new string(']', depth),
            1 => string.Concat(Enumerable.Repeat("{\"spec\":", depth)) + "1" + new string('}', depth),
            _ => string.Concat(Enumerable.Range(0, Math.Min(depth, 300)).Select(level => new string(' ', level) + "a:\n")),
        };
    }

    // What the schema says, and now and then something else.
    private string Value(JsonNode schema, int depth)
    {
        if (schema["$ref"]?.GetValue<string>() is { } reference)
            return Value(document["components"]!["schemas"]![reference[(reference.LastIndexOf('/') + 1)..]]!, depth);
        if (_random.Next(12) == 0 || depth > 12)
            return Anything();
        if (schema["enum"] is JsonArray values)
            return values[_random.Next(values.Count)]?.ToJsonString() ?? "null";
        if (schema["oneOf"] is JsonArray choices)
            return Value(choices[_random.Next(choices.Count)]!, depth);
        var types = schema["type"] is JsonArray several ? several.Select(one => one!.GetValue<string>()).ToList() : [schema["type"]?.GetValue<string>() ?? "object"];
        return types[_random.Next(types.Count)] switch
        {
            "object" => Map(schema, depth),
            "array" => $"[{string.Join(',', Enumerable.Range(0, _random.Next(4)).Select(_ => Value(schema["items"]!, depth + 1)))}]",
            "integer" or "number" => s_numbers[_random.Next(s_numbers.Length)],
            "boolean" => _random.Next(2) == 0 ? "true" : "false",
            "null" => "null",
            _ => Quoted(),
        };
    }

    private string Map(JsonNode schema, int depth)
    {
        var fields = new List<string>();
        foreach (var (name, property) in schema["properties"]?.AsObject() ?? [])
        {
            var needed = schema["required"] is JsonArray required && required.Any(one => one!.GetValue<string>() == name);
            // Mostly what is there has to be, so that what comes after it is reached.
            if (needed ? _random.Next(15) > 0 : _random.Next(3) == 0)
                fields.Add($"{JsonSerializer.Serialize(name)}:{(name switch { "apiVersion" => "\"portal/v1\"", "kind" when depth == 0 => "\"Environment\"", _ => Value(property!, depth + 1) })}");
        }

        if (_random.Next(20) == 0)
            fields.Add($"{Quoted()}:{Anything()}");
        if (schema["additionalProperties"] is JsonObject of)
            fields.Add($"{Quoted()}:{Value(of, depth + 1)}");
        return $"{{{string.Join(',', fields)}}}";
    }

    private string Anything() => _random.Next(6) switch
    {
        0 => "null",
        1 => s_numbers[_random.Next(s_numbers.Length)],
        2 => "[]",
        3 => "{}",
        4 => "[null,{},[]]",
        _ => Quoted(),
    };

    private string Quoted()
    {
        var text = s_texts[_random.Next(s_texts.Length)];
        return _random.Next(8) == 0 ? JsonSerializer.Serialize(text + _random.Next(1000).ToString(CultureInfo.InvariantCulture)) : JsonSerializer.Serialize(text);
    }

    // As bytes: cut off, doubled, or one of them another.
    private byte[] Spoilt(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length == 0)
            return bytes;
        switch (_random.Next(10))
        {
            case 0:
                return bytes[.._random.Next(bytes.Length)];
            case 1:
                bytes[_random.Next(bytes.Length)] = (byte)_random.Next(256);
                return bytes;
            case 2:
                return [.. bytes, .. bytes];
            default:
                return bytes;
        }
    }
}
