using Portal.Emulator.Contracts;

namespace Portal.Emulator.Kubernetes.Security;

/// <summary>
/// What EKS' access policies allow ("Review access policy permissions" in the Amazon EKS User Guide), for the kinds that are served, and the
/// same as the ClusterRoles view, edit and admin of a new cluster.
/// </summary>
internal static class AccessPolicies
{
    private static readonly string[] _read = ["get", "list", "watch"];
    private static readonly string[] _write = ["create", "delete", "deletecollection", "patch", "update"];
    private static readonly string[] _all = ["*"];

    private static readonly string[] _core =
        ["configmaps", "endpoints", "persistentvolumeclaims", "persistentvolumeclaims/status", "pods", "serviceaccounts", "services", "services/status"];

    private static readonly string[] _apps = ["deployments", "deployments/scale", "replicasets", "replicasets/scale"];

    public static readonly IReadOnlyList<AccessRule> View =
    [
        Rule(_read, "", [.. _core, "events", "limitranges", "namespaces", "namespaces/status", "pods/log", "pods/status", "resourcequotas", "resourcequotas/status"]),
        Rule(_read, "apps", [.. _apps, "deployments/status", "replicasets/status"]),
        Rule(_read, "autoscaling", "horizontalpodautoscalers", "horizontalpodautoscalers/status"),
        Rule(_read, "batch", "cronjobs", "cronjobs/status", "jobs", "jobs/status"),
        Rule(_read, "discovery.k8s.io", "endpointslices"),
        Rule(_read, "metrics.k8s.io", "pods", "nodes"),
        Rule(_read, "networking.k8s.io", "ingresses", "ingresses/status", "networkpolicies"),
        Rule(_read, "policy", "poddisruptionbudgets", "poddisruptionbudgets/status"),
    ];

    public static readonly IReadOnlyList<AccessRule> Edit =
    [
        .. View,
        Rule(_read, "", "secrets", "pods/attach", "pods/exec", "pods/portforward"),
        Rule(_write, "", [.. _core, "secrets", "pods/attach", "pods/exec", "pods/portforward"]),
        Rule(["create"], "", "pods/eviction", "serviceaccounts/token"),
        Rule(["create", "patch", "update"], "", "events"),
        Rule(_write, "apps", [.. _apps, "deployments/rollback"]),
        Rule(_write, "autoscaling", "horizontalpodautoscalers"),
        Rule(_write, "batch", "cronjobs", "jobs"),
        Rule(_write, "networking.k8s.io", "ingresses", "networkpolicies"),
        Rule(_write, "policy", "poddisruptionbudgets"),
        Rule([.. _read, .. _write], "coordination.k8s.io", "leases"),
    ];

    public static readonly IReadOnlyList<AccessRule> Admin =
    [
        .. Edit,
        Rule([.. _read, .. _write], "rbac.authorization.k8s.io", "roles", "rolebindings"),
        Rule(["create"], "authorization.k8s.io", "localsubjectaccessreviews"),
    ];

    private static readonly IReadOnlyList<AccessRule> _adminView = [new AccessRule(_read, _all, _all, [], [])];

    public static readonly IReadOnlyList<AccessRule> ClusterAdmin = [new AccessRule(_all, _all, _all, [], []), new AccessRule(_all, [], [], [], _all)];

    /// <summary>Everybody who is known may look around and ask about themselves (system:discovery, system:basic-user, system:public-info-viewer).</summary>
    public static readonly IReadOnlyList<AccessRule> Authenticated =
    [
        new AccessRule(["get"], [], [], [], ["/", "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/"]),
        Rule(["create"], "authorization.k8s.io", "selfsubjectaccessreviews", "selfsubjectrulesreviews"),
        Rule(["create"], "authentication.k8s.io", "selfsubjectreviews"),
    ];

    public static IReadOnlyList<AccessRule> Of(EksAccessPolicy policy) => policy.Name switch
    {
        EksAccessPolicy.ClusterAdmin => ClusterAdmin,
        "AmazonEKSAdminPolicy" => Admin,
        "AmazonEKSEditPolicy" => Edit,
        "AmazonEKSViewPolicy" => View,
        "AmazonEKSAdminViewPolicy" => _adminView,
        _ => [],
    };

    private static AccessRule Rule(string[] verbs, string group, params string[] resources) => new(verbs, [group], resources, [], []);
}
