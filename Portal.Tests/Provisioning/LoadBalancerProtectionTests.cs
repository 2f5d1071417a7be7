using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning.Changes;

namespace Portal.Tests.Provisioning;

public sealed class LoadBalancerProtectionTests
{
    private const string Lift = "unprotect-ingress";

    private static readonly Specification s_shop = Samples.Shop() with { Class = EnvironmentClass.Production };
    private static readonly PlannedWork s_protected = Samples.Plans.Build(s_shop, Samples.Target);

    [Theory]
    [InlineData(EnvironmentClass.Production, true)]
    [InlineData(EnvironmentClass.Staging, false)]
    public void Build_Class_SaysWhetherItIsProtected(EnvironmentClass environmentClass, bool isProtected) =>
        (Samples.Plans.Build(Samples.Shop() with { Class = environmentClass }, Samples.Target).Plan.Step(StepNames.Ingress).Values!["loadBalancer"]!["deletionProtection"] is not null).ShouldBe(isProtected);

    [Fact]
    public void Destroy_Protected_LiftsItBeforeTheRulesGo()
    {
        var plan = PlanDifference.Destroy(s_protected.Plan, s_protected.Plan.Steps, new HashSet<string> { StepNames.Nodes });

        var lift = plan.Step(Lift);
        (lift.Deployment, lift.Action, lift.Unprotects, lift.LoadBalancerName).ShouldBe((StepNames.Ingress, PlanAction.Ensure, true, "shop-staging-alb"));
        lift.DependsOn.ShouldBe([StepNames.Wake(StepNames.Nodes)], "the controller lifts it, and needs a node");
        plan.Step(StepNames.Ingress).DependsOn.ShouldContain(Lift);
        plan.Step(StepNames.Controller).DependsOn.ShouldContain(StepNames.LoadBalancer);
        Plan.FromJson(plan.ToJson()).Hash.ShouldBe(plan.Hash);
    }

    [Fact]
    public void Destroy_NotProtected_LiftsNothing()
    {
        var plan = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

        PlanDifference.Destroy(plan, plan.Steps, new HashSet<string>()).Steps.ShouldNotContain(step => step.Name == Lift);
    }

    [Fact]
    public void Change_PublicServiceGoes_LiftsItFirstAndProtectsAgain()
    {
        var plan = Change(s_shop with { Services = [.. s_shop.Services.Take(2)] });

        plan.Step(Lift).Values!["services"]!.AsArray().Count.ShouldBe(3, "nothing else changes by it");
        plan.Step(StepNames.Ingress).DependsOn.ShouldContain(Lift);
        plan.Step(StepNames.Ingress).Values!["loadBalancer"]!["deletionProtection"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Fact]
    public void Change_AnotherMode_LiftsItForTheControllerThatGoes() =>
        Change(s_shop with { Cluster = new ClusterSpecification { Mode = ClusterMode.AutoMode } }).Step(StepNames.Ingress).DependsOn.ShouldContain(Lift);

    [Fact]
    public void Change_NoIngressGoes_LeavesItProtected() =>
        Change(s_shop with { Services = [s_shop.Services[0] with { HealthPath = "/well" }, .. s_shop.Services.Skip(1)] }).Steps.ShouldNotContain(step => step.Name == Lift);

    /// <summary>What exists is the rules, whichever step made them what they are.</summary>
    [Fact]
    public void AsDeployed_OfTheLift_IsTheRulesWithoutProtection()
    {
        var rules = PlanDifference.Destroy(s_protected.Plan, s_protected.Plan.Steps, new HashSet<string>()).Step(Lift).AsDeployed();

        (rules.Name, rules.Unprotects, rules.About).ShouldBe((StepNames.Ingress, false, null));
        rules.DependsOn.ShouldBe(s_protected.Plan.Step(StepNames.Ingress).DependsOn);
        UndoPlan.MayBeUndone(PlanDifference.Destroy(s_protected.Plan, s_protected.Plan.Steps, new HashSet<string>()).Step(Lift)).ShouldBeFalse();
    }

    private static Plan Change(Specification wanted)
    {
        var after = Samples.Plans.Build(wanted, Samples.Target);
        return PlanDifference.Change(s_protected.Plan.Steps, new HashSet<string>(), after.Plan, UserChanges.Evaluator.Evaluate(s_protected, after));
    }
}
