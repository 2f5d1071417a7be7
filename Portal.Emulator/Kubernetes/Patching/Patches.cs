using System.Text.Json.Nodes;
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
        ("application/strategic-merge-patch+json", JsonObject changes) when !kind.IsCustom => target => StrategicMergePatch.Apply(target, changes),
        // Server-side apply without ownership: fields that an earlier apply set and this one leaves out stay.
        (ApplyType, JsonObject wanted) when kind.IsCustom => target => (JsonObject)MergePatch.Apply(target, Applied(wanted))!,
        (ApplyType, JsonObject wanted) => target => StrategicMergePatch.Apply(target, Applied(wanted)),
        ("application/json-patch+json" or "application/merge-patch+json" or ApplyType, _) => throw ApiException.BadRequest("the patch has not the form that its media type says"),
        _ => throw ApiException.UnsupportedMediaType(
            "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml" + (kind.IsCustom ? "" : ", application/strategic-merge-patch+json")),
    };

    private static JsonObject Applied(JsonObject wanted)
    {
        var changes = wanted.Copy();
        changes.Remove("status");
        changes.Object("metadata")?.Remove("managedFields");
        return changes;
    }
}
