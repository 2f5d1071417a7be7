using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Patching;

/// <summary>JSON merge patch, RFC 7386.</summary>
internal static class MergePatch
{
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
            return patch?.DeepClone();

        var result = target as JsonObject ?? [];
        foreach (var (name, value) in changes)
        {
            if (value is null)
                result.Remove(name);
            else if (value is JsonObject && result[name] is JsonObject existing)
                Apply(existing, value);
            else
                result[name] = Apply(null, value);
        }

        return result;
    }
}
