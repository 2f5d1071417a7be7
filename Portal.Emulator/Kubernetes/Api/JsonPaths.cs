using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>
/// The JSONPath of a custom resource's printer column, as far as definitions use it: members, members with dots in their names
/// (<c>labels.a\.b/c</c>), and the first item of a list with a member of a value (<c>conditions[?(@.type=="Ready")].status</c>).
/// </summary>
internal static partial class JsonPaths
{
    public static string? Text(JsonObject item, string path)
    {
        JsonNode? node = item;
        foreach (Match step in Step().Matches(path))
        {
            node = step.Groups["member"].Success
                ? node.At(step.Groups["member"].Value.Replace("\\.", ".", StringComparison.Ordinal))
                : (node as JsonArray)?.OfType<JsonObject>().FirstOrDefault(one => one.Text(step.Groups["key"].Value) == step.Groups["value"].Value);
        }

        return node?.ToString();
    }

    [GeneratedRegex("""\.(?<member>(?:\\\.|[^.\[])+)|\[\?\(@\.(?<key>\w+)\s*==\s*["'](?<value>[^"']*)["']\)\]""")]
    private static partial Regex Step();
}
