using Portal.Worker.Aws;

namespace Portal.Tests.Worker.Aws;

/// <summary>Answers in the form of the Elastic Load Balancing v2 API reference's examples.</summary>
public sealed class LoadBalancersGatewayTests
{
    private const string Arn = "arn:aws:elasticloadbalancing:us-west-2:123456789012:loadbalancer/app/shop-alb/50dc6c495c0c9188";
    private const string Group = "arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/k8s-shop/73e2d6bc24d8a067";

    [Fact]
    public async Task FindAsync_LoadBalancer_IsRead()
    {
        await using var aws = await AwsStub.StartAsync(("DescribeLoadBalancers", $"""
            <DescribeLoadBalancersResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><DescribeLoadBalancersResult><LoadBalancers><member>
            <LoadBalancerArn>{Arn}</LoadBalancerArn><Scheme>internal</Scheme><LoadBalancerName>shop-alb</LoadBalancerName><VpcId>vpc-3ac0fb5f</VpcId>
            <CanonicalHostedZoneId>Z2P70J7EXAMPLE</CanonicalHostedZoneId><CreatedTime>2016-03-25T21:26:12.920Z</CreatedTime>
            <DNSName>internal-shop-alb-424835706.us-west-2.elb.amazonaws.com</DNSName><State><Code>provisioning</Code></State><Type>application</Type>
            </member></LoadBalancers></DescribeLoadBalancersResult></DescribeLoadBalancersResponse>
            """));

        var found = await new LoadBalancersGateway(aws.Clients).FindAsync(aws.Target, "shop-alb", default);

        found.ShouldNotBeNull();
        found.State.ShouldBe("provisioning");
        found.IsActive.ShouldBeFalse();
        found.DnsName.ShouldBe("internal-shop-alb-424835706.us-west-2.elb.amazonaws.com");
        aws.Server.Requests.Single().Field("Names.member.1").ShouldBe("shop-alb");
    }

    [Fact]
    public async Task FindAsync_Unknown_IsNull()
    {
        await using var aws = await AwsStub.StartAsync(
            ("DescribeLoadBalancers", AwsStub.Error("LoadBalancerNotFound", "Load balancers '[shop-alb]' not found")));

        (await new LoadBalancersGateway(aws.Clients).FindAsync(aws.Target, "shop-alb", default)).ShouldBeNull();
    }

    [Fact]
    public async Task RulesAsync_TwoRules_ComeInOrderOfPriorityWithTheDefaultLast()
    {
        await using var aws = await AwsStub.StartAsync(
            ("DescribeListeners", $"""
            <DescribeListenersResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><DescribeListenersResult><Listeners><member>
            <LoadBalancerArn>{Arn}</LoadBalancerArn><Protocol>HTTP</Protocol><Port>80</Port><ListenerArn>arn:listener</ListenerArn></member></Listeners>
            </DescribeListenersResult></DescribeListenersResponse>
            """),
            ("DescribeRules", $"""
            <DescribeRulesResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><DescribeRulesResult><Rules>
            <member><IsDefault>true</IsDefault><Conditions/><Priority>default</Priority><Actions><member><Type>fixed-response</Type></member></Actions><RuleArn>arn:default</RuleArn></member>
            <member><IsDefault>false</IsDefault><Conditions><member><Field>path-pattern</Field><Values><member>/products</member><member>/products/*</member></Values>
            <PathPatternConfig><Values><member>/products</member><member>/products/*</member></Values></PathPatternConfig></member></Conditions><Priority>2</Priority>
            <Actions><member><Type>forward</Type><TargetGroupArn>{Group}</TargetGroupArn><ForwardConfig><TargetGroups><member><TargetGroupArn>{Group}</TargetGroupArn></member></TargetGroups></ForwardConfig></member></Actions>
            <RuleArn>arn:two</RuleArn></member></Rules></DescribeRulesResult></DescribeRulesResponse>
            """));

        var rules = await new LoadBalancersGateway(aws.Clients).RulesAsync(aws.Target, Arn, default);

        rules.Select(rule => rule.Arn).ShouldBe(["arn:two", "arn:default"]);
        rules[0].PathPatterns.ShouldBe(["/products", "/products/*"]);
        rules[0].TargetGroupArns.ShouldBe([Group]);
        rules[1].IsDefault.ShouldBeTrue();
    }
}
