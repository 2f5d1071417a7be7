using System.Xml.Linq;
using Portal.Emulator.Contracts;
using static Portal.Emulator.Aws.QueryXml;

namespace Portal.Emulator.Aws.LoadBalancing;

/// <summary>The reads of ELBv2's Query API, version 2015-12-01.</summary>
internal sealed class ElasticLoadBalancingService : QueryService
{
    private readonly LoadBalancers _all;

    public ElasticLoadBalancingService(LoadBalancers all)
        : base("elasticloadbalancing", "2015-12-01", "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/")
    {
        _all = all;
        Actions = new Dictionary<string, Func<AwsRequest, XElement?>>(StringComparer.Ordinal)
        {
            ["DescribeLoadBalancers"] = DescribeLoadBalancers,
            ["DescribeListeners"] = DescribeListeners,
            ["DescribeRules"] = DescribeRules,
            ["DescribeTargetGroups"] = DescribeTargetGroups,
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
        var found = of is null ? _all.All.Where(one => arns.Contains(_all.ListenerArnOf(one))) : [Named(of)];
        return Page(request, "Listeners", found, _all.ListenerArnOf, one => Member(
            Element("ListenerArn", _all.ListenerArnOf(one)),
            Element("LoadBalancerArn", _all.ArnOf(one)),
            Element("Port", one.Description.ListenerPort),
            Element("Protocol", one.Description.ListenerProtocol),
            List("DefaultActions", [FixedResponse(one)])));
    }

    private XElement DescribeRules(AwsRequest request)
    {
        var arn = request.Parameters["ListenerArn"];
        var one = _all.All.FirstOrDefault(lb => _all.ListenerArnOf(lb) == arn) ?? throw new AwsException("ListenerNotFound", "One or more listeners not found");
        var rules = one.Description.Rules.OrderBy(rule => rule.Priority).Select(rule => Member(
            Element("RuleArn", _all.RuleArnOf(one, string.Join(',', rule.PathPatterns))),
            Element("Priority", rule.Priority),
            List("Conditions", [Member(
                Element("Field", "path-pattern"),
                Strings("Values", rule.PathPatterns),
                Element("PathPatternConfig", Strings("Values", rule.PathPatterns)))]),
            List("Actions", [Member(
                Element("Type", "forward"), Element("Order", 1), Element("TargetGroupArn", _all.TargetGroupArnOf(one, rule.TargetGroup)),
                Element("ForwardConfig", List("TargetGroups", [Member(Element("TargetGroupArn", _all.TargetGroupArnOf(one, rule.TargetGroup)), Element("Weight", 1))])))]),
            Element("IsDefault", "false")));
        var last = Member(Element("RuleArn", _all.RuleArnOf(one, "default")), Element("Priority", "default"), Element("Conditions"), List("Actions", [FixedResponse(one)]), Element("IsDefault", "true"));
        return Page(request, "Rules", rules.Append(last), rule => rule.Element("RuleArn")!.Value, rule => rule);
    }

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
            Element("HealthCheckProtocol", "HTTP"),
            Element("HealthCheckPort", "traffic-port"),
            Element("HealthCheckPath", pair.Group.HealthCheckPath),
            Element("HealthCheckEnabled", "true"),
            Element("TargetType", "ip"),
            Strings("LoadBalancerArns", [_all.ArnOf(pair.Owner)])));
    }

    private XElement DescribeTargetHealth(AwsRequest request)
    {
        var arn = request.Parameters["TargetGroupArn"];
        var group = Groups().Where(pair => _all.TargetGroupArnOf(pair.Owner, pair.Group) == arn).Select(pair => pair.Group).FirstOrDefault()
            ?? throw new AwsException("TargetGroupNotFound", $"Target groups '{arn}' not found");
        return Element("Result", List("TargetHealthDescriptions", group.Targets.Select(target => Member(
            Element("Target", Element("Id", target.Id), Element("Port", target.Port)),
            Element("HealthCheckPort", target.Port),
            Element("TargetHealth", Element("State", target.State), target.State == "initial" ? Element("Reason", "Elb.RegistrationInProgress") : null)))));
    }

    private XElement DescribeTags(AwsRequest request)
    {
        var tags = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var one in _all.All)
        {
            tags[_all.ArnOf(one)] = one.Description.Tags;
            tags[_all.ListenerArnOf(one)] = one.Description.Tags;
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
        List("AvailabilityZones", one.SubnetIds.Select(subnet => Member(Element("SubnetId", subnet)))),
        Strings("SecurityGroups", one.SecurityGroupIds),
        Element("IpAddressType", "ipv4"));

    private static XElement FixedResponse(LoadBalancer one) => Member(
        Element("Type", "fixed-response"), Element("Order", 1),
        Element("FixedResponseConfig", Element("StatusCode", one.Description.DefaultStatus), Element("ContentType", "text/plain")));

    private IEnumerable<(LoadBalancer Owner, TargetGroupDescription Group)> Groups() =>
        _all.All.SelectMany(one => one.Description.Rules.Select(rule => rule.TargetGroup).DistinctBy(group => group.Name).Select(group => (one, group)));

    private LoadBalancer Named(string arn) => _all.All.FirstOrDefault(one => _all.ArnOf(one) == arn)
        ?? throw new AwsException("LoadBalancerNotFound", $"Load balancer '{arn}' not found");

    private static XElement Page<T>(AwsRequest request, string name, IEnumerable<T> items, Func<T, string> keyOf, Func<T, XElement> write)
    {
        var size = int.TryParse(request.Parameters["PageSize"], out var asked) && asked is >= 1 and <= 400 ? asked : 400;
        var (page, next) = Paging.Page(items, keyOf, request.Parameters["Marker"], size);
        return Element("Result", List(name, page.Select(write)), Optional("NextMarker", next));
    }
}
