using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Patching;
using Portal.Emulator.Kubernetes.Schema;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>Field validation ("Kubernetes API concepts: Field validation"): what the schema does not know is ignored, warned of or refused.</summary>
internal static class Decoding
{
    public static JsonObject Read(HttpContext context, ResourceKind kind, JsonObject body, FieldValidation validation, IReadOnlyList<string> duplicates)
    {
        var (document, unknown) = Decoder.Read(kind, body);
        if (Report(context, [.. unknown, .. duplicates], validation) is { } error)
            throw ApiException.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: {error}");
        return document;
    }

    public static JsonObject Patched(HttpContext context, ResourceKind kind, JsonObject result, JsonNode? patch, FieldValidation validation, IReadOnlyList<string> duplicates)
    {
        var (document, unknown) = Decoder.Read(kind, result);
        if (Report(context, [.. unknown, .. duplicates], validation) is { } error)
            throw ApiException.Invalid(new ResourceKind("", "", "", "", false), "", ("patch", "FieldValueInvalid", $"Invalid value: {Answers.Quoted(patch?.ToJsonString(ApiException.Readable) ?? "")}: {error}"));
        return document;
    }

    /// <summary>An applied configuration has to fit the schema: its fields are to be owned.</summary>
    public static JsonObject Applied(ResourceKind kind, JsonObject body)
    {
        var (document, unknown) = Decoder.Read(kind, body);
        if (unknown.Count == 0)
            return document;

        var field = unknown[0].Split('"')[1];
        throw new ApiException(
            500, "InternalError", $"failed to create typed patch object ({body.Namespace()}/{body.Name()}; {kind.ApiVersion}, Kind={kind.Kind}): .{field}: field not declared in schema");
    }

    private static string? Report(HttpContext context, IReadOnlyList<string> faults, FieldValidation validation)
    {
        if (faults.Count == 0 || validation == FieldValidation.Ignore)
            return null;
        if (validation == FieldValidation.Strict)
            return "strict decoding error: " + string.Join(", ", faults);
        foreach (var fault in faults)
            Warnings.Add(context, fault);
        return null;
    }
}
