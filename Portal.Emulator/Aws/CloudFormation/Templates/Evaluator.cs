using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Portal.Emulator.Aws.CloudFormation.Templates;

/// <summary>Where an evaluation gets what is not in the template.</summary>
internal interface IReferences
{
    JsonNode? Ref(string logicalId);

    JsonNode? Attribute(string logicalId, string attribute);

    JsonNode? Import(string exportName);
}

/// <summary>A value depends on a resource that does not exist yet.</summary>
internal sealed class UnknownValueException(string logicalId) : Exception($"{logicalId} does not exist yet")
{
    public string LogicalId { get; } = logicalId;
}

/// <summary>Computes values of one template for one set of parameters.</summary>
internal sealed partial class Evaluator(
    Template template, IReadOnlyDictionary<string, JsonNode> parameters, IReadOnlyDictionary<string, JsonNode?> pseudo, IReferences references)
{
    /// <summary>Stands for AWS::NoValue until the object or list around it drops it.</summary>
    private static readonly JsonNode s_noValue = new JsonObject { ["AWS::NoValue"] = true };

    private readonly Dictionary<string, bool> _conditions = new(StringComparer.Ordinal);

    /// <summary>Conditions that are being worked out.</summary>
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);

    /// <summary>The value with every function carried out; null if it is AWS::NoValue.</summary>
    public JsonNode? Evaluate(JsonNode? node)
    {
        var value = Resolve(node);
        return ReferenceEquals(value, s_noValue) ? null : value;
    }

    public string Text(JsonNode? node) => Evaluate(node).ToText();

    public bool Holds(string? condition)
    {
        if (condition is null)
            return true;
        if (_conditions.TryGetValue(condition, out var known))
            return known;
        if (!template.Conditions.TryGetPropertyValue(condition, out var definition))
            throw TemplateReader.Format($"Unresolved condition dependency {condition}");
        if (!_open.Add(condition))
            throw TemplateReader.Format($"Found circular condition dependency among: [{string.Join(", ", _open.Order(StringComparer.Ordinal))}]");
        var holds = IsTrue(definition);
        _open.Remove(condition);
        return _conditions[condition] = holds;
    }

    private JsonNode? Resolve(JsonNode? node) => node switch
    {
        JsonObject { Count: 1 } single when IsFunction(single.First().Key) => Call(single.First().Key, single.First().Value),
        JsonObject members => new JsonObject(members.Select(pair => KeyValuePair.Create(pair.Key, Resolve(pair.Value))).Where(pair => !ReferenceEquals(pair.Value, s_noValue))),
        JsonArray items => new JsonArray([.. items.Select(Resolve).Where(item => !ReferenceEquals(item, s_noValue))]),
        _ => node?.DeepClone(),
    };

    private static bool IsFunction(string key) => key == "Ref" || key.StartsWith("Fn::", StringComparison.Ordinal);

    private JsonNode? Call(string function, JsonNode? argument) => function switch
    {
        "Ref" => Ref(argument.ToText()),
        "Fn::GetAtt" => GetAtt(argument),
        "Fn::Sub" => Sub(argument),
        "Fn::Join" => Join(Arguments(function, argument, 2)),
        "Fn::Select" => Select(Arguments(function, argument, 2)),
        "Fn::Split" => new JsonArray([.. Text(Arguments("Fn::Split", argument, 2)[1]).Split(Text(argument![0])).Select(part => (JsonNode)part)]),
        "Fn::If" => Arguments(function, argument, 3) is var choice && Holds(choice[0].ToText()) ? Resolve(choice[1]) : Resolve(choice[2]),
        "Fn::FindInMap" => FindInMap(argument),
        "Fn::ImportValue" => references.Import(Text(argument)),
        "Fn::Cidr" => CidrBlocks.Split(Text(Item(argument, 0)), Int(Item(argument, 1)), argument is JsonArray { Count: > 2 } ? Int(argument[2]) : 8),
        "Fn::GetAZs" => Zones(Text(argument)),
        "Fn::Base64" => Convert.ToBase64String(Encoding.UTF8.GetBytes(Text(argument))),
        "Fn::Length" => Evaluate(argument) is JsonArray list ? list.Count : throw TemplateReader.Format("Fn::Length needs a list"),
        "Fn::ToJsonString" => Evaluate(argument)?.ToJsonString(JsonText.Compact) ?? "null",
        "Fn::Equals" or "Fn::And" or "Fn::Or" or "Fn::Not" => IsTrue(new JsonObject { [function] = argument?.DeepClone() }),
        _ => throw new InvalidOperationException($"{function} has passed the checks and cannot be carried out"),
    };

    private JsonNode? Ref(string name)
    {
        if (name == "AWS::NoValue")
            return s_noValue;
        if (parameters.TryGetValue(name, out var value))
            return value.DeepClone();
        if (pseudo.TryGetValue(name, out var known))
            return known?.DeepClone();
        return references.Ref(name);
    }

    private JsonNode? GetAtt(JsonNode? argument)
    {
        var (id, attribute) = argument is JsonArray { Count: 2 } pair
            ? (pair[0].ToText(), Text(pair[1]))
            : argument.ToText().Split('.', 2) is [var first, var rest] ? (first, rest) : throw AwsException.Validation("Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute");
        return references.Attribute(id, attribute);
    }

    private JsonValue Sub(JsonNode? argument)
    {
        var (text, values) = argument is JsonArray { Count: 2 } pair ? (pair[0].ToText(), pair[1] as JsonObject) : (argument.ToText(), null);
        return JsonValue.Create(SubVariable().Replace(text, match =>
        {
            var name = match.Groups["name"].Value;
            if (match.Groups["literal"].Success)
                return $"${{{name}}}";
            if (values is not null && values.TryGetPropertyValue(name, out var given))
                return Text(given);
            var value = name.Contains('.') ? GetAtt(name) : Ref(name);
            return ReferenceEquals(value, s_noValue) ? "" : value.ToText();
        }));
    }

    private JsonValue Join(JsonArray arguments)
    {
        var list = Evaluate(arguments[1]) as JsonArray ?? throw AwsException.Validation("Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.");
        return JsonValue.Create(string.Join(arguments[0].ToText(), list.Select(JsonText.ToText)));
    }

    private JsonNode? Select(JsonArray arguments)
    {
        var index = Int(arguments[0]);
        if (Evaluate(arguments[1]) is not JsonArray list)
            throw AwsException.Validation("Template error: Fn::Select requires a list argument with two elements: an integer index and a list");
        return index >= 0 && index < list.Count ? list[index]?.DeepClone() : throw AwsException.Validation($"Template error: Fn::Select cannot select nonexistent value at index {index}");
    }

    private JsonNode? FindInMap(JsonNode? argument)
    {
        var (map, first, second) = (Text(Item(argument, 0)), Text(Item(argument, 1)), Text(Item(argument, 2)));
        if (template.Mappings[map] is not JsonObject levels)
            throw AwsException.Validation($"Template error: Mapping named '{map}' is not present in the 'Mappings' section of template.");
        if (levels[first]?[second] is { } value)
            return value.DeepClone();
        return argument is JsonArray { Count: 4 } && argument[3] is JsonObject options && options.TryGetPropertyValue("DefaultValue", out var fallback)
            ? Resolve(fallback)
            : throw AwsException.Validation($"Template error: Unable to get mapping for {map}::{first}::{second}");
    }

    private JsonArray Zones(string region)
    {
        region = region.Length == 0 ? pseudo["AWS::Region"].ToText() : region;
        return new JsonArray([.. AvailabilityZones.Of(region).Select(zone => (JsonNode)zone)]);
    }

    private bool IsTrue(JsonNode? node)
    {
        if (node is not JsonObject { Count: 1 } call)
            return node.ToText() == "true";
        var (function, argument) = call.First();
        var items = argument as JsonArray;
        return function switch
        {
            "Condition" => Holds(argument.ToText()),
            "Fn::Equals" => Arguments(function, argument, 2) is var pair && Evaluate(pair[0]).SameAs(Evaluate(pair[1])),
            "Fn::Not" => !IsTrue(Arguments(function, argument, 1)[0]),
            "Fn::And" when items is { Count: >= 2 and <= 10 } => items.All(IsTrue),
            "Fn::Or" when items is { Count: >= 2 and <= 10 } => items.Any(IsTrue),
            _ => throw TemplateReader.Format($"Conditions can only be boolean operations on parameters and other conditions"),
        };
    }

    private int Int(JsonNode? node) => int.TryParse(Text(node), out var number) ? number : throw AwsException.Validation($"Template error: '{Text(node)}' is not an integer");

    private static JsonNode? Item(JsonNode? argument, int index) => argument is JsonArray list && index < list.Count
        ? list[index]
        : throw AwsException.Validation("Template error: a function has too few arguments");

    private static JsonArray Arguments(string function, JsonNode? argument, int count) => argument is JsonArray list && list.Count == count
        ? list
        : throw AwsException.Validation($"Template error: every {function} object requires a list argument with {count} elements");

    [GeneratedRegex(@"\$\{(?<literal>!)?(?<name>[^}]+)\}")]
    internal static partial Regex SubVariable();
}
