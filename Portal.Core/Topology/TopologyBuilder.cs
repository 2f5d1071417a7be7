using Portal.Core.Catalog;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Core.Topology;

/// <summary>Specification, steps and resources → picture. Pure.</summary>
public sealed partial class TopologyBuilder(ServiceCatalog catalog)
{
    public EnvironmentTopology Build(EnvironmentSnapshot snapshot, DateTimeOffset now) =>
        Build(snapshot.Specification, snapshot.Standing, snapshot.Deployed, snapshot.Resources, snapshot.ProgressAt(now), new Observed(snapshot.Environment.IsDegraded ? snapshot.Environment.HealthReasons : [], snapshot.Unseen)
        {
            IsOver = !snapshot.Environment.State.Exists(),
            IsMoving = snapshot.Environment.State.IsMoving(),
            DegradedSince = snapshot.Environment.HealthSince,
            Drifted = snapshot.Drift?.Steps ?? new Dictionary<string, int>(StringComparer.Ordinal),
            Region = snapshot.Target.Region,
        });

    // The controller's pods have no node to run on while the nodes are away.
    private static HashSet<string> Asleep(IReadOnlyList<DeployedStep> deployed)
    {
        var asleep = deployed.Where(step => step.IsAsleep).Select(step => step.Name).ToHashSet(StringComparer.Ordinal);
        if (asleep.Contains(StepNames.Nodes))
            asleep.UnionWith([StepNames.Controller, StepNames.Autoscaler]);
        return asleep;
    }

    /// <summary>The picture a specification would give: everything waits.</summary>
    public EnvironmentTopology Preview(Specification specification) => Build(specification, [], [], [], s_none, new Observed([], null));

    private static readonly Progress s_none = new(0, null, null, new Dictionary<string, double>(StringComparer.Ordinal));

    private EnvironmentTopology Build(
        Specification specification, IReadOnlyList<StepInfo> steps, IReadOnlyList<DeployedStep> deployed, IReadOnlyList<ResourceInfo> resources,
        Progress progress, Observed observed)
    {
        var view = new View(
            steps.ToDictionary(step => step.Name, StringComparer.Ordinal),
            deployed.Where(step => step.IsComplete).Select(step => step.Name).ToHashSet(StringComparer.Ordinal),
            Asleep(deployed), progress, observed);
        // One stack is drawn as several things: what has drifted in it is said of the first.
        var rest = view.WithoutDrift();
        var zones = specification.Network.Zones;
        var size = catalog.FindSize(specification.Cluster.Size);
        var nodes = resources.Count(row => row is { Type: "Kubernetes::Node", Ready: true });
        var isAutoMode = specification.Cluster.Mode == ClusterMode.AutoMode;
        var range = isAutoMode || size is null ? null : NodeRange.Of(specification.Cluster, size);
        return new EnvironmentTopology(
            Client(view, deployed.Any(step => step.IsAsleep)),
            view.Node("gateway", "API Gateway", [StepNames.EdgeBase, StepNames.EdgeRoutes], GatewayDetail(specification.Edge)),
            rest.Node("link", "VPC Link", [StepNames.EdgeBase], "private way to the load balancer"),
            view.Node("vpc", $"VPC {specification.Network.Cidr}", [StepNames.NetworkCore]),
            rest.Node("public-subnets", $"{zones} public subnets", [StepNames.NetworkCore]),
            view.Node("load-balancer", "Application Load Balancer", [StepNames.Ingress, StepNames.LoadBalancer], LoadBalancerDetail(specification),
                // What is wrong with one service's way is shown there.
                reason => reason.Step == StepNames.LoadBalancer),
            rest.Node("private-subnets", $"{zones} private subnets", [StepNames.NetworkCore, StepNames.NetworkEgress],
                specification.Network.NatGateways == NatGateways.Single ? "one NAT gateway" : $"{zones} NAT gateways"),
            view.Node("cluster", $"EKS {specification.Cluster.KubernetesVersion}{(isAutoMode ? " · Auto Mode" : "")}", isAutoMode ? [StepNames.Cluster, StepNames.Nodes] : [StepNames.Cluster, StepNames.Nodes, StepNames.Controller, .. range?.Grows == true ? [StepNames.Autoscaler] : Array.Empty<string>()],
                isAutoMode ? "nodes as the pods need them" : $"{(nodes > 0 ? nodes : range?.Begins)} × {size?.InstanceType}{(range?.Grows == true ? $", {range.Least} to {range.Most}" : "")}"),
            view.Node("ingress", "Ingress", [StepNames.Ingress], Count(specification, "rule")),
            [.. specification.Services.Select(service => Column(view, specification, service, resources))])
        {
            Calls = specification.OpenCalls ? [] : [.. specification.Services.SelectMany(caller => caller.Calls.Where(callee => specification.Services.Any(one => one.Name == callee)).Select(callee => (caller.Name, callee)))],
            Shares = [.. specification.Services.SelectMany(service => UsedStore.Of(service, specification).Where(used => used.Owner != service.Name).Select(used => (service.Name, used.Owner)).Distinct())],
            Region = observed.Region,
            BrokenHop = BrokenHop(specification, steps),
            Network = NetworkNodes(rest, specification),
            Egress = view.Node("egress", specification.Network.NatGateways == NatGateways.Single ? "NAT gateway" : "NAT gateways", catalog.EndpointsOf(specification).Count > 0 ? [StepNames.NetworkEgress, StepNames.NetworkEndpoints] : [StepNames.NetworkEgress],
                specification.Network.NatGateways == NatGateways.Single ? "one for all zones" : "one a zone"),
            ClusterParts =
            [
                view.Node("control-plane", "Control plane", [StepNames.Cluster]),
                view.Node("nodes", (nodes, isAutoMode) switch
                {
                    (0, _) => "Nodes",
                    (_, true) => $"Nodes {nodes}",
                    // As many as there are; how many there may be stands beside it.
                    _ when range?.Grows == true => $"Nodes {nodes}",
                    _ => $"Nodes {nodes}/{range?.Begins}",
                }, range?.Grows == true ? [StepNames.Nodes, StepNames.Autoscaler] : [StepNames.Nodes], range?.Grows == true ? $"{range.Least} at least, {range.Most} at most" : null),
                .. isAutoMode ? [] : new[] { view.Node("controller", "LB controller", [StepNames.Controller], "AWS Load Balancer Controller: makes the load balancer of the Ingress rules") },
                .. ServiceSettings.ReadSecrets(specification, catalog) ? [view.Node("secrets", "Secrets in pods", [StepNames.SecretsStore])] : Array.Empty<TopologyNode>(),
            ],
        };
    }

    /// <summary>Whoever asks from outside: served when the routes stand, and not where the front door was asked in vain.</summary>
    private static TopologyNode Client(View view, bool isAsleep)
    {
        var client = view.Node("client", "Client", [StepNames.FrontDoor], "web · mobile");
        return client.State == NodeState.Failed
            ? client
            : client with { Fraction = 0, State = isAsleep ? NodeState.Asleep : view.State([StepNames.EdgeRoutes]) is (NodeState.Ready or NodeState.Unseen) and var front ? front : view.NotYet };
    }

    // As the probe calls the hops: what answered is the one before.
    private static string? BrokenHop(Specification specification, IReadOnlyList<StepInfo> steps)
    {
        if (steps.FirstOrDefault(step => step is { Name: StepNames.FrontDoor, State: StepState.Failed })?.Failure is not { } failure)
            return null;
        var said = failure.RootCause ?? failure.Message;
        return failure.Code switch
        {
            "front_door_unreachable" or "front_door_gateway" => "gateway",
            "front_door_vpc_link" => "link",
            "front_door_load_balancer" => "ingress",
            "front_door_target" or "front_door_pod" => specification.Services.FirstOrDefault(service => service.IsPublic && said.Contains(service.Name, StringComparison.Ordinal)) is { } service ? $"service-{service.Name}" : "ingress",
            _ => null,
        };
    }

    private string Secrets(Specification specification, ServiceSpecification service) =>
        new ServiceSettings(specification, service, catalog).ReadsSecrets ? " · reads secrets" : "";

    private ServiceColumn Column(View view, Specification specification, ServiceSpecification service, IReadOnlyList<ResourceInfo> resources)
    {
        var step = StepNames.Service(service.Name);
        var pods = resources.Where(row => row.Type == "Kubernetes::Pod" && row.Step == step && (service.RunsAlways || !HealthRules.IsEndedPod(row.State))).Select(Pod).ToList();
        while (service.RunsAlways && pods.Count < service.Replicas)
            pods.Add(new PodNode($"{service.Name} pod {pods.Count + 1}", view.NotYet, view.IsThere(step) || view.NotYet == NodeState.Gone ? "not there" : "not there yet"));
        if (view.IsUnseen(step))
            pods = [.. pods.Select(pod => pod.State == NodeState.Ready ? pod with { State = NodeState.Unseen, Detail = "not seen now" } : pod)];
        var ready = pods.Count(pod => pod.State == NodeState.Ready);
        var calls = (service.Protocol == PortProtocol.Grpc ? " · gRPC" : "") + Secrets(specification, service) + (service.Calls.Count > 0 ? $" · calls {string.Join(", ", service.Calls)}" : "");
        return new ServiceColumn(
            service.IsPublic ? view.Node($"path-{service.Name}", string.Join(" ", service.Paths), [StepNames.Ingress], concerns: reason => reason.Subject == service.Name) : null,
            Seen(view.Node($"service-{service.Name}", service.Name, service.BeforeRollout is null ? [step] : [StepNames.Before(service.Name), step],
                $"{(service.RunsAlways ? $"{ready} of {service.Replicas} pods ready" : Runs(service, resources))}{calls}"), service, pods, ready),
            pods,
            [.. service.Stores.Select(store => Store(view, specification, service, store))])
        {
            Kind = service.Kind,
            Shared = [.. UsedStore.Of(service, specification).Where(used => used.Owner != service.Name).Select(used => Shared(view, specification, service, used))],
        };
    }

    // The release is done, but nothing of it is ready: no word for the whole may say more than its parts do.
    private static TopologyNode Seen(TopologyNode node, ServiceSpecification service, List<PodNode> pods, int ready) =>
        node.State != NodeState.Ready || !service.RunsAlways || ready > 0 || service.Replicas == 0 ? node
        : pods.Exists(pod => pod.State is NodeState.Failed or NodeState.Busy) ? node with { State = NodeState.Degraded, Reason = $"None of its {service.Replicas} pods is ready.", Since = null }
        : node with { State = NodeState.Unseen, Since = null };

    private TopologyNode Store(View view, Specification specification, ServiceSpecification service, StoreSpecification asked)
    {
        var store = catalog.FindStore(asked.Type);
        var title = store?.Title ?? asked.Type;
        var data = StepNames.Data(service.Name, asked.Name);
        // The store itself counts as ready before the pods' access to it is.
        var detail = view.IsThere(data) ? "owned by " + service.Name : store?.Description.Split(';', '.', ',')[0];
        return Beside(view.Node(asked.Name.Length == 0 ? $"store-{service.Name}" : $"named-{data}", asked.Name.Length == 0 ? title : $"{title} · {asked.Name}", [data, .. SignIn(view, service, data, asked.Type, asked.Name), StepNames.Bind(service.Name)], detail), Way(specification, asked.Type));
    }

    /// <summary>How pods reach a store that stands beside the VPC.</summary>
    private string? Way(Specification specification, string type) => catalog.FindStore(type) switch
    {
        null or { Beside.Length: 0 } => null,
        { Beside: "gateway-endpoint" } => "by the gateway endpoint",
        { Endpoint.Length: > 0 } when specification.Network.InterfaceEndpoints => "by an interface endpoint",
        _ => "through NAT",
    };

    // Ready when the store is and the service's own way to it: both are needed.
    private TopologyNode Shared(View view, Specification specification, ServiceSpecification service, UsedStore used) => Beside(view.Node(
        $"shared-{service.Name}-{used.Step}", $"{catalog.FindStore(used.Store.Type)?.Title ?? used.Store.Type}{(used.Store.Name.Length > 0 ? $" · {used.Store.Name}" : "")}",
        [used.Step, .. SignIn(view, service, used.Step, used.Store.Type, used.Name), StepNames.Bind(service.Name)], $"of {used.Owner}{(used.Access == StoreAccess.ReadOnly ? ", read only" : "")}"), Way(specification, used.Store.Type));

    private static TopologyNode Beside(TopologyNode node, string? way) => node with { Way = way };

    // With the service's own user of it, where it has one: a database that was made before services had any is ready without.
    private IEnumerable<string> SignIn(View view, ServiceSpecification service, string data, string type, string name) => catalog.FindUsers(type) is null ? []
        : ((IEnumerable<string>)[StepNames.User(service.Name, name), StepNames.Grant(service.Name, name)]).Where(step => view.Has(step) || !view.Has(data));

    private static string Count(Specification specification, string what) =>
        specification.Services.Count(service => service.IsPublic) is var count && count == 1 ? $"1 {what}" : $"{count} {what}s";

    private static string Runs(ServiceSpecification service, IReadOnlyList<ResourceInfo> resources) =>
        resources.FirstOrDefault(row => row.Type == "Kubernetes::CronJob" && row.Step == StepNames.Service(service.Name)) is { } seen
            ? $"{service.Schedule?.Cron} · {seen.State}"
            : $"{service.Schedule?.Cron} · {service.Schedule?.TimeZone}";

    private static string GatewayDetail(EdgeSpecification edge) =>
        $"stage {edge.Stage}{(edge.EarlierStages.Count > 0 ? $", beside it {string.Join(", ", edge.EarlierStages.Select(stage => stage.Name))}" : "")} · {edge.ThrottleRate} requests/s{(edge.DomainName.Length > 0 ? $" · {edge.DomainName}" : "")}{(edge.Firewall ? " · firewall" : "")}";

    private static string LoadBalancerDetail(Specification specification)
    {
        var asked = specification.Edge.LoadBalancer;
        return $"internal{(asked.Subnets == SubnetKind.Private ? ", in the private subnets" : "")}{(asked.CertificateArn.Length > 0 ? " · HTTPS" : "")} · {Count(specification, "path rule")}";
    }

    private static PodNode Pod(ResourceInfo row) => new(
        row.Name[(row.Name.IndexOf('/', StringComparison.Ordinal) + 1)..],
        row.Ready ? NodeState.Ready : HealthRules.IsFailedPod(row.State) ? NodeState.Failed : NodeState.Busy,
        row.Reason is null ? row.State : $"{row.State}: {row.Reason}");

    /// <summary>What the observers say of what was made.</summary>
    private sealed record Observed(IReadOnlyList<HealthReason> Reasons, Unseen? Unseen)
    {
        /// <summary>Nothing of it is waited for any more.</summary>
        public bool IsOver { get; init; }

        /// <summary>Whether an operation is under way.</summary>
        public bool IsMoving { get; init; }

        public DateTimeOffset? DegradedSince { get; init; }

        public string Region { get; init; } = "";

        /// <summary>Step → how many of its resources have drifted.</summary>
        public IReadOnlyDictionary<string, int> Drifted { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

        private static readonly HashSet<string> InCluster = [StepNames.Nodes, StepNames.Namespace, StepNames.Controller, StepNames.Autoscaler, StepNames.Ingress];

        public HealthReason? ReasonOf(string step, Func<HealthReason, bool> concerns) =>
            Reasons.FirstOrDefault(reason => reason.Step == step && concerns(reason))
            ?? (IsInCluster(step) ? Reasons.FirstOrDefault(reason => reason.Kind == HealthRules.ClusterGone) : null);

        public bool IsUnseen(string step) => Unseen is { } unseen && (unseen.IsWhole || step == StepNames.Cluster || IsInCluster(step));

        private static bool IsInCluster(string step) => InCluster.Contains(step) || StepNames.IsService(step);
    }

    private sealed class View(Dictionary<string, StepInfo> steps, HashSet<string> deployed, HashSet<string> asleep, Progress progress, Observed observed)
    {
        /// <param name="concerns">Which of its steps' reasons to be degraded are this node's; all where not given.</param>
        public TopologyNode Node(string id, string title, IReadOnlyList<string> names, string? detail = null, Func<HealthReason, bool>? concerns = null)
        {
            var failed = names.Select(name => steps.GetValueOrDefault(name)).FirstOrDefault(step => step?.State == StepState.Failed);
            concerns ??= _ => true;
            var state = State(names, concerns);
            var reason = state == NodeState.Degraded ? names.Select(name => observed.ReasonOf(name, concerns)).OfType<HealthReason>().First().Message : null;
            var left = observed.IsMoving && state is NodeState.Busy or NodeState.Waiting or NodeState.Leaving ? names.Where(progress.Left.ContainsKey).Select(name => progress.Left[name]).ToList() : [];
            return new TopologyNode(id, title, state, names, Fraction(names), detail, failed?.Failure is { } failure ? failure.RootCause ?? failure.Message : reason)
            {
                Since = Since(names, state),
                LeftLow = left.Count > 0 ? left.Max(one => one.Low) : null,
                LeftHigh = left.Count > 0 ? left.Max(one => one.High) : null,
                Drifted = names.Sum(name => observed.Drifted.GetValueOrDefault(name)),
            };
        }

        private DateTimeOffset? Since(IReadOnlyList<string> names, NodeState state)
        {
            var known = names.Select(name => steps.GetValueOrDefault(name)).OfType<StepInfo>().ToList();
            return state switch
            {
                NodeState.Busy or NodeState.Leaving => known.Where(step => step.StartedAt is not null).Min(step => step.StartedAt),
                NodeState.Degraded => observed.DegradedSince,
                NodeState.Unseen => observed.Unseen?.Since,
                NodeState.Waiting or NodeState.Skipped => null,
                NodeState.Failed => known.Where(step => step.State == StepState.Failed).Max(step => step.FinishedAt),
                _ => known.Max(step => step.FinishedAt),
            };
        }

        public View WithoutDrift() => new(steps, deployed, asleep, progress, observed with { Drifted = new Dictionary<string, int>(StringComparer.Ordinal) });

        /// <summary>Whether anything is known of it, planned or there.</summary>
        public bool Has(string step) => steps.ContainsKey(step);

        public bool IsThere(string step) => StateOf(step) == NodeState.Ready;

        /// <summary>How that looks which is not there.</summary>
        public NodeState NotYet => observed.IsOver ? NodeState.Gone : NodeState.Waiting;

        public bool IsUnseen(string step) => observed.IsUnseen(step);

        public NodeState State(IReadOnlyList<string> names, Func<HealthReason, bool>? concerns = null)
        {
            var states = names.Select(name => Seen(name, StateOf(name), concerns ?? (_ => true))).ToList();
            foreach (var worst in (NodeState[])[NodeState.Failed, NodeState.Leaving, NodeState.Degraded, NodeState.Skipped, NodeState.Unseen, NodeState.Asleep])
            {
                if (states.Contains(worst))
                    return worst;
            }

            if (states.Count > 0 && states.TrueForAll(state => state == states[0]))
                return states[0];
            // Of several, some are there and some are not yet, or not any more.
            return states.Contains(NodeState.Gone) ? NodeState.Leaving : states.Exists(state => state is NodeState.Busy or NodeState.Ready) ? NodeState.Busy : NodeState.Waiting;
        }

        private NodeState Seen(string name, NodeState state, Func<HealthReason, bool> concerns) => state != NodeState.Ready ? state
            : observed.ReasonOf(name, concerns) is not null ? NodeState.Degraded
            : observed.IsUnseen(name) ? NodeState.Unseen : state;

        // What an operation has yet to touch is as it was left.
        private NodeState StateOf(string name) => steps.GetValueOrDefault(name) switch
        {
            null => NotYet,
            { State: StepState.Failed } => NodeState.Failed,
            { Action: PlanAction.Remove, State: StepState.Running } => NodeState.Leaving,
            { Action: PlanAction.Remove, State: StepState.Succeeded } => NodeState.Gone,
            { State: StepState.Succeeded } => asleep.Contains(name) ? NodeState.Asleep : NodeState.Ready,
            { State: StepState.Running } => NodeState.Busy,
            _ when asleep.Contains(name) => NodeState.Asleep,
            _ when deployed.Contains(name) => NodeState.Ready,
            { State: StepState.Skipped or StepState.Cancelled } => NodeState.Skipped,
            _ => NotYet,
        };

        // Weighed by expected time, so that the quick part does not say half.
        private double Fraction(IReadOnlyList<string> names)
        {
            var known = names.Where(steps.ContainsKey).ToList();
            var weight = known.Sum(name => steps[name].ExpectedSeconds);
            return weight > 0 ? known.Sum(name => steps[name].ExpectedSeconds * progress.Steps.GetValueOrDefault(name)) / weight : 0;
        }
    }
}
