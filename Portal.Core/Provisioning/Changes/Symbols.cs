using System.Text.Json.Nodes;

namespace Portal.Core.Provisioning.Changes;

/// <summary>
/// Values of a template before anything exists. What only AWS can know is a symbol, <c>{"$symbol":"shop-net-core/Vpc"}</c>: equal to itself
/// and to nothing else. Text with symbols in it is <c>{"$text":["arn:…/", symbol]}</c>. Numbers and booleans are text, as in CloudFormation.
/// </summary>
internal static class Symbols
{
    private const string Symbol = "$symbol";
    private const string Mixed = "$text";

    public static JsonNode Of(string name) => new JsonObject { [Symbol] = name };

    /// <summary>The text of a value that is known; null for symbols, lists and objects.</summary>
    public static string? Text(JsonNode? value) => value is JsonValue scalar ? scalar.GetValue<string>() : null;

    public static bool IsPlain(JsonNode? value) => value is JsonObject mapping && !mapping.ContainsKey(Symbol) && !mapping.ContainsKey(Mixed);

    /// <summary>A function that is not worked out: the same arguments give the same value.</summary>
    public static JsonNode Call(string function, JsonNode? arguments) => Of($"{function}({arguments?.ToJsonString()})");

    public static JsonNode Concat(IEnumerable<JsonNode?> parts)
    {
        var joined = new List<JsonNode>();
        foreach (var part in parts.SelectMany(Parts))
        {
            if (Text(part) is { } text && joined.Count > 0 && Text(joined[^1]) is { } before)
                joined[^1] = JsonValue.Create(before + text);
            else
                joined.Add(part.DeepClone());
        }

        return joined switch
        {
            [] => JsonValue.Create(""),
            [var only] => only,
            _ => new JsonObject { [Mixed] = new JsonArray([.. joined]) },
        };
    }

    public static JsonNode Join(string separator, JsonNode? list) => list is JsonArray items
        ? Concat(items.SelectMany((item, index) => index == 0 ? new[] { item } : [JsonValue.Create(separator), item]))
        : Call("Fn::Join", new JsonArray(separator, list?.DeepClone()));

    /// <summary>Symbols are taken to hold no separator: they are ids and names.</summary>
    public static JsonArray Split(string separator, JsonNode? text)
    {
        var items = new List<List<JsonNode?>> { new() };
        foreach (var part in Parts(text))
        {
            if (Text(part) is not { } known)
            {
                items[^1].Add(part);
                continue;
            }

            var pieces = known.Split(separator);
            items[^1].Add(JsonValue.Create(pieces[0]));
            items.AddRange(pieces.Skip(1).Select(piece => new List<JsonNode?> { JsonValue.Create(piece) }));
        }

        return new JsonArray([.. items.Select(item => Concat(item.Where(piece => Text(piece) != "")))]);
    }

    /// <summary>Whether the resource's id or an attribute of it is in the value.</summary>
    public static bool Mentions(JsonNode value, string resource) => value switch
    {
        JsonObject symbol when symbol[Symbol] is { } name => Text(name)!.Contains(resource, StringComparison.Ordinal)
            && Text(name)!.Split(resource).Skip(1).Any(rest => rest.Length == 0 || !char.IsLetterOrDigit(rest[0])),
        JsonObject mapping => mapping.Any(pair => pair.Value is not null && Mentions(pair.Value, resource)),
        JsonArray list => list.Any(item => item is not null && Mentions(item, resource)),
        _ => false,
    };

    private static IEnumerable<JsonNode> Parts(JsonNode? value) => value switch
    {
        JsonObject mixed when mixed[Mixed] is JsonArray parts => parts.Select(part => part!),
        null => [],
        _ => [value],
    };
}
