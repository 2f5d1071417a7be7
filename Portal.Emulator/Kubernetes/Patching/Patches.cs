using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Schema;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Patching;

/// <summary>The four kinds of patch by their media types.</summary>
internal static class Patches
{
    public const string ApplyType = "application/apply-patch+yaml";

    public static Func<JsonObject, JsonObject> Of(string mediaType, JsonNode? body, ResourceKind kind) => (mediaType, body) switch
    {
        ("application/json-patch+json", JsonArray operations) => target => JsonPatch.Apply(target, operations),
        ("application/merge-patch+json", JsonObject changes) => target => (JsonObject)MergePatch.Apply(target, changes)!,
        ("application/strategic-merge-patch+json", JsonObject changes) when !kind.IsCustom => target => StrategicMergePatch.Apply(target, changes, ApiSchema.Of(kind)),
        ("application/json-patch+json" or "application/merge-patch+json", _) => throw ApiException.BadRequest("the patch has not the form that its media type says"),
        _ => throw ApiException.UnsupportedMediaType(
            "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml" + (kind.IsCustom ? "" : ", application/strategic-merge-patch+json")),
    };
}
