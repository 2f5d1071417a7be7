using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Patching;

/// <summary>JSON patch, RFC 6902.</summary>
internal static class JsonPatch
{
    public static JsonObject Apply(JsonObject target, JsonArray operations)
    {
        JsonNode root = target;
        foreach (var operation in operations.OfType<JsonObject>())
            root = Apply(root, operation);
        return root as JsonObject ?? throw ApiException.BadRequest("the patch does not leave an object");
    }

    private static JsonNode Apply(JsonNode root, JsonObject operation)
    {
        var path = Pointer(operation.Text("path"));
        switch (operation.Text("op"))
        {
            case "add":
                return Add(root, path, operation["value"]?.DeepClone());
            case "remove":
                Remove(root, path);
                return root;
            case "replace":
                Read(root, path);
                Remove(root, path);
                return Add(root, path, operation["value"]?.DeepClone());
            case "move":
                var moved = Read(root, Pointer(operation.Text("from")))?.DeepClone();
                Remove(root, Pointer(operation.Text("from")));
                return Add(root, path, moved);
            case "copy":
                return Add(root, path, Read(root, Pointer(operation.Text("from")))?.DeepClone());
            case "test":
                if (!JsonNode.DeepEquals(Read(root, path), operation["value"]))
                    throw Refused($"testing value {operation.Text("path")} failed");
                return root;
            default:
                throw ApiException.BadRequest($"unexpected kind of JSON patch operation: {operation.Text("op")}");
        }
    }

    private static JsonNode Add(JsonNode root, string[] path, JsonNode? value)
    {
        if (path.Length == 0)
            return value ?? throw Refused("the document cannot be null");

        switch (Read(root, path[..^1]))
        {
            case JsonObject parent:
                parent[path[^1]] = value;
                break;
            case JsonArray list when path[^1] == "-":
                list.Add(value);
                break;
            case JsonArray list:
                list.Insert(Index(path[^1], list.Count), value);
                break;
            default:
                throw Missing(path);
        }

        return root;
    }

    private static void Remove(JsonNode root, string[] path)
    {
        if (path.Length == 0)
            return;

        switch (Read(root, path[..^1]))
        {
            case JsonObject parent when parent.Remove(path[^1]):
                break;
            case JsonArray list:
                list.RemoveAt(Index(path[^1], list.Count - 1));
                break;
            default:
                throw Missing(path);
        }
    }

    private static JsonNode? Read(JsonNode? node, string[] path)
    {
        foreach (var part in path)
        {
            node = node switch
            {
                JsonObject parent when parent.TryGetPropertyValue(part, out var child) => child,
                JsonArray list => list[Index(part, list.Count - 1)],
                _ => throw Missing(path),
            };
        }

        return node;
    }

    private static int Index(string text, int last) =>
        int.TryParse(text, out var index) && index >= 0 && index <= last ? index : throw Refused($"Unable to access invalid index: {text}");

    private static string[] Pointer(string? text) => text switch
    {
        null => throw ApiException.BadRequest("a JSON patch operation needs a path"),
        "" => [],
        _ => [.. text.TrimStart('/').Split('/').Select(part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))],
    };

    private static ApiException Missing(string[] path) => Refused($"nonexistent path: /{string.Join('/', path)}");

    private static ApiException Refused(string why) => new(422, "Invalid", "the server rejected our request due to an error in our request: " + why);
}
