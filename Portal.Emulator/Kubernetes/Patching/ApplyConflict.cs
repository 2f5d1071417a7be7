using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Patching;

/// <summary>The refusal of server-side apply, in the words of apimachinery's managedfields/internal/conflict.go.</summary>
internal static class ApplyConflict
{
    public static ApiException Of(IReadOnlyList<(JsonObject Entry, JsonObject Fields)> conflicts)
    {
        var all = conflicts.SelectMany(conflict => FieldSet.Paths(conflict.Fields).Select(path => (Manager: Name(conflict.Entry), Path: path))).ToList();
        var causes = all.Select(item => (JsonNode?)new JsonObject
        {
            ["reason"] = "FieldManagerConflict",
            ["message"] = $"conflict with {item.Manager}",
            ["field"] = item.Path,
        }).ToJsonArray();
        var message = all.Count == 1
            ? $"Apply failed with 1 conflict: conflict with {all[0].Manager}: {all[0].Path}"
            : $"Apply failed with {all.Count} conflicts: " + string.Join('\n', all.GroupBy(item => item.Manager).OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => $"conflicts with {group.Key}:\n{string.Join('\n', group.Select(item => "- " + item.Path))}"));
        return new ApiException(409, "Conflict", message, new JsonObject { ["causes"] = causes });
    }

    private static string Name(JsonObject entry)
    {
        var name = $"\"{entry.Text("manager")}\"";
        if (entry.Text("subresource") is { } subresource)
            name += $" with subresource \"{subresource}\"";
        return entry.Text("operation") == "Update" ? $"{name} using {entry.Text("apiVersion")}" : name;
    }
}
