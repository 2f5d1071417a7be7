using System.Globalization;
using System.Text.Json.Nodes;

namespace Portal.Core.Drift;

/// <summary>One property that is not as it was planned.</summary>
/// <param name="Path">For example <c>/spec/template/spec/containers[cart]/image</c>.</param>
/// <param name="Expected">Null where the plan does not have it.</param>
/// <param name="Found">Null where it is not there.</param>
public sealed record PropertyDifference(string Path, string? Expected, string? Found);

/// <summary>
/// An object as a release's manifest has it against the object that is there. Only what the manifest says is compared: the rest is the
/// server's, a controller's or an autoscaler's. Pure.
/// </summary>
public static class ManifestComparison
{
    private const int LongestValue = 400;

    // What tells the items of a list apart, in the order in which it is tried.
    private static readonly string[] Keys = ["name", "containerPort", "port", "mountPath", "topologyKey", "path"];

    public static IReadOnlyList<PropertyDifference> Of(JsonObject expected, JsonObject found)
    {
        var differences = new List<PropertyDifference>();
        foreach (var (name, value) in expected.Where(pair => pair.Key is not ("apiVersion" or "kind" or "status")))
            Compare($"/{name}", value, found[name], differences);
        return differences;
    }

    private static void Compare(string path, JsonNode? expected, JsonNode? found, List<PropertyDifference> differences)
    {
        switch (expected, found)
        {
            case (JsonObject wanted, JsonObject there):
                foreach (var (name, value) in wanted)
                    Compare($"{path}/{name}", value, there[name], differences);
                break;
            case (JsonArray wanted, JsonArray there):
                Items(path, wanted, there, differences);
                break;
            default:
                if (!IsSame(expected, found))
                    differences.Add(new PropertyDifference(path, Text(expected), Text(found)));
                break;
        }
    }

    private static void Items(string path, JsonArray expected, JsonArray found, List<PropertyDifference> differences)
    {
        var key = Array.Find(Keys, name => expected.Count > 0 && AllHave(expected, name) && AllHave(found, name));
        if (key is null)
        {
            if (expected.Count != found.Count)
                differences.Add(new PropertyDifference(path, Text(expected), Text(found)));
            else
                for (var index = 0; index < expected.Count; index++)
                    Compare($"{path}[{index}]", expected[index], found[index], differences);
            return;
        }

        var there = found.GroupBy(item => Text(item![key])!).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        foreach (var item in expected)
        {
            var name = Text(item![key])!;
            there.Remove(name, out var same);
            Compare($"{path}[{name}]", item, same, differences);
        }

        // What somebody put into a list of the manifest's is a change of that list.
        differences.AddRange(there.Select(pair => new PropertyDifference($"{path}[{pair.Key}]", null, Text(pair.Value))));
    }

    private static bool AllHave(JsonArray items, string name) =>
        items.All(item => item is JsonObject fields && fields[name] is JsonValue) && items.Select(item => Text(item![name])).Distinct().Count() == items.Count;

    // A server leaves out what is empty, and writes numbers and quantities its own way.
    private static bool IsSame(JsonNode? expected, JsonNode? found) =>
        (IsEmpty(expected) && IsEmpty(found)) || Text(expected) == Text(found) || (Amount(Text(expected)) is { } amount && amount == Amount(Text(found)));

    private static bool IsEmpty(JsonNode? node) => node switch
    {
        null => true,
        JsonObject fields => fields.Count == 0,
        JsonArray items => items.Count == 0,
        _ => node.ToString() is "" or "0" or "false",
    };

    private static string? Text(JsonNode? node)
    {
        var text = node switch
        {
            null => null,
            JsonValue value => value.ToString(),
            _ => node.ToJsonString(),
        };
        return text is { Length: > LongestValue } ? $"{text[..LongestValue]}…" : text;
    }

    /// <summary>A quantity as Kubernetes writes them: 500m, 0.5, 1Gi.</summary>
    private static decimal? Amount(string? text)
    {
        if (text is null)
            return null;
        var digits = text.TrimEnd('m', 'k', 'K', 'M', 'G', 'T', 'i');
        decimal? factor = text[digits.Length..] switch
        {
            "" => 1,
            "m" => 0.001m,
            "k" => 1_000,
            "M" => 1_000_000,
            "G" => 1_000_000_000,
            "T" => 1_000_000_000_000,
            "Ki" => 1L << 10,
            "Mi" => 1L << 20,
            "Gi" => 1L << 30,
            "Ti" => 1L << 40,
            _ => null,
        };
        return factor is { } times && decimal.TryParse(digits, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number * times : null;
    }
}
