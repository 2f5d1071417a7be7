using Portal.Core.Environments;
using Portal.Core.Provisioning;

namespace Portal.Tests.Environments;

public sealed class HealthRulesTests
{
    private static readonly HealthFacts Healthy = new(
        [
            Step("cluster", StepKind.Stack), Step("nodes", StepKind.Stack) with { Nodes = 2 }, Step("data-cart", StepKind.Stack),
            Step("ingress", StepKind.Release), Step("alb", StepKind.Wait), Step("svc-cart", StepKind.Release) with { Service = "cart", Replicas = 2 },
        ],
        [Thing("shop-cluster"), Thing("shop-nodes"), Thing("shop-data-cart")],
        [Thing("shop-alb")],
        [new SeenTargets("cart", 2, 0, null)],
        IsClusterSeen: true,
        IsClusterGone: false,
        [
            Object("nodes", "Node", "n-1"), Object("nodes", "Node", "n-2"), Object("ingress", "Ingress", "shop/cart"),
            Object("svc-cart", "Deployment", "shop/cart"), Object("svc-cart", "Pod", "shop/cart-1"), Object("svc-cart", "Pod", "shop/cart-2"),
        ]);

    [Fact]
    public void Of_AllSeenAsPlanned_IsHealthy() => HealthRules.Of(Healthy).ShouldBeEmpty();

    [Theory]
    [InlineData(Standing.Gone, HealthRules.StackGone, "Title of data-cart (stack shop-data-cart) is gone: it was deleted, and not by an operation of the portal.")]
    [InlineData(Standing.Leaving, HealthRules.StackLeaving, "Title of data-cart (stack shop-data-cart) is being deleted, and not by an operation of the portal.")]
    [InlineData(Standing.Failed, HealthRules.StackFailed, "Title of data-cart (stack shop-data-cart) is in state UPDATE_FAILED: no quota.")]
    public void Of_Stack_SaysWhatBecameOfIt(Standing standing, string kind, string message)
    {
        var facts = Healthy with { Stacks = [new SeenThing("shop-data-cart", standing, "UPDATE_FAILED", "no quota.")] };

        HealthRules.Of(facts).ShouldBe([new HealthReason(kind, "data-cart", "shop-data-cart", message)]);
    }

    [Fact]
    public void Of_ClusterGone_IsTheOneReasonForAllThatWasInIt()
    {
        var facts = Healthy with { IsClusterGone = true, Objects = [], LoadBalancers = [new SeenThing("shop-alb", Standing.Gone, "gone", null)] };

        HealthRules.Of(facts).Select(reason => reason.Kind).ShouldBe([HealthRules.ClusterGone]);
    }

    [Fact]
    public void Of_ClusterNeverListed_SaysNothingOfItsObjects() => HealthRules.Of(Healthy with { IsClusterSeen = false, Objects = [] }).ShouldBeEmpty();

    [Fact]
    public void Of_DeploymentGone_IsMissingThoughPodsStillRun() =>
        Messages(Without("Deployment")).ShouldBe(["The Deployment of cart is gone: none of its pods will come back by itself."]);

    [Fact]
    public void Of_PodsThatCrash_NamesThePodAndItsReason()
    {
        var facts = Changed("Pod", "shop/cart-2", "CrashLoopBackOff", "back-off 40s restarting failed container");
        facts = facts with { Objects = [.. facts.Objects.Select(row => row.Type == "Kubernetes::Deployment" ? row with { Ready = false } : row)], Targets = [new SeenTargets("cart", 2, 1, "Target.Timeout")] };

        Messages(facts).ShouldBe(["cart: 1 of 2 pods is ready: pod cart-2 is in CrashLoopBackOff: back-off 40s restarting failed container."]);
    }

    [Fact]
    public void Of_RolloutThatCannotPullItsImage_IsDegradedThoughTheOldPodsServe()
    {
        var facts = Healthy with { Objects = [.. Healthy.Objects, Object("svc-cart", "Pod", "shop/cart-3") with { Ready = false, State = "ImagePullBackOff", Reason = "no such image" }] };

        Messages(facts).ShouldBe(["cart: pod cart-3 is in ImagePullBackOff: no such image; 2 pods are ready."]);
    }

    [Fact]
    public void Of_AutoscalerAddsAPod_IsHealthyWhileTheLeastNumberIsReady()
    {
        var facts = Changed("Deployment", "shop/cart", "2 of 3 ready", null);
        facts = facts with { Objects = [.. facts.Objects, Object("svc-cart", "Pod", "shop/cart-3") with { Ready = false, State = "Pending" }] };

        HealthRules.Of(facts).ShouldBeEmpty();
    }

    [Fact]
    public void Of_Nodes_SaysWhichIsNotReadyAndThatOneIsMissing()
    {
        Messages(Changed("Node", "n-2", "NotReady", "Kubelet stopped posting node status.")).ShouldBe(["1 of 2 nodes is ready: n-2 is NotReady: Kubelet stopped posting node status."]);
        Messages(Healthy with { Objects = [.. Healthy.Objects.Where(row => row.Name != "n-2")] }).ShouldBe(["1 of 2 nodes is ready: one is missing."]);
    }

    [Fact]
    public void Of_NodesThatComeAsNeeded_AreNotCounted() =>
        HealthRules.Of(Healthy with { Steps = [.. Healthy.Steps.Select(step => step with { Nodes = null })], Objects = [.. Healthy.Objects.Where(row => row.Type != "Kubernetes::Node")] }).ShouldBeEmpty();

    [Fact]
    public void Of_NodesThatGrow_CountsThoseThatFellSilentAndNotThoseThatJoin()
    {
        var grown = Growing(4) with { Objects = [.. Healthy.Objects, Object("nodes", "Node", "n-3") with { Ready = false, State = "NotReady", Reason = "container runtime network not ready: cni plugin not initialized" }] };
        HealthRules.Of(grown).ShouldBeEmpty();

        Messages(Growing(4) with { Objects = [.. Healthy.Objects, Object("nodes", "Node", "n-3") with { Ready = false, State = "NotReady", Reason = "Kubelet stopped posting node status." }] })
            .ShouldBe(["2 of 3 nodes are ready: n-3 is NotReady: Kubelet stopped posting node status."]);
    }

    [Theory]
    [InlineData(4, "cart: 1 of 2 pods is ready: pod cart-2 waits for a node, the cluster grows to at most 4: 0/2 nodes are available: 2 Insufficient cpu.")]
    [InlineData(2, "cart: 1 of 2 pods is ready: no node has room for pod cart-2, and there are 2 of at most 2: raise the most nodes, or ask for less: 0/2 nodes are available: 2 Insufficient cpu.")]
    public void Of_PodWithoutANode_SaysWhetherOneComes(int most, string message)
    {
        var facts = Growing(most) with
        {
            Objects = [.. Healthy.Objects.Select(row => row.Name switch
            {
                "shop/cart" when row.Type == "Kubernetes::Deployment" => row with { Ready = false },
                "shop/cart-2" => row with { Ready = false, State = "Unschedulable", Reason = "0/2 nodes are available: 2 Insufficient cpu." },
                _ => row,
            })],
        };

        Messages(facts).ShouldBe([message]);
    }

    private static HealthFacts Growing(int most) => Healthy with { Steps = [.. Healthy.Steps.Select(step => step.Name == "nodes" ? step with { MostNodes = most } : step)] };

    [Fact]
    public void Of_Asleep_MissesNoNodeAndNoPod()
    {
        var facts = Healthy with { IsAsleep = true, Objects = [.. Changed("Deployment", "shop/cart", "0 of 2 ready", null).Objects.Where(row => row.Type is "Kubernetes::Ingress" or "Kubernetes::Deployment")] };

        HealthRules.Of(facts).ShouldBeEmpty();
        HealthRules.Of(facts with { IsAsleep = false }).Select(reason => reason.Kind).ShouldBe([HealthRules.NodesShort, HealthRules.DeploymentShort]);
    }

    [Fact]
    public void Of_Ingress_IsMissingOrWaitsForItsLoadBalancer()
    {
        Messages(Without("Ingress")).ShouldBe(["The Ingress of cart is gone: no request reaches it through the load balancer."]);
        Messages(Changed("Ingress", "shop/cart", "no load balancer yet", null)).ShouldBe(["The Ingress of cart has no load balancer."]);
    }

    [Fact]
    public void Of_LoadBalancer_IsGoneOrFindsTargetsUnhealthy()
    {
        Messages(Healthy with { LoadBalancers = [new SeenThing("shop-alb", Standing.Gone, "gone", null)], Targets = [new SeenTargets("cart", 2, 2, null)] }).ShouldBe(["The load balancer shop-alb is gone."]);
        Messages(Healthy with { Targets = [new SeenTargets("cart", 2, 1, "Target.ResponseCodeMismatch")] })
            .ShouldBe(["The load balancer finds 1 of 2 targets of cart unhealthy: Target.ResponseCodeMismatch."]);
    }

    [Theory]
    [InlineData(true, "Completed", null)]
    [InlineData(false, "Error", "report: its last run failed: pod report-29-x ended with Error: exit code 3.")]
    [InlineData(true, "ImagePullBackOff", "report: pod report-29-x is in ImagePullBackOff: exit code 3.")]
    public void Of_ScheduledJob_IsHealthyWhileItsLastRunIs(bool ready, string state, string? message)
    {
        var facts = Healthy with
        {
            Steps =
            [
                .. Healthy.Steps, Step("svc-report", StepKind.Release) with { Service = "report", Workload = WorkloadValues.Schedule, IsPublic = false },
                // What ran before a rollout has ended.
                Step("svc-cart-before", StepKind.Release) with { Service = "cart", Workload = WorkloadValues.Job, IsPublic = false },
            ],
            Objects =
            [
                .. Healthy.Objects, Object("svc-report", "CronJob", "shop/report") with { Ready = ready },
                Object("svc-report", "Pod", "shop/report-29-x") with { Ready = false, State = state, Reason = "exit code 3" },
                Object("svc-cart-before", "Pod", "shop/cart-before-1-x") with { Ready = false, State = "Completed" },
            ],
        };

        Messages(facts).ShouldBe(message is null ? [] : [message]);
        Messages(facts with { Objects = [.. facts.Objects.Where(row => row.Step != "svc-report")] }).ShouldBe(["The CronJob of report is gone: it does not run any more."]);
        HealthRules.Of(facts with { IsAsleep = true }).ShouldBeEmpty();
    }

    private static IEnumerable<string> Messages(HealthFacts facts) => HealthRules.Of(facts).Select(reason => reason.Message);

    private static HealthFacts Without(string kind) => Healthy with { Objects = [.. Healthy.Objects.Where(row => row.Type != $"Kubernetes::{kind}")] };

    private static HealthFacts Changed(string kind, string name, string state, string? reason) => Healthy with
    {
        Objects = [.. Healthy.Objects.Select(row => row.Type == $"Kubernetes::{kind}" && row.Name == name ? row with { Ready = false, State = state, Reason = reason } : row)],
    };

    private static ExpectedStep Step(string name, StepKind kind) => new(name, kind, $"Title of {name}", null, $"shop-{name}", null, null);

    private static SeenThing Thing(string name) => new(name, Standing.Works, "CREATE_COMPLETE", null);

    private static ResourceInfo Object(string step, string kind, string name) => new() { Step = step, Type = $"Kubernetes::{kind}", Name = name, State = "Ready", Ready = true, ChangedAt = default };
}
