using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

internal static class Shapes
{
    public static JsonObject PartialMetadata(JsonObject document) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = document["metadata"]?.DeepClone(),
    };

    /// <summary>Versions of a custom kind share their objects; each shows them as its own.</summary>
    public static JsonObject InVersion(ResourceKind kind, JsonObject document)
    {
        if (document.Text("apiVersion") == kind.ApiVersion)
            return document;
        if (kind == Kinds.HorizontalPodAutoscalerV1)
            return AutoscalerVersions.ToV1(document);

        var shown = document.Copy();
        shown["apiVersion"] = kind.ApiVersion;
        return shown;
    }
}
