using Portal.Emulator.Kubernetes.Security;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>What a path below /api or /apis addresses.</summary>
internal sealed record ApiPath(ResourceKind Kind, string? Namespace, string? Name, string? Subresource)
{
    /// <param name="segments">For example <c>apis apps v1 namespaces shop deployments web scale</c>.</param>
    public static ApiPath? Parse(string[] segments, IReadOnlyList<ResourceKind> kinds)
    {
        var isCore = segments[0] == "api";
        var rest = segments.AsSpan(isCore ? 2 : 3);
        var (group, version) = isCore ? ("", segments[1]) : (segments[1], segments[2]);
        if (rest.Length > 0 && rest[0] == "watch")
            return null;

        // "namespaces/x" is a namespace, "namespaces/x/status" its subresource, "namespaces/x/pods" a list within.
        if (rest is ["namespaces", var inNamespace, not ("status" or "finalize"), ..])
        {
            var scoped = Find(kinds, group, version, rest[2]);
            return scoped is { Namespaced: true } && rest.Length <= 5
                ? new ApiPath(scoped, inNamespace, rest.Length > 3 ? rest[3] : null, rest.Length > 4 ? rest[4] : null)
                : null;
        }

        if (rest.Length is 0 or > 3 || Find(kinds, group, version, rest[0]) is not { } kind || (kind.Namespaced && rest.Length > 1))
            return null;

        return new ApiPath(kind, null, rest.Length > 1 ? rest[1] : null, rest.Length > 2 ? rest[2] : null);
    }

    /// <summary>What has to be allowed for the request to be served.</summary>
    public AccessRequest AccessOf(HttpRequest request)
    {
        var isWatch = request.Query["watch"].ToString() is "true" or "1";
        var verb = (request.Method, Name) switch
        {
            ("GET" or "HEAD", null) => isWatch ? "watch" : "list",
            ("GET" or "HEAD", _) => isWatch ? "watch" : "get",
            ("POST", _) => "create",
            ("PUT", _) => "update",
            ("PATCH", _) => "patch",
            ("DELETE", null) => "deletecollection",
            ("DELETE", _) => "delete",
            _ => request.Method.ToLowerInvariant(),
        };
        return new AccessRequest(verb, Kind.Group, Kind.Plural, Subresource ?? "", Name ?? "", Kind == Kinds.Namespace ? Name ?? "" : Namespace ?? "");
    }

    private static ResourceKind? Find(IReadOnlyList<ResourceKind> kinds, string group, string version, string plural) =>
        kinds.FirstOrDefault(kind => kind.Group == group && kind.Version == version && kind.Plural == plural);
}
