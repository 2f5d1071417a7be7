using System.Text.Json.Nodes;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Emulator.Contracts;
using Portal.Emulator.FrontDoor;
using Portal.Emulator.Kubernetes.LoadBalancerController;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Templates.Helm;

public sealed class EnvironmentChartTests
{
    private const string Prefix = "alb.ingress.kubernetes.io/";
    private const string Certificate = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b";

    // What belongs to the load balancer must agree in all Ingresses of its group.
    private static readonly string[] Shared =
        ["group.name", "load-balancer-name", "scheme", "load-balancer-attributes", "subnets", "security-groups", "listen-ports", "certificate-arn", "ssl-policy"];

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "")]
    [InlineData(1, Certificate)]
    [InlineData(20, "")]
    [InlineData(50, Certificate)]
    public async Task Template_Services_GetOneIngressEachInOneGroup(int services, string certificate)
    {
        var rendered = await Rendering.TemplateAsync("environment", Values(services, certificate), "ingress");

        rendered.Objects.Count.ShouldBe(services);
        foreach (var (index, ingress) in rendered.All("Ingress").Index())
        {
            ingress["metadata"]!["name"]!.ShouldBeText($"service-{index}");
            ingress["spec"]!["ingressClassName"]!.ShouldBeText("alb");
            Annotation(ingress, "scheme").ShouldBe("internal");
            Annotation(ingress, "target-type").ShouldBe("ip");
            Annotation(ingress, "subnets").ShouldBe("subnet-1,subnet-2");
            Annotation(ingress, "security-groups").ShouldBe("sg-1");
            Annotation(ingress, "manage-backend-security-group-rules").ShouldBe("true");
            Annotation(ingress, "healthcheck-path").ShouldBe($"/health-{index}");
            Annotation(ingress, "listen-ports").ShouldBe(certificate.Length > 0 ? """[{"HTTPS":443}]""" : """[{"HTTP":80}]""");
            Annotation(ingress, "certificate-arn").ShouldBe(certificate.Length > 0 ? certificate : null);
            Annotation(ingress, "ssl-policy").ShouldBe(certificate.Length > 0 ? "ELBSecurityPolicy-TLS13-1-2-2021-06" : null);
            ingress["metadata"]!["annotations"]!.AsObject().ShouldAllBe(pair => pair.Value!.GetValueKind() == System.Text.Json.JsonValueKind.String);
            var path = ingress["spec"]!["rules"]![0]!["http"]!["paths"]!.AsArray().ShouldHaveSingleItem()!;
            path["path"]!.ShouldBeText($"/path-{index}");
            path["pathType"]!.ShouldBeText("Prefix");
            path["backend"]!["service"]!["name"]!.ShouldBeText($"service-{index}");
            path["backend"]!["service"]!["port"]!["number"]!.GetValue<int>().ShouldBe(8080 + index);
        }

        foreach (var annotation in Shared)
            rendered.All("Ingress").Select(ingress => Annotation(ingress, annotation)).Distinct().Count().ShouldBeLessThanOrEqualTo(1, annotation);
    }

    /// <summary>
    /// What reaches which service, by the load balancer's own rules: each Prefix path is two values of one rule, of which ELB takes five, and
    /// each value has 128 characters at most (quotas of Elastic Load Balancing).
    /// </summary>
    [Theory]
    [InlineData("/v1/products/7?x=/v1/cart", "products", "/products/7?x=/v1/cart")]
    [InlineData("/v2/products", "products", "/products")]
    [InlineData("/products/7", "products", "/products/7")]
    [InlineData("/products/v1/products", "products", "/products/v1/products")]
    [InlineData("/v1/products.x", "dotted", "/products.x")]
    [InlineData("/v1/productsx", null, null)]
    [InlineData("/v3/products", null, null)]
    [InlineData("/v1/v1/cart?x", "odd", "/v1/cart?x")]
    [InlineData("/v1/cart", "cart", "/cart")]
    [InlineData("/v2/v2", "odder", "/v2")]
    [InlineData("/v2/cart", "cart", "/cart")]
    [InlineData("/v1", null, null)]
    public async Task Template_Stages_ReachTheServiceWithoutTheStage(string sent, string? service, string? received)
    {
        var values = Values(0);
        values["stages"] = new JsonArray("v1", "v2");
        // Two of them begin with a stage's name: without one before it such a path would be another service's in that stage.
        foreach (var (name, path) in new[] { ("products", "/products"), ("dotted", "/products.x"), ("odd", "/v1/cart"), ("cart", "/cart"), ("odder", "/v2") })
            values["services"]!.AsArray().Add(new JsonObject { ["name"] = name, ["path"] = path, ["port"] = 80, ["healthPath"] = "/health" });

        var rules = (await Rendering.TemplateAsync("environment", values, "ingress")).All("Ingress")
            .OrderBy(ingress => int.Parse(Annotation(ingress, "group.order")!)).SelectMany(RulesOf).ToList();

        rules.ShouldAllBe(rule => rule.Conditions.Sum(condition => condition.Values.Count) == 2);
        var request = new BackendRequest("GET", "alb", sent, new Dictionary<string, string>(), default, "10.0.0.1");
        var rule = rules.Find(rule => RuleMatching.Matches(rule, request));
        rule?.TargetGroup.ShouldBe(service);
        (rule is null ? null : RuleMatching.Transform(rule, request).Target).ShouldBe(received);
        rules.Count(one => RuleMatching.Matches(one, request)).ShouldBe(service is null ? 0 : 1, "no order among the services is needed");
    }

    /// <summary>A service with everything, one with further paths that are taken off, and one with further paths that stay.</summary>
    [Theory]
    [InlineData("/v1/", "web", "/")]
    [InlineData("/v2/about/us?x=1", "web", "/about/us?x=1")]
    [InlineData("/v1/productsx", "web", "/productsx")]
    [InlineData("/v1/products", "products", "/products")]
    [InlineData("/v1/goods/7?x", "products", "/goods/7?x")]
    [InlineData("/v1/cart", "cart", "/")]
    [InlineData("/v2/cart/7/items?x=/v1/cart", "cart", "/7/items?x=/v1/cart")]
    [InlineData("/v1/wish.list?x=1", "cart", "/?x=1")]
    [InlineData("/v1/wish.list/cart", "cart", "/cart")]
    [InlineData("/cart/7", "cart", "/7")]
    public async Task Template_Paths_ReachTheirServiceAsItWantsThem(string sent, string service, string received)
    {
        var values = Values(0);
        values["stages"] = new JsonArray("v1", "v2");
        values["services"] = JsonNode.Parse("""
            [{"name":"web","path":"/","port":80,"healthPath":"/"},
             {"name":"cart","path":"/cart","morePaths":["/wish.list"],"takesPathOff":true,"port":80,"healthPath":"/"},
             {"name":"products","path":"/products","morePaths":["/goods"],"port":80,"healthPath":"/"}]
            """);

        var rules = (await Rendering.TemplateAsync("environment", values, "ingress")).All("Ingress")
            .OrderBy(ingress => int.Parse(Annotation(ingress, "group.order")!)).SelectMany(RulesOf).ToList();

        var request = new BackendRequest("GET", "alb", sent, new Dictionary<string, string>(), default, "10.0.0.1");
        var rule = rules.First(rule => RuleMatching.Matches(rule, request));
        (rule.TargetGroup, RuleMatching.Transform(rule, request).Target).ShouldBe((service, received));
    }

    [Fact]
    public async Task Template_LongestStageAndPath_FitARuleOfTheLoadBalancer()
    {
        var values = Values(1);
        var stages = Enumerable.Range(0, 10).Select(number => new string((char)('a' + number), 24)).ToList();
        values["stages"] = new JsonArray([.. stages.Select(stage => (JsonNode)stage)]);
        values["services"]![0]!["path"] = "/" + string.Concat(Enumerable.Repeat(".a", 50))[1..];

        var rules = RulesOf((await Rendering.TemplateAsync("environment", values, "ingress")).One("Ingress"));

        rules.Count.ShouldBe(11);
        rules.SelectMany(rule => rule.Conditions).SelectMany(condition => condition.Values).ShouldAllBe(value => value.Length <= 128);
        rules.SelectMany(rule => rule.Transforms).ShouldAllBe(transform => transform.Regex.Length <= 1024);
    }

    // What Auto Mode supports and what it does not: EKS user guide, "Create an IngressClass to configure an Application Load Balancer",
    // tables "IngressClassParams Reference" and "Ingress annotations".
    [Theory]
    [InlineData("")]
    [InlineData(Certificate)]
    public async Task Template_AutoMode_KeepsWhatTheGroupSharesInTheClassesParameters(string certificate)
    {
        var values = Values(3, certificate);
        values["loadBalancer"]!["autoMode"] = true;
        values["loadBalancer"]!["deletionProtection"] = true;

        var rendered = await Rendering.TemplateAsync("environment", values, "ingress");

        var spec = rendered.One("IngressClass")["spec"]!;
        spec["controller"]!.ShouldBeText("eks.amazonaws.com/alb");
        spec["parameters"]!.ToJsonString().ShouldBe("""{"apiGroup":"eks.amazonaws.com","kind":"IngressClassParams","name":"eks-auto-alb"}""");
        var parameters = rendered.One("IngressClassParams");
        parameters["apiVersion"]!.ShouldBeText("eks.amazonaws.com/v1");
        parameters["metadata"]!["name"]!.ShouldBeText("eks-auto-alb");
        parameters["spec"]!["scheme"]!.ShouldBeText("internal");
        parameters["spec"]!["group"]!["name"]!.ShouldBeText("shop-staging");
        parameters["spec"]!["subnets"]!.ToJsonString().ShouldBe("""{"ids":["subnet-1","subnet-2"]}""");
        parameters["spec"]!["certificateARNs"]?.ToJsonString().ShouldBe(certificate.Length > 0 ? $"[\"{certificate}\"]" : null);
        parameters["spec"]!["loadBalancerAttributes"]!.ToJsonString().ShouldBe(
            """[{"key":"routing.http.drop_invalid_header_fields.enabled","value":"true"},{"key":"deletion_protection.enabled","value":"true"}]""");
        rendered.All("Ingress").Count.ShouldBe(3);
        foreach (var ingress in rendered.All("Ingress"))
        {
            ingress["spec"]!["ingressClassName"]!.ShouldBeText("eks-auto-alb");
            foreach (var moved in (string[])["group.name", "scheme", "subnets", "certificate-arn", "load-balancer-attributes"])
                Annotation(ingress, moved).ShouldBeNull(moved);
            Annotation(ingress, "load-balancer-name").ShouldBe("shop-staging-alb");
            Annotation(ingress, "security-groups").ShouldBe("sg-1");
            Annotation(ingress, "target-type").ShouldBe("ip");
            Annotation(ingress, "listen-ports").ShouldBe(certificate.Length > 0 ? """[{"HTTPS":443}]""" : """[{"HTTP":80}]""");
        }
    }

    [Fact]
    public async Task Template_AutoModeWithoutSubnetsOrServices_LeavesThemOut()
    {
        var values = Values(0);
        values["loadBalancer"]!["autoMode"] = true;
        values["loadBalancer"]!["subnets"] = new JsonArray();

        var rendered = await Rendering.TemplateAsync("environment", values, "ingress");

        rendered.Kinds.ShouldBe(["IngressClassParams", "IngressClass"], ignoreOrder: true);
        rendered.One("IngressClassParams")["spec"]!.AsObject().ContainsKey("subnets").ShouldBeFalse();
    }

    [Fact]
    public async Task Template_ServiceComesOrGoes_LeavesTheOthersAsTheyAre()
    {
        var all = (await Rendering.TemplateAsync("environment", Values(5), "ingress")).All("Ingress");
        var values = Values(5);
        values["services"]!.AsArray().RemoveAt(2);

        var left = (await Rendering.TemplateAsync("environment", values, "ingress")).All("Ingress");

        left.Select(ingress => ingress.ToJsonString()).ShouldBe(all.Where((_, index) => index != 2).Select(ingress => ingress.ToJsonString()));
    }

    [Fact]
    public async Task Template_PathBelowAnother_GoesFirst()
    {
        var values = Values(2);
        (values["services"]![0]!["path"], values["services"]![1]!["path"]) = ("/shop", "/shop/cart");

        var ingresses = (await Rendering.TemplateAsync("environment", values, "ingress")).All("Ingress");

        int.Parse(Annotation(ingresses[1], "group.order")!).ShouldBeLessThan(int.Parse(Annotation(ingresses[0], "group.order")!));
    }

    [Fact]
    public async Task Template_ProtectionAndLogs_AreAttributesOfTheLoadBalancer()
    {
        var values = Values(1);
        values["loadBalancer"]!["deletionProtection"] = true;
        values["loadBalancer"]!["accessLogs"] = new JsonObject { ["bucket"] = "shop-logs", ["prefix"] = "alb/staging" };
        values["loadBalancer"]!["subnets"] = new JsonArray();
        values["loadBalancer"]!["securityGroups"] = new JsonArray();

        var ingress = (await Rendering.TemplateAsync("environment", values, "ingress")).One("Ingress");

        Annotation(ingress, "load-balancer-attributes").ShouldBe(
            "routing.http.drop_invalid_header_fields.enabled=true,deletion_protection.enabled=true,access_logs.s3.enabled=true,access_logs.s3.bucket=shop-logs,access_logs.s3.prefix=alb/staging");
        Annotation(ingress, "subnets").ShouldBeNull();
        Annotation(ingress, "security-groups").ShouldBeNull();
    }

    [Theory]
    [InlineData(ClusterMode.ManagedNodes, "Ingress")]
    [InlineData(ClusterMode.AutoMode, "IngressClassParams", "IngressClass", "Ingress")]
    public async Task Template_PlansOwnValues_AreTaken(ClusterMode mode, params string[] kinds)
    {
        var plan = Samples.Plans.Build(Samples.Shop() with { Cluster = new ClusterSpecification { Mode = mode } }, Samples.Target).Plan;
        static string Resolve(string step, string output) => output switch { "PublicSubnetIds" => "subnet-0a,subnet-0b", "LoadBalancerSecurityGroupId" => "sg-0a", _ => "" };

        var ingress = await Rendering.TemplateAsync("environment", PlanValues.Resolve(plan.Step("ingress").Values, Resolve)!, "ingress");
        var step = plan.Step("namespace");
        var space = await Rendering.TemplateAsync("namespace", step.Values!, step.Subject, step.Namespace!);

        ingress.All("Ingress").Count.ShouldBe(3);
        ingress.Kinds.Distinct().ShouldBe(kinds, ignoreOrder: true);
        RulesOf(ingress.All("Ingress")[0]).Select(rule => rule.Conditions[0].Values[0]).ShouldBe(["/products", "/v1/products"], ignoreOrder: true);
        space.One("Namespace")["metadata"]!["name"]!.ShouldBeText("shop-staging");
        // Kept elsewhere, or the release's own record would go with the namespace before the release does.
        step.Namespace.ShouldBe("kube-system");
    }

    [Fact]
    public async Task Template_Namespace_EnforcesTheRestrictedStandardAndDeniesTraffic()
    {
        var rendered = await Rendering.TemplateAsync("namespace", new JsonObject { ["name"] = "null" }, "null-namespace", "kube-system");

        var labels = rendered.One("Namespace")["metadata"]!["labels"]!;
        labels["pod-security.kubernetes.io/enforce"]!.ShouldBeText("restricted");
        labels["pod-security.kubernetes.io/enforce-version"]!.ShouldBeText("latest");
        labels["elbv2.k8s.aws/pod-readiness-gate-inject"]!.ShouldBeText("enabled");
        var policy = rendered.One("NetworkPolicy");
        policy["metadata"]!["namespace"]!.ShouldBeText("null");
        policy["spec"]!.ToJsonString().ShouldBe("""{"podSelector":{},"policyTypes":["Ingress","Egress"]}""");
    }

    // Label of the readiness gate and switch of the network policies: EKS user guide, "Use Network Policies with EKS Auto Mode".
    [Fact]
    public async Task Template_NamespaceInAutoMode_SwitchesNetworkPoliciesOnAndAsksForItsOwnReadinessGate()
    {
        var rendered = await Rendering.TemplateAsync("namespace", new JsonObject { ["name"] = "shop", ["autoMode"] = true }, "shop-namespace", "kube-system");

        var labels = rendered.One("Namespace")["metadata"]!["labels"]!.AsObject();
        labels["eks.amazonaws.com/pod-readiness-gate-inject"]!.ShouldBeText("enabled");
        labels.ContainsKey("elbv2.k8s.aws/pod-readiness-gate-inject").ShouldBeFalse();
        var settings = rendered.One("ConfigMap");
        settings["metadata"]!["namespace"]!.ShouldBeText("kube-system");
        settings["metadata"]!["name"]!.ShouldBeText("amazon-vpc-cni");
        settings["data"]!.ToJsonString().ShouldBe("""{"enable-network-policy-controller":"true"}""");
    }

    [Theory]
    [InlineData("loadBalancer", """{"autoMode":"yes"}""", "- loadBalancer.autoMode: Invalid type. Expected: boolean")]
    [InlineData("loadBalancer", """{"scheme":"internet-facing"}""", "- loadBalancer.scheme: loadBalancer.scheme must be one of the following: \"internal\"")]
    [InlineData("loadBalancer", """{"name":"a-name-that-is-longer-than-aws-takes-it"}""", "- loadBalancer.name: String length must be less than or equal to 32")]
    [InlineData("loadBalancer", """{"name":"internal-shop"}""", "- loadBalancer.name: Must not validate the schema (not)")]
    [InlineData("loadBalancer", """{"subnets":["vpc-1"]}""", "- loadBalancer.subnets.0: Does not match pattern")]
    [InlineData("loadBalancer", """{"subnets":["subnet-1"]}""", "loadBalancer.subnets: one subnet; a load balancer needs two at least, in different zones.")]
    [InlineData("loadBalancer", """{"certificateArn":"arn:aws:iam::1:cert"}""", "- loadBalancer.certificateArn: Does not match pattern")]
    [InlineData("loadBalancer", """{"sslPolicy":"ELBSecurityPolicy-2016-08"}""", "- loadBalancer.sslPolicy: Does not match pattern")]
    [InlineData("loadBalancer", """{"deletionProtection":"yes"}""", "- loadBalancer.deletionProtection: Invalid type. Expected: boolean")]
    [InlineData("loadBalancer", """{"schema":"internal"}""", "- loadBalancer: Additional property schema is not allowed")]
    [InlineData("values", """{"stages":["v1","v1"]}""", "- stages: array items[0,1] must be unique")]
    [InlineData("values", """{"stages":["v/1"]}""", "- stages.0: Does not match pattern")]
    [InlineData("service", """{"path":"/path/"}""", "- services.1.path: Does not match pattern")]
    [InlineData("service", """{"morePaths":["/"]}""", "- services.1.morePaths.0: Does not match pattern")]
    [InlineData("service", """{"morePaths":["/more","/path-0"]}""", "services: service-1 has the path /path-0, which another one has already.")]
    [InlineData("service", """{"port":0}""", "- services.1.port: Must be greater than or equal to 1")]
    [InlineData("service", """{"name":"service-0"}""", "services: two of them are called service-0.")]
    [InlineData("service", """{"path":"/path-0"}""", "services: service-1 has the path /path-0, which another one has already.")]
    public async Task Template_WrongValue_IsRefusedByName(string part, string wrong, string message)
    {
        var values = Values(2);
        var target = part switch { "service" => values["services"]![1]!, "values" => values, _ => values["loadBalancer"]! };
        foreach (var (key, value) in JsonNode.Parse(wrong)!.AsObject())
            target[key] = value?.DeepClone();

        var (exitCode, _, error) = await Rendering.TryTemplateAsync("environment", values, "ingress");

        exitCode.ShouldNotBe(0);
        error.ShouldContain(message);
    }

    [Theory]
    [InlineData("""{"name":"kube-system"}""", "- name: Must not validate the schema (not)")]
    [InlineData("""{"podSecurity":{"enforce":"privileged"}}""", "podSecurity.enforce must be one of the following: \"restricted\", \"baseline\"")]
    public async Task Template_WrongNamespace_IsRefused(string values, string message)
    {
        var (exitCode, _, error) = await Rendering.TryTemplateAsync("namespace", JsonNode.Parse(values)!);

        exitCode.ShouldNotBe(0);
        error.ShouldContain(message);
    }

    private static string? Annotation(JsonObject ingress, string name) => (string?)ingress["metadata"]!["annotations"]![Prefix + name];

    /// <summary>The rules that the controller makes of an Ingress, as the emulator plays it; the target group is the service's name.</summary>
    private static List<ListenerRule> RulesOf(JsonObject ingress) => [.. RuleOrder.Paths(ingress).Select(path =>
    {
        var service = (string)path.Path["backend"]!["service"]!["name"]!;
        return new ListenerRule(0, RuleBuilder.Conditions(ingress, path.Host, path.Path, service), RuleBuilder.Transforms(ingress, service), service);
    })];

    private static JsonObject Values(int services, string certificate = "") => new()
    {
        ["loadBalancer"] = new JsonObject
        {
            ["name"] = "shop-staging-alb",
            ["scheme"] = "internal",
            ["groupName"] = "shop-staging",
            ["subnets"] = new JsonArray("subnet-1", "subnet-2"),
            ["securityGroups"] = new JsonArray("sg-1"),
            ["certificateArn"] = certificate,
        },
        ["services"] = new JsonArray([.. Enumerable.Range(0, services).Select(index => (JsonNode)new JsonObject
        {
            ["name"] = $"service-{index}",
            ["path"] = $"/path-{index}",
            ["port"] = 8080 + index,
            ["healthPath"] = $"/health-{index}",
        })]),
    };
}
