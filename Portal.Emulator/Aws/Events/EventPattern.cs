using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.Events;

/// <summary>EventBridge's event patterns. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html</summary>
internal static class EventPattern
{
    private static readonly string[] s_operators = ["prefix", "suffix", "equals-ignore-case", "anything-but", "exists"];

    /// <summary>Null, or why the pattern is refused.</summary>
    public static string? FaultOf(JsonNode? pattern, string path = "") => pattern switch
    {
        JsonObject fields => fields.Select(field => FaultOf(field.Value, field.Key)).FirstOrDefault(fault => fault is not null),
        JsonArray { Count: 0 } => $"Empty arrays are not allowed: {path}",
        JsonArray values => values.OfType<JsonObject>().Select(one => one.FirstOrDefault().Key).Where(name => !s_operators.Contains(name))
            .Select(name => $"Unrecognized match type {name}").FirstOrDefault(),
        _ => $"\"{path}\" must be an object or an array",
    };

    /// <summary>Every field of the pattern has to find one of its values in the event.</summary>
    public static bool Matches(JsonObject pattern, JsonNode? happened) => pattern.All(field =>
    {
        var value = (happened as JsonObject)?[field.Key];
        return field.Value is JsonObject inner ? Matches(inner, value) : field.Value is JsonArray alternatives && alternatives.Any(one => Admits(one, value));
    });

    private static bool Admits(JsonNode? alternative, JsonNode? value)
    {
        if (alternative is JsonObject condition && condition.FirstOrDefault() is { Key: "exists" } exists)
            return exists.Value.ToText() == "true" == value is not null;
        return value is JsonArray several ? several.Any(one => AdmitsOne(alternative, one)) : AdmitsOne(alternative, value);
    }

    private static bool AdmitsOne(JsonNode? alternative, JsonNode? value)
    {
        if (alternative is not JsonObject condition)
            return value is null == alternative is null && value.SameAs(alternative);
        var (name, wanted) = condition.First();
        var text = value.ToText();
        return value is not null && name switch
        {
            "prefix" => text.StartsWith(wanted.ToText(), StringComparison.Ordinal),
            "suffix" => text.EndsWith(wanted.ToText(), StringComparison.Ordinal),
            "equals-ignore-case" => text.Equals(wanted.ToText(), StringComparison.OrdinalIgnoreCase),
            "anything-but" => wanted is JsonArray list ? !list.Any(one => AdmitsOne(one, value)) : !AdmitsOne(wanted, value),
            _ => false,
        };
    }
}
