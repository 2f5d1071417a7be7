using System.Globalization;
using System.Xml.Linq;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using static Portal.Emulator.Aws.QueryXml;

namespace Portal.Emulator.Aws.Ec2;

/// <summary>What of EC2's API, version 2016-11-15, tells how much of the account is used: lists over what CloudFormation has made.</summary>
internal sealed class Ec2Service : IAwsService
{
    private const string FilterLimit = "The maximum number of filter values specified on a single call is 200.";

    private readonly Inventory _inventory;
    private readonly EmulatorOptions _options;
    private readonly Dictionary<string, (string Set, Func<IEnumerable<Item>> Items)> _lists;

    public Ec2Service(Inventory inventory, EmulatorOptions options)
    {
        (_inventory, _options) = (inventory, options);
        _lists = new(StringComparer.Ordinal)
        {
            ["DescribeVpcs"] = ("vpcSet", () => Of("AWS::EC2::VPC", Vpc)),
            ["DescribeSubnets"] = ("subnetSet", () => Of("AWS::EC2::Subnet", Subnet)),
            ["DescribeAddresses"] = ("addressesSet", () => Of("AWS::EC2::EIP", Address)),
            ["DescribeNatGateways"] = ("natGatewaySet", () => Of("AWS::EC2::NatGateway", NatGateway)),
            ["DescribeAvailabilityZones"] = ("availabilityZoneInfo", Zones),
        };
    }

    public string SigningName => "ec2";

    public AwsProtocol Protocol => AwsProtocol.Ec2;

    public XNamespace Namespace => "http://ec2.amazonaws.com/doc/2016-11-15/";

    public string ActionOf(AwsRequest request) => request.Parameters["Action"] ?? "";

    public string SubjectOf(AwsRequest request) => string.Join(',', Filters(request).SelectMany(filter => filter.Values));

    public AwsResponse Handle(AwsRequest request)
    {
        var action = ActionOf(request);
        if (!_lists.TryGetValue(action, out var list))
            throw new AwsException("InvalidAction", $"The action {action} is not valid for this web service.");
        var found = list.Items().ToList();
        foreach (var (name, values) in Filters(request))
        {
            if (values.Count > 200)
                throw new AwsException("FilterLimitExceeded", FilterLimit);
            if (found.Exists(item => !item.Filters.ContainsKey(name)))
                throw new AwsException("InvalidParameterValue", $"The filter '{name}' is invalid");
            found = found.FindAll(item => values.Contains(item.Filters[name]));
        }

        var size = int.TryParse(request.Parameters["MaxResults"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? Math.Clamp(asked, 5, 1000) : int.MaxValue;
        var (page, next) = Paging.Page(found, item => item.Key, request.Parameters["NextToken"], size, () => new AwsException("InvalidNextToken", "The NextToken is invalid."));
        return Ec2Response(Namespace, action, request.Id, new[] { Element(list.Set, page.Select(item => item.Shown)), Optional("nextToken", next) }.OfType<XElement>());
    }

    private IEnumerable<Item> Of(string type, Func<CloudResource, Item> show) => _inventory.OfType(type).Select(show);

    private Item Vpc(CloudResource vpc) => new(
        vpc.PhysicalId, new() { ["vpc-id"] = vpc.PhysicalId },
        Element("item", Element("vpcId", vpc.PhysicalId), Element("ownerId", _options.AccountId), Element("state", Settled(vpc, "pending", "available")),
            Element("cidrBlock", vpc.Properties["CidrBlock"].ToText()), Element("isDefault", "false"), Tags(vpc)));

    private Item Subnet(CloudResource subnet)
    {
        var zone = subnet.Attributes["AvailabilityZone"].ToText();
        return new(
            subnet.PhysicalId, new() { ["subnet-id"] = subnet.PhysicalId, ["vpc-id"] = subnet.Properties["VpcId"].ToText() },
            Element("item", Element("subnetId", subnet.PhysicalId), Element("state", Settled(subnet, "pending", "available")), Element("vpcId", subnet.Properties["VpcId"].ToText()),
                Element("cidrBlock", subnet.Properties["CidrBlock"].ToText()), Element("availabilityZone", zone), Element("availabilityZoneId", AvailabilityZones.IdOf(zone)), Tags(subnet)));
    }

    private static Item Address(CloudResource address) => new(
        address.PhysicalId, new() { ["public-ip"] = address.PhysicalId },
        Element("item", Element("publicIp", address.PhysicalId), Optional("allocationId", address.Attributes["AllocationId"].ToText()), Element("domain", "vpc"), Element("publicIpv4Pool", "amazon"), Tags(address)));

    private static Item NatGateway(CloudResource gateway)
    {
        var state = gateway.State == ResourceState.Deleting ? "deleting" : Settled(gateway, "pending", "available");
        return new(
            gateway.PhysicalId, new() { ["nat-gateway-id"] = gateway.PhysicalId, ["state"] = state },
            Element("item", Element("natGatewayId", gateway.PhysicalId), Element("state", state), Element("subnetId", gateway.Properties["SubnetId"].ToText()), Element("connectivityType", "public"), Tags(gateway)));
    }

    private IEnumerable<Item> Zones() => AvailabilityZones.Of(_options.Region).Select(name => new Item(
        name, new() { ["zone-name"] = name, ["zone-id"] = AvailabilityZones.IdOf(name), ["zone-type"] = "availability-zone", ["state"] = "available", ["opt-in-status"] = "opt-in-not-required" },
        Element("item", Element("optInStatus", "opt-in-not-required"), Element("regionName", _options.Region), Element("zoneName", name), Element("zoneId", AvailabilityZones.IdOf(name)),
            Element("zoneType", "availability-zone"), Element("zoneState", "available"))));

    private static string Settled(CloudResource resource, string pending, string done) => resource.State == ResourceState.Creating ? pending : done;

    private static XElement Tags(CloudResource resource) => Element("tagSet", resource.Tags.Select(tag => Element("item", Element("key", tag.Key), Element("value", tag.Value))));

    private static List<(string Name, List<string> Values)> Filters(AwsRequest request)
    {
        var filters = new List<(string, List<string>)>();
        for (var filter = 1; request.Parameters[$"Filter.{filter}.Name"] is { } name; filter++)
        {
            var values = new List<string>();
            while (request.Parameters[$"Filter.{filter}.Value.{values.Count + 1}"] is { } value)
                values.Add(value);
            filters.Add((name, values));
        }

        return filters;
    }

    /// <param name="Filters">By name, the value that a filter has to name.</param>
    private sealed record Item(string Key, Dictionary<string, string> Filters, XElement Shown);
}
