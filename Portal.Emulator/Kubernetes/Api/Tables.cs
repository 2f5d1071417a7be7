using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>Lists as kubectl get shows them (meta.k8s.io/v1 Table).</summary>
internal static class Tables
{
    public static JsonObject Of(ResourceKind kind, IReadOnlyList<JsonObject> items, JsonObject metadata, DateTimeOffset now, string? includeObject = null)
    {
        var columns = TableColumns.Of(kind);
        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = metadata,
            ["columnDefinitions"] = columns.Select(column => (JsonNode?)new JsonObject
            {
                ["name"] = column.Name,
                ["type"] = column.IsNumber ? "integer" : "string",
                ["format"] = column.Name == "Name" ? "name" : "",
                ["description"] = column.Name,
                ["priority"] = column.IsWide ? 1 : 0,
            }).ToJsonArray(),
            ["rows"] = items.Select(item => (JsonNode?)new JsonObject
            {
                ["cells"] = columns.Select(column => column.Cell(item, now)).ToJsonArray(),
                ["object"] = includeObject switch
                {
                    "Object" => Shapes.InVersion(kind, item).DeepClone(),
                    "None" => null,
                    _ => Shapes.PartialMetadata(item),
                },
            }).ToJsonArray(),
        };
    }
}
