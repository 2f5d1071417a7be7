using System.Text.Json.Nodes;
using Portal.Core.Catalog;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Tests.Templates;
using YamlDotNet.RepresentationModel;

namespace Portal.Tests.Provisioning;

public sealed class PlanBuilderTests
{
    [Fact]
    public void Build_SeedsExample_HasEveryStackAndReleaseOfTheArchitecture()
    {
        var plan = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

        plan.Steps.Select(step => step.Name).ShouldBe(
        [
            "iam", "net-core", "net-egress", "cluster", "nodes", "namespace", "lbc", "autoscaler", "edge-base", "ingress", "alb",
            "secrets", "data-product-service", "user-product-service", "bind-product-service", "grant-product-service", "svc-product-service",
            "data-user-service", "bind-user-service", "svc-user-service",
            "data-cart-service", "bind-cart-service", "svc-cart-service",
            "edge-routes", "front-door",
        ], ignoreOrder: true);
    }

    [Fact]
    public void Build_SeedsExample_StartsRolesNetworkAndManagedStoresTogether()
    {
        var plan = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

        var first = Scheduling.Decide(plan, plan.Steps.ToDictionary(step => step.Name, _ => StepState.Pending)).Start;

        first.ShouldBe(["iam", "net-core", "data-user-service", "data-cart-service"], ignoreOrder: true);
    }

    [Fact]
    public void Build_MostNodesMoreThanFewest_HasAnAutoscalerOfTheKubernetesVersionThatServicesWaitFor()
    {
        var shop = Samples.Shop();

        var plan = Samples.Plans.Build(shop with { Cluster = shop.Cluster with { KubernetesVersion = "1.34" } }, Samples.Target).Plan;

        var autoscaler = plan.Step(StepNames.Autoscaler);
        (autoscaler.RepositoryChart, autoscaler.Subject, autoscaler.Namespace).ShouldBe((PlanBuilder.ClusterAutoscaler, "cluster-autoscaler", "kube-system"));
        autoscaler.Values!["image"]!["tag"]!.GetValue<string>().ShouldStartWith("v1.34.");
        autoscaler.Values["autoDiscovery"]!["clusterName"]![PlanValues.Output]!.GetValue<string>().ShouldBe("cluster.ClusterName");
        autoscaler.DependsOn.ShouldBe([StepNames.Nodes]);
        plan.Step(StepNames.Service(shop.Services[0].Name)).DependsOn.ShouldContain(StepNames.Autoscaler);
        plan.Step(StepNames.Nodes).Inputs["NodesGrow"].Value.ShouldBe("true");
        (plan.Cost.Least, plan.Cost.Most).ShouldBe((plan.Cost.Monthly, plan.Cost.Monthly + 60.74m), "two to begin with, four at most");
    }

    [Fact]
    public void Build_AlwaysAsManyNodes_HasNoAutoscaler()
    {
        var shop = Samples.Shop();

        var plan = Samples.Plans.Build(shop with { Cluster = shop.Cluster with { MinNodes = 3, MaxNodes = 3 } }, Samples.Target).Plan;

        plan.Steps.ShouldNotContain(step => step.Name == StepNames.Autoscaler);
        (plan.Step(StepNames.Nodes).Inputs["NodesGrow"].Value, plan.Step(StepNames.Nodes).Inputs["DesiredNodes"].Value).ShouldBe(("false", "3"));
        (plan.Cost.Least, plan.Cost.Most).ShouldBe((null, null));
    }

    [Fact]
    public void Build_EveryReference_NamesAnOutputOfAStepBefore()
    {
        var work = Samples.Plans.Build(Samples.Shop(), Samples.Target);
        var bodies = work.Artifacts.ToDictionary(artifact => artifact.Digest, artifact => System.Text.Encoding.UTF8.GetString(artifact.Body));

        foreach (var step in work.Plan.Steps)
        {
            foreach (var (parameter, input) in step.Inputs.Where(input => input.Value.Step is not null and not PlanInput.TargetStep))
            {
                var source = work.Plan.Step(input.Step!);
                Before(work.Plan, step).ShouldContain(source.Name, $"{step.Name}.{parameter}");
                if (source.Kind == StepKind.Stack)
                    StackShape.Parse(source.Name, bodies[source.Artifact!]).Outputs.ShouldContain(input.Output!);
            }
        }
    }

    [Fact]
    public void Build_TwoServicesWithStores_NeverWiresOneToTheOthersStore()
    {
        var plan = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

        foreach (var step in plan.Steps.Where(step => step.Service is not null))
        {
            step.Inputs.Values.Where(input => input.Step is not null && input.Step.EndsWith("-service", StringComparison.Ordinal))
                .ShouldAllBe(input => input.Step!.EndsWith(step.Service!, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("us-east-1", 3, "use1-az1,use1-az2,use1-az4")]
    [InlineData("eu-west-3", 2, "euw3-az1,euw3-az3")]
    [InlineData("eu-central-1", 3, "")]
    public void Build_RegionWhereNotEveryZoneWillDo_PicksZonesById(string region, int zones, string ids)
    {
        var shop = Samples.Shop() with { Network = Samples.Shop().Network with { Zones = zones } };

        var network = Samples.Plans.Build(shop, Samples.Target with { Region = region }).Plan.Steps.Single(step => step.Name == "net-core");

        network.Inputs["ZoneIds"].Value.ShouldBe(ids);
    }

    [Theory]
    [InlineData("1.35", "v1.35.0-eksbuild.2", "v1.13.2-eksbuild.1")]
    [InlineData("1.34", "", "")]
    public void Build_KubernetesVersion_TakesItsAddOnsFromTheCatalogue(string version, string proxy, string dns)
    {
        var shop = Samples.Shop();

        var plan = Samples.Plans.Build(shop with { Cluster = shop.Cluster with { KubernetesVersion = version } }, Samples.Target).Plan;

        plan.Step("cluster").Inputs["KubeProxyVersion"].Value.ShouldBe(proxy);
        plan.Step("nodes").Inputs["CoreDnsVersion"].Value.ShouldBe(dns);
    }

    /// <summary>A version under a name that no template has would never be used.</summary>
    [Fact]
    public void AddOns_OfTheCatalogue_AreParametersOfTemplates()
    {
        var parameters = new[] { "cluster.yaml", "nodes.yaml", "secrets-store.yaml" }.SelectMany(name => StackTemplate.Child(StackTemplate.Named(name).Root, "Parameters").ShouldBeOfType<YamlMappingNode>().Children.Keys.Select(StackTemplate.Text)).ToList();

        Samples.Catalog.KubernetesVersions.SelectMany(version => version.AddOns.Keys).ShouldBeSubsetOf(parameters);
    }

    [Fact]
    public void Build_Production_ProtectsTheCluster()
    {
        var plan = Samples.Plans.Build(Samples.Shop() with { Class = EnvironmentClass.Production }, Samples.Target).Plan;

        plan.Steps.Single(step => step.Name == "cluster").Inputs["DeletionProtection"].Value.ShouldBe("true");
    }

    [Fact]
    public void Hash_SameSpecification_IsTheSame() =>
        Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan.Hash.ShouldBe(Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan.Hash);

    [Theory]
    [InlineData("replicas")]
    [InlineData("image")]
    [InlineData("cidr")]
    [InlineData("path")]
    public void Hash_SomethingThatIsDoneChanges_Changes(string what)
    {
        var shop = Samples.Shop();
        var first = shop.Services[0];
        var changed = what switch
        {
            "replicas" => shop with { Services = [first with { Replicas = 4 }, .. shop.Services.Skip(1)] },
            "image" => shop with { Services = [first with { Image = "ghcr.io/shop/products:2" }, .. shop.Services.Skip(1)] },
            "path" => shop with { Services = [first with { Path = "/goods" }, .. shop.Services.Skip(1)] },
            _ => shop with { Network = shop.Network with { Cidr = "10.41.0.0/16" } },
        };

        Samples.Plans.Build(changed, Samples.Target).Plan.Hash.ShouldNotBe(Samples.Plans.Build(shop, Samples.Target).Plan.Hash);
    }

    [Fact]
    public void Json_RoundTrip_KeepsThePlan()
    {
        var plan = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

        var read = Plan.FromJson(plan.ToJson());

        read.Hash.ShouldBe(plan.Hash);
        read.Cost.Monthly.ShouldBe(plan.Cost.Monthly);
    }

    [Fact]
    public void Expected_SeedsExample_IsTheCriticalPathOfTheFacts()
    {
        var expected = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan.Expected;

        // About 965 s plus CloudFormation's overhead a stack, routes and pods: design facts, section 2.
        expected.Typical.ShouldBeInRange(900, 1500);
        expected.Low.ShouldBeLessThan(expected.Typical);
        expected.High.ShouldBeGreaterThan(expected.Typical);
    }

    [Fact]
    public void Build_AutoMode_HasNoNodeGroupAndNoControllerOfOurs()
    {
        var managed = Samples.Plans.Build(Samples.Shop(), Samples.Target);
        var work = Samples.Plans.Build(AutoMode(Samples.Shop()), Samples.Target);

        work.Plan.Steps.Select(step => step.Name).ShouldBe(managed.Plan.Steps.Select(step => step.Name).Where(name => name is not ("lbc" or "autoscaler")), ignoreOrder: true);
        Types(work).ShouldNotContain("AWS::EKS::Nodegroup");
        Types(work).Count(type => type == "AWS::EKS::Addon").ShouldBe(2, "the metrics server, and what brings secrets into pods");
        work.Plan.Step("nodes").Inputs.Keys.ShouldBe(["ClusterName", "MetricsServerVersion"]);
        work.Plan.Step("nodes").DependsOn.ShouldBe(["cluster", "net-egress"]);
        work.Plan.Step("ingress").DependsOn.ShouldBe(["cluster", "namespace"]);
        // The same stacks: switching the mode updates them in place.
        foreach (var step in (string[])["iam", "cluster", "nodes"])
            work.Plan.Step(step).Subject.ShouldBe(managed.Plan.Step(step).Subject);
    }

    [Fact]
    public void Expected_AutoMode_TakesTheLongerClusterOfTheFacts()
    {
        var managed = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;
        var plan = Samples.Plans.Build(AutoMode(Samples.Shop()), Samples.Target).Plan;

        // 540/660/900 s for the cluster alone: design facts, section 4. A key or log group goes before it, its access entry after it
        // (1/5/20 s each), and CloudFormation takes 13 s.
        (plan.Step("cluster").Expected.Low, plan.Step("cluster").Expected.High).ShouldBe((540 + 2 + 13, 900 + 40 + 13));
        plan.Step("cluster").Expected.Typical.ShouldBeGreaterThan(managed.Step("cluster").Expected.Typical);
    }

    // A plan that was stored before there was a choice has no word of it: next to it, a plan of today changes nothing.
    [Fact]
    public void Build_ManagedNodes_SayNothingOfAutoMode()
    {
        var plan = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

        plan.Steps.ShouldAllBe(step => step.Values == null || !step.Values.ToJsonString().Contains("autoMode"));
        Samples.Plans.Build(AutoMode(Samples.Shop()), Samples.Target).Plan.Step("ingress").Values!["loadBalancer"]!["autoMode"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Fact]
    public void Build_ServiceWithoutStore_HasNoDataStack()
    {
        var shop = Samples.Shop();
        var plan = Samples.Plans.Build(shop with { Services = [shop.Services[0] with { Stores = Samples.Stores("none") }] }, Samples.Target).Plan;

        plan.Steps.ShouldNotContain(step => step.Name.StartsWith("data-") || step.Name.StartsWith("bind-"));
    }

    [Fact]
    public void Build_EveryKind_SaysWhatRunsAndInWhichOrder()
    {
        var works = Samples.Works();
        var plan = Samples.Plans.Build(works with { Services = [works.Services[0] with { Calls = ["stock"] }, .. works.Services.Skip(1), new() { Name = "stock", Image = "stock:1", Path = "", Exposure = Exposure.Internal }] }, Samples.Target).Plan;

        var (job, service) = (plan.Step("svc-products-before"), plan.Step("svc-products"));
        (job.Service, job.Subject, WorkloadValues.KindOf(job)).ShouldBe(("products", "products-before", WorkloadValues.Job));
        service.DependsOn.ShouldContain(job.Name);
        job.DependsOn.ShouldBe(service.DependsOn.Where(name => name != job.Name));
        foreach (var same in (string[])["image", "settings"])
            JsonNode.DeepEquals(job.Values![same], service.Values![same]).ShouldBeTrue(same);
        job.Values!["command"]!.ToJsonString().ShouldBe("""["/app/migrate"]""");
        job.Values!["serviceAccountName"]!.GetValue<string>().ShouldBe("products-before");
        // It calls whom the service calls, and is let in there; the worker and the scheduled job are callers as every other.
        plan.Step("svc-stock").Values!["network"]!["callers"]!.ToJsonString().ShouldBe("""["products","products-before"]""");
        service.Values!["network"]!["callers"]!.ToJsonString().ShouldBe("""["mailer","report"]""");
        WorkloadValues.KindOf(plan.Step("svc-mailer")).ShouldBe(WorkloadValues.Worker);
        plan.Step("svc-report").Values!["schedule"]!.ToJsonString().ShouldBe("""{"cron":"* * * * *","timeZone":"Europe/Berlin","concurrency":"Replace","startWithinSeconds":300}""");
        plan.Step("ingress").Values!["services"]!.AsArray().Count.ShouldBe(1);
        plan.Step("front-door").DependsOn.ShouldContain("svc-report");
    }

    [Fact]
    public void Build_JobOfAServiceWithAStore_HasTheServicesRights()
    {
        var works = Samples.Works();
        var plan = Samples.Plans.Build(works with { Services = [works.Services[0] with { Stores = Samples.Stores("dynamodb") }, .. works.Services.Skip(1)] }, Samples.Target).Plan;

        plan.Step("bind-products").Inputs["JobServiceAccountName"].Value.ShouldBe("products-before");
        plan.Step("svc-products-before").DependsOn.ShouldContain("bind-products");
    }

    [Theory]
    [InlineData(SubnetKind.Public, "", "", "net-core.PublicSubnetIds")]
    [InlineData(SubnetKind.Private, "arn:aws:acm:us-east-1:123456789012:certificate/0a1b", "alb.shop.example.com", "net-core.PrivateSubnetIds")]
    public void Build_LoadBalancer_StandsAndListensAsAskedFor(SubnetKind subnets, string certificate, string name, string source)
    {
        var shop = Samples.Shop();
        var edge = new EdgeSpecification { Stage = "v2", EarlierStages = [new EarlierStage { Name = "v1" }], LoadBalancer = new() { Subnets = subnets, CertificateArn = certificate, ServerName = name } };

        var plan = Samples.Plans.Build(shop with { Edge = edge }, Samples.Target).Plan;

        var values = plan.Step("ingress").Values!;
        values["loadBalancer"]!["subnets"]![PlanValues.Output]!.GetValue<string>().ShouldBe(source);
        values["loadBalancer"]!["certificateArn"]!.GetValue<string>().ShouldBe(certificate);
        values["stages"]!.ToJsonString().ShouldBe("""["v2","v1"]""");
        plan.Step("edge-routes").Inputs.ContainsKey("LoadBalancerDnsName").ShouldBe(name.Length == 0);
    }

    /// <summary>Other plans stay what they were.</summary>
    [Theory]
    [InlineData("", "API Gateway and VPC Link")]
    [InlineData("Z0123456789ABCDEFGHIJ", "API Gateway, VPC Link and DNS record")]
    public void Build_HostedZone_IsToldToTheStackOfTheDomain(string zone, string title)
    {
        var edge = new EdgeSpecification { DomainName = "api.example.com", CertificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b", HostedZoneId = zone };

        var step = Samples.Plans.Build(Samples.Shop() with { Edge = edge }, Samples.Target).Plan.Step("edge-base");

        (step.Title, step.Inputs.GetValueOrDefault("HostedZoneId")?.Value).ShouldBe((title, zone.Length > 0 ? zone : null));
    }

    private static Specification AutoMode(Specification shop) => shop with { Cluster = new ClusterSpecification { Mode = ClusterMode.AutoMode } };

    private static List<string> Types(PlannedWork work)
    {
        var bodies = work.Artifacts.ToDictionary(artifact => artifact.Digest, artifact => System.Text.Encoding.UTF8.GetString(artifact.Body));
        return [.. work.Plan.Steps.Where(step => step.Kind == StepKind.Stack).SelectMany(step => StackShape.Parse(step.Name, bodies[step.Artifact!]).Resources.Values).Select(resource => resource.Type)];
    }

    private static HashSet<string> Before(Plan plan, PlannedStep step)
    {
        var before = new HashSet<string>(StringComparer.Ordinal);
        var queue = new Queue<string>(step.DependsOn);
        while (queue.TryDequeue(out var name))
        {
            if (before.Add(name))
            {
                foreach (var more in plan.Step(name).DependsOn)
                    queue.Enqueue(more);
            }
        }

        return before;
    }
}
