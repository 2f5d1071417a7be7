namespace Portal.Emulator.Kubernetes.Security;

/// <summary>Who asks: a principal of an access entry, or a service account.</summary>
/// <param name="Policies">Of the access entry.</param>
internal sealed record KubernetesUser(
    string Name, string Uid, IReadOnlyList<string> Groups, IReadOnlyDictionary<string, string> Extra, IReadOnlyList<Contracts.EksAccessPolicy> Policies);

/// <summary>What is asked for (authorization.k8s.io/v1 ResourceAttributes, or a path outside the resources).</summary>
/// <param name="Path">Set for requests that concern no resource.</param>
internal sealed record AccessRequest(
    string Verb, string Group = "", string Resource = "", string Subresource = "", string Name = "", string Namespace = "", string? Path = null)
{
    public string QualifiedResource => Subresource.Length == 0 ? Resource : $"{Resource}/{Subresource}";
}

/// <summary>A rule of a role (rbac.authorization.k8s.io/v1 PolicyRule).</summary>
internal sealed record AccessRule(
    IReadOnlyList<string> Verbs, IReadOnlyList<string> Groups, IReadOnlyList<string> Resources, IReadOnlyList<string> Names, IReadOnlyList<string> Paths)
{
    public bool Allows(AccessRequest request)
    {
        if (!Any(Verbs, request.Verb))
            return false;
        if (request.Path is { } path)
            return Paths.Any(allowed => allowed == "*" || allowed == path || (allowed.EndsWith('*') && path.StartsWith(allowed[..^1], StringComparison.Ordinal)));
        return Any(Groups, request.Group) && AllowsResource(request) && (Names.Count == 0 || (request.Name.Length > 0 && Names.Contains(request.Name, StringComparer.Ordinal)));
    }

    private bool AllowsResource(AccessRequest request) => Resources.Any(allowed =>
        allowed == "*" || allowed == request.QualifiedResource || (request.Subresource.Length > 0 && allowed == "*/" + request.Subresource));

    private static bool Any(IReadOnlyList<string> allowed, string wanted) => allowed.Contains("*", StringComparer.Ordinal) || allowed.Contains(wanted, StringComparer.Ordinal);
}
