using System.Text.Json;
using System.Text.Json.Nodes;

namespace Portal.Core.Specifications;

/// <summary>One field of two specifications.</summary>
/// <param name="Field">Its path; what tells one of many from the others stands in brackets: <c>services[cart].variables[LOG_LEVEL].value</c>.</param>
/// <param name="Left">Null where the left one does not say it.</param>
/// <param name="Right">Null where the right one does not say it.</param>
public sealed record ComparedField(string Field, string? Left, string? Right)
{
    /// <summary>Of what is there as a whole, because only one of the two has it.</summary>
    public const string There = "there";

    public bool Differs => Left != Right;
}

/// <summary>
/// Two specifications field by field, whatever they are of: two environments, or what one is and what is asked for. Items of lists are the same
/// item where they have the same name, wherever they stand; one that only one side has is one field. Pure.
/// </summary>
public static class SpecificationComparison
{
    private const int LongestValue = 400;

    // What tells the items of a list apart; the first that all of both lists have.
    private static readonly string[][] s_keys = [["method", "path"], ["service", "store"], ["name", "type"], ["name"], ["path"]];

    /// <returns>All fields that one of them says, those that differ too.</returns>
    public static IReadOnlyList<ComparedField> Of(Specification left, Specification right)
    {
        var fields = new List<ComparedField>();
        Compare("", JsonSerializer.SerializeToNode(left, Specification.Json), JsonSerializer.SerializeToNode(right, Specification.Json), fields);
        return fields;
    }

    private static void Compare(string path, JsonNode? left, JsonNode? right, List<ComparedField> fields)
    {
        if (left is JsonObject || right is JsonObject)
        {
            // One that says nothing of a whole part says none of its fields.
            var (one, other) = (left as JsonObject ?? [], right as JsonObject ?? []);
            foreach (var name in one.Select(pair => pair.Key).Concat(other.Select(pair => pair.Key)).Distinct(StringComparer.Ordinal))
                Compare(path.Length == 0 ? name : $"{path}.{name}", one[name], other[name], fields);
        }
        else if (HoldsObjects(left) || HoldsObjects(right))
        {
            Items(path, left as JsonArray ?? [], right as JsonArray ?? [], fields);
        }
        else if ((Text(left), Text(right)) is var (here, there) && (here ?? there) is not null)
        {
            fields.Add(new ComparedField(path, here, there));
        }
    }

    private static void Items(string path, JsonArray left, JsonArray right, List<ComparedField> fields)
    {
        var key = Array.Find(s_keys, names => IsKey(names, left) && IsKey(names, right));
        var (one, other) = (ByKey(left, key), ByKey(right, key));
        foreach (var name in one.Keys.Concat(other.Keys).Distinct(StringComparer.Ordinal))
        {
            if (one.TryGetValue(name, out var here) && other.TryGetValue(name, out var there))
                Compare($"{path}[{name}]", here, there, fields);
            else
                fields.Add(new ComparedField($"{path}[{name}]", Whole(one.GetValueOrDefault(name), key), Whole(other.GetValueOrDefault(name), key)));
        }
    }

    private static bool HoldsObjects(JsonNode? node) => node is JsonArray { Count: > 0 } list && list[0] is JsonObject;

    private static bool IsKey(string[] names, JsonArray list) =>
        list.All(item => item is JsonObject map && names.All(map.ContainsKey)) && list.Select(item => NameOf(item!.AsObject(), names)).Distinct(StringComparer.Ordinal).Count() == list.Count;

    private static Dictionary<string, JsonObject> ByKey(JsonArray list, string[]? key) => list
        .Select((item, index) => (Name: key is null ? $"{index + 1}" : NameOf(item!.AsObject(), key), Item: item!.AsObject())).ToDictionary(pair => pair.Name, pair => pair.Item, StringComparer.Ordinal);

    private static string NameOf(JsonObject item, string[] names) => string.Join(' ', names.Select(name => Text(item[name]) ?? "").Where(text => text.Length > 0));

    // A small item, a variable for example, is said in its value; of a service it is enough that it is there.
    private static string? Whole(JsonObject? item, string[]? key) => item is null ? null
        : item.Where(pair => key?.Contains(pair.Key) != true).ToList() is [var only] && Text(only.Value) is { } text ? text
        : ComparedField.There;

    private static string? Text(JsonNode? node)
    {
        var text = node switch
        {
            null => null,
            JsonArray list => list.Count == 0 ? null : string.Join(", ", list.Select(Text)),
            JsonValue value when value.GetValueKind() is JsonValueKind.String => value.GetValue<string>() is { Length: > 0 } said ? said : null,
            JsonValue value when value.GetValueKind() is JsonValueKind.True => "yes",
            JsonValue value when value.GetValueKind() is JsonValueKind.False => "no",
            _ => node.ToJsonString(),
        };
        // Two long texts that differ behind their beginning are not the same.
        return text is { Length: > LongestValue } ? $"{text[..LongestValue]}… ({text.Length} characters, {Fingerprint(text)})" : text;
    }

    private static string Fingerprint(string text) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)))[..8];
}
