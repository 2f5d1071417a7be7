using Portal.Core.Specifications;

namespace Portal.Core.Topology;

public enum NodeState
{
    Waiting,
    Busy,
    Ready,

    /// <summary>Is being taken away.</summary>
    Leaving,
    Gone,
    Failed,

    /// <summary>Was made, and is observed not to be as it should be.</summary>
    Degraded,

    /// <summary>Was made, and nobody can say right now how it is.</summary>
    Unseen,

    /// <summary>Rests; nothing of it is lost.</summary>
    Asleep,

    /// <summary>Cannot be reached any more, because something before it failed.</summary>
    Skipped,
}

/// <summary>One box of the picture.</summary>
/// <param name="Id">Stable within the environment, fit for a DOM id.</param>
/// <param name="Steps">The steps that make it, for links to their events.</param>
/// <param name="Fraction">0 to 1 while busy.</param>
/// <param name="Detail">One line below the title.</param>
/// <param name="Reason">Why it failed or is degraded.</param>
public sealed record TopologyNode(
    string Id, string Title, NodeState State, IReadOnlyList<string> Steps, double Fraction = 0, string? Detail = null, string? Reason = null)
{
    /// <summary>Of what stands beside the VPC: how the pods reach it, for example "by the gateway endpoint". Null for what stands inside.</summary>
    public string? Way { get; init; }

    /// <summary>Since when it is in that state; null where that is not known.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When it is expected to be finished, from now and at the target's pace; null where nothing of it is under way or to come.</summary>
    public TimeSpan? LeftLow { get; init; }

    /// <inheritdoc cref="LeftLow"/>
    public TimeSpan? LeftHigh { get; init; }

    /// <summary>How many of its resources somebody changed behind the portal's back.</summary>
    public int Drifted { get; init; }

    /// <summary>What a plan would do to it.</summary>
    public NodeChange Change { get; init; }

    /// <summary>What stays of it where it goes, as a sentence; null for nothing.</summary>
    public string? Keeps { get; init; }

    /// <summary>How soon somebody should look at it, beside others: the least is the worst.</summary>
    public int Badness => State switch
    {
        NodeState.Failed => 0,
        NodeState.Degraded => 1,
        NodeState.Ready when Drifted > 0 => 2,
        NodeState.Unseen => 3,
        NodeState.Skipped => 4,
        NodeState.Leaving => 5,
        NodeState.Busy => 6,
        NodeState.Waiting => 7,
        NodeState.Asleep => 8,
        NodeState.Gone => 9,
        _ => 10,
    };
}

/// <summary>What a plan would do to a part of the picture.</summary>
public enum NodeChange
{
    None,
    Comes,
    Changes,

    /// <summary>Something of it is made anew, and the old one goes.</summary>
    Replaced,
    Goes,
}

public sealed record PodNode(string Name, NodeState State, string Detail);

/// <summary>A service's column: path rule, service, pods, data stores.</summary>
/// <param name="Path">The rule on the load balancer; null for a service that only others of the environment reach, or nobody.</param>
/// <param name="Pods">As many as asked for; those not seen yet wait. Of a scheduled job, those of runs that go on.</param>
/// <param name="Stores">None for a service that keeps nothing.</param>
public sealed record ServiceColumn(TopologyNode? Path, TopologyNode Service, IReadOnlyList<PodNode> Pods, IReadOnlyList<TopologyNode> Stores)
{
    public WorkloadKind Kind { get; init; }

    /// <summary>Stores of other services that it uses too; they stand in their owners' columns.</summary>
    public IReadOnlyList<TopologyNode> Shared { get; init; } = [];

    /// <summary>Who reaches it, in a word: its path, or why it has none.</summary>
    public string Reach => Path?.Title ?? Kind switch { WorkloadKind.Worker => "worker", WorkloadKind.ScheduledJob => "scheduled", _ => "internal" };
}

/// <summary>The seed's shape: client, gateway, then the VPC with the load balancer in its public and the cluster in its private subnets.</summary>
public sealed record EnvironmentTopology(
    TopologyNode Client, TopologyNode Gateway, TopologyNode Link, TopologyNode Vpc, TopologyNode PublicSubnets, TopologyNode LoadBalancer,
    TopologyNode PrivateSubnets, TopologyNode Cluster, TopologyNode Ingress, IReadOnlyList<ServiceColumn> Columns)
{
    /// <summary>The private subnets' way out; stands in the public ones.</summary>
    public required TopologyNode Egress { get; init; }

    /// <summary>What the cluster consists of: control plane, nodes and, where it is one of its pods, the load balancer controller.</summary>
    public required IReadOnlyList<TopologyNode> ClusterParts { get; init; }

    /// <summary>Id of the node up to which the last request through the front door did not come; null where it was answered, or none was made.</summary>
    public string? BrokenHop { get; init; }

    /// <summary>Which service calls which, by their names; empty where each may call every other.</summary>
    public IReadOnlyList<(string Caller, string Callee)> Calls { get; init; } = [];

    /// <summary>Which service uses a store of which other one, by their names.</summary>
    public IReadOnlyList<(string Guest, string Owner)> Shares { get; init; } = [];

    /// <summary>The second level of detail: subnets by zone, NAT gateways, endpoints, security groups.</summary>
    public NetworkNodes Network { get; init; } = new([], [], []);

    /// <summary>Of what the region's services, which stand beside the VPC, are called together.</summary>
    public string Region { get; init; } = "";

    /// <summary>Whatever can be looked at, of both levels of detail.</summary>
    public IEnumerable<TopologyNode> Everything => Nodes.Concat(Network.Zones.SelectMany(zone => (TopologyNode?[])[zone.Public, zone.Nat, zone.Private]).OfType<TopologyNode>()).Concat(Network.Endpoints).Concat(Network.Security);

    /// <summary>Every node, along the request's path.</summary>
    public IEnumerable<TopologyNode> Nodes =>
    [
        Client, Gateway, Link, Vpc, PublicSubnets, LoadBalancer, Egress, PrivateSubnets, Cluster, .. ClusterParts, Ingress,
        .. Columns.SelectMany(column => (TopologyNode?[])[column.Path, column.Service, .. column.Stores, .. column.Shared]).OfType<TopologyNode>(),
    ];
}

/// <summary>What the first level of the picture leaves out of the network.</summary>
/// <param name="Endpoints">By which the pods reach services of the region without the NAT gateways.</param>
/// <param name="Security">Who may speak with whom, along the request's path.</param>
public sealed record NetworkNodes(IReadOnlyList<ZoneNodes> Zones, IReadOnlyList<TopologyNode> Endpoints, IReadOnlyList<TopologyNode> Security);

/// <summary>One availability zone.</summary>
/// <param name="Nat">Null where another zone's is used.</param>
public sealed record ZoneNodes(TopologyNode Public, TopologyNode? Nat, TopologyNode Private);
