namespace Portal.Emulator.Kubernetes.Storage;

/// <summary>The built-in kinds.</summary>
internal static class Kinds
{
    public static readonly ResourceKind Namespace = Core("Namespace", "namespaces", namespaced: false) with { ShortNames = ["ns"], HasStatus = true };
    public static readonly ResourceKind Pod = Core("Pod", "pods") with { ShortNames = ["po"], Categories = ["all"], HasStatus = true };
    public static readonly ResourceKind Service = Core("Service", "services") with { ShortNames = ["svc"], Categories = ["all"], HasStatus = true };
    public static readonly ResourceKind ConfigMap = Core("ConfigMap", "configmaps") with { ShortNames = ["cm"] };
    public static readonly ResourceKind Secret = Core("Secret", "secrets");
    public static readonly ResourceKind ServiceAccount = Core("ServiceAccount", "serviceaccounts") with { ShortNames = ["sa"] };
    public static readonly ResourceKind Node = Core("Node", "nodes", namespaced: false) with { ShortNames = ["no"], HasStatus = true };
    public static readonly ResourceKind Event = Core("Event", "events") with { ShortNames = ["ev"] };
    public static readonly ResourceKind Endpoints = Core("Endpoints", "endpoints") with { ShortNames = ["ep"], ListKind = "EndpointsList" };
    public static readonly ResourceKind ResourceQuota = Core("ResourceQuota", "resourcequotas") with { ShortNames = ["quota"], HasStatus = true };
    public static readonly ResourceKind LimitRange = Core("LimitRange", "limitranges") with { ShortNames = ["limits"] };
    public static readonly ResourceKind PersistentVolumeClaim = Core("PersistentVolumeClaim", "persistentvolumeclaims") with { ShortNames = ["pvc"], HasStatus = true };

    public static readonly ResourceKind Deployment = new("apps", "v1", "Deployment", "deployments", true)
    {
        ShortNames = ["deploy"],
        Categories = ["all"],
        HasStatus = true,
        HasScale = true,
        HasGeneration = true,
    };

    public static readonly ResourceKind ReplicaSet = new("apps", "v1", "ReplicaSet", "replicasets", true)
    {
        ShortNames = ["rs"],
        Categories = ["all"],
        HasStatus = true,
        HasScale = true,
        HasGeneration = true,
    };

    public static readonly ResourceKind Job = new("batch", "v1", "Job", "jobs", true) { Categories = ["all"], HasStatus = true, HasGeneration = true };

    public static readonly ResourceKind CronJob = new("batch", "v1", "CronJob", "cronjobs", true) { ShortNames = ["cj"], Categories = ["all"], HasStatus = true, HasGeneration = true };

    public static readonly ResourceKind Ingress = new("networking.k8s.io", "v1", "Ingress", "ingresses", true) { ShortNames = ["ing"], HasStatus = true, HasGeneration = true };
    public static readonly ResourceKind IngressClass = new("networking.k8s.io", "v1", "IngressClass", "ingressclasses", false) { HasGeneration = true };
    public static readonly ResourceKind NetworkPolicy = new("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", true) { ShortNames = ["netpol"], HasGeneration = true };
    public static readonly ResourceKind HorizontalPodAutoscaler = new("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", true)
    {
        ShortNames = ["hpa"],
        Categories = ["all"],
        HasStatus = true,
    };

    /// <summary>The older version, which kubectl autoscale writes; stored as the newer one (<see cref="Api.AutoscalerVersions"/>).</summary>
    public static readonly ResourceKind HorizontalPodAutoscalerV1 = HorizontalPodAutoscaler with { Version = "v1" };

    public static readonly ResourceKind PodDisruptionBudget = new("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", true) { ShortNames = ["pdb"], HasStatus = true, HasGeneration = true };
    public static readonly ResourceKind EndpointSlice = new("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", true) { HasGeneration = true };
    public static readonly ResourceKind Lease = new("coordination.k8s.io", "v1", "Lease", "leases", true);
    public static readonly ResourceKind CustomResourceDefinition = new("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false)
    {
        ShortNames = ["crd", "crds"],
        Categories = ["api-extensions"],
        HasStatus = true,
        HasGeneration = true,
    };

    public static readonly ResourceKind Role = Rbac("Role", "roles", true);
    public static readonly ResourceKind RoleBinding = Rbac("RoleBinding", "rolebindings", true);
    public static readonly ResourceKind ClusterRole = Rbac("ClusterRole", "clusterroles", false);
    public static readonly ResourceKind ClusterRoleBinding = Rbac("ClusterRoleBinding", "clusterrolebindings", false);

    /// <summary>The body of a service account's subresource token; not a resource of its own.</summary>
    public static readonly ResourceKind TokenRequest = Review("authentication.k8s.io", "TokenRequest", "tokenrequests");

    /// <summary>What metrics-server serves; computed, never stored.</summary>
    public static readonly ResourceKind PodMetrics = new("metrics.k8s.io", "v1beta1", "PodMetrics", "pods", true) { Singular = "", Verbs = ["get", "list"] };
    public static readonly ResourceKind NodeMetrics = new("metrics.k8s.io", "v1beta1", "NodeMetrics", "nodes", false) { Singular = "", Verbs = ["get", "list"] };

    public static readonly IReadOnlyList<ResourceKind> BuiltIn =
    [
        Namespace, Pod, Service, ConfigMap, Secret, ServiceAccount, Node, Event, Endpoints, ResourceQuota, LimitRange, PersistentVolumeClaim,
        Deployment, ReplicaSet, Job, CronJob,
        Ingress, IngressClass, NetworkPolicy,
        HorizontalPodAutoscaler, HorizontalPodAutoscalerV1, PodDisruptionBudget,
        Role, RoleBinding, ClusterRole, ClusterRoleBinding,
        EndpointSlice, Lease, CustomResourceDefinition,
        Review("authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews"),
        Review("authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews"), Review("authorization.k8s.io", "SubjectAccessReview", "subjectaccessreviews"),
        Review("authorization.k8s.io", "LocalSubjectAccessReview", "localsubjectaccessreviews") with { Namespaced = true },
        Review("authorization.k8s.io", "SelfSubjectRulesReview", "selfsubjectrulesreviews"),
        Admission("MutatingWebhookConfiguration", "mutatingwebhookconfigurations"), Admission("ValidatingWebhookConfiguration", "validatingwebhookconfigurations"),
    ];

    /// <summary>Helm's objects and other churn that nobody asks the ledger about.</summary>
    public static bool IsChurn(ResourceKind kind) => kind == Event || kind == Lease || kind == Endpoints || kind == EndpointSlice;

    private static ResourceKind Core(string kind, string plural, bool namespaced = true) => new("", "v1", kind, plural, namespaced);

    private static ResourceKind Rbac(string kind, string plural, bool namespaced) => new("rbac.authorization.k8s.io", "v1", kind, plural, namespaced);

    private static ResourceKind Review(string group, string kind, string plural) => new(group, "v1", kind, plural, false) { Verbs = ["create"] };

    private static ResourceKind Admission(string kind, string plural) =>
        new("admissionregistration.k8s.io", "v1", kind, plural, false) { Categories = ["api-extensions"], HasGeneration = true };
}
