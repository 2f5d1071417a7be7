using System.Net;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Where a node and its pods get their addresses: the VPC CNI takes both from the node's subnet.</summary>
/// <param name="Range">Of the subnet, in CIDR notation.</param>
/// <param name="Zone">Name of its availability zone.</param>
internal sealed record SubnetPlace(string Range, string Zone);

/// <summary>The subnets that the account has, as places for nodes.</summary>
internal sealed class SubnetPlaces(string region, Lazy<ICloudView> cloud)
{
    /// <summary>Where no subnet of that id is known: where the templates' private subnets lie by default.</summary>
    public const string UnknownRange = "10.0.128.0/17";

    /// <param name="ordinal">Of the node: one subnet after the other.</param>
    public SubnetPlace Of(IReadOnlyList<string> subnetIds, int ordinal)
    {
        var index = ordinal % Math.Max(1, subnetIds.Count);
        var subnet = index < subnetIds.Count ? cloud.Value.Find("AWS::EC2::Subnet", subnetIds[index]) : null;
        return new SubnetPlace(
            subnet?.Properties.Text("CidrBlock") is { } range && IPNetwork.TryParse(range, out _) ? range : UnknownRange,
            subnet?.Attributes.Text("AvailabilityZone") ?? region + (char)('a' + index));
    }

    /// <summary>The one of that zone, or the first.</summary>
    public SubnetPlace In(IReadOnlyList<string> subnetIds, string? zone) =>
        Enumerable.Range(0, subnetIds.Count).Select(index => Of(subnetIds, index)).FirstOrDefault(place => place.Zone == zone) ?? Of(subnetIds, 0);
}
