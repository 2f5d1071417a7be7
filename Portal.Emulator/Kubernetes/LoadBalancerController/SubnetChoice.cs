using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>Where a load balancer stands: the subnets that are named, or those that their tags offer, one a zone (its guide, "Subnet Discovery").</summary>
internal sealed class SubnetChoice(Lazy<ICloudView> cloud)
{
    private const int Fewest = 2;

    public IReadOnlyList<string> Of(IReadOnlyList<JsonObject> members, string scheme, string vpcId, LoadBalancerDescription? present)
    {
        var named = members.Select(member => Annotations.List(member, "subnets")).Where(list => list.Count > 0).ToList();
        if (named.Count == 0)
            return present is not null && present.Scheme == scheme ? present.SubnetIds : Discover(scheme, vpcId);
        if (named.Find(list => !list.Order(StringComparer.Ordinal).SequenceEqual(named[0].Order(StringComparer.Ordinal), StringComparer.Ordinal)) is { } other)
            throw new ModelException($"conflicting subnets: [{string.Join(' ', named[0])}] | [{string.Join(' ', other)}]");

        var subnets = named[0].Select(name => Find(name, vpcId)).ToList();
        if (subnets.GroupBy(ZoneOf, StringComparer.Ordinal).FirstOrDefault(zone => zone.Count() > 1) is { } crowded)
            throw new ModelException($"multiple subnets in same Availability Zone {crowded.Key}: [{string.Join(' ', crowded.Select(subnet => subnet.PhysicalId))}]");
        return Enough([.. subnets.Select(subnet => subnet.PhysicalId)]);
    }

    private CloudThing Find(string nameOrId, string vpcId)
    {
        if (nameOrId.StartsWith("subnet-", StringComparison.Ordinal))
            return cloud.Value.Find("AWS::EC2::Subnet", nameOrId) ?? throw new ModelException($"api error InvalidSubnetID.NotFound: The subnet ID '{nameOrId}' does not exist");
        return In(vpcId).FirstOrDefault(subnet => TagOf(subnet, "Name") == nameOrId) ?? throw new ModelException($"couldn't find all subnets, missing names: [{nameOrId}]");
    }

    private IReadOnlyList<string> Discover(string scheme, string vpcId)
    {
        var tag = scheme == "internal" ? "kubernetes.io/role/internal-elb" : "kubernetes.io/role/elb";
        var offered = In(vpcId).Where(subnet => TagOf(subnet, tag) is "" or "1").ToList();
        var chosen = offered.GroupBy(ZoneOf, StringComparer.Ordinal).Select(zone => zone.Select(subnet => subnet.PhysicalId).Min(StringComparer.Ordinal)!).Order(StringComparer.Ordinal).ToList();
        if (chosen.Count == 0)
            throw new ModelException($"couldn't auto-discover subnets: unable to resolve at least one subnet. Evaluated {offered.Count} subnets: 0 are tagged for other clusters, and 0 have insufficient available IP addresses");
        return Enough(chosen);
    }

    private static IReadOnlyList<string> Enough(IReadOnlyList<string> subnets) =>
        subnets.Count < Fewest ? throw new ModelException($"subnets count less than minimal required count: {subnets.Count} < {Fewest}") : subnets;

    private IEnumerable<CloudThing> In(string vpcId) => cloud.Value.OfType("AWS::EC2::Subnet").Where(subnet => subnet.Properties.Text("VpcId") == vpcId);

    private static string ZoneOf(CloudThing subnet) => subnet.Attributes.Text("AvailabilityZone") ?? "";

    private static string? TagOf(CloudThing subnet, string name) =>
        subnet.Properties.Items("Tags").FirstOrDefault(tag => tag.Text("Key") == name)?["Value"].ToText();
}
