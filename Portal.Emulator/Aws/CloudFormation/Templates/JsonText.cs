using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Portal.Emulator.Aws.CloudFormation.Templates;

internal static class JsonText
{
    public static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A scalar as CloudFormation puts it into a string; a list joined with commas; anything else as JSON.</summary>
    public static string ToText(this JsonNode? node) => node switch
    {
        null => "",
        JsonValue value => value.GetValueKind() switch
        {
            JsonValueKind.String => value.GetValue<string>(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => value.ToJsonString(),
        },
        JsonArray list => string.Join(',', list.Select(ToText)),
        _ => node.ToJsonString(Compact),
    };

    /// <summary>Whether two values mean the same to CloudFormation, for which 1 and "1" are one value.</summary>
    public static bool SameAs(this JsonNode? left, JsonNode? right) => (left, right) switch
    {
        (JsonObject a, JsonObject b) => a.Count == b.Count && a.All(pair => b.TryGetPropertyValue(pair.Key, out var other) && pair.Value.SameAs(other)),
        (JsonArray a, JsonArray b) => a.Count == b.Count && a.Zip(b).All(pair => pair.First.SameAs(pair.Second)),
        (JsonValue or null, JsonValue or null) => left.ToText() == right.ToText(),
        _ => false,
    };
}
