namespace Portal.Core.Provisioning;

/// <summary>Names of steps: built here and nowhere else. Stacks, observations, deployments and pages are found by them.</summary>
public static class StepNames
{
    public const string Iam = "iam";
    public const string NetworkCore = "net-core";
    public const string NetworkEgress = "net-egress";
    public const string Cluster = "cluster";
    public const string Nodes = "nodes";
    public const string Namespace = "namespace";
    public const string Controller = "lbc";
    public const string EdgeBase = "edge-base";
    public const string EdgeSignIn = "edge-sign-in";
    public const string EdgeRoutes = "edge-routes";
    public const string Ingress = "ingress";
    public const string LoadBalancer = "alb";
    public const string FrontDoor = "front-door";
    public const string Sweep = "sweep";

    private const string ServicePrefix = "svc-";

    public static string Data(string service) => $"data-{service}";

    public static string Bind(string service) => $"bind-{service}";

    public static string Service(string service) => $"{ServicePrefix}{service}";

    /// <summary>Of every step that may make a stack, for services of those names.</summary>
    public static IEnumerable<string> Stacks(IEnumerable<string> services) =>
        [Iam, NetworkCore, NetworkEgress, Cluster, Nodes, EdgeBase, EdgeSignIn, EdgeRoutes, .. services.SelectMany(service => (string[])[Data(service), Bind(service)])];

    /// <summary>The release of what runs before the service's pods are replaced.</summary>
    public static string Before(string service) => Service(BeforeRelease(service));

    /// <summary>Its name, which no service may have: that of the release, of its service account and of what it makes.</summary>
    public static string BeforeRelease(string service) => $"{service}-before";

    /// <summary>Whether the step is a release of a service.</summary>
    public static bool IsService(string step) => step.StartsWith(ServicePrefix, StringComparison.Ordinal);

    /// <summary>Of a step that wakes what the named one made, in a plan that has that one too.</summary>
    public static string Wake(string step) => $"wake-{step}";
}
