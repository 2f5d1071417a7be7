using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.NodePools;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>
/// Who makes load balancers of Ingresses. Two programs do, out of one code base: the AWS Load Balancer Controller as pods of the cluster, and
/// EKS Auto Mode's outside it. They differ in names, in where a group comes from, and in which annotations they take (EKS user guide,
/// "Create an IngressClass to configure an Application Load Balancer").
/// </summary>
internal sealed record BalancingController(string IngressClassController, string ParametersGroup)
{
    public static readonly BalancingController Pods = new("ingress.k8s.aws/alb", "elbv2.k8s.aws")
    {
        GroupFinalizer = "group.ingress.k8s.aws/",
        Finalizer = "ingress.k8s.aws/resources",
        ClusterTag = "elbv2.k8s.aws/cluster",
        StackTag = "ingress.k8s.aws/stack",
        ResourceTag = "ingress.k8s.aws/resource",
        Held = "",
        LegacyClass = "alb",
    };

    public static readonly BalancingController AutoMode = new("eks.amazonaws.com/alb", AutoModeKinds.Eks)
    {
        GroupFinalizer = "group.ingress.eks.amazonaws.com/",
        Finalizer = "ingress.eks.amazonaws.com/resources",
        ClusterTag = "eks:eks-cluster-name",
        StackTag = "ingress.eks.amazonaws.com/stack",
        ResourceTag = "ingress.eks.amazonaws.com/resource",
        Held = "-automode",
        Ignored = ["group.name", "waf-acl-id", "web-acl-id", "shield-advanced-protection"],
    };

    /// <summary>The name of an explicit group follows it.</summary>
    public required string GroupFinalizer { get; init; }

    /// <summary>Of an Ingress by itself.</summary>
    public required string Finalizer { get; init; }

    public required string ClusterTag { get; init; }

    public required string StackTag { get; init; }

    public required string ResourceTag { get; init; }

    /// <summary>Tells its notes of what it holds from the other's.</summary>
    public required string Held { get; init; }

    /// <summary>Value of the annotation kubernetes.io/ingress.class that it serves; null where it serves none.</summary>
    public string? LegacyClass { get; init; }

    /// <summary>Annotations that it does not take.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>A class whose parameters are not there yet is invalid; the controller waits for them (pkg/ingress/class_loader.go).</summary>
    public bool Serves(ClusterStore store, JsonObject ingress) =>
        (LegacyClass is not null && ingress.Annotation("kubernetes.io/ingress.class") == LegacyClass)
        || (ClassOf(store, ingress) is { } itsClass && itsClass.Text("spec", "controller") == IngressClassController
            && (itsClass.Object("spec", "parameters") is null || Parameters(store, ingress) is not null));

    /// <summary>The Ingress as the controller takes it: without what it ignores, and with what its class's parameters say, which goes before the Ingress's own.</summary>
    public JsonObject Effective(ClusterStore store, JsonObject ingress)
    {
        var parameters = Parameters(store, ingress);
        if (parameters is null && Ignored.All(name => Annotations.Of(ingress, name) is null))
            return ingress;

        var effective = ingress.Copy();
        var annotations = effective.Metadata().Ensure("annotations");
        foreach (var name in Ignored)
            annotations.Remove(IngressGroup.Prefix + name);
        var spec = parameters?.Object("spec");
        Take("group.name", spec.Text("group", "name"));
        Take("scheme", spec.Text("scheme"));
        Take("ssl-policy", spec.Text("sslPolicy"));
        Take("subnets", Joined(spec.Array("subnets", "ids")?.Select(id => id?.ToString())));
        Take("certificate-arn", Joined((spec.Array("certificateARNs") ?? spec.Array("certificateArn"))?.Select(arn => arn?.ToString())));
        Take("load-balancer-attributes", Joined(spec.Items("loadBalancerAttributes").Select(item => $"{item.Text("key")}={item.Text("value")}")));
        Take("tags", Joined(spec.Items("tags").Select(item => $"{item.Text("key")}={item.Text("value")}")));
        return effective;

        void Take(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                annotations[IngressGroup.Prefix + name] = value;
        }
    }

    /// <summary>Whether a change may concern every Ingress: that of a class, or of a class's parameters.</summary>
    public bool IsAboutClasses(ResourceKind kind) => kind == Kinds.IngressClass || (kind.Kind == "IngressClassParams" && kind.Group == ParametersGroup);

    private static JsonObject? ClassOf(ClusterStore store, JsonObject ingress) =>
        ingress.Text("spec", "ingressClassName") is { } name ? store.Find(Kinds.IngressClass, null, name) : null;

    private JsonObject? Parameters(ClusterStore store, JsonObject ingress)
    {
        var reference = ClassOf(store, ingress).Object("spec", "parameters");
        return reference.Text("apiGroup") == ParametersGroup && reference.Text("kind") is { } name
            && store.AllKinds.FirstOrDefault(one => one.Group == ParametersGroup && one.Kind == name) is { } kind
            ? store.Find(kind, null, reference.Text("name") ?? "")
            : null;
    }

    private static string? Joined(IEnumerable<string?>? values) => values is null ? null : string.Join(',', values);
}
