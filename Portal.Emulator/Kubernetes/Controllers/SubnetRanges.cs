using System.Net;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Where a node and its pods get their addresses: the VPC CNI takes both from the node's subnet.</summary>
/// <param name="Range">In CIDR notation.</param>
internal sealed record SubnetRange(string Range, string? Zone);

/// <summary>The ranges of the subnets that the account has.</summary>
internal sealed class SubnetRanges(Lazy<ICloudView?> cloud)
{
    /// <summary>Where no subnet of that id is known: where the templates' private subnets lie by default.</summary>
    public static readonly SubnetRange Unknown = new("10.0.128.0/17", null);

    public SubnetRange Find(string? subnetId)
    {
        var subnet = cloud.Value?.Find("AWS::EC2::Subnet", subnetId);
        return subnet?.Properties.Text("CidrBlock") is { } range && IPNetwork.TryParse(range, out _)
            ? new SubnetRange(range, subnet.Properties.Text("AvailabilityZone"))
            : Unknown;
    }
}
