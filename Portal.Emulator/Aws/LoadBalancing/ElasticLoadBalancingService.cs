using System.Xml.Linq;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Contracts;
using static Portal.Emulator.Aws.QueryXml;

namespace Portal.Emulator.Aws.LoadBalancing;

/// <summary>The reads of ELBv2's Query API, version 2015-12-01.</summary>
internal sealed class ElasticLoadBalancingService : QueryService
{
    private readonly LoadBalancers _all;
    private readonly Inventory _inventory;

    public ElasticLoadBalancingService(LoadBalancers all, Inventory inventory)
        : base("elasticloadbalancing", "2015-12-01", "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/")
    {
        (_all, _inventory) = (all, inventory);
        Actions = new Dictionary<string, Func<AwsRequest, XElement?>>(StringComparer.Ordinal)
        {
            ["DescribeLoadBalancers"] = DescribeLoadBalancers,
            ["DescribeLoadBalancerAttributes"] = request => Attributes(DefaultAttributes.OfLoadBalancer, Named(request.Parameters["LoadBalancerArn"]).Description.Attributes),
            ["DescribeListeners"] = DescribeListeners,
            ["DescribeListenerCertificates"] = DescribeListenerCertificates,
            ["DescribeRules"] = DescribeRules,
            ["DescribeTargetGroups"] = DescribeTargetGroups,
            ["DescribeTargetGroupAttributes"] = request => Attributes(DefaultAttributes.OfTargetGroup, GroupNamed(request.Parameters["TargetGroupArn"]).Attributes),
            ["DescribeTargetHealth"] = DescribeTargetHealth,
            ["DescribeTags"] = DescribeTags,
        };
    }

    protected override IReadOnlyDictionary<string, Func<AwsRequest, XElement?>> Actions { get; }

    public override string SubjectOf(AwsRequest request) =>
        request.Parameters["LoadBalancerArn"] ?? request.Parameters["ListenerArn"] ?? request.Parameters["TargetGroupArn"]
        ?? string.Join(',', request.Parameters.List("Names").Concat(request.Parameters.List("LoadBalancerArns")));

    private XElement DescribeLoadBalancers(AwsRequest request)
    {
        var (names, arns) = (request.Parameters.List("Names"), request.Parameters.List("LoadBalancerArns"));
        var found = _all.All.Where(one => (names.Count == 0 && arns.Count == 0) || names.Contains(one.Name) || arns.Contains(_all.ArnOf(one))).ToList();
        var missing = names.Except(found.Select(one => one.Name)).Select(name => $"Load balancers '[{name}]' not found")
            .Concat(arns.Except(found.Select(_all.ArnOf)).Select(arn => $"Load balancers '[{arn}]' not found")).FirstOrDefault();
        if (missing is not null)
            throw new AwsException("LoadBalancerNotFound", missing);
        return Page(request, "LoadBalancers", found, _all.ArnOf, Describe);
    }

    private XElement DescribeListeners(AwsRequest request)
    {
        var arns = request.Parameters.List("ListenerArns");
        var of = request.Parameters["LoadBalancerArn"];
        var found = of is null ? Listeners().Where(one => arns.Contains(ArnOf(one))).ToList() : [.. Listeners().Where(one => one.Owner == Named(of))];
        if (of is null && arns.Except(found.Select(ArnOf)).Any())
            throw ListenerNotFound();
        return Page(request, "Listeners", found, ArnOf, one => Member(
            Element("ListenerArn", ArnOf(one)),
            Element("LoadBalancerArn", _all.ArnOf(one.Owner)),
            Element("Port", one.Listener.Port),
            Element("Protocol", one.Listener.Protocol),
            one.Listener.Certificates.Count == 0 ? null : List("Certificates", [Member(Element("CertificateArn", one.Listener.Certificates[0]))]),
            Optional("SslPolicy", one.Listener.SslPolicy),
            List("DefaultActions", [FixedResponse(one.Listener.DefaultStatus, "")])));
    }

    private XElement DescribeListenerCertificates(AwsRequest request)
    {
        var (_, listener) = ListenerNamed(request.Parameters["ListenerArn"]);
        return Page(request, "Certificates", listener.Certificates.Index(), one => one.Item, one => Member(
            Element("CertificateArn", one.Item), Element("IsDefault", one.Index == 0 ? "true" : "false")));
    }

    private XElement DescribeRules(AwsRequest request)
    {
        var arns = request.Parameters.List("RuleArns");
        var of = request.Parameters["ListenerArn"];
        var all = (of is null ? Listeners() : [ListenerNamed(of)]).SelectMany(one => one.Listener.Rules.Select(rule => Describe(one.Owner, one.Listener, rule)).Append(Default(one.Owner, one.Listener)));
        var found = of is null ? all.Where(rule => arns.Contains(RuleArn(rule))).ToList() : [.. all];
        if (of is null && arns.Except(found.Select(RuleArn)).Any())
            throw new AwsException("RuleNotFound", "One or more rules not found");
        return Page(request, "Rules", found, RuleArn, rule => rule);
    }

    private static string RuleArn(XElement rule) => rule.Element("RuleArn")!.Value;

    private XElement Describe(LoadBalancer owner, ListenerDescription listener, ListenerRule rule)
    {
        var group = rule.TargetGroup is null ? null : _all.TargetGroupArnOf(owner, owner.Description.TargetGroups.First(one => one.Name == rule.TargetGroup));
        return Member(
            Element("RuleArn", _all.RuleArnOf(owner, listener, rule)),
            Element("Priority", rule.Priority),
            List("Conditions", rule.Conditions.Select(RuleXml.Condition)),
            List("Actions", [group is null ? FixedResponse(503, rule.Message) : Member(
                Element("Type", "forward"), Element("Order", 1), Element("TargetGroupArn", group),
                Element("ForwardConfig", List("TargetGroups", [Member(Element("TargetGroupArn", group), Element("Weight", 1))])))]),
            Element("IsDefault", "false"),
            List("Transforms", rule.Transforms.Select(RuleXml.Transform)));
    }

    private XElement Default(LoadBalancer owner, ListenerDescription listener) => Member(
        Element("RuleArn", _all.RuleArnOf(owner, listener, null)), Element("Priority", "default"), Element("Conditions"),
        List("Actions", [FixedResponse(listener.DefaultStatus, "")]), Element("IsDefault", "true"), Element("Transforms"));

    private XElement DescribeTargetGroups(AwsRequest request)
    {
        var (of, names, arns) = (request.Parameters["LoadBalancerArn"], request.Parameters.List("Names"), request.Parameters.List("TargetGroupArns"));
        var found = Groups().Where(pair => (of is null || _all.ArnOf(pair.Owner) == of)
            && (names.Count == 0 || names.Contains(pair.Group.Name)) && (arns.Count == 0 || arns.Contains(_all.TargetGroupArnOf(pair.Owner, pair.Group)))).ToList();
        if (found.Count == 0 && names.Count + arns.Count > 0)
            throw new AwsException("TargetGroupNotFound", "One or more target groups not found");
        return Page(request, "TargetGroups", found, pair => _all.TargetGroupArnOf(pair.Owner, pair.Group), pair => Member(
            Element("TargetGroupArn", _all.TargetGroupArnOf(pair.Owner, pair.Group)),
            Element("TargetGroupName", pair.Group.Name),
            Element("Protocol", "HTTP"),
            Element("Port", pair.Group.Port),
            Element("VpcId", pair.Owner.VpcId),
            Element("ProtocolVersion", "HTTP1"),
            Element("HealthCheckProtocol", pair.Group.HealthCheck.Protocol),
            Element("HealthCheckPort", pair.Group.HealthCheck.Port),
            Element("HealthCheckPath", pair.Group.HealthCheck.Path),
            Element("HealthCheckEnabled", "true"),
            Element("HealthCheckIntervalSeconds", pair.Group.HealthCheck.IntervalSeconds),
            Element("HealthCheckTimeoutSeconds", pair.Group.HealthCheck.TimeoutSeconds),
            Element("HealthyThresholdCount", pair.Group.HealthCheck.HealthyThreshold),
            Element("UnhealthyThresholdCount", pair.Group.HealthCheck.UnhealthyThreshold),
            Element("Matcher", Element("HttpCode", pair.Group.HealthCheck.SuccessCodes)),
            Element("TargetType", pair.Group.TargetType),
            Element("IpAddressType", "ipv4"),
            Strings("LoadBalancerArns", [_all.ArnOf(pair.Owner)])));
    }

    private XElement DescribeTargetHealth(AwsRequest request)
    {
        var group = GroupNamed(request.Parameters["TargetGroupArn"]);
        return Element("Result", List("TargetHealthDescriptions", group.Targets.Select(target => Member(
            Element("Target", Element("Id", target.Id), Element("Port", target.Port)),
            Element("HealthCheckPort", group.HealthCheck.Port == "traffic-port" ? target.Port : group.HealthCheck.Port),
            Element("TargetHealth", Element("State", target.State), Optional("Reason", target.Reason))))));
    }

    private XElement DescribeTags(AwsRequest request)
    {
        var tags = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var one in _all.All)
        {
            tags[_all.ArnOf(one)] = one.Description.Tags;
            foreach (var listener in one.Description.Listeners)
            {
                tags[_all.ListenerArnOf(one, listener)] = listener.Tags;
                foreach (var rule in listener.Rules)
                    tags[_all.RuleArnOf(one, listener, rule)] = rule.Tags;
            }
        }

        foreach (var (owner, group) in Groups())
            tags[_all.TargetGroupArnOf(owner, group)] = group.Tags;
        return Element("Result", List("TagDescriptions", request.Parameters.List("ResourceArns").Select(arn => Member(
            Element("ResourceArn", arn),
            List("Tags", (tags.GetValueOrDefault(arn) ?? throw new AwsException("LoadBalancerNotFound", $"Load balancer '{arn}' not found"))
                .Select(tag => Member(Element("Key", tag.Key), Element("Value", tag.Value))))))));
    }

    private XElement Describe(LoadBalancer one) => Member(
        Element("LoadBalancerArn", _all.ArnOf(one)),
        Element("DNSName", _all.DnsNameOf(one)),
        Element("CanonicalHostedZoneId", "Z35SXDOTRQ7X7K"),
        Time("CreatedTime", one.CreatedAt),
        Element("LoadBalancerName", one.Name),
        Element("Scheme", one.Description.Scheme),
        Element("VpcId", one.VpcId),
        Element("State", Element("Code", _all.StateOf(one))),
        Element("Type", "application"),
        List("AvailabilityZones", one.SubnetIds.Select(subnet => Member(
            Optional("ZoneName", _inventory.Find("AWS::EC2::Subnet", subnet)?.Attributes["AvailabilityZone"]?.ToText()), Element("SubnetId", subnet), Element("LoadBalancerAddresses")))),
        Strings("SecurityGroups", one.SecurityGroupIds),
        Element("IpAddressType", "ipv4"));

    private static XElement Attributes(IReadOnlyDictionary<string, string> defaults, IReadOnlyDictionary<string, string> own) => Element("Result", List("Attributes", defaults
        .Select(pair => Member(Element("Key", pair.Key), Element("Value", own.GetValueOrDefault(pair.Key, pair.Value))))));

    private static XElement FixedResponse(int status, string message) => Member(
        Element("Type", "fixed-response"), Element("Order", 1),
        Element("FixedResponseConfig", Optional("MessageBody", message), Element("StatusCode", status), Element("ContentType", "text/plain")));

    private IEnumerable<(LoadBalancer Owner, TargetGroupDescription Group)> Groups() => _all.All.SelectMany(one => one.Description.TargetGroups.Select(group => (one, group)));

    private IEnumerable<(LoadBalancer Owner, ListenerDescription Listener)> Listeners() => _all.All.SelectMany(one => one.Description.Listeners.Select(listener => (one, listener)));

    private string ArnOf((LoadBalancer Owner, ListenerDescription Listener) one) => _all.ListenerArnOf(one.Owner, one.Listener);

    private (LoadBalancer Owner, ListenerDescription Listener) ListenerNamed(string? arn) =>
        Listeners().FirstOrDefault(one => ArnOf(one) == arn) is { Owner: not null } found ? found : throw ListenerNotFound();

    private TargetGroupDescription GroupNamed(string? arn) => Groups().FirstOrDefault(pair => _all.TargetGroupArnOf(pair.Owner, pair.Group) == arn).Group
        ?? throw new AwsException("TargetGroupNotFound", $"Target groups '{arn}' not found");

    private LoadBalancer Named(string? arn) => _all.All.FirstOrDefault(one => _all.ArnOf(one) == arn)
        ?? throw new AwsException("LoadBalancerNotFound", $"Load balancer '{arn}' not found");

    private static AwsException ListenerNotFound() => new("ListenerNotFound", "One or more listeners not found");

    private static XElement Page<T>(AwsRequest request, string name, IEnumerable<T> items, Func<T, string> keyOf, Func<T, XElement> write)
    {
        var size = int.TryParse(request.Parameters["PageSize"], out var asked) && asked is >= 1 and <= 400 ? asked : 400;
        var (page, next) = Paging.Page(items, keyOf, request.Parameters["Marker"], size);
        return Element("Result", List(name, page.Select(write)), Optional("NextMarker", next));
    }
}
