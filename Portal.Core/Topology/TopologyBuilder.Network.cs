using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Core.Topology;

/// <content>The second level of detail, as Templates/cloudformation/net-core.yaml and its neighbours make it.</content>
public sealed partial class TopologyBuilder
{
    // What every network reaches by gateway endpoints (net-core.yaml), and, where it asks for them, by interface endpoints (net-egress.yaml).
    private static readonly string[] s_gateways = ["S3", "DynamoDB"];
    private static readonly string[] s_interfaces = ["ECR API", "ECR registry", "STS", "CloudWatch Logs", "Secrets Manager", "Parameters"];

    private NetworkNodes NetworkNodes(View view, Specification specification)
    {
        var network = specification.Network;
        var isOne = network.NatGateways == NatGateways.Single;
        return new NetworkNodes(
            [.. Enumerable.Range(0, network.Zones).Select(zone => new ZoneNodes(
                view.Node($"public-{zone + 1}", $"Zone {zone + 1}", [StepNames.NetworkCore], Subnet(network.Cidr, zone, isPublic: true)),
                isOne && zone > 0 ? null : view.Node($"nat-{zone + 1}", "NAT gateway", [StepNames.NetworkEgress], isOne ? "for all zones" : "for this zone"),
                view.Node($"private-{zone + 1}", $"Zone {zone + 1}", [StepNames.NetworkCore, StepNames.NetworkEgress], $"{Subnet(network.Cidr, zone, isPublic: false)} · out by {(isOne ? "zone 1" : "its own NAT gateway")}")))],
            [
                .. s_gateways.Select(name => view.Node($"endpoint-{name.ToLowerInvariant()}", name, [StepNames.NetworkCore], "gateway endpoint")),
                .. network.InterfaceEndpoints ? s_interfaces.Select(name => view.Node($"endpoint-{name.ToLowerInvariant().Replace(' ', '-')}", name, [StepNames.NetworkEgress], "interface endpoint")) : [],
                .. catalog.EndpointsOf(specification).Select(name => view.Node($"endpoint-{name}", name.ToUpperInvariant(), [StepNames.NetworkEndpoints], "interface endpoint")),
            ],
            Security(view, specification));
    }

    private List<TopologyNode> Security(View view, Specification specification)
    {
        var port = specification.Edge.LoadBalancer.CertificateArn.Length > 0 ? "443" : "80";
        List<TopologyNode> groups =
        [
            view.Node("group-link", "VPC link", [StepNames.NetworkCore], $"speaks to the load balancer only, on {port}"),
            view.Node("group-balancer", "Load balancer", [StepNames.NetworkCore], $"admits the VPC link only, on {port}"),
            view.Node("group-pods", "Pods", [StepNames.Cluster], "the cluster's own group; the controller lets the load balancer in, and network policies say who may call whom"),
        ];
        if (specification.Services.Any(service => service.Stores.Any(store => Way(specification, store.Type) is null)))
            groups.Add(view.Node("group-stores", "Stores", [StepNames.NetworkCore], "each admits the pods of the services that use it"));
        return groups;
    }

    /// <summary>The range is cut into blocks: the first one again into public subnets, the next three are the private ones.</summary>
    private static string Subnet(string cidr, int zone, bool isPublic)
    {
        if (!Cidr.TryParse(cidr, out var vpc, out _))
            return "";
        var block = vpc.PrefixLength <= 18 ? 20 : 22;
        return (isPublic ? new Cidr(vpc.First + (uint)zone * 256, 24) : new Cidr(vpc.First + (uint)(zone + 1) * (1u << (32 - block)), block)).ToString();
    }
}
