using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Security;

/// <summary>Decides as EKS does: the access policies of the principal's entry first, then Kubernetes' own roles (RBAC).</summary>
internal sealed class Authorizer(ClusterStore store)
{
    private const string Masters = "system:masters";

    /// <exception cref="ApiException">403, in RBAC's words.</exception>
    public void Check(KubernetesUser user, AccessRequest request)
    {
        if (Allows(user, request) is null)
            throw new ApiException(403, "Forbidden", Refusal(user, request), Details(request));
    }

    /// <summary>Why it is allowed; null where it is not.</summary>
    public string? Allows(KubernetesUser user, AccessRequest request)
    {
        foreach (var policy in user.Policies.Where(policy => Holds(policy, request)))
        {
            if (AccessPolicies.Of(policy).Any(rule => rule.Allows(request)))
                return $"EKS Access Policy: allowed by {(policy.Namespaces is null ? "ClusterRoleBinding" : "RoleBinding")} \"{policy.Name}\" of the access entry";
        }

        if (AccessPolicies.Authenticated.Any(rule => rule.Allows(request)))
            return "RBAC: allowed by ClusterRoleBinding \"system:basic-user\" of ClusterRole \"system:basic-user\" to Group \"system:authenticated\"";
        if (user.Groups.Contains(Masters, StringComparer.Ordinal))
            return "";
        return Bindings(request.Namespace).Where(binding => Binds(binding, user)).Where(binding => RulesOf(binding).Any(rule => rule.Allows(request))).Select(Reason).FirstOrDefault();
    }

    /// <summary>Everything that the user may do in a namespace (SelfSubjectRulesReview).</summary>
    public IReadOnlyList<AccessRule> RulesOf(KubernetesUser user, string inNamespace)
    {
        var request = new AccessRequest("get", Namespace: inNamespace);
        return
        [
            .. user.Policies.Where(policy => Holds(policy, request)).SelectMany(AccessPolicies.Of),
            .. user.Groups.Contains(Masters, StringComparer.Ordinal) ? AccessPolicies.ClusterAdmin : [],
            .. Bindings(inNamespace).Where(binding => Binds(binding, user)).SelectMany(RulesOf),
            .. AccessPolicies.Authenticated,
        ];
    }

    public static string Refusal(KubernetesUser user, AccessRequest request)
    {
        if (request.Path is { } path)
            return $"forbidden: User \"{user.Name}\" cannot {request.Verb} path \"{path}\"";

        var kind = request.Group.Length == 0 ? request.QualifiedResource : $"{request.Resource}.{request.Group}{(request.Subresource.Length == 0 ? "" : "/" + request.Subresource)}";
        var subject = request.Name.Length == 0 ? $"{kind} is" : $"{(request.Group.Length == 0 ? request.Resource : $"{request.Resource}.{request.Group}")} \"{request.Name}\" is";
        var where = request.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{request.Namespace}\"";
        return $"{subject} forbidden: User \"{user.Name}\" cannot {request.Verb} resource \"{request.QualifiedResource}\" in API group \"{request.Group}\" {where}";
    }

    private static JsonObject Details(AccessRequest request)
    {
        var details = new JsonObject();
        if (request.Name.Length > 0)
            details["name"] = request.Name;
        if (request.Group.Length > 0)
            details["group"] = request.Group;
        if (request.Resource.Length > 0)
            details["kind"] = request.Resource;
        return details;
    }

    private static bool Holds(EksAccessPolicy policy, AccessRequest request) => policy.Namespaces is null || policy.Namespaces.Any(name =>
        request.Namespace.Length > 0 && (name == request.Namespace || (name.EndsWith('*') && request.Namespace.StartsWith(name[..^1], StringComparison.Ordinal))));

    private IEnumerable<JsonObject> Bindings(string inNamespace) =>
        store.List(Kinds.ClusterRoleBinding).Concat(inNamespace.Length == 0 ? [] : store.List(Kinds.RoleBinding, inNamespace));

    private static bool Binds(JsonObject binding, KubernetesUser user) => binding.Items("subjects").Any(subject => subject.Text("kind") switch
    {
        "User" => subject.Text("name") == user.Name,
        "Group" => user.Groups.Contains(subject.Text("name") ?? "", StringComparer.Ordinal),
        "ServiceAccount" => user.Name == $"system:serviceaccount:{subject.Text("namespace") ?? binding.Namespace()}:{subject.Text("name")}",
        _ => false,
    });

    private IEnumerable<AccessRule> RulesOf(JsonObject binding)
    {
        var name = binding.Text("roleRef", "name") ?? "";
        var role = binding.Text("roleRef", "kind") == "Role" ? store.Find(Kinds.Role, binding.Namespace(), name) : store.Find(Kinds.ClusterRole, null, name);
        return role is null ? [] : Rules(role, []);
    }

    /// <param name="seen">Names of the roles that were gathered already: roles may aggregate each other.</param>
    private IEnumerable<AccessRule> Rules(JsonObject role, HashSet<string> seen)
    {
        seen.Add(role.Name());
        var selectors = role.Items("aggregationRule", "clusterRoleSelectors").Select(LabelSelector.Parse).ToList();
        var aggregated = selectors.Count == 0
            ? []
            : store.List(Kinds.ClusterRole).Where(other => !seen.Contains(other.Name()) && selectors.Exists(selector => selector.Matches(other.Labels()))).SelectMany(other => Rules(other, seen));
        return role.Items("rules").Select(rule => new AccessRule(Texts(rule, "verbs"), Texts(rule, "apiGroups"), Texts(rule, "resources"), Texts(rule, "resourceNames"), Texts(rule, "nonResourceURLs")))
            .Concat(aggregated);
    }

    private static string Reason(JsonObject binding)
    {
        var home = binding.Namespace().Length == 0 ? $"\"{binding.Name()}\"" : $"\"{binding.Name()}/{binding.Namespace()}\"";
        var subject = binding.Items("subjects").First();
        return $"RBAC: allowed by {binding.Kind()} {home} of {binding.Text("roleRef", "kind")} \"{binding.Text("roleRef", "name")}\" to {subject.Text("kind")} \"{subject.Text("name")}\"";
    }

    private static IReadOnlyList<string> Texts(JsonObject rule, string field) => [.. (rule.Array(field) ?? []).Select(item => item?.GetValue<string>() ?? "")];
}
