using System.Text.Json.Nodes;

namespace Portal.Tests.Emulator.Kubernetes;

/// <summary>The AWS Load Balancer Controller's guide, "Ingress annotations" and "Ingress specification" (v3.5).</summary>
public sealed class IngressTests
{
    private const string Ingresses = "apis/networking.k8s.io/v1/namespaces/default/ingresses";
    private const string Deployments = "apis/apps/v1/namespaces/default/deployments";

    [Fact]
    public async Task Group_OfIngresses_BecomesOneLoadBalancerWithRulesInOrder()
    {
        await using var host = await StartAsync();
        await host.OkAsync("POST", "api/v1/namespaces/default/services", Manifests.Service("products"));
        await host.OkAsync("POST", Deployments, Manifests.Deployment("products", 2));
        await host.WaitAsync(Deployments, "products", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 2);
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("products", "", ("/products", "Prefix", "products"), ("/products/new", "Prefix", "products"), ("/products", "Exact", "products")));
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("first", "group.order=-1", ("/", "Prefix", "missing")));

        var ingress = await host.WaitAsync(Ingresses, "products", HasAddress);
        await host.WaitAsync(Ingresses, "first", HasAddress);
        Hostname(ingress).ShouldBe("internal-shop-alb-1.us-east-1.elb.amazonaws.com");
        host.LoadBalancers.Names.ShouldBe(["shop-ALB"]);
        var balancer = host.LoadBalancers.Find("shop-ALB");
        balancer.Rules.Select(rule => $"{rule.Priority} {string.Join(' ', rule.PathPatterns)}").ShouldBe(
            ["1 /*", "2 /products", "3 /products/new /products/new/*", "4 /products /products/*"]);
        balancer.Rules[0].TargetGroup.Targets.ShouldBeEmpty("its Service does not exist: 503");
        balancer.Rules[3].TargetGroup.Targets.Select(target => target.Port).ShouldBe([8080, 8080]);
        balancer.Tags["elbv2.k8s.aws/cluster"].ShouldBe("shop");
        balancer.Tags["ingress.k8s.aws/stack"].ShouldBe("shop");
        balancer.Tags["ingress.k8s.aws/resource"].ShouldBe("LoadBalancer");
        host.Fleet.LoadBalancersInVpc("vpc-1").ShouldBe(1);
    }

    [Fact]
    public async Task LastIngress_OfGroup_TakesTheLoadBalancerAlong()
    {
        await using var host = await StartAsync();
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("one", "", ("/one", "Prefix", "one")));
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("two", "", ("/two", "Prefix", "two")));
        await host.WaitAsync(Ingresses, "one", HasAddress);
        await host.WaitAsync(Ingresses, "two", HasAddress);
        await host.OkAsync("DELETE", Ingresses + "/one");
        await host.GoneAsync(Ingresses, "one");
        host.LoadBalancers.Find("shop-ALB").Rules.ShouldHaveSingleItem().PathPatterns.ShouldBe(["/two", "/two/*"]);

        await host.OkAsync("DELETE", Ingresses + "/two");
        await host.GoneAsync(Ingresses, "two");
        host.LoadBalancers.Names.ShouldBeEmpty();
        host.Fleet.LoadBalancersInVpc("vpc-1").ShouldBe(0);
    }

    [Fact]
    public async Task Ingress_WithoutController_StaysAsItIsAndHangsWhenDeleted()
    {
        await using var host = await StartAsync();
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("one", "", ("/one", "Prefix", "one")));
        await host.WaitAsync(Ingresses, "one", HasAddress);
        await host.OkAsync("PATCH", Deployments + "/aws-load-balancer-controller", """{"spec":{"replicas":0}}""", "application/merge-patch+json");
        await host.WaitAsync(Deployments, "aws-load-balancer-controller", item => item["status"]?["readyReplicas"] is null);
        await host.OkAsync("DELETE", Ingresses + "/one");
        var held = await host.OkAsync("GET", Ingresses + "/one");
        held["metadata"]!["deletionTimestamp"].ShouldNotBeNull();
        held["metadata"]!["finalizers"]![0]!.GetValue<string>().ShouldBe("group.ingress.k8s.aws/shop");
        host.LoadBalancers.Names.ShouldBe(["shop-ALB"]);

        await host.OkAsync("PATCH", Deployments + "/aws-load-balancer-controller", """{"spec":{"replicas":1}}""", "application/merge-patch+json");
        await host.GoneAsync(Ingresses, "one");
        host.LoadBalancers.Names.ShouldBeEmpty();
    }

    [Fact]
    public async Task Targets_AfterARestart_AreHealthyAtOnce()
    {
        var documents = new MemoryDocuments();
        await using (var first = await StartAsync(documents))
        {
            await first.OkAsync("POST", "api/v1/namespaces/default/services", Manifests.Service("web"));
            await first.OkAsync("POST", Deployments, Manifests.Deployment("web", 1));
            await first.OkAsync("POST", Ingresses, Manifests.Ingress("web", "", ("/web", "Prefix", "web")));
            await first.WaitAsync(Ingresses, "web", HasAddress);
            await first.WaitAsync(Deployments, "web", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);
        }

        // The clock of the second run is slow: checks that began anew would take 30 s.
        await using var second = await ClusterHost.StartAsync(nodes: 1, documents: documents, scale: 10, clock: new LaterClock());
        var balancer = await second.LoadBalancers.FirstAsync();
        balancer.Rules.ShouldHaveSingleItem().TargetGroup.Targets.ShouldHaveSingleItem().State.ShouldBe("healthy");
    }

    [Theory]
    [InlineData("scheme=private", "unknown scheme")]
    [InlineData("subnets=subnet-a", "subnets count less than minimal required count")]
    [InlineData("subnets=private-a,private-b", "couldn't find all subnets")]
    [InlineData("load-balancer-name=a-name-that-has-more-than-32-letters", "cannot be longer than 32 characters")]
    [InlineData("listen-ports=80", "failed to parse listen-ports")]
    [InlineData("listen-ports=[{\"HTTPS\":443}]", "no certificate found")]
    [InlineData("target-type=pod", "unknown targetType")]
    [InlineData("tags=novalue", "failed to parse stringMap annotation")]
    [InlineData("group.order=2000", "must be within [-1000:1000]")]
    [InlineData("security-groups=web", "couldn't find all securityGroups")]
    public async Task Ingress_WithWrongAnnotation_GetsAWarningAndNoLoadBalancer(string annotation, string expected)
    {
        await using var host = await StartAsync();
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("one", annotation, ("/one", "Prefix", "one")));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var stream = await host.Http.GetStreamAsync("api/v1/namespaces/default/events?watch=true&fieldSelector=reason%3DFailedBuildModel", patience.Token);
        using var reader = new StreamReader(stream);
        var warning = JsonNode.Parse((await reader.ReadLineAsync(patience.Token))!)!["object"]!;
        warning["type"]!.GetValue<string>().ShouldBe("Warning");
        warning["message"]!.GetValue<string>().ShouldContain(expected);
        host.LoadBalancers.Names.ShouldBeEmpty();
    }

    private static async Task<ClusterHost> StartAsync(MemoryDocuments? documents = null)
    {
        var host = await ClusterHost.StartAsync(nodes: 1, documents: documents);
        await host.OkAsync("POST", "apis/networking.k8s.io/v1/ingressclasses", Manifests.IngressClass);
        await host.OkAsync("POST", Deployments, Manifests.Controller);
        await host.WaitAsync(Deployments, "aws-load-balancer-controller", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);
        return host;
    }

    private static bool HasAddress(JsonNode ingress) => Hostname(ingress) is not null;

    private static string? Hostname(JsonNode ingress) => ingress["status"]?["loadBalancer"]?["ingress"]?[0]?["hostname"]?.GetValue<string>();

    private sealed class LaterClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddHours(1);
    }
}
