using Portal.Core.Provisioning;

namespace Portal.Tests.Provisioning;

public sealed class UndoPlanTests
{
    private static readonly Plan Shop = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

    [Fact]
    public void Of_HalfMadeStackAndRelease_TakesThemAwayDependantsFirst()
    {
        var undo = UndoPlan.Of(Shop, [Shop.Step("data-product-service"), Shop.Step("svc-product-service")], []);

        undo.Steps.Select(step => (step.Name, step.Action)).ShouldBe([("svc-product-service", PlanAction.Remove), ("data-product-service", PlanAction.Remove)], ignoreOrder: true);
        undo.Sentences.ShouldHaveSingleItem().ShouldContain("product-service");
        undo.Hash.ShouldNotBe(Shop.Hash);
    }

    [Fact]
    public void Of_WhatWasCompleteBefore_BecomesThatAgain()
    {
        var before = Shop.Step("svc-product-service") with { Values = [] };

        var undo = UndoPlan.Of(Shop, [Shop.Step("svc-product-service")], [before]);

        var step = undo.Steps.ShouldHaveSingleItem();
        step.Action.ShouldBe(PlanAction.Ensure);
        step.Values.ShouldBeSameAs(before.Values);
        step.DependsOn.ShouldBeEmpty();
    }

    /// <summary>Found by the simulation: what exists was remembered as the change that had failed, and the next change found nothing to do.</summary>
    [Fact]
    public void Of_WhatARepairBroughtAboutLast_TakesThePlaceOfWhatFailed()
    {
        var repaired = ServicePlans.Repair(Shop, [Shop.Step("svc-product-service")], null).Steps.ShouldHaveSingleItem();

        var undo = UndoPlan.Of(Shop, [Shop.Step("svc-product-service")], [repaired]);

        undo.Steps.ShouldHaveSingleItem().RevertsDrift.ShouldBeFalse();
    }

    [Fact]
    public void Of_WhatIsOnlyWaitedFor_IsNothingToUndo() =>
        UndoPlan.Of(Shop, [Shop.Step(StepNames.LoadBalancer)], []).Steps.ShouldBeEmpty();

    [Fact]
    public void Of_RulesWhoseLoadBalancerNobodyWaitedForYet_SeesItGoneToo()
    {
        var undo = UndoPlan.Of(Shop, [Shop.Step(StepNames.Ingress), Shop.Step(StepNames.LoadBalancer)], []);

        undo.Steps.Select(step => (step.Name, step.Action)).ShouldBe([(StepNames.Ingress, PlanAction.Remove), (StepNames.LoadBalancer, PlanAction.Remove)]);
        undo.Step(StepNames.LoadBalancer).DependsOn.ShouldBe([StepNames.Ingress]);
    }

    /// <summary>An environment that had failed already is not ready because the change after it is taken back.</summary>
    [Theory]
    [InlineData(EnvironmentState.Ready, StepState.Failed, true)]
    [InlineData(EnvironmentState.Ready, StepState.Succeeded, false)]
    [InlineData(EnvironmentState.Failed, StepState.Failed, false)]
    [InlineData(EnvironmentState.Cancelled, StepState.Skipped, false)]
    [InlineData(null, StepState.Failed, false)]
    public void IsWhole_OfWhatWasBefore_IsSoOnlyWhereItWasReady(EnvironmentState? before, StepState state, bool isWhole)
    {
        IReadOnlyList<PlannedStep> halfDone = [Shop.Step("svc-product-service")];
        var undo = UndoPlan.Of(Shop, halfDone, halfDone);

        UndoPlan.IsWhole(before, undo, halfDone, new Dictionary<string, StepState> { ["svc-product-service"] = state }).ShouldBe(isWhole);
        UndoPlan.IsWhole(before, undo, [.. halfDone, Shop.Step(StepNames.Iam)], new Dictionary<string, StepState> { ["svc-product-service"] = state }).ShouldBeFalse();
    }

    [Fact]
    public void Of_RemovalThatFailed_IsNotBroughtBack()
    {
        var removal = Shop with { Steps = [Shop.Step("svc-product-service") with { Action = PlanAction.Remove }] };

        UndoPlan.Of(removal, [Shop.Step("svc-product-service")], [Shop.Step("svc-product-service")]).Steps.ShouldBeEmpty();
    }

    [Fact]
    public void OfWhatExists_PartOfTheShop_CostsItsPart()
    {
        var costs = new CostEstimator(Samples.Catalog);

        costs.OfWhatExists(Samples.Shop(), [StepNames.Iam, StepNames.NetworkCore]).Monthly.ShouldBe(0);
        costs.OfWhatExists(Samples.Shop(), [StepNames.Cluster]).Monthly.ShouldBe(73);
        costs.OfWhatExists(Samples.Shop(), [.. Shop.Steps.Select(step => step.Name)]).Monthly.ShouldBe(costs.Estimate(Samples.Shop()).Monthly);
    }
}
