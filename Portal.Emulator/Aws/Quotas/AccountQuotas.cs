using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.Quotas;

/// <param name="Standard">What AWS gives by default.</param>
/// <param name="Value">What this account has.</param>
internal sealed record AccountQuota(string Service, string ServiceName, string Code, string Name, double Standard, double Value);

/// <summary>
/// What the account may have only so many of: Service Quotas tells it, and who makes one more is refused. Load balancers and their rules are counted where
/// they are made. Codes, names and defaults are those of AWS's pages on quotas of VPC, EKS and Elastic Load Balancing; the refusals are as remembered.
/// </summary>
internal sealed class AccountQuotas
{
    private readonly Inventory _inventory;
    private readonly QuotaOptions _options;

    public AccountQuotas(Inventory inventory, EmulatorOptions options)
    {
        (_inventory, _options) = (inventory, options.Quotas);
        All =
        [
            new("vpc", "Amazon Virtual Private Cloud (Amazon VPC)", "L-F678F1CE", "VPCs per Region", 5, _options.Vpcs),
            new("vpc", "Amazon Virtual Private Cloud (Amazon VPC)", "L-FE5A380F", "NAT gateways per Availability Zone", 5, _options.NatGatewaysPerZone),
            new("ec2", "Amazon Elastic Compute Cloud (Amazon EC2)", "L-0263D0A3", "EC2-VPC Elastic IPs", 5, _options.Addresses),
            new("eks", "Amazon Elastic Kubernetes Service (Amazon EKS)", "L-1194D53C", "Clusters", 100, _options.Clusters),
            new("elasticloadbalancing", "Elastic Load Balancing (ELB)", "L-53DA6B97", "Application Load Balancers per Region", 50, _options.LoadBalancers),
            new("elasticloadbalancing", "Elastic Load Balancing (ELB)", "L-7EED9B64", "Rules per Application Load Balancer", 100, _options.RulesPerLoadBalancer),
        ];
    }

    public IReadOnlyList<AccountQuota> All { get; }

    /// <summary>Null, or why there cannot be one more of that type. What is being made or deleted counts.</summary>
    public string? ExceededBy(string type, JsonObject properties) => type switch
    {
        "AWS::EC2::VPC" when Has(type) >= _options.Vpcs => "The maximum number of VPCs has been reached. (Service: Ec2, Status Code: 400, Error Code: VpcLimitExceeded)",
        "AWS::EC2::EIP" when Has(type) >= _options.Addresses => "The maximum number of addresses has been reached. (Service: Ec2, Status Code: 400, Error Code: AddressLimitExceeded)",
        "AWS::EC2::NatGateway" when ZoneOf(properties["SubnetId"].ToText()) is var zone && _inventory.OfType(type).Count(one => ZoneOf(one.Properties["SubnetId"].ToText()) == zone) >= _options.NatGatewaysPerZone =>
            $"Performing this operation would exceed the limit of {_options.NatGatewaysPerZone} NAT gateways (Service: Ec2, Status Code: 400, Error Code: NatGatewayLimitExceeded)",
        "AWS::EKS::Cluster" when Has(type) >= _options.Clusters => $"Cluster limit exceeded for account: {_options.Clusters} (Service: Eks, Status Code: 400, Error Code: ResourceLimitExceededException)",
        _ => null,
    };

    private int Has(string type) => _inventory.OfType(type).Count;

    private string ZoneOf(string subnet) => _inventory.Find("AWS::EC2::Subnet", subnet)?.Attributes["AvailabilityZone"].ToText() ?? "";
}
