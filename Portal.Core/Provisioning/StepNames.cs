using Portal.Core.Specifications;

namespace Portal.Core.Provisioning;

/// <summary>Names of steps: built here and nowhere else. Stacks, observations, deployments and pages are found by them.</summary>
public static class StepNames
{
    public const string Iam = "iam";
    public const string NetworkCore = "net-core";
    public const string NetworkEgress = "net-egress";
    public const string NetworkEndpoints = "net-endpoints";
    public const string Cluster = "cluster";
    public const string Nodes = "nodes";
    public const string SecretsStore = "secrets";
    public const string Namespace = "namespace";
    public const string Controller = "lbc";
    public const string Autoscaler = "autoscaler";
    public const string EdgeBase = "edge-base";
    public const string EdgeSignIn = "edge-sign-in";
    public const string EdgeRoutes = "edge-routes";
    public const string Ingress = "ingress";
    public const string LoadBalancer = "alb";
    public const string FrontDoor = "front-door";
    public const string Sweep = "sweep";

    /// <summary>A store's name: no hyphen, so that the step's name says where it ends and a service's begins.</summary>
    public const string StorePattern = "^[a-z][a-z0-9]{0,15}\\z";

    private const string ServicePrefix = "svc-";
    private const string DataPrefix = "data-";
    private const string StorePrefix = "store-";

    /// <param name="store">Its name; empty for the one that has none.</param>
    public static string Data(string service, string store = "") => store.Length == 0 ? $"{DataPrefix}{service}" : $"{StorePrefix}{store}-{service}";

    /// <summary>Whether the step is a store of a service.</summary>
    public static bool IsData(string step) => step.StartsWith(DataPrefix, StringComparison.Ordinal) || StoreOf(step) is not null;

    /// <summary>Name of the store that the step makes; null for one without a name, and for every other step.</summary>
    public static string? StoreOf(string step) => step.StartsWith(StorePrefix, StringComparison.Ordinal) ? step.Split('-')[1] : null;

    /// <summary>The way of a service's pods to all its stores: pods have one role.</summary>
    public static string Bind(string service) => $"bind-{service}";

    /// <summary>The stack of a service's own user of a database: its secret, and the role of the job that makes it.</summary>
    /// <param name="store">What the service calls the database; empty for the one without a name.</param>
    public static string User(string service, string store) => store.Length == 0 ? $"user-{service}" : $"userof-{store}-{service}";

    /// <summary>The job that makes the user, and takes it away again.</summary>
    /// <inheritdoc cref="User"/>
    public static string Grant(string service, string store) => store.Length == 0 ? $"{GrantPrefix}-{service}" : $"{GrantPrefix}of-{store}-{service}";

    /// <summary>Whether the step is the job that makes a service's user of a database.</summary>
    public static bool IsGrant(string step) => step.Split('-')[0] is GrantPrefix or $"{GrantPrefix}of";

    /// <summary>Name of that job's release and of what it makes, which no service may have; short enough for a job of that name and a run.</summary>
    /// <inheritdoc cref="User"/>
    public static string GrantRelease(string service, string store)
    {
        var end = store.Length == 0 ? "-dbuser" : $"-dbuser-{store}";
        return service.Length + end.Length <= LongestRelease ? service + end
            : $"{service[..(LongestRelease - end.Length - 7)]}-{RouteTree.Digest(service)[..6]}{end}";
    }

    private const string GrantPrefix = "grant";

    // A Job adds 10 characters, or 11, and its pods bear its name as a label, of 63 characters at most.
    private const int LongestRelease = 50;

    public static string Service(string service) => $"{ServicePrefix}{service}";

    /// <summary>Of every step that may make a stack. A service may get a store without a name at any time.</summary>
    public static IEnumerable<string> Stacks(IEnumerable<ServiceSpecification> services) =>
    [
        Iam, NetworkCore, NetworkEgress, NetworkEndpoints, Cluster, Nodes, SecretsStore, EdgeBase, EdgeSignIn, EdgeRoutes,
        .. services.SelectMany(service => (IEnumerable<string>)[Data(service.Name), Bind(service.Name), User(service.Name, ""), .. Named(service).Select(store => User(service.Name, store)), .. service.Stores.Where(store => store.Name.Length > 0).Select(store => Data(service.Name, store.Name))]),
    ];

    private static IEnumerable<string> Named(ServiceSpecification service) =>
        service.Stores.Select(store => store.Name).Concat(service.SharedStores.Select(shared => shared.Name)).Where(name => name.Length > 0);

    /// <summary>The release of what runs before the service's pods are replaced.</summary>
    public static string Before(string service) => Service(BeforeRelease(service));

    /// <summary>Its name, which no service may have: that of the release, of its service account and of what it makes.</summary>
    public static string BeforeRelease(string service) => $"{service}-before";

    /// <summary>What a service's files are kept under, which no service may be called.</summary>
    public static string FilesOf(string service) => $"{service}-files";

    /// <summary>Whether the step is a release of a service.</summary>
    public static bool IsService(string step) => step.StartsWith(ServicePrefix, StringComparison.Ordinal);

    /// <summary>Of a step that lifts the protection of what the named one made.</summary>
    public static string Unprotect(string step) => $"unprotect-{step}";

    /// <summary>Of a step that wakes what the named one made, in a plan that has that one too.</summary>
    public static string Wake(string step) => $"wake-{step}";
}
