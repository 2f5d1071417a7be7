using Portal.Core.Catalog;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Core.Topology;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Topology;

public sealed class TopologyBuilderTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);
    private static readonly TopologyBuilder Builder = new(Samples.Catalog);

    [Fact]
    public void Preview_SeedsExample_HasTheSeedsColumns()
    {
        var topology = Builder.Preview(Samples.Shop());

        topology.Columns.Select(column => (column.Path!.Title, column.Service.Title, column.Pods.Count, column.Stores.Single().Title)).ShouldBe(
        [
            ("/products", "product-service", 3, "Aurora PostgreSQL"),
            ("/users", "user-service", 2, "Cognito and SSM"),
            ("/cart", "cart-service", 3, "DynamoDB"),
        ]);
        topology.Columns.SelectMany(column => column.Pods).ShouldAllBe(pod => pod.State == NodeState.Waiting);
    }

    [Theory]
    [InlineData(SubnetKind.Public, "", "internal · 3 path rules")]
    [InlineData(SubnetKind.Private, "arn:aws:acm:us-east-1:123456789012:certificate/0a1b", "internal, in the private subnets · HTTPS · 3 path rules")]
    public void Preview_LoadBalancer_SaysWhereItStandsAndWhatItSpeaks(SubnetKind subnets, string certificate, string detail)
    {
        var shop = Samples.Shop();

        Builder.Preview(shop with { Edge = shop.Edge with { LoadBalancer = new() { Subnets = subnets, CertificateArn = certificate, ServerName = "alb.example.com" } } })
            .LoadBalancer.Detail.ShouldBe(detail);
    }

    [Fact]
    public void Preview_EveryKind_SaysHowItRuns()
    {
        var topology = Builder.Preview(Samples.Works());

        topology.Columns.Select(column => column.Kind).ShouldBe([WorkloadKind.Service, WorkloadKind.Worker, WorkloadKind.ScheduledJob]);
        topology.Columns.Select(column => column.Reach).ShouldBe(["/products", "worker", "scheduled"]);
        topology.Columns.Select(column => column.Path is null).ShouldBe([false, true, true]);
        topology.Columns[0].Service.Steps.ShouldBe(["svc-products-before", "svc-products"]);
        topology.Columns[2].Service.Detail.ShouldBe("* * * * * · Europe/Berlin · calls products");
        topology.Columns[2].Pods.ShouldBeEmpty();
    }

    [Fact]
    public void Build_HalfOfAGatewayIsThere_IsBusyWithTheWeightedFraction()
    {
        var snapshot = Snapshot(("edge-base", StepState.Succeeded));

        var gateway = Builder.Build(snapshot, Start).Gateway;

        gateway.State.ShouldBe(NodeState.Busy);
        gateway.Fraction.ShouldBeInRange(0.5, 0.99);
    }

    [Fact]
    public void Build_StepFailed_ShowsTheRootCauseOnItsNodeOnly()
    {
        var snapshot = Snapshot(("data-product-service", StepState.Failed), ("bind-product-service", StepState.Skipped), ("svc-product-service", StepState.Skipped));

        var topology = Builder.Build(snapshot, Start);

        topology.Columns[0].Stores.Single().State.ShouldBe(NodeState.Failed);
        topology.Columns[0].Stores.Single().Reason.ShouldBe("quota of DB clusters reached (40)");
        topology.Columns[0].Service.State.ShouldBe(NodeState.Skipped);
        topology.Columns[1].Stores.Single().State.ShouldBe(NodeState.Waiting);
    }

    [Fact]
    public void Build_RunningStep_GrowsWithTimeAtTheTargetsPaceAndNeverSaysDone()
    {
        var snapshot = Snapshot(("cluster", StepState.Running));
        var expected = snapshot.Plan.Step("cluster").Expected.Typical / snapshot.Target.Pace;

        var early = Builder.Build(snapshot, Start.AddSeconds(expected / 4)).Cluster.Fraction;
        var late = Builder.Build(snapshot, Start.AddSeconds(expected / 2)).Cluster.Fraction;
        var overdue = snapshot.ProgressAt(Start.AddSeconds(expected * 3)).Steps["cluster"];

        early.ShouldBeLessThan(late);
        overdue.ShouldBe(0.95);
    }

    [Fact]
    public void Build_DegradedService_IsNotReadyAndSaysWhyWhileTheRestIs()
    {
        var topology = Builder.Build(Ready(new HealthReason(HealthRules.DeploymentMissing, "svc-cart-service", "cart-service", "The Deployment is gone."),
            new HealthReason(HealthRules.IngressMissing, "ingress", "user-service", "The Ingress is gone.")), Start);

        topology.Columns[2].Service.State.ShouldBe(NodeState.Degraded);
        topology.Columns[2].Service.Reason.ShouldBe("The Deployment is gone.");
        topology.Columns.Select(column => column.Path!.State).ShouldBe([NodeState.Ready, NodeState.Degraded, NodeState.Ready]);
        topology.Ingress.State.ShouldBe(NodeState.Degraded);
        topology.LoadBalancer.State.ShouldBe(NodeState.Ready);
        topology.Columns[0].Service.State.ShouldBe(NodeState.Ready);
    }

    [Fact]
    public void Build_ClusterGone_LeavesNothingInItReady()
    {
        var topology = Builder.Build(Ready(new HealthReason(HealthRules.ClusterGone, "cluster", "shop-cluster", "The cluster is gone.")), Start);

        topology.Cluster.State.ShouldBe(NodeState.Degraded);
        topology.Columns.Select(column => column.Service.State).ShouldAllBe(state => state == NodeState.Degraded);
        topology.Vpc.State.ShouldBe(NodeState.Ready);
    }

    [Theory]
    [InlineData(true, NodeState.Unseen)]
    [InlineData(false, NodeState.Ready)]
    public void Build_Unseen_IsNeverReady(bool isWhole, NodeState vpc)
    {
        var topology = Builder.Build(Ready() with { Unseen = new Unseen(Start, "AWS does not answer.", isWhole) }, Start);

        topology.Vpc.State.ShouldBe(vpc);
        topology.Cluster.State.ShouldBe(NodeState.Unseen);
        topology.Columns.Select(column => column.Service.State).ShouldAllBe(state => state == NodeState.Unseen);
    }

    [Fact]
    public void Build_Destroyed_WaitsForNothing()
    {
        // Half of it never was: its destruction had no step for that.
        var snapshot = Samples.Snapshot(Start);
        snapshot = snapshot with
        {
            Environment = snapshot.Environment with { State = EnvironmentState.Destroyed },
            Steps = [.. snapshot.Steps.Take(3).Select(step => step with { Action = PlanAction.Remove, State = StepState.Succeeded })],
        };

        var topology = Builder.Build(snapshot, Start);

        topology.Nodes.ShouldAllBe(node => node.State == NodeState.Gone);
        topology.Columns.SelectMany(column => column.Pods).ShouldAllBe(pod => pod.State == NodeState.Gone);
    }

    private static EnvironmentSnapshot Ready(params HealthReason[] reasons)
    {
        var snapshot = Samples.Snapshot(Start);
        return snapshot with
        {
            Resources = Samples.Pods(snapshot.Specification, Start),
            Environment = snapshot.Environment with { State = EnvironmentState.Ready, Health = reasons.Length > 0 ? Health.Degraded : Health.Healthy, HealthReasons = reasons },
            Steps = [.. snapshot.Steps.Select(step => step with { State = StepState.Succeeded })],
        };
    }

    [Fact]
    public void Build_PodsSeen_FillTheColumnUpToWhatWasAskedFor()
    {
        var snapshot = Snapshot(("svc-product-service", StepState.Running)) with
        {
            Resources =
            [
                Pod("product-service-a", "Running", ready: true),
                Pod("product-service-b", "CrashLoopBackOff", ready: false),
            ],
        };

        Builder.Build(snapshot, Start).Columns[0].Pods.Select(pod => pod.State).ShouldBe([NodeState.Ready, NodeState.Failed, NodeState.Waiting]);
    }

    [Theory]
    [InlineData("CrashLoopBackOff", NodeState.Degraded)]
    [InlineData(null, NodeState.Unseen)]
    public void Build_ReleaseIsDoneButNoPodIsReady_IsNotReady(string? pod, NodeState state)
    {
        var snapshot = Ready();
        var others = snapshot.Resources.Where(row => row.Step != "svc-product-service");

        var service = Builder.Build(snapshot with { Resources = [.. others, .. pod is null ? Array.Empty<ResourceInfo>() : [Pod("product-service-a", pod, ready: false)]] }, Start).Columns[0].Service;

        service.State.ShouldBe(state);
        service.Detail.ShouldStartWith("0 of 3 pods ready");
    }

    [Fact]
    public void Build_UnderWay_SaysWhenEachPartIsExpectedAndSinceWhenItIsSo()
    {
        var snapshot = Snapshot(("net-core", StepState.Succeeded), ("cluster", StepState.Running));

        var topology = Builder.Build(snapshot, Start);

        var controlPlane = topology.ClusterParts[0];
        var nodes = topology.ClusterParts[1];
        controlPlane.Since.ShouldBe(Start);
        controlPlane.LeftLow.ShouldNotBeNull().ShouldBeLessThan(controlPlane.LeftHigh.ShouldNotBeNull());
        // Nodes come after the control plane.
        nodes.LeftHigh.ShouldNotBeNull().ShouldBeGreaterThan(controlPlane.LeftHigh.Value);
        topology.Vpc.LeftHigh.ShouldBeNull();
    }

    [Fact]
    public void Build_StoresOfTheRegion_SayHowTheyAreReached()
    {
        var shop = Samples.Shop();
        var stores = Builder.Preview(shop).Columns.Select(column => column.Stores.Single().Way);
        stores.ShouldBe([null, "through NAT", "by the gateway endpoint"]);

        var queue = shop with { Network = shop.Network with { InterfaceEndpoints = true }, Services = [shop.Services[0] with { Stores = Samples.Stores("sqs") }] };
        Builder.Preview(queue).Columns[0].Stores.Single().Way.ShouldBe("by an interface endpoint");
    }

    [Fact]
    public void GatewayEndpoints_OfTheNetwork_AreThoseThatStoresAreReachedBy()
    {
        var template = File.ReadAllText(Path.Combine(TemplateSet.Locate(null), "cloudformation", "net-core.yaml"));

        Samples.Catalog.DataStores.Where(store => store.Beside == "gateway-endpoint").Select(store => store.Id)
            .ShouldBe(System.Text.RegularExpressions.Regex.Matches(template, @"amazonaws\.\$\{AWS::Region\}\.([a-z0-9]+)""").Select(found => found.Groups[1].Value), ignoreOrder: true);
    }

    [Fact]
    public void Preview_NetworkDetail_HasTheTemplatesSubnets()
    {
        var zones = Builder.Preview(Samples.Shop()).Network.Zones;

        zones.Select(zone => (zone.Public.Detail, zone.Nat is not null, zone.Private.Detail)).ShouldBe(
        [
            ("10.40.0.0/24", true, "10.40.16.0/20 · out by zone 1"),
            ("10.40.1.0/24", false, "10.40.32.0/20 · out by zone 1"),
        ]);
    }

    [Fact]
    public void Remaining_EverythingSucceeded_IsZero()
    {
        var all = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan.Steps.Select(step => (step.Name, StepState.Succeeded)).ToArray();

        var progress = Snapshot(all).ProgressAt(Start);

        progress.Fraction.ShouldBe(1, 0.0001);
        progress.RemainingHigh.ShouldBe(TimeSpan.Zero);
    }

    [Theory]
    [InlineData("front_door_gateway", "The gateway refuses GET /products.", "gateway")]
    [InlineData("front_door_vpc_link", "GET /products passes the gateway and not the VPC link.", "link")]
    [InlineData("front_door_load_balancer", "GET /cart reaches the load balancer, which has no rule for it.", "ingress")]
    [InlineData("front_door_target", "GET /cart reaches the load balancer, which knows no pod of cart-service that could answer.", "service-cart-service")]
    public void Build_FrontDoorWasAskedInVain_TheWayIsBrokenWhereItBroke(string code, string said, string hop)
    {
        var snapshot = Ready();
        snapshot = snapshot with { Steps = [.. snapshot.Steps.Select(step => step.Name == "front-door" ? step with { State = StepState.Failed, Failure = new Failure(code, said) } : step)] };

        var topology = Builder.Build(snapshot, Start);

        topology.BrokenHop.ShouldBe(hop);
        PictureLayout.Of(topology).Edges.Where(edge => edge.IsBroken).Select(edge => (edge.To.Id, edge.IsLive)).ShouldBe([(hop, false)]);
        Builder.Build(Ready(), Start).BrokenHop.ShouldBeNull();
    }

    [Fact]
    public void Build_AutoMode_HasAClusterWithoutControllerThatGetsReady()
    {
        var shop = Samples.Shop() with { Cluster = new ClusterSpecification { Mode = ClusterMode.AutoMode } };
        var steps = Samples.Plans.Build(shop, Samples.Target).Plan.Steps.Select(step => (step.Name, StepState.Succeeded)).ToArray();
        var snapshot = Snapshot(steps) with { Specification = shop, Resources = [Node("a"), Node("b")] };

        var topology = Builder.Build(snapshot, Start);

        topology.Cluster.State.ShouldBe(NodeState.Ready);
        topology.Cluster.Title.ShouldBe("EKS 1.35 · Auto Mode");
        topology.Cluster.Detail.ShouldBe("nodes as the pods need them");
        topology.ClusterParts.Select(part => (part.Title, part.State)).ShouldBe([("Control plane", NodeState.Ready), ("Nodes 2", NodeState.Ready), ("Secrets in pods", NodeState.Ready)]);
        Builder.Preview(shop).ClusterParts.Select(part => part.Title).ShouldBe(["Control plane", "Nodes", "Secrets in pods"]);
    }

    private static ResourceInfo Node(string name) => new()
    {
        Step = "nodes",
        Type = "Kubernetes::Node",
        Name = name,
        State = "Ready",
        Ready = true,
        ChangedAt = Start,
    };

    private static ResourceInfo Pod(string name, string state, bool ready) => new()
    {
        Step = "svc-product-service",
        Type = "Kubernetes::Pod",
        Name = $"shop-staging/{name}",
        State = state,
        Ready = ready,
        ChangedAt = Start,
    };

    private static EnvironmentSnapshot Snapshot(params (string Name, StepState State)[] changed) => Samples.Snapshot(Start, changed);
}
