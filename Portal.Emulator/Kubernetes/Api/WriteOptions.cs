using Portal.Emulator.Kubernetes.Patching;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

internal enum FieldValidation
{
    Ignore,
    Warn,
    Strict,
}

/// <summary>What the query string of a write asks for (CreateOptions, UpdateOptions and PatchOptions of meta/v1).</summary>
internal sealed record WriteOptions(string Manager, string? FieldManager, bool DryRun, bool Force, FieldValidation Validation)
{
    private const int LongestManager = 128;

    public static WriteOptions Read(HttpRequest request)
    {
        var (query, kind) = (request.Query, OptionsKind(request.Method));
        var validation = query["fieldValidation"].ToString() switch
        {
            "" => FieldValidation.Warn,
            var text when Enum.TryParse<FieldValidation>(text, out var known) && Enum.IsDefined(known) => known,
            var text => throw Invalid(kind, "fieldValidation", $"Unsupported value: \"{text}\": supported values: \"Ignore\", \"Strict\", \"Warn\"", "FieldValueNotSupported"),
        };
        var dryRun = query["dryRun"].ToString();
        if (dryRun is not ("" or "All"))
            throw Invalid(kind, "dryRun", $"Unsupported value: [\"{dryRun}\"]: supported values: \"All\"", "FieldValueNotSupported");
        var manager = query["fieldManager"].ToString();
        if (manager.Length > LongestManager)
            throw Invalid(kind, "fieldManager", $"Too long: may not be more than {LongestManager} bytes", "FieldValueTooLong");

        return new WriteOptions(
            manager.Length > 0 ? manager : FirstWord(request.Headers.UserAgent.ToString()), manager.Length > 0 ? manager : null,
            dryRun == "All", query["force"].ToString() is "true" or "1", validation);
    }

    public FieldWriter Writer(ApiPath path) => new(Manager, path.Kind.ApiVersion, Subresource: path.Subresource is "status" or "scale" ? path.Subresource : null);

    /// <exception cref="ApiException">Server-side apply without a field manager.</exception>
    public FieldWriter Applier(ApiPath path) => FieldManager is null
        ? throw Invalid("PatchOptions", "fieldManager", "Required value: is required for apply patch", "FieldValueRequired")
        : Writer(path) with { IsApply = true, IsForced = Force };

    private static ApiException Invalid(string kind, string field, string message, string reason) =>
        ApiException.Invalid(new ResourceKind("meta.k8s.io", "v1", kind, kind, false), "", (field, reason, message));

    private static string OptionsKind(string method) => method switch { "POST" => "CreateOptions", "PUT" => "UpdateOptions", "PATCH" => "PatchOptions", _ => "DeleteOptions" };

    private static string FirstWord(string agent)
    {
        var word = agent.Split('/')[0];
        return word.Length is 0 or > LongestManager ? "unknown" : word;
    }
}
