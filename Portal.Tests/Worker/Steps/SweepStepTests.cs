using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Worker.Steps;

public sealed class SweepStepTests
{
    private const string Account = "us-east-1:000000000000";

    [Theory]
    [InlineData($"arn:aws:rds:{Account}:cluster-snapshot:shop-snapshot-1", true, "Final snapshot shop-snapshot-1", true)]
    [InlineData($"arn:aws:rds:{Account}:cluster-snapshot:shop-snapshot-1", false, "Database snapshot shop-snapshot-1", false)]
    [InlineData($"arn:aws:elasticache:{Account}:snapshot:shop-snapshot-1", true, "Snapshot of a cache shop-snapshot-1", true)]
    [InlineData($"arn:aws:elasticache:{Account}:serverlesscachesnapshot:shop-snapshot-1", false, "Snapshot of a cache shop-snapshot-1", false)]
    [InlineData("arn:aws:s3:::shop-bucket-1", false, "Bucket shop-bucket-1", true)]
    [InlineData($"arn:aws:ec2:{Account}:network-interface/eni-1", false, "Network interface eni-1", false)]
    [InlineData($"arn:aws:ec2:{Account}:security-group/sg-1", false, "Security group sg-1", false)]
    [InlineData($"arn:aws:ec2:{Account}:volume/vol-1", false, "Volume vol-1", false)]
    [InlineData($"arn:aws:elasticloadbalancing:{Account}:loadbalancer/app/shop-alb/1", false, "Load balancer app/shop-alb/1", false)]
    [InlineData($"arn:aws:logs:{Account}:log-group:/aws/eks/shop/cluster", false, "Log group /aws/eks/shop/cluster", false)]
    [InlineData($"arn:aws:secretsmanager:{Account}:secret:shop-1", false, "Secret shop-1", true)]
    [InlineData($"arn:aws:sns:{Account}:shop-topic", false, "sns shop-topic shop-topic", false)]
    public void Of_Arn_SaysWhatItIsWhyAndWhatToDo(string arn, bool keepsSnapshots, string title, bool isKept)
    {
        var residue = Residue.Of(arn, keepsSnapshots).ShouldNotBeNull();

        residue.Title.ShouldBe(title);
        residue.IsKept.ShouldBe(isKept);
        residue.Reason.ShouldEndWith(".");
        residue.Advice.ShouldEndWith(".");
    }

    [Fact]
    public void Of_PartOfACluster_IsNothingByItself() => Residue.Of($"arn:aws:eks:{Account}:nodegroup/shop/nodes/1", false).ShouldBeNull();

    [Fact]
    public void OfResidue_LoadBalancer_CostsItsPrice()
    {
        var costs = new CostEstimator(Samples.Catalog);

        costs.OfResidue("elasticloadbalancing:loadbalancer").ShouldNotBeNull().ShouldBeGreaterThan(10);
        costs.OfResidue("ec2:security-group").ShouldBe(0);
        costs.OfResidue("rds:snapshot").ShouldBeNull();
    }

    [Fact]
    public void Destruction_LoadBalancerWhoseRulesAreGoneAlready_SeesItGoneBeforeAnythingElseGoes()
    {
        var shop = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;
        IReadOnlyList<Deployment> deployed = [.. shop.Steps.Where(step => step.Name is StepNames.Cluster or StepNames.Nodes or StepNames.Controller or StepNames.LoadBalancer)
            .Select(step => new Deployment(step, new Dictionary<string, string>(), true, false, Guid.Empty, default))];

        var plan = Deployments.Destruction(shop, deployed);

        plan.Step(StepNames.LoadBalancer).DependsOn.ShouldBeEmpty();
        plan.Step(StepNames.Controller).DependsOn.ShouldContain(StepNames.LoadBalancer);
        plan.Step(StepNames.Cluster).DependsOn.ShouldContain(StepNames.LoadBalancer);
    }

    /// <summary>Found by the simulation: the log group of a cluster that an earlier destruction, which was cancelled, had taken away.</summary>
    [Fact]
    public void Destruction_AfterOneThatTookTheClusterAway_LooksForWhatIsLeftOfIt()
    {
        var shop = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

        var plan = Deployments.Destruction(shop, [new Deployment(shop.Step(StepNames.NetworkCore), new Dictionary<string, string>(), true, false, Guid.Empty, default)]);

        plan.Step(StepNames.Sweep).Values![SweepPlan.Cluster]!.GetValue<string>().ShouldBe(shop.Step(StepNames.Cluster).Subject);
    }

    [Fact]
    public void Destruction_OfWhatExists_EndsWithTheSweep()
    {
        var shop = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;
        IReadOnlyList<Deployment> deployed = [.. shop.Steps.Where(step => step.Action == PlanAction.Ensure).Select(step => new Deployment(step, new Dictionary<string, string>(), true, false, Guid.Empty, default))];

        var plan = Deployments.Destruction(shop, deployed);

        plan.Steps[^1].Name.ShouldBe(StepNames.Sweep);
        plan.Steps[^1].DependsOn.Count.ShouldBe(plan.Steps.Count - 1);
        plan.Steps[^1].Values![SweepPlan.Cluster]!.GetValue<string>().ShouldBe("shop-staging-cluster");
        // One before it may have taken all away, and been cancelled before anybody looked.
        Deployments.Destruction(shop, []).Steps.ShouldHaveSingleItem().Name.ShouldBe(StepNames.Sweep);
    }
}
