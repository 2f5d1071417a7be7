using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Portal.Core.Provisioning.Changes;

/// <summary>
/// A stack as its template and parameters make it, with symbols for what only AWS knows. Given the stack as it was
/// (<paramref name="before"/>), an id that a replacement changes becomes another symbol, which is how a change travels on.
/// </summary>
/// <param name="name">Name of the stack.</param>
internal sealed partial class EvaluatedStack(
    string name, string region, JsonObject template, IReadOnlyDictionary<string, JsonNode?> inputs, UpdateBehaviour behaviour, EvaluatedStack? before)
{
    private readonly Dictionary<string, JsonNode?> _properties = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ResourceChange?> _changes = new(StringComparer.Ordinal);

    /// <summary>Logical ids of the resources whose condition holds.</summary>
    public IEnumerable<string> Resources => Section("Resources").Select(pair => pair.Key).Where(Exists);

    public IReadOnlyList<ResourceChange> Changes
    {
        get
        {
            if (before is null)
                return [];
            var removed = before.Resources.Where(id => !Exists(id)).Select(id => before.Describe(id, ResourceAction.Removed, "DeletionPolicy"));
            return [.. removed, .. Resources.Select(Change).OfType<ResourceChange>()];
        }
    }

    public bool Exists(string id) => Resource(id) is { } resource && (resource["Condition"] is not { } condition || Condition(Symbols.Text(condition)!));

    /// <summary>Whether a parameter of this stack carries the id of that resource of another stack.</summary>
    public bool Uses(string stack, string id) => inputs.Values.Any(value => value is not null && Symbols.Mentions(value, $"{stack}/{id}"));

    public string Type(string id) => Symbols.Text(Resource(id)?["Type"]) ?? "";

    /// <summary>The value of an output; a symbol if the template has no such output.</summary>
    public JsonNode? Output(string output) => Section("Outputs")[output]?["Value"] is { } value ? Value(value) : Symbols.Of($"{name}.{output}");

    public bool HasSameOutputsAs(EvaluatedStack other) =>
        Section("Outputs").Select(pair => pair.Key).ToHashSet(StringComparer.Ordinal).SetEquals(other.Section("Outputs").Select(pair => pair.Key))
        && Section("Outputs").All(pair => JsonNode.DeepEquals(Output(pair.Key), other.Output(pair.Key)));

    /// <summary>A description of the resource, as added or removed.</summary>
    public ResourceChange Describe(string id, ResourceAction action, string policy)
    {
        var type = behaviour.Of(Type(id));
        var holds = type.HoldsNothingWith is { } exception && Properties(id)[exception] is not null ? null : type.Holds;
        var fate = Symbols.Text(Value(Resource(id)?[policy])) ?? "Delete";
        var isMissed = action == ResourceAction.Removed && type.Removal is not null;
        return new ResourceChange(id, Type(id), action, isMissed ? Impact.Some : Impact.None, [], type.Noun ?? Words(Type(id)), holds, fate, isMissed ? type.Removal : null) { IsHeldByUse = type.HeldByUse && action == ResourceAction.Removed };
    }

    /// <summary>What becomes of the resource; null if nothing does.</summary>
    public ResourceChange? Change(string id)
    {
        if (!_changes.TryGetValue(id, out var change))
            _changes[id] = change = Compare(id);
        return change;
    }

    private ResourceChange? Compare(string id)
    {
        if (before is null)
            return null;
        if (!before.Exists(id))
            return Describe(id, ResourceAction.Added, "DeletionPolicy");
        var described = Describe(id, ResourceAction.Changed, "UpdateReplacePolicy");
        if (before.Type(id) != Type(id))
            return described with { Impact = Impact.Refused, Refusal = $"{id} cannot turn from {before.Type(id)} into {Type(id)}" };
        var behaviourOfType = behaviour.Of(Type(id));
        var old = before.Properties(id);
        var next = Properties(id);
        var changed = Differences("", old, next)
            .Select(difference => behaviourOfType.Assess(Type(id), difference.Path, difference.Before, difference.After))
            .ToList();
        if (changed.Count == 0)
            return null;
        var impact = changed.Max(property => property.Impact);
        described = described with { Impact = impact, Properties = changed, Effect = behaviourOfType.Effect, IsHeldByUse = behaviourOfType.HeldByUse && impact == Impact.Replacement };
        if (impact == Impact.Refused)
            return described with { Refusal = changed.First(property => property.Impact == Impact.Refused).Note ?? "AWS does not change it" };
        var keepsName = behaviourOfType.Identity.Count > 0 && !behaviourOfType.DeletesFirst
            && behaviourOfType.Identity.TrueForAll(property => next[property] is not null && JsonNode.DeepEquals(old[property], next[property]));
        return impact == Impact.Replacement && keepsName
            ? described with { Impact = Impact.Refused, Refusal = "another one cannot be made while the old one bears the same name" }
            : described;
    }

    // Objects are compared member by member, so that the impact is that of the member; lists and functions' results as a whole.
    private static IEnumerable<(string Path, JsonNode? Before, JsonNode? After)> Differences(string path, JsonNode? before, JsonNode? after)
    {
        if (JsonNode.DeepEquals(before, after))
            return [];
        if (Symbols.IsPlain(before) && Symbols.IsPlain(after))
        {
            var old = before!.AsObject();
            var next = after!.AsObject();
            return old.Select(pair => pair.Key).Union(next.Select(pair => pair.Key))
                .SelectMany(member => Differences(path.Length == 0 ? member : $"{path}.{member}", old[member], next[member]));
        }

        return [(path, before, after)];
    }

    private JsonObject Properties(string id)
    {
        if (!_properties.TryGetValue(id, out var properties))
            _properties[id] = properties = Value(Resource(id)?["Properties"] ?? new JsonObject());
        return (JsonObject)properties!;
    }

    private JsonNode? Value(JsonNode? node) => node switch
    {
        JsonArray list => new JsonArray([.. list.Select(Value).Where(item => item is not null).Select(item => item!.DeepClone())]),
        JsonObject mapping when mapping.Count == 1 && IsFunction(mapping.First().Key) => Apply(mapping.First().Key, mapping.First().Value),
        JsonObject mapping => new JsonObject(mapping.Select(pair => KeyValuePair.Create(pair.Key, Value(pair.Value)?.DeepClone())).Where(pair => pair.Value is not null)),
        _ => node?.DeepClone(),
    };

    private static bool IsFunction(string key) => key is "Ref" || key.StartsWith("Fn::", StringComparison.Ordinal);

    private JsonNode? Apply(string function, JsonNode? argument) => function switch
    {
        "Ref" => Reference(Symbols.Text(argument)!),
        "Fn::GetAtt" => Attribute(Symbols.Text(argument![0])!, Symbols.Text(Value(argument[1])) ?? argument[1]!.ToJsonString()),
        "Fn::Sub" => Substitute(argument!),
        "Fn::If" => Value(argument![Condition(Symbols.Text(argument[0])!) ? 1 : 2]),
        "Fn::Join" => Symbols.Join(Symbols.Text(argument![0])!, Value(argument[1])),
        "Fn::Split" => Symbols.Split(Symbols.Text(argument![0])!, Value(argument[1])),
        "Fn::Select" => Select(Value(argument![0]), Value(argument[1])),
        "Fn::FindInMap" => Find(argument!.AsArray()),
        "Fn::GetAZs" => Symbols.Call(function, Symbols.Text(Value(argument)) is null or "" ? JsonValue.Create(region) : Value(argument)),
        _ => Symbols.Call(function, Value(argument)),
    };

    private JsonNode? Reference(string target)
    {
        if (Section("Parameters")[target] is JsonObject parameter)
            return Parameter(target, parameter);
        return target switch
        {
            "AWS::NoValue" => null,
            "AWS::Region" => JsonValue.Create(region),
            "AWS::StackName" => JsonValue.Create(name),
            _ when target.StartsWith("AWS::", StringComparison.Ordinal) => Symbols.Of(target),
            _ => Symbols.Of(Identity(target)),
        };
    }

    private JsonNode? Parameter(string parameter, JsonObject declaration)
    {
        var value = inputs.TryGetValue(parameter, out var given) ? given : declaration["Default"];
        var type = Symbols.Text(declaration["Type"]) ?? "";
        var isList = type == "CommaDelimitedList" || type.StartsWith("List<", StringComparison.Ordinal);
        if (isList && value is not JsonArray)
            return Symbols.Split(",", value);
        return value?.DeepClone();
    }

    private JsonNode Attribute(string id, string attribute)
    {
        var symbol = $"{Identity(id)}.{attribute}";
        // A version number and the like: as new as the properties it depends on.
        if (behaviour.Knows(Type(id)) && behaviour.Of(Type(id)).Attributes.TryGetValue(attribute, out var properties))
            symbol += $" of {string.Join(", ", properties.Select(property => Properties(id)[property]?.ToJsonString()))}";
        return Symbols.Of(symbol);
    }

    private string Identity(string id) => Change(id) is { Action: ResourceAction.Changed, Impact: Impact.Replacement } ? $"{name}/{id} (new)" : $"{name}/{id}";

    private JsonNode? Substitute(JsonNode argument)
    {
        var (text, variables) = argument is JsonArray pair ? (Symbols.Text(pair[0])!, pair[1]!.AsObject()) : (Symbols.Text(argument)!, []);
        var parts = new List<JsonNode?>();
        var position = 0;
        while (text.IndexOf("${", position, StringComparison.Ordinal) is var start and >= 0)
        {
            var end = text.IndexOf('}', start);
            parts.Add(JsonValue.Create(text[position..start]));
            var word = text[(start + 2)..end];
            parts.Add(word.StartsWith('!') ? JsonValue.Create($"${{{word[1..]}}}") : Variable(word, variables));
            position = end + 1;
        }

        parts.Add(JsonValue.Create(text[position..]));
        return Symbols.Concat(parts.Where(part => Symbols.Text(part) != ""));
    }

    private JsonNode? Variable(string word, JsonObject variables)
    {
        if (variables[word] is { } value)
            return Value(value);
        var dot = word.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? Reference(word) : Attribute(word[..dot], word[(dot + 1)..]);
    }

    private static JsonNode? Select(JsonNode? index, JsonNode? list) =>
        list is JsonArray items && int.TryParse(Symbols.Text(index), CultureInfo.InvariantCulture, out var number) && number < items.Count
            ? items[number]
            : Symbols.Call("Fn::Select", new JsonArray(index?.DeepClone(), list?.DeepClone()));

    private JsonNode? Find(JsonArray argument)
    {
        var keys = argument.Take(3).Select(Value).ToList();
        return keys.Aggregate((JsonNode?)Section("Mappings"), (node, key) => Symbols.Text(key) is { } text ? node?[text] : null)
            ?? Symbols.Call("Fn::FindInMap", new JsonArray([.. keys.Select(key => key?.DeepClone())]));
    }

    private bool Condition(string condition) => Section("Conditions")[condition] is { } expression
        ? Holds(expression)
        : throw new InvalidDataException($"{name} has no condition {condition}.");

    // A symbol is never what a template compares with: an output of another stack is an id or an address, not an empty text or a word.
    private bool Holds(JsonNode expression)
    {
        var (function, argument) = expression.AsObject().First();
        return function switch
        {
            "Condition" => Condition(Symbols.Text(argument)!),
            "Fn::Equals" => JsonNode.DeepEquals(Value(argument![0]), Value(argument[1])),
            "Fn::Not" => !Holds(argument![0]!),
            "Fn::And" => argument!.AsArray().All(item => Holds(item!)),
            "Fn::Or" => argument!.AsArray().Any(item => Holds(item!)),
            _ => throw new InvalidDataException($"{name}: {function} is no condition."),
        };
    }

    private JsonNode? Resource(string id) => Section("Resources")[id];

    private JsonObject Section(string section) => template[section] as JsonObject ?? [];

    // "AWS::EC2::SubnetRouteTableAssociation" → "subnet route table association".
    private static string Words(string type) => WordStart().Replace(type.Split("::")[^1], " ").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WordStart();
}
