using Portal.Core.Catalog;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Requests;

namespace Portal.Core.Topology;

/// <summary>Specification, steps and resources → picture. Pure.</summary>
public sealed class TopologyBuilder(ServiceCatalog catalog)
{
    public EnvironmentTopology Build(EnvironmentSnapshot snapshot, DateTimeOffset now) =>
        Build(snapshot.Specification, snapshot.Steps, snapshot.Resources, snapshot.ProgressAt(now).Steps);

    /// <summary>The picture a specification would give: everything waits.</summary>
    public EnvironmentTopology Preview(Specification specification) => Build(specification, [], [], new Dictionary<string, double>());

    private EnvironmentTopology Build(
        Specification specification, IReadOnlyList<StepInfo> steps, IReadOnlyList<ResourceInfo> resources, IReadOnlyDictionary<string, double> fractions)
    {
        var view = new View(steps.ToDictionary(step => step.Name, StringComparer.Ordinal), fractions);
        var zones = specification.Network.Zones;
        var size = catalog.FindSize(specification.Cluster.Size);
        var nodes = resources.Count(row => row is { Type: "Kubernetes::Node", Ready: true });
        var isAutoMode = specification.Cluster.Mode == ClusterMode.AutoMode;
        return new EnvironmentTopology(
            view.Node("client", "Client", [], "web · mobile") with { State = view.State(["edge-routes"]) == NodeState.Ready ? NodeState.Ready : NodeState.Waiting },
            view.Node("gateway", "API Gateway", ["edge-base", "edge-routes"], $"stage {specification.Edge.Stage} · {specification.Edge.ThrottleRate} requests/s"),
            view.Node("link", "VPC Link", ["edge-base"], "private way to the load balancer"),
            view.Node("vpc", $"VPC {specification.Network.Cidr}", ["net-core"]),
            view.Node("public-subnets", $"{zones} public subnets", ["net-core"]),
            view.Node("load-balancer", "Application Load Balancer", ["ingress", "alb"], LoadBalancerDetail(specification)),
            view.Node("private-subnets", $"{zones} private subnets", ["net-core", "net-egress"],
                specification.Network.NatGateways == NatGateways.Single ? "one NAT gateway" : $"{zones} NAT gateways"),
            view.Node("cluster", $"EKS {specification.Cluster.KubernetesVersion}{(isAutoMode ? " · Auto Mode" : "")}", isAutoMode ? ["cluster", "nodes"] : ["cluster", "nodes", "lbc"],
                isAutoMode ? "nodes as the pods need them" : $"{(nodes > 0 ? nodes : size?.Desired)} × {size?.InstanceType}"),
            view.Node("ingress", "Ingress", ["ingress"], $"{specification.Services.Count} rules"),
            [.. specification.Services.Select(service => Column(view, service, resources))])
        {
            Egress = view.Node("egress", specification.Network.NatGateways == NatGateways.Single ? "NAT gateway" : "NAT gateways", ["net-egress"],
                specification.Network.NatGateways == NatGateways.Single ? "one for all zones" : "one a zone"),
            ClusterParts =
            [
                view.Node("control-plane", "Control plane", ["cluster"]),
                view.Node("nodes", (nodes, isAutoMode) switch
                {
                    (0, _) => "Nodes",
                    (_, true) => $"Nodes {nodes}",
                    _ => $"Nodes {nodes}/{size?.Desired}",
                }, ["nodes"]),
                .. isAutoMode ? [] : new[] { view.Node("controller", "Load balancer controller", ["lbc"]) },
            ],
        };
    }

    private ServiceColumn Column(View view, ServiceSpecification service, IReadOnlyList<ResourceInfo> resources)
    {
        var store = catalog.FindStore(service.DataStore);
        var step = $"svc-{service.Name}";
        var pods = resources.Where(row => row.Type == "Kubernetes::Pod" && row.Step == step).Select(Pod).ToList();
        while (pods.Count < service.Replicas)
            pods.Add(new PodNode($"{service.Name} pod {pods.Count + 1}", NodeState.Waiting, "not there yet"));
        var ready = pods.Count(pod => pod.State == NodeState.Ready);
        return new ServiceColumn(
            view.Node($"path-{service.Name}", service.Path, ["ingress"]),
            view.Node($"service-{service.Name}", service.Name, [step], $"{ready} of {service.Replicas} pods ready"),
            pods,
            store is null || store.Id == ServiceCatalog.NoDataStore ? null
                : view.Node($"store-{service.Name}", store.Title, [PlanBuilder.DataStep(service.Name), $"bind-{service.Name}"], StoreDetail(store, view, service)));
    }

    private static string LoadBalancerDetail(Specification specification)
    {
        var asked = specification.Edge.LoadBalancer;
        return $"internal{(asked.Subnets == SubnetKind.Private ? ", in the private subnets" : "")}{(asked.CertificateArn.Length > 0 ? " · HTTPS" : "")} · {specification.Services.Count} path rules";
    }

    // The store itself counts as ready before the pods' access to it is.
    private static string StoreDetail(DataStore store, View view, ServiceSpecification service) =>
        view.State([PlanBuilder.DataStep(service.Name)]) == NodeState.Ready ? "owned by " + service.Name : store.Description.Split(';', '.', ',')[0];

    private static PodNode Pod(ResourceInfo row) => new(
        row.Name[(row.Name.IndexOf('/', StringComparison.Ordinal) + 1)..],
        row.Ready ? NodeState.Ready : row.State is "Failed" or "CrashLoopBackOff" or "ImagePullBackOff" or "ErrImagePull" ? NodeState.Failed : NodeState.Busy,
        row.Reason is null ? row.State : $"{row.State}: {row.Reason}");

    private sealed class View(Dictionary<string, StepInfo> steps, IReadOnlyDictionary<string, double> fractions)
    {
        public TopologyNode Node(string id, string title, IReadOnlyList<string> names, string? detail = null)
        {
            var failed = names.Select(name => steps.GetValueOrDefault(name)).FirstOrDefault(step => step?.State == StepState.Failed);
            return new TopologyNode(id, title, State(names), names, Fraction(names), detail, failed?.Failure is { } failure ? failure.RootCause ?? failure.Message : null);
        }

        public NodeState State(IReadOnlyList<string> names)
        {
            var states = names.Select(name => steps.TryGetValue(name, out var step) ? step.State : StepState.Pending).ToList();
            if (states.Contains(StepState.Failed))
                return NodeState.Failed;
            if (states.Exists(state => state is StepState.Skipped or StepState.Cancelled))
                return NodeState.Skipped;
            if (states.Count > 0 && states.TrueForAll(state => state == StepState.Succeeded))
                return NodeState.Ready;
            return states.Exists(state => state is StepState.Running or StepState.Succeeded) ? NodeState.Busy : NodeState.Waiting;
        }

        // Weighed by expected time, so that the quick part does not say half.
        private double Fraction(IReadOnlyList<string> names)
        {
            var known = names.Where(steps.ContainsKey).ToList();
            var weight = known.Sum(name => steps[name].ExpectedSeconds);
            return weight > 0 ? known.Sum(name => steps[name].ExpectedSeconds * fractions.GetValueOrDefault(name)) / weight : 0;
        }
    }
}
