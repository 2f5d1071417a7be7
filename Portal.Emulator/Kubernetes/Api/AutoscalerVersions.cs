using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>autoscaling/v1 and v2 of one object: v1 has one number where v2 has a list of metrics.</summary>
internal static class AutoscalerVersions
{
    public static JsonObject ToV1(JsonObject document)
    {
        var shown = document.Copy();
        shown["apiVersion"] = Kinds.HorizontalPodAutoscalerV1.ApiVersion;
        if (Cpu(shown.Items("spec", "metrics")).Number("resource", "target", "averageUtilization") is { } target)
            shown.Ensure("spec")["targetCPUUtilizationPercentage"] = target;
        if (Cpu(shown.Items("status", "currentMetrics")).Number("resource", "current", "averageUtilization") is { } current)
            shown.Ensure("status")["currentCPUUtilizationPercentage"] = current;
        shown.Object("spec")?.Remove("metrics");
        foreach (var field in (ReadOnlySpan<string>)["currentMetrics", "conditions"])
            shown.Object("status")?.Remove(field);
        return shown;
    }

    /// <summary>What a client wrote in v1, as it is stored.</summary>
    public static JsonObject ToV2(JsonObject document)
    {
        var stored = document.Copy();
        stored["apiVersion"] = Kinds.HorizontalPodAutoscaler.ApiVersion;
        if (stored.Number("spec", "targetCPUUtilizationPercentage") is { } target)
        {
            stored.Object("spec")!.Remove("targetCPUUtilizationPercentage");
            stored.Object("spec")!["metrics"] = new JsonArray(new JsonObject
            {
                ["type"] = "Resource",
                ["resource"] = new JsonObject { ["name"] = "cpu", ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = target } },
            });
        }

        stored.Object("status")?.Remove("currentCPUUtilizationPercentage");
        return stored;
    }

    private static JsonObject? Cpu(IEnumerable<JsonObject> metrics) => metrics.FirstOrDefault(metric => metric.Text("resource", "name") == "cpu");
}
