using System.Text;
using System.Xml.Linq;
using Portal.Emulator.Aws;
using Portal.Emulator.Aws.LoadBalancing;
using Portal.Emulator.Aws.Signing;
using Portal.Emulator.Contracts;
using Portal.Tests.Templates;

namespace Portal.Tests.Emulator.Aws;

/// <summary>EKS, its tokens, and ELBv2 over what CloudFormation and the controller have made.</summary>
public sealed class AwsHalfServicesTests : IDisposable
{
    private const string Cluster = """
        Parameters: { Principal: { Type: String }, Size: { Type: Number, Default: 3 } }
        Resources:
          Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
          Subnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24 } }
          Other: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1b } }
          Cluster:
            Type: AWS::EKS::Cluster
            Properties:
              Name: shop
              RoleArn: arn:aws:iam::000000000000:role/eks
              ResourcesVpcConfig: { SubnetIds: [!Ref Subnet, !Ref Other] }
              AccessConfig: { AuthenticationMode: API, BootstrapClusterCreatorAdminPermissions: false }
          Admin: { Type: AWS::EKS::AccessEntry, Properties: { ClusterName: !Ref Cluster, PrincipalArn: !Ref Principal } }
          Nodes:
            Type: AWS::EKS::Nodegroup
            Properties: { ClusterName: !Ref Cluster, NodegroupName: main, NodeRole: arn:aws:iam::000000000000:role/node, Subnets: [!Ref Subnet], ScalingConfig: { MinSize: 1, MaxSize: 5, DesiredSize: !Ref Size } }
        Outputs:
          Endpoint: { Value: !GetAtt Cluster.Endpoint }
          Authority: { Value: !GetAtt Cluster.CertificateAuthorityData }
        """;

    private readonly TestFolder _folder = new();
    private readonly AwsHalf _aws;

    public AwsHalfServicesTests()
    {
        _aws = new AwsHalf(_folder);
        _aws.Move((TimeProvider.System.GetUtcNow() - _aws.Time.GetUtcNow()).TotalSeconds);
    }

    [Fact]
    public void Cluster_OfAStack_IsServedByTheFleetAndFollowsUpdates()
    {
        _aws.Create("cluster", Cluster, parameters: ("Principal", "arn:aws:iam::000000000000:user/portal"));
        _aws.Move(100);
        var stack = _aws.Stack("cluster");
        stack.Outputs.Select(output => output.Value).ShouldBe(["https://127.0.0.1:4567/clusters/shop", "Q0E="]);
        _aws.Fleet.Clusters["shop"].VpcId.ShouldBe(stack.Resources["Vpc"].PhysicalId);
        _aws.Fleet.NodeGroups["main"].Size.ShouldBe(3);

        _aws.Update("cluster", Cluster, null, ("Principal", "arn:aws:iam::000000000000:user/portal"), ("Size", "5"));
        _aws.Move(100);
        _aws.Fleet.NodeGroups["main"].Size.ShouldBe(5);

        _aws.Delete("cluster");
        _aws.Move(100);
        _aws.Fleet.Clusters.ShouldBeEmpty();
        _aws.Fleet.NodeGroups["main"].Size.ShouldBe(0);
    }

    /// <summary>Pods on their way out have to let go of their volumes.</summary>
    [Fact]
    public void DriverOfSecrets_ItsStackGoes_StaysInTheCluster()
    {
        const string other = "Resources: { Metrics: { Type: AWS::EKS::Addon, Properties: { ClusterName: shop, AddonName: metrics-server } } }";
        _aws.Create("cluster", Cluster, parameters: ("Principal", "arn:aws:iam::000000000000:user/portal"));
        _aws.Move(100);
        _aws.Create("secrets", StackTemplate.Named("secrets-store.yaml").Body, parameters: ("ClusterName", "shop"));
        _aws.Create("metrics", other);
        _aws.Move(100);
        _aws.Fleet.Addons.Count.ShouldBe(2);

        _aws.Delete("secrets");
        _aws.Delete("metrics");
        _aws.Move(100);

        _aws.Fleet.Addons.ShouldBe(["shop/aws-secrets-store-csi-driver-provider"]);
    }

    [Fact]
    public void NodeGroup_ThatGrew_IsDriftOfItsDesiredSizeAlone()
    {
        _aws.Create("cluster", Cluster, parameters: ("Principal", "arn:aws:iam::000000000000:user/portal"));
        _aws.Move(100);
        _aws.Fleet.NodeGroups["main"] = _aws.Fleet.NodeGroups["main"] with { Size = 4 };

        _aws.Ask("DetectStackDrift", ("StackName", "cluster"));
        _aws.Move(5);

        var drifts = _aws.Ask("DescribeStackResourceDrifts", ("StackName", "cluster"));
        drifts.Descendants("PropertyDifferences").Elements("member").Select(one => (one.Element("PropertyPath")!.Value, one.Element("ExpectedValue")!.Value, one.Element("ActualValue")!.Value))
            .ShouldBe([("/ScalingConfig/DesiredSize", "3", "4")]);
    }

    [Theory]
    [InlineData("arn:aws:iam::000000000000:user/portal", true)]
    [InlineData("arn:aws:iam::000000000000:role/somebody-else", false)]
    public void Authenticate_Token_IsAdmittedByAnAccessEntryOnly(string principal, bool allowed)
    {
        _aws.Create("cluster", Cluster, parameters: ("Principal", principal));
        _aws.Move(100);
        _aws.Move((TimeProvider.System.GetUtcNow() - _aws.Time.GetUtcNow()).TotalSeconds);
        var caller = _aws.Get<IEksAuthenticator>().Authenticate("shop", Token("shop"));
        caller.PrincipalArn.ShouldBe("arn:aws:iam::000000000000:user/portal");
        caller.IsAllowed.ShouldBe(allowed);
        _aws.Get<IEksAuthenticator>().Authenticate("other", Token("shop")).PrincipalArn.ShouldBeNull();
        _aws.Get<IEksAuthenticator>().Authenticate("shop", "k8s-aws-v1.nonsense").PrincipalArn.ShouldBeNull();
        _aws.Get<IEksAuthenticator>().Authenticate("shop", "other").PrincipalArn.ShouldBeNull();
        var old = Token("shop");
        _aws.Move(16 * 60);
        _aws.Get<IEksAuthenticator>().Authenticate("shop", old).PrincipalArn.ShouldBeNull();
    }

    [Fact]
    public void DescribeLoadBalancers_ByName_ShowsStateRulesAndTargets()
    {
        var tags = new Dictionary<string, string> { ["ingress.k8s.aws/stack"] = "shop" };
        var group = new TargetGroupDescription("k8s-shop-product", 8080, new HealthCheck("/health", SuccessCodes: "200-399", IntervalSeconds: 10), tags, [new TargetDescription("10.0.0.5", 8080, "healthy")])
        {
            Attributes = new Dictionary<string, string> { ["deregistration_delay.timeout_seconds"] = "30" },
        };
        var wanted = new LoadBalancerDescription
        {
            Name = "shop-alb",
            VpcId = "vpc-1",
            SubnetIds = ["subnet-1"],
            SecurityGroupIds = ["sg-1"],
            Tags = tags,
            Attributes = new Dictionary<string, string> { ["routing.http.drop_invalid_header_fields.enabled"] = "true" },
            Listeners =
            [
                new ListenerDescription(443, "HTTPS", ["arn:aws:acm:us-east-1:000000000000:certificate/a", "arn:aws:acm:us-east-1:000000000000:certificate/b"], "ELBSecurityPolicy-TLS13-1-2-2021-06", 404,
                    [new ListenerRule(1, [new RuleCondition("path-pattern", ["/v1/products", "/v1/products/*"])], [new RuleTransform("url-rewrite", "^/v1(/.*)$", "$1")], group.Name)]),
            ],
            TargetGroups = [group],
        };
        var state = _aws.Get<LoadBalancers>().Reconcile(wanted);
        state.Arn.ShouldMatch("^arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/shop-alb/[0-9a-f]{16}$");

        Ask("DescribeLoadBalancers", ("Names.member.1", "shop-alb")).ShouldContain("<State><Code>provisioning</Code></State>");
        _aws.Move(150);
        Ask("DescribeLoadBalancers", ("LoadBalancerArns.member.1", state.Arn)).ShouldContain("<State><Code>active</Code></State>");
        var listener = Between(Ask("DescribeListeners", ("LoadBalancerArn", state.Arn)), "ListenerArn");
        var rules = Ask("DescribeRules", ("ListenerArn", listener));
        rules.ShouldContain("<member>/v1/products/*</member>");
        rules.ShouldContain("<Transforms><member><Type>url-rewrite</Type><UrlRewriteConfig><Rewrites><member><Regex>^/v1(/.*)$</Regex><Replace>$1</Replace></member></Rewrites></UrlRewriteConfig></member></Transforms>");
        rules.ShouldContain("<Priority>default</Priority>");
        var target = Between(Ask("DescribeTargetGroups", ("LoadBalancerArn", state.Arn)), "TargetGroupArn");
        Ask("DescribeTargetHealth", ("TargetGroupArn", target)).ShouldContain("<State>healthy</State>");
        Ask("DescribeTargetGroups", ("LoadBalancerArn", state.Arn)).ShouldContain("<HealthCheckIntervalSeconds>10</HealthCheckIntervalSeconds>");
        Ask("DescribeTargetGroups", ("LoadBalancerArn", state.Arn)).ShouldContain("<Matcher><HttpCode>200-399</HttpCode></Matcher>");
        Ask("DescribeTargetGroupAttributes", ("TargetGroupArn", target)).ShouldContain("<Key>deregistration_delay.timeout_seconds</Key><Value>30</Value>");
        Ask("DescribeLoadBalancerAttributes", ("LoadBalancerArn", state.Arn)).ShouldContain("<Key>routing.http.drop_invalid_header_fields.enabled</Key><Value>true</Value>");
        Ask("DescribeListeners", ("LoadBalancerArn", state.Arn)).ShouldContain("<SslPolicy>ELBSecurityPolicy-TLS13-1-2-2021-06</SslPolicy>");
        Ask("DescribeListenerCertificates", ("ListenerArn", listener)).ShouldContain("<CertificateArn>arn:aws:acm:us-east-1:000000000000:certificate/b</CertificateArn><IsDefault>false</IsDefault>");
        Ask("DescribeTags", ("ResourceArns.member.1", state.Arn)).ShouldContain("<Key>ingress.k8s.aws/stack</Key><Value>shop</Value>");
        Should.Throw<AwsException>(() => Ask("DescribeLoadBalancers", ("Names.member.1", "nope"))).Code.ShouldBe("LoadBalancerNotFound");
    }

    public void Dispose()
    {
        _aws.Dispose();
        _folder.Dispose();
    }

    private string Ask(string action, params (string Key, string Value)[] parameters)
    {
        var values = parameters.Append(("Action", action)).ToDictionary(pair => pair.Item1, pair => pair.Item2);
        var request = new AwsRequest("id", "POST", "/", new QueryParameters(values), new Caller("000000000000", "arn", "id", "arn"));
        return AwsHalf.BodyOf(_aws.Get<IEnumerable<IAwsService>>().Single(service => service.SigningName == "elasticloadbalancing").Handle(request));
    }

    private static string Between(string xml, string element) => xml.Split($"<{element}>")[1].Split('<')[0];

    private static string Token(string cluster)
    {
        var request = SignatureTests.Presigned(60, cluster);
        var query = string.Join('&', request.Query.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"));
        return "k8s-aws-v1." + Convert.ToBase64String(Encoding.UTF8.GetBytes("http://127.0.0.1:4566/?" + query)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }
}
