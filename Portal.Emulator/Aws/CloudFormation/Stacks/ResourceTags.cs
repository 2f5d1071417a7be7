using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

internal static class ResourceTags
{
    /// <summary>The stack's tags and the resource's own, which win. Types write them as a list of pairs or as a map.</summary>
    public static Dictionary<string, string> Of(Stack stack, string logicalId, JsonObject properties)
    {
        var tags = new Dictionary<string, string>(stack.Tags, StringComparer.Ordinal)
        {
            ["aws:cloudformation:stack-name"] = stack.Name,
            ["aws:cloudformation:stack-id"] = stack.Id,
            ["aws:cloudformation:logical-id"] = logicalId,
        };
        if (properties["Tags"] is JsonArray pairs)
        {
            foreach (var pair in pairs.OfType<JsonObject>())
                tags[pair["Key"].ToText()] = pair["Value"].ToText();
        }
        else if (properties["Tags"] is JsonObject map)
        {
            foreach (var (key, value) in map)
                tags[key] = value.ToText();
        }

        return tags;
    }
    public static bool Same(IReadOnlyDictionary<string, string> left, IReadOnlyDictionary<string, string> right) =>
        left.Count == right.Count && left.All(tag => right.TryGetValue(tag.Key, out var value) && value == tag.Value);
}
