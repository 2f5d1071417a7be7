using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>Amazon EC2's networking. Identifiers carry 17 hexadecimal digits.</summary>
internal static class NetworkTypes
{
    public static IEnumerable<ResourceType> All =>
    [
        Plain("AWS::EC2::VPC", "vpc-")
            .With("VpcId", r => r.PhysicalId).With("CidrBlock", r => r.Text("CidrBlock"))
            .With("DefaultSecurityGroup", r => "sg-" + r.Hex(17, "sg")).With("DefaultNetworkAcl", r => "acl-" + r.Hex(17, "acl"))
            .With("CidrBlockAssociations", r => new JsonArray("vpc-cidr-assoc-" + r.Hex(17, "cidr"))),
        Plain("AWS::EC2::Subnet", "subnet-")
            .With("SubnetId", r => r.PhysicalId).With("VpcId", r => r.Text("VpcId")).With("CidrBlock", r => r.Text("CidrBlock"))
            .With("AvailabilityZone", r => r.Text("AvailabilityZone", ZoneNamed(r))).With("NetworkAclAssociationId", r => "aclassoc-" + r.Hex(17, "acl")),
        Plain("AWS::EC2::InternetGateway", "igw-").With("InternetGatewayId", r => r.PhysicalId),
        new ResourceType("AWS::EC2::VPCGatewayAttachment", r => $"{(r.Properties.ContainsKey("InternetGatewayId") ? "IGW" : "VGW")}|{r.Text("VpcId")}")
            .With("AttachmentType", _ => "IGW"),
        Plain("AWS::EC2::RouteTable", "rtb-").With("RouteTableId", r => r.PhysicalId),
        new ResourceType("AWS::EC2::Route", r => $"{r.Text("RouteTableId")}|{r.Text("DestinationCidrBlock", r.Text("DestinationIpv6CidrBlock"))}")
            .With("CidrBlock", r => r.Text("DestinationCidrBlock")),
        Plain("AWS::EC2::SubnetRouteTableAssociation", "rtbassoc-").With("Id", r => r.PhysicalId),
        new ResourceType("AWS::EC2::EIP", PublicAddress)
            .With("AllocationId", r => "eipalloc-" + r.Hex(17, "eip")).With("PublicIp", r => r.PhysicalId),
        Plain("AWS::EC2::NatGateway", "nat-").With("NatGatewayId", r => r.PhysicalId),
        Plain("AWS::EC2::SecurityGroup", "sg-")
            .With("GroupId", r => r.PhysicalId).With("Id", r => r.PhysicalId).With("VpcId", r => r.Text("VpcId")),
        Plain("AWS::EC2::SecurityGroupIngress", "sgr-").With("Id", r => r.PhysicalId),
        Plain("AWS::EC2::SecurityGroupEgress", "sgr-").With("Id", r => r.PhysicalId),
        Plain("AWS::EC2::VPCEndpoint", "vpce-")
            .With("Id", r => r.PhysicalId).With("CreationTimestamp", _ => "").With("DnsEntries", EndpointNames).With("NetworkInterfaceIds", EndpointInterfaces),
        Plain("AWS::EC2::FlowLog", "fl-")
            .With("Id", r => r.PhysicalId),
        Plain("AWS::EC2::LaunchTemplate", "lt-")
            .With("LaunchTemplateId", r => r.PhysicalId).With("DefaultVersionNumber", _ => "1").With("LatestVersionNumber", LatestVersion),
    ];

    private static ResourceType Plain(string name, string prefix) => new(name, r => prefix + r.Hex(17));

    private static string PublicAddress(ResourceContext r) =>
        $"52.{System.Convert.ToInt32(r.Hex(2, "a"), 16)}.{System.Convert.ToInt32(r.Hex(2, "b"), 16)}.{System.Convert.ToInt32(r.Hex(2, "c"), 16) % 254 + 1}";

    private static JsonNode? EndpointNames(ResourceContext r) => r.Text("VpcEndpointType") == "Interface"
        ? new JsonArray($"Z7HUB22UULQXV:{r.PhysicalId}-{r.Hex(8, "dns")}.{r.Text("ServiceName").Split('.')[^1]}.{r.Region}.vpce.amazonaws.com")
        : new JsonArray();

    // Which name a zone's id has is the account's; in this one they follow each other: use1-az1 is us-east-1a.
    private static string ZoneNamed(ResourceContext r) => r.Region + (r.Text("AvailabilityZoneId") is [.., 'z', >= '1' and <= '9' and var number] ? (char)('a' + (number - '1')) : 'a');

    private static JsonNode? EndpointInterfaces(ResourceContext r) => r.Text("VpcEndpointType") == "Interface" && r.Properties["SubnetIds"] is JsonArray subnets
        ? new JsonArray([.. subnets.Select((_, i) => (JsonNode)("eni-" + r.Hex(17, "eni" + i)))])
        : new JsonArray();

    /// <summary>Each change of the data is a new version of the same template.</summary>
    private static JsonNode? LatestVersion(ResourceContext r)
    {
        if (r.Inventory.Find("AWS::EC2::LaunchTemplate", r.PhysicalId) is not { } existing || !existing.Attributes.ContainsKey("LatestVersionNumber"))
            return "1";
        var latest = int.Parse(existing.Attributes["LatestVersionNumber"].ToText());
        return (existing.Properties["LaunchTemplateData"].SameAs(r.Properties["LaunchTemplateData"]) ? latest : latest + 1).ToString();
    }
}
