using Portal.Core.Catalog;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Core.Topology;

/// <summary>Specification, steps and resources → picture. Pure.</summary>
public sealed class TopologyBuilder(ServiceCatalog catalog)
{
    public EnvironmentTopology Build(EnvironmentSnapshot snapshot, DateTimeOffset now) =>
        Build(snapshot.Specification, snapshot.Standing, snapshot.Deployed, snapshot.Resources, snapshot.ProgressAt(now).Steps);

    /// <summary>The picture a specification would give: everything waits.</summary>
    public EnvironmentTopology Preview(Specification specification) => Build(specification, [], [], [], new Dictionary<string, double>());

    private EnvironmentTopology Build(
        Specification specification, IReadOnlyList<StepInfo> steps, IReadOnlyList<DeployedStep> deployed, IReadOnlyList<ResourceInfo> resources, IReadOnlyDictionary<string, double> fractions)
    {
        var view = new View(
            steps.ToDictionary(step => step.Name, StringComparer.Ordinal),
            deployed.Where(step => step.IsComplete).Select(step => step.Name).ToHashSet(StringComparer.Ordinal),
            fractions);
        var zones = specification.Network.Zones;
        var size = catalog.FindSize(specification.Cluster.Size);
        var nodes = resources.Count(row => row is { Type: "Kubernetes::Node", Ready: true });
        var isAutoMode = specification.Cluster.Mode == ClusterMode.AutoMode;
        return new EnvironmentTopology(
            view.Node("client", "Client", [], "web · mobile") with { State = view.State([StepNames.EdgeRoutes]) == NodeState.Ready ? NodeState.Ready : NodeState.Waiting },
            view.Node("gateway", "API Gateway", [StepNames.EdgeBase, StepNames.EdgeRoutes], $"stage {specification.Edge.Stage} · {specification.Edge.ThrottleRate} requests/s"),
            view.Node("link", "VPC Link", [StepNames.EdgeBase], "private way to the load balancer"),
            view.Node("vpc", $"VPC {specification.Network.Cidr}", [StepNames.NetworkCore]),
            view.Node("public-subnets", $"{zones} public subnets", [StepNames.NetworkCore]),
            view.Node("load-balancer", "Application Load Balancer", [StepNames.Ingress, StepNames.LoadBalancer], LoadBalancerDetail(specification)),
            view.Node("private-subnets", $"{zones} private subnets", [StepNames.NetworkCore, StepNames.NetworkEgress],
                specification.Network.NatGateways == NatGateways.Single ? "one NAT gateway" : $"{zones} NAT gateways"),
            view.Node("cluster", $"EKS {specification.Cluster.KubernetesVersion}{(isAutoMode ? " · Auto Mode" : "")}", isAutoMode ? [StepNames.Cluster, StepNames.Nodes] : [StepNames.Cluster, StepNames.Nodes, StepNames.Controller],
                isAutoMode ? "nodes as the pods need them" : $"{(nodes > 0 ? nodes : size?.Desired)} × {size?.InstanceType}"),
            view.Node("ingress", "Ingress", [StepNames.Ingress], $"{specification.Services.Count} rules"),
            [.. specification.Services.Select(service => Column(view, service, resources))])
        {
            Egress = view.Node("egress", specification.Network.NatGateways == NatGateways.Single ? "NAT gateway" : "NAT gateways", [StepNames.NetworkEgress],
                specification.Network.NatGateways == NatGateways.Single ? "one for all zones" : "one a zone"),
            ClusterParts =
            [
                view.Node("control-plane", "Control plane", [StepNames.Cluster]),
                view.Node("nodes", (nodes, isAutoMode) switch
                {
                    (0, _) => "Nodes",
                    (_, true) => $"Nodes {nodes}",
                    _ => $"Nodes {nodes}/{size?.Desired}",
                }, [StepNames.Nodes]),
                .. isAutoMode ? [] : new[] { view.Node("controller", "Load balancer controller", [StepNames.Controller]) },
            ],
        };
    }

    private ServiceColumn Column(View view, ServiceSpecification service, IReadOnlyList<ResourceInfo> resources)
    {
        var store = catalog.FindStore(service.DataStore);
        var step = StepNames.Service(service.Name);
        var pods = resources.Where(row => row.Type == "Kubernetes::Pod" && row.Step == step).Select(Pod).ToList();
        while (pods.Count < service.Replicas)
            pods.Add(new PodNode($"{service.Name} pod {pods.Count + 1}", NodeState.Waiting, "not there yet"));
        var ready = pods.Count(pod => pod.State == NodeState.Ready);
        return new ServiceColumn(
            view.Node($"path-{service.Name}", service.Path, [StepNames.Ingress]),
            view.Node($"service-{service.Name}", service.Name, [step], $"{ready} of {service.Replicas} pods ready"),
            pods,
            store is null || store.Id == ServiceCatalog.NoDataStore ? null
                : view.Node($"store-{service.Name}", store.Title, [StepNames.Data(service.Name), StepNames.Bind(service.Name)], StoreDetail(store, view, service)));
    }

    private static string LoadBalancerDetail(Specification specification)
    {
        var asked = specification.Edge.LoadBalancer;
        return $"internal{(asked.Subnets == SubnetKind.Private ? ", in the private subnets" : "")}{(asked.CertificateArn.Length > 0 ? " · HTTPS" : "")} · {specification.Services.Count} path rules";
    }

    // The store itself counts as ready before the pods' access to it is.
    private static string StoreDetail(DataStore store, View view, ServiceSpecification service) =>
        view.State([StepNames.Data(service.Name)]) == NodeState.Ready ? "owned by " + service.Name : store.Description.Split(';', '.', ',')[0];

    private static PodNode Pod(ResourceInfo row) => new(
        row.Name[(row.Name.IndexOf('/', StringComparison.Ordinal) + 1)..],
        row.Ready ? NodeState.Ready : row.State is "Failed" or "CrashLoopBackOff" or "ImagePullBackOff" or "ErrImagePull" ? NodeState.Failed : NodeState.Busy,
        row.Reason is null ? row.State : $"{row.State}: {row.Reason}");

    private sealed class View(Dictionary<string, StepInfo> steps, HashSet<string> deployed, IReadOnlyDictionary<string, double> fractions)
    {
        public TopologyNode Node(string id, string title, IReadOnlyList<string> names, string? detail = null)
        {
            var failed = names.Select(name => steps.GetValueOrDefault(name)).FirstOrDefault(step => step?.State == StepState.Failed);
            return new TopologyNode(id, title, State(names), names, Fraction(names), detail, failed?.Failure is { } failure ? failure.RootCause ?? failure.Message : null);
        }

        public NodeState State(IReadOnlyList<string> names)
        {
            var states = names.Select(StateOf).ToList();
            foreach (var worst in (NodeState[])[NodeState.Failed, NodeState.Leaving, NodeState.Skipped])
            {
                if (states.Contains(worst))
                    return worst;
            }

            if (states.Count > 0 && states.TrueForAll(state => state == states[0]))
                return states[0];
            // Of several, some are there and some are not yet, or not any more.
            return states.Contains(NodeState.Gone) ? NodeState.Leaving : states.Exists(state => state is NodeState.Busy or NodeState.Ready) ? NodeState.Busy : NodeState.Waiting;
        }

        // What an operation has yet to touch is as it was left.
        private NodeState StateOf(string name) => steps.GetValueOrDefault(name) switch
        {
            null => NodeState.Waiting,
            { State: StepState.Failed } => NodeState.Failed,
            { Action: PlanAction.Remove, State: StepState.Running } => NodeState.Leaving,
            { Action: PlanAction.Remove, State: StepState.Succeeded } => NodeState.Gone,
            { State: StepState.Succeeded } => NodeState.Ready,
            { State: StepState.Running } => NodeState.Busy,
            _ when deployed.Contains(name) => NodeState.Ready,
            { State: StepState.Skipped or StepState.Cancelled } => NodeState.Skipped,
            _ => NodeState.Waiting,
        };

        // Weighed by expected time, so that the quick part does not say half.
        private double Fraction(IReadOnlyList<string> names)
        {
            var known = names.Where(steps.ContainsKey).ToList();
            var weight = known.Sum(name => steps[name].ExpectedSeconds);
            return weight > 0 ? known.Sum(name => steps[name].ExpectedSeconds * fractions.GetValueOrDefault(name)) / weight : 0;
        }
    }
}
