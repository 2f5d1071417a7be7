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
        balancer.Rules().Select(rule => $"{rule.Priority} {string.Join(' ', rule.Paths())}").ShouldBe(
            ["1 /*", "2 /products", "3 /products/new /products/new/*", "4 /products /products/*"]);
        (balancer.Rules()[0].TargetGroup, balancer.Rules()[0].Message).ShouldBe((null, "Backend service does not exist"));
        balancer.TargetGroups.ShouldHaveSingleItem().Targets.Select(target => target.Port).ShouldBe([8080, 8080]);
        balancer.Rules().Skip(1).ShouldAllBe(rule => rule.TargetGroup == balancer.TargetGroups[0].Name);
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
        host.LoadBalancers.Find("shop-ALB").Rules().ShouldHaveSingleItem().Paths().ShouldBe(["/two", "/two/*"]);

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
        balancer.Targets().ShouldHaveSingleItem().State.ShouldBe("healthy");
    }

    private const string Rewrite = """[{"type":"url-rewrite","urlRewriteConfig":{"rewrites":[{"regex":"REGEX","replace":"$1"}]}}]""";

    // Messages: the controller's pkg/ingress and pkg/networking (v3.5.0); those of FailedDeployModel are ELBv2's.
    [Theory]
    [InlineData("scheme=private", "Failed build model due to unknown scheme: private")]
    [InlineData("subnets=subnet-a", "Failed build model due to subnets count less than minimal required count: 1 < 2")]
    [InlineData("subnets=private-a,private-z", "Failed build model due to couldn't find all subnets, missing names: [private-z]")]
    [InlineData("subnets=subnet-a,subnet-z", "InvalidSubnetID.NotFound: The subnet ID 'subnet-z' does not exist")]
    [InlineData("subnets=subnet-a,subnet-c", "Failed build model due to multiple subnets in same Availability Zone us-east-1a: [subnet-a subnet-c]")]
    [InlineData("load-balancer-name=a-name-that-has-more-than-32-letters", "Failed build model due to load balancer name cannot be longer than 32 characters")]
    [InlineData("listen-ports=80", "Failed build model due to ingress: default/one: failed to parse listen-ports configuration: `80`")]
    [InlineData("listen-ports=[]", "Failed build model due to ingress: default/one: empty listen-ports configuration: `[]`")]
    [InlineData("listen-ports=[{\"HTTP\":0}]", "Failed build model due to ingress: default/one: listen port must be within [1, 65535]: 0")]
    [InlineData("listen-ports=[{\"TLS\":443}]", "Failed build model due to ingress: default/one: listen protocol must be within [HTTP, HTTPS]: TLS")]
    [InlineData("listen-ports=[{\"HTTPS\":443}]", "ValidationError: A certificate must be specified for HTTPS listeners")]
    [InlineData("certificate-arn=shop", "ValidationError: Certificate ARN 'shop' is not valid")]
    [InlineData("target-type=pod", "Failed build model due to ingress: default/one: unknown targetType: pod")]
    [InlineData("healthcheck-interval-seconds=often", "ingress: default/one: failed to parse int32 annotation, alb.ingress.kubernetes.io/healthcheck-interval-seconds: often")]
    [InlineData("healthcheck-interval-seconds=1", "ValidationError: Health check interval must be between '5' and '300'")]
    [InlineData("tags=novalue", "Failed build model due to failed to parse stringMap annotation, alb.ingress.kubernetes.io/tags: novalue")]
    [InlineData("load-balancer-attributes=routing.http3=true", "ValidationError: Load balancer attribute key 'routing.http3' is not recognized")]
    [InlineData("group.order=2000", "explicit Ingress group order must be within [-1000:1000], Ingress: default/one, order: 2000")]
    [InlineData("security-groups=web", "couldn't find all securityGroups")]
    [InlineData("transforms.one=[", "ingress: default/one: failed to parse json annotation, alb.ingress.kubernetes.io/transforms.one: [")]
    [InlineData("transforms.one=[{\"type\":\"rewrite\"}]", "ingress: default/one: unknown transform type: rewrite")]
    [InlineData("transforms.one=[{\"type\":\"url-rewrite\"}]", "ingress: default/one: missing urlRewriteConfig")]
    [InlineData("transforms.one=[{\"type\":\"url-rewrite\",\"urlRewriteConfig\":{\"rewrites\":[]}}]", "ingress: default/one: urlRewriteConfig.rewrites cannot be empty")]
    [InlineData("transforms.one=(?=/v1)", "ValidationError: The regular expression '(?=/v1)' is not valid")]
    [InlineData("conditions.one=[{\"field\":\"http-header\"}]", "ingress: default/one: missing httpHeaderConfig")]
    [InlineData("conditions.one=[{\"field\":\"path-pattern\",\"pathPatternConfig\":{\"values\":[\"/a\",\"/b\",\"/c\",\"/d\"]}}]", "ValidationError: A rule can only have '5' condition values")]
    [InlineData("conditions.one=[{\"field\":\"path-pattern\",\"pathPatternConfig\":{\"regexValues\":[\"^/a\"]}}]", "path condition must specify exactly one of Values and RegexValues, got both Values [/one /one/*] and RegexValues [^/a]")]
    public async Task Ingress_WithWrongAnnotation_GetsAWarningAndNoLoadBalancer(string annotation, string expected)
    {
        await using var host = await StartAsync();
        await host.OkAsync("POST", "api/v1/namespaces/default/services", Manifests.Service("one"));
        if (annotation.StartsWith("transforms.one=(", StringComparison.Ordinal))
            annotation = "transforms.one=" + Rewrite.Replace("REGEX", annotation["transforms.one=".Length..], StringComparison.Ordinal);
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("one", annotation, ("/one", "Prefix", "one")));

        (await WarningAsync(host)).ShouldContain(expected);
        host.LoadBalancers.Names.ShouldBeEmpty();
        host.Fleet.LoadBalancersInVpc("vpc-1").ShouldBe(0);
    }

    [Theory]
    [InlineData("scheme=internal", "scheme=internet-facing", "conflicting scheme: map[internal:{} internet-facing:{}]")]
    [InlineData("load-balancer-name=a", "load-balancer-name=b", "conflicting load balancer name: map[a:{} b:{}]")]
    [InlineData("subnets=subnet-a,subnet-b", "subnets=subnet-b,subnet-c", "conflicting subnets: [subnet-a subnet-b] | [subnet-b subnet-c]")]
    [InlineData("security-groups=sg-1", "security-groups=sg-2", "conflicting securityGroups: [sg-1] | [sg-2]")]
    [InlineData("tags=team=a", "tags=team=b", "conflicting tag team: a | b")]
    [InlineData("load-balancer-attributes=idle_timeout.timeout_seconds=60", "load-balancer-attributes=idle_timeout.timeout_seconds=30", "conflicting load balancer attributes idle_timeout.timeout_seconds: 60 | 30")]
    [InlineData("listen-ports=[{\"HTTP\":80}]", "listen-ports=[{\"HTTPS\":80}]", "failed to merge listenPort config for port: 80: conflicting protocol, default/one: HTTP | default/two: HTTPS")]
    [InlineData("certificate-arn=arn:aws:acm:us-east-1:000000000000:certificate/a;ssl-policy=ELBSecurityPolicy-A", "certificate-arn=arn:aws:acm:us-east-1:000000000000:certificate/a;ssl-policy=ELBSecurityPolicy-B",
        "failed to merge listenPort config for port: 443: conflicting sslPolicy, default/one: ELBSecurityPolicy-A | default/two: ELBSecurityPolicy-B")]
    public async Task Group_WhoseIngressesDisagree_GetsAWarningAndStaysAsItWas(string one, string two, string expected)
    {
        await using var host = await StartAsync();
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("one", one, ("/one", "Prefix", "one")));
        await host.WaitAsync(Ingresses, "one", HasAddress);
        var before = host.LoadBalancers.Names.Select(host.LoadBalancers.Find).ShouldHaveSingleItem();
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("two", two, ("/two", "Prefix", "two")));

        (await WarningAsync(host)).ShouldContain("Failed build model due to " + expected);
        host.LoadBalancers.Names.Select(host.LoadBalancers.Find).ShouldHaveSingleItem().ShouldBeSameAs(before);
    }

    [Fact]
    public async Task Listeners_OfSeveralPorts_HaveTheRulesOfTheIngressesThatAskForThem()
    {
        await using var host = await StartAsync();
        const string certificate = "arn:aws:acm:us-east-1:000000000000:certificate/";
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("both", $"""listen-ports=[{"{"}"HTTP":80{"}"},{"{"}"HTTPS":443{"}"}];certificate-arn={certificate}a,{certificate}b;ssl-policy=ELBSecurityPolicy-TLS13-1-2-2021-06""", ("/both", "Prefix", "web")));
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("tls", $"certificate-arn={certificate}c", ("/tls", "Prefix", "web")));

        var balancer = await host.LoadBalancers.WaitAsync("shop-ALB", one => one.Rules().Count == 3);

        balancer.Listeners.Select(listener => $"{listener.Protocol} {listener.Port} {listener.SslPolicy} {string.Join(' ', listener.Rules.Select(rule => rule.Paths()[0]))}").ShouldBe(
            ["HTTP 80  /both", "HTTPS 443 ELBSecurityPolicy-TLS13-1-2-2021-06 /both /tls"]);
        balancer.Listeners[1].Certificates.Select(arn => arn[^1]).ShouldBe(['a', 'b', 'c']);
        balancer.Listeners[1].Tags["ingress.k8s.aws/resource"].ShouldBe("443");
        balancer.Listeners[1].Rules[1].Tags["ingress.k8s.aws/resource"].ShouldBe("443:2");
        var ingress = await host.WaitAsync(Ingresses, "tls", HasAddress);
        ingress["status"]!["loadBalancer"]!["ingress"]![0]!["ports"]!.ToJsonString().ShouldBe("""[{"port":80,"protocol":"TCP"},{"port":443,"protocol":"TCP"}]""");
    }

    /// <summary>buildPathPatterns and buildRuleConditions of the controller's model_build_listener_rules.go.</summary>
    [Theory]
    [InlineData("/web", "Prefix", "", "path-pattern /web /web/*")]
    [InlineData("/web/", "Prefix", "", "path-pattern /web /web/*")]
    [InlineData("/", "Prefix", "", "path-pattern /*")]
    [InlineData("/web", "Exact", "", "path-pattern /web")]
    [InlineData("/web/*", "ImplementationSpecific", "", "path-pattern /web/*")]
    [InlineData("/^/v[12]/web", "ImplementationSpecific", "use-regex-path-match=true", "path-pattern ~^/v[12]/web")]
    [InlineData("/web", "Exact", """conditions.web=[{"field":"host-header","hostHeaderConfig":{"values":["shop.example.com"]}},{"field":"http-request-method","httpRequestMethodConfig":{"values":["GET"]}}]""",
        "http-request-method GET, host-header shop.example.com, path-pattern /web")]
    [InlineData("/web", "Exact", """conditions.web=[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"x-team","values":["a*"]}},{"field":"query-string","queryStringConfig":{"values":[{"key":"v","value":"2"},{"value":"b"}]}},{"field":"source-ip","sourceIPConfig":{"values":["10.0.0.0/8"]}}]""",
        "http-header:x-team a*, query-string v=2 =b, source-ip 10.0.0.0/8, path-pattern /web")]
    public async Task Rule_OfAPath_HasTheConditionsTheControllerMakesOfIt(string path, string type, string annotations, string expected)
    {
        await using var host = await StartAsync();
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("web", annotations, (path, type, "web")));

        (await host.LoadBalancers.FirstAsync()).Rules().ShouldHaveSingleItem().Conditions
            .Select(condition => $"{condition.Field}{(condition.Header is { } header ? ":" + header : "")} {(condition.IsRegex ? "~" : "")}{string.Join(' ', condition.Values)}")
            .ShouldBe(expected.Split(", "));
    }

    [Fact]
    public async Task TargetGroup_OfAService_HasItsHealthCheckAttributesAndTags()
    {
        await using var host = await StartAsync();
        await host.OkAsync("POST", "api/v1/namespaces/default/services", Manifests.Service("web"));
        await host.OkAsync("POST", Ingresses, Manifests.Ingress(
            "web", "healthcheck-path=/health;success-codes=200-399;healthcheck-interval-seconds=10;healthcheck-timeout-seconds=4;healthy-threshold-count=3;unhealthy-threshold-count=4;target-group-attributes=deregistration_delay.timeout_seconds=30;tags=team=shop",
            ("/web", "Prefix", "web"), ("/v1/web", "Prefix", "web")));

        var group = (await host.LoadBalancers.FirstAsync()).TargetGroups.ShouldHaveSingleItem();

        group.HealthCheck.ShouldBe(new Portal.Emulator.Contracts.HealthCheck("/health", "HTTP", "traffic-port", "200-399", 10, 4, 3, 4));
        group.Attributes["deregistration_delay.timeout_seconds"].ShouldBe("30");
        group.Name.ShouldMatch("^k8s-default-web-[0-9a-f]{10}$");
        group.Tags["ingress.k8s.aws/resource"].ShouldBe("default/web-web:80");
        group.Tags["team"].ShouldBe("shop");
    }

    [Theory]
    [InlineData("", "healthy", null)]
    [InlineData("success-codes=301", "unhealthy", "Target.ResponseCodeMismatch")]
    [InlineData("healthcheck-protocol=HTTPS", "unhealthy", "Target.FailedHealthChecks")]
    public async Task Target_AfterItsChecks_IsWhatTheyFound(string annotations, string state, string? reason)
    {
        await using var host = await StartAsync();
        await host.OkAsync("POST", "api/v1/namespaces/default/services", Manifests.Service("web"));
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 1));
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("web", annotations, ("/web", "Prefix", "web")));

        var balancer = await host.LoadBalancers.WaitAsync("shop-ALB", one => one.Targets().Any(target => target.State != "initial"));

        var target = balancer.Targets().ShouldHaveSingleItem();
        (target.State, target.Reason).ShouldBe((state, reason));
    }

    /// <summary>isSDKLoadBalancerRequiresReplacement: another scheme. Subnets change in place; a name counts at creation only (guide, load-balancer-name).</summary>
    [Theory]
    [InlineData("subnets=subnet-b,subnet-c", "shop-ALB")]
    [InlineData("load-balancer-name=another", "shop-ALB")]
    [InlineData("scheme=internet-facing;load-balancer-name=another", "another")]
    public async Task LoadBalancer_WhenItsAnnotationsChange_IsReplacedForAnotherSchemeOnly(string change, string name)
    {
        await using var host = await StartAsync();
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("one", "", ("/one", "Prefix", "one")));
        await host.WaitAsync(Ingresses, "one", HasAddress);
        await host.OkAsync("PATCH", Ingresses + "/one", Manifests.Ingress("one", change + ";tags=step=2", ("/one", "Prefix", "one")), "application/merge-patch+json");

        await host.LoadBalancers.WaitAsync(name, one => one.Tags.GetValueOrDefault("step") == "2");
        host.LoadBalancers.Names.ShouldBe([name]);
    }

    [Fact]
    public async Task Subnets_NotNamed_AreThoseTaggedForTheSchemeOneAZone()
    {
        await using var host = await StartAsync();
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("one", "subnets=", ("/one", "Prefix", "one")));

        (await host.LoadBalancers.FirstAsync()).SubnetIds.ShouldBe(["subnet-a", "subnet-b"]);
    }

    [Fact]
    public async Task Ingress_ProtectedFromDeletion_KeepsItsLoadBalancer()
    {
        await using var host = await StartAsync();
        const string protection = "load-balancer-attributes=deletion_protection.enabled=true";
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("one", protection, ("/one", "Prefix", "one")));
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("two", protection, ("/two", "Prefix", "two")));
        await host.LoadBalancers.WaitAsync("shop-ALB", one => one.Rules().Count == 2);

        await host.OkAsync("DELETE", Ingresses + "/one");

        (await WarningAsync(host)).ShouldBe("Failed build model due to deletion_protection is enabled, cannot delete the ingress: one");
        host.LoadBalancers.Find("shop-ALB").Rules().Count.ShouldBe(2);
    }

    [Fact]
    public async Task Rules_MoreThanTheQuota_AreRefused()
    {
        await using var host = await StartAsync();
        var paths = Enumerable.Range(1, 101).Select(number => ($"/{number}", "Prefix", "web")).ToArray();
        await host.OkAsync("POST", Ingresses, Manifests.Ingress("many", "", paths));

        (await WarningAsync(host)).ShouldContain("Failed deploy model due to operation error Elastic Load Balancing v2: https response error StatusCode: 400, api error TooManyRules");
        host.LoadBalancers.Names.ShouldBeEmpty();
    }

    private static async Task<string> WarningAsync(ClusterHost host)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var stream = await host.Http.GetStreamAsync("api/v1/namespaces/default/events?watch=true&fieldSelector=type%3DWarning", patience.Token);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(patience.Token) is { } line)
        {
            var happened = JsonNode.Parse(line)!["object"]!;
            if (happened["reason"]!.GetValue<string>() is "FailedBuildModel" or "FailedDeployModel")
                return happened["message"]!.GetValue<string>();
        }

        throw new InvalidOperationException("The watch ended without a warning of the controller.");
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
