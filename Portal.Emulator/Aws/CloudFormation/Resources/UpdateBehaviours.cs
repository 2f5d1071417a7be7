using System.Globalization;
using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;
using YamlDotNet.RepresentationModel;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>What a change of a property does to the resource, in the order of harm.</summary>
internal enum Interruption
{
    None,
    Some,
    Replacement,

    /// <summary>The service does not allow the change: the update fails and is rolled back.</summary>
    Refused,
}

/// <summary>
/// Classifies the changes of an update, property by property, from Templates/catalog/update-behaviour.yaml, where the
/// format and its sources are described.
/// </summary>
internal sealed class UpdateBehaviours
{
    private readonly Dictionary<string, TypeBehaviour> _types;

    public UpdateBehaviours(string file)
    {
        var stream = new YamlStream();
        using (var reader = new StreamReader(file))
            stream.Load(reader);
        var types = (YamlMappingNode)((YamlMappingNode)stream.Documents[0].RootNode)["types"];
        _types = types.Children.ToDictionary(pair => ((YamlScalarNode)pair.Key).Value!, pair => TypeBehaviour.Read((YamlMappingNode)pair.Value), StringComparer.Ordinal);
    }

    private bool Knows(string type, string property) => _types.TryGetValue(type, out var behaviour) && behaviour.Names.Contains(property);

    /// <summary>Whether the stack's tags reach resources of the type.</summary>
    public bool IsTaggable(string type) => Knows(type, "Tags") || Knows(type, "UserPoolTags");

    public Interruption Of(string type, string property, JsonNode? before, JsonNode? after) =>
        _types.TryGetValue(type, out var behaviour) ? behaviour.Of(property, before, after) : Interruption.None;

    /// <summary>Where the new value is not known yet.</summary>
    public Interruption WorstOf(string type, string property) =>
        _types.TryGetValue(type, out var behaviour) ? behaviour.WorstOf(property) : Interruption.None;

    /// <summary>The most harmful of the changes, and the property it comes from.</summary>
    public (Interruption Interruption, string? Property) Of(string type, JsonObject before, JsonObject after) =>
        Changed(before, after).Select(property => (Of(type, property, before[property], after[property]), (string?)property))
            .OrderByDescending(one => one.Item1).FirstOrDefault();

    /// <summary>Why the service refuses the change.</summary>
    public string NoteOf(string type, string property) => _types[type].NoteOf(property);

    /// <summary>Names of the properties whose values differ.</summary>
    public static IEnumerable<string> Changed(JsonObject before, JsonObject after) =>
        before.Select(pair => pair.Key).Union(after.Select(pair => pair.Key)).Where(name => !before[name].SameAs(after[name]));
}

/// <summary>A path's rule. <paramref name="When"/> is the condition under which <paramref name="Impact"/> holds.</summary>
internal sealed record ChangeRule(Interruption Impact, Interruption Otherwise, string? When, string Note)
{
    public static readonly ChangeRule Harmless = new(Interruption.None, Interruption.None, null, "");

    public Interruption Of(JsonNode? before, JsonNode? after) => When switch
    {
        null => Impact,
        "decreases" => Number(after) < Number(before) ? Impact : Otherwise,
        "zero" => Number(after) == 0 || Number(before) == 0 ? Impact : Otherwise,
        "disjoint" => !Items(before).Overlaps(Items(after)) ? Impact : Otherwise,
        "elementChanges" => !Items(before).IsSubsetOf(Items(after)) ? Impact : Otherwise,
        _ => throw new InvalidDataException($"update-behaviour.yaml: unknown condition '{When}'"),
    };

    /// <summary>A number or a version, of which up to three parts count.</summary>
    private static decimal Number(JsonNode? node) => node.ToText().Split('.').Take(3)
        .Select((part, i) => decimal.TryParse(part, CultureInfo.InvariantCulture, out var number) ? number * (i == 0 ? 1 : i == 1 ? 0.0001m : 0.00000001m) : 0).Sum();

    private static HashSet<string> Items(JsonNode? node) => node is JsonArray list ? [.. list.Select(item => item?.ToJsonString(JsonText.Compact) ?? "")] : [];
}

internal sealed class TypeBehaviour(IReadOnlyDictionary<string, ChangeRule> rules)
{
    public HashSet<string> Names { get; } = [.. rules.Keys.Select(path => path.Split('.')[0])];

    public static TypeBehaviour Read(YamlMappingNode node)
    {
        var rules = new Dictionary<string, ChangeRule>(StringComparer.Ordinal);
        foreach (var (list, impact) in new[] { ("none", Interruption.None), ("some", Interruption.Some), ("replacement", Interruption.Replacement) })
        {
            if (node.Children.TryGetValue(list, out var names))
            {
                foreach (var name in (YamlSequenceNode)names)
                    rules[((YamlScalarNode)name).Value!] = new ChangeRule(impact, impact, null, "");
            }
        }

        if (node.Children.TryGetValue("conditional", out var conditional))
        {
            foreach (var (name, rule) in ((YamlMappingNode)conditional).Children)
                rules[((YamlScalarNode)name).Value!] = Rule((YamlMappingNode)rule);
        }

        return new TypeBehaviour(rules);
    }

    public Interruption Of(string property, JsonNode? before, JsonNode? after) => Of(property, ChangeRule.Harmless, before, after);

    public Interruption WorstOf(string property) =>
        rules.Where(rule => rule.Key == property || IsBelow(rule.Key, property)).Select(rule => rule.Value.Impact).DefaultIfEmpty(Interruption.None).Max();

    public string NoteOf(string property) =>
        rules.Where(rule => rule.Key == property || IsBelow(rule.Key, property)).Select(rule => rule.Value.Note).FirstOrDefault(note => note.Length > 0) ?? "";

    /// <summary>The longest path that names the changed value, or one around it, decides.</summary>
    private Interruption Of(string path, ChangeRule around, JsonNode? before, JsonNode? after)
    {
        if (before.SameAs(after))
            return Interruption.None;
        var rule = rules.GetValueOrDefault(path) ?? around;
        if (!rules.Keys.Any(other => IsBelow(other, path)) || before is not (JsonObject or null) || after is not (JsonObject or null))
            return rule.Of(before, after);
        var (old, next) = (before as JsonObject ?? [], after as JsonObject ?? []);
        return UpdateBehaviours.Changed(old, next).Select(name => Of($"{path}.{name}", rule, old[name], next[name])).DefaultIfEmpty(Interruption.None).Max();
    }

    private static bool IsBelow(string path, string around) => path.StartsWith(around + ".", StringComparison.Ordinal);

    private static ChangeRule Rule(YamlMappingNode node)
    {
        string? Text(string key) => node.Children.TryGetValue(key, out var value) ? ((YamlScalarNode)value).Value : null;
        var impact = Enum.Parse<Interruption>(Text("impact")!, ignoreCase: true);
        return new ChangeRule(impact, Text("otherwise") is { } other ? Enum.Parse<Interruption>(other, ignoreCase: true) : impact, Text("when"), Text("note") ?? "");
    }
}
