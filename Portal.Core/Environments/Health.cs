using Portal.Core.Provisioning;

namespace Portal.Core.Environments;

/// <summary>One thing that is not as it should be.</summary>
/// <param name="Kind">For programs, for example <c>stack.gone</c> or <c>deployment.short</c>.</param>
/// <param name="Step">The step that made what is concerned.</param>
/// <param name="Subject">Name of what is concerned.</param>
/// <param name="Message">One plain sentence.</param>
public sealed record HealthReason(string Kind, string Step, string Subject, string Message);

/// <summary>What can be said of a stack or load balancer, whatever word AWS has for it.</summary>
public enum Standing
{
    Works,
    Failed,

    /// <summary>Is being deleted.</summary>
    Leaving,
    Gone,
}

/// <summary>A stack or load balancer as it was last seen.</summary>
/// <param name="State">AWS's own word.</param>
public sealed record SeenThing(string Name, Standing Standing, string State, string? Reason);

/// <summary>A service's targets at the load balancer.</summary>
/// <param name="Unhealthy">How many of them do not pass its health check; a target that has just come is not among them.</param>
public sealed record SeenTargets(string Service, int Total, int Unhealthy, string? Reason);

/// <summary>What is to be there of a step.</summary>
/// <param name="Replicas">Least number of pods of a service's release.</param>
/// <param name="Nodes">Number of nodes of the step that makes them; null where they come as the pods need them.</param>
public sealed record ExpectedStep(string Name, StepKind Kind, string Title, string? Service, string Subject, int? Replicas, int? Nodes)
{
    /// <summary>Of the nodes: as many as there may be; null where nobody says.</summary>
    public int? MostNodes { get; init; }

    /// <summary>Of a service's release: whether it is reached from outside, and so has an Ingress.</summary>
    public bool IsPublic { get; init; } = true;

    /// <summary>Of a service's release: what runs, as <see cref="WorkloadValues"/> names it.</summary>
    public string Workload { get; init; } = WorkloadValues.Service;
}

/// <summary>What is to be there of an environment, and what was seen of it.</summary>
/// <param name="Steps">Those that are complete.</param>
/// <param name="IsClusterSeen">Whether the cluster's objects were listed at all; before, none being there says nothing.</param>
/// <param name="Objects">Of the cluster.</param>
public sealed record HealthFacts(
    IReadOnlyList<ExpectedStep> Steps, IReadOnlyList<SeenThing> Stacks, IReadOnlyList<SeenThing> LoadBalancers, IReadOnlyList<SeenTargets> Targets,
    bool IsClusterSeen, bool IsClusterGone, IReadOnlyList<ResourceInfo> Objects)
{
    /// <summary>Whether it sleeps: without nodes no pod runs, and none is to.</summary>
    public bool IsAsleep { get; init; }
}

/// <summary>Where the comparison of what exists with what was planned stands.</summary>
/// <param name="Resources">How many the last check found different, without those that are left as they are for now.</param>
/// <param name="CheckedAt">When the last one ended; null before the first.</param>
/// <param name="AskedAt">Of the one that is under way; null where none is.</param>
/// <param name="Trouble">What could not be checked, and why.</param>
public sealed record DriftSummary(int Resources, DateTimeOffset? CheckedAt, DateTimeOffset? AskedAt, string AskedBy, string? Trouble)
{
    /// <summary>Step → how many of its resources have drifted; without those that have not.</summary>
    public IReadOnlyDictionary<string, int> Steps { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);
}

/// <summary>Since when an environment is not seen, and why.</summary>
/// <param name="Since">Null where it never was.</param>
/// <param name="IsWhole">Else only what is in its cluster is not seen.</param>
public sealed record Unseen(DateTimeOffset? Since, string Reason, bool IsWhole);
