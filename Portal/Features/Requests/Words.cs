using Portal.Components.Shared;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Features.Requests;

/// <summary>Plans in words.</summary>
public static class Words
{
    /// <summary>What most runs take: half-way to the extremes.</summary>
    /// <param name="pace">How many times faster than AWS the target is.</param>
    public static string Span(DurationRange range, double pace) =>
        Text.Range(TimeSpan.FromSeconds((range.Low + range.Typical) / 2 / pace), TimeSpan.FromSeconds((range.High + range.Typical) / 2 / pace));

    /// <inheritdoc cref="Span"/>
    public static string About(DurationRange range, double pace) => Text.Duration(TimeSpan.FromSeconds(Math.Max(1, Math.Round(range.Typical / pace))));

    /// <summary>Enough of a plan's hash to compare by eye.</summary>
    public static string ShortHash(string hash) => hash.Length < 8 ? hash : $"{hash[..4]}·{hash[4..8]}";

    public static string Of(StepKind kind) => kind switch
    {
        StepKind.Stack => "stack",
        StepKind.Release => "release",
        StepKind.Probe => "probe",
        StepKind.Sweep => "sweep",
        _ => "wait",
    };

    public static string Of(OperationKind kind) => kind switch
    {
        OperationKind.TakeBack => "Take back",
        OperationKind.RollBack => "Roll back",
        OperationKind.RevertDrift => "Revert drift",
        OperationKind.RunJob => "Run a job",
        _ => kind.ToString(),
    };

    /// <summary>What the cluster runs on. In Auto Mode the size is only what its cost is estimated by.</summary>
    public static string Of(ClusterSpecification cluster, ServiceCatalog catalog)
    {
        var size = catalog.FindSize(cluster.Size)?.Title ?? cluster.Size;
        return cluster.Mode == ClusterMode.AutoMode ? $"Auto Mode, estimated as {size}" : size;
    }

    /// <summary>How much of it runs: "2 pods", or "at 0 3 * * * (Europe/Berlin)".</summary>
    public static string Runs(ServiceSpecification service) => service.Schedule is { } schedule ? $"at {schedule.Cron} ({schedule.TimeZone})" : Count(service.Replicas, "pod");

    /// <summary>Where it listens, and where others reach it there: "port 8080", "port 50051 (gRPC), for others 80; metrics 9090".</summary>
    public static string Ports(ServiceSpecification service) => string.Join("; ", service.Ports
        .Select(port => $"{port.Name} {Port(port.Port, port.ServicePort, port.Protocol)}").Prepend($"port {Port(service.Port, service.ServicePort, service.Protocol)}"));

    private static string Port(int port, int? reached, PortProtocol protocol) =>
        $"{port}{(protocol switch { PortProtocol.Grpc => " (gRPC)", PortProtocol.Tcp => " (TCP)", _ => "" })}{(reached is { } other && other != port ? $", for others {other}" : "")}";

    /// <summary>Who reaches it.</summary>
    public static string Reach(ServiceSpecification service) => service switch
    {
        { Kind: WorkloadKind.Worker } => "a worker that nobody calls",
        { Kind: WorkloadKind.ScheduledJob } => "a scheduled job",
        { IsPublic: false } => "reached by other services only",
        _ => $"called by {Callers(service)}",
    };

    /// <summary>The nodes, as far as they are not what the size says.</summary>
    public static string Nodes(ClusterSpecification cluster, ServiceCatalog catalog)
    {
        if (cluster.Mode == ClusterMode.AutoMode)
            return "as the pods need them";
        var size = catalog.FindSize(cluster.Size);
        return $"{cluster.MinNodes ?? size?.Min} to {cluster.MaxNodes ?? size?.Max}, {(cluster.NodeCapacity == NodeCapacity.Spot ? "spot" : "on demand")}, {(cluster.NodeSystem == NodeSystem.Bottlerocket ? "Bottlerocket" : "Amazon Linux")}";
    }

    /// <summary>Who may call, for example "signed-in users with an API key".</summary>
    public static string Callers(RouteAuthentication authentication, bool apiKeyRequired) => authentication switch
    {
        RouteAuthentication.Cognito => "signed-in users",
        RouteAuthentication.Oidc => "users of the issuer",
        _ => "everybody",
    } + (apiKeyRequired ? " with an API key" : "");

    /// <summary>What its routes answer together, for example "everybody, 2 routes otherwise".</summary>
    private static string Callers(ServiceSpecification service) => service.Routes.Count switch
    {
        0 => Callers(service.Authentication, service.ApiKeyRequired),
        var routes when service.ListedRoutesOnly => $"whom {Count(routes, "listed route")} let in",
        var routes => $"{Callers(service.Authentication, service.ApiKeyRequired)}, {Count(routes, "route")} otherwise",
    };

    /// <summary>A route and who may call it.</summary>
    public static string Of(RouteSpecification route, ServiceSpecification service) =>
        $"{route.Method} {ServiceSpecification.Before(service.Path)}{route.Path}: {Callers(route.Authentication, route.ApiKeyRequired)}{Limits(route.ThrottleRate, route.ThrottleBurst)}";

    /// <summary>", 5 requests/s, 10 at once"; nothing where they are the stage's.</summary>
    public static string Limits(int? rate, int? burst) => (rate is null ? "" : $", {rate} requests/s") + (burst is null ? "" : $", {burst} at once");

    /// <summary>The stores it uses, its own and those of others: "Aurora PostgreSQL, the store of payment (broker), read only".</summary>
    /// <param name="none">For a service that keeps nothing.</param>
    public static string Stores(ServiceSpecification service, ServiceCatalog catalog, string none) => service.Stores.Count + service.SharedStores.Count == 0 ? none : string.Join(", ",
    [
        .. service.Stores.Select(store => $"{catalog.FindStore(store.Type)?.Title ?? store.Type}{Named(store.Name)}"),
        .. service.SharedStores.Select(shared => $"the store{Named(shared.Store)} of {shared.Service}{(shared.Access == StoreAccess.ReadOnly ? " to read" : "")}"),
    ]);

    private static string Named(string name) => name.Length > 0 ? $" ({name})" : "";

    public static string Count(long number, string one, string? many = null) => number == 1 ? $"1 {one}" : $"{number} {many ?? one + "s"}";
}
