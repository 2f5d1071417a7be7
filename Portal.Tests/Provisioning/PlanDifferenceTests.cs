using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Provisioning.Changes;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning.Changes;

namespace Portal.Tests.Provisioning;

public sealed class PlanDifferenceTests
{
    private static readonly ChangeEvaluator Evaluator = new(UserChanges.Behaviour);
    private static readonly PlannedWork Shop = Samples.Plans.Build(Samples.Shop(), Samples.Target);

    private static readonly HashSet<string> NoneAsleep = [];

    [Fact]
    public void Destroy_Asleep_WakesNodesAndInstancesForWhoNeedsThem()
    {
        var shop = Samples.Shop();
        shop = shop with { Services = [shop.Services[0] with { Stores = Samples.Stores("rds-postgresql") }, .. shop.Services.Skip(1)] };
        var existing = Samples.Plans.Build(shop, Samples.Target).Plan;
        var data = StepNames.Data(shop.Services[0].Name);

        var plan = PlanDifference.Destroy(existing, existing.Steps, existing.Steps.Where(step => step.Rest is not null).Select(step => step.Name).ToHashSet());

        plan.Steps.Where(step => step.Action == PlanAction.Wake).Select(step => step.Name).ShouldBe([StepNames.Wake(StepNames.Nodes), StepNames.Wake(data)], ignoreOrder: true);
        plan.Step(StepNames.Wake(StepNames.Nodes)).Deployment.ShouldBe(StepNames.Nodes);
        plan.Step(StepNames.Wake(StepNames.Nodes)).Inputs["MinNodes"].Value.ShouldNotBe("0");
        plan.Step(StepNames.Ingress).DependsOn.ShouldContain(StepNames.Wake(StepNames.Nodes));
        plan.Step(data).DependsOn.ShouldContain(StepNames.Wake(data));
    }

    [Fact]
    public void SleepAndWake_OfAShop_RestInOrderAndComeBackAsTheyWere()
    {
        var shop = Samples.Shop();
        var existing = Samples.Plans.Build(shop, Samples.Target).Plan;
        var services = shop.Services.Select(service => StepNames.Service(service.Name)).ToList();

        var sleep = ServicePlans.Sleep(existing, existing.Steps);
        var wake = ServicePlans.Wake(existing, existing.Steps);

        sleep.Steps.ShouldAllBe(step => step.Action == PlanAction.Sleep);
        // Who adds nodes rests before they go.
        sleep.Step(StepNames.Nodes).DependsOn.ShouldBe([.. services, StepNames.Autoscaler], ignoreOrder: true);
        sleep.Step(StepNames.Nodes).Inputs["DesiredNodes"].Value.ShouldBe("0");
        // Aurora pauses by itself at no capacity; what is billed by use has nothing to rest.
        sleep.Steps.Single(step => step.Inputs.ContainsKey("MinCapacity")).Inputs["MinCapacity"].Value.ShouldBe("0");
        sleep.Steps.Count.ShouldBe(services.Count + 3);
        wake.Steps.Select(step => step.Name).ShouldBe(sleep.Steps.Select(step => step.Name), ignoreOrder: true);
        wake.Step(StepNames.Nodes).Inputs.ShouldBe(existing.Step(StepNames.Nodes).Inputs);
        wake.Steps.Where(step => step.Kind == StepKind.Release).ShouldAllBe(step => step.DependsOn.Contains(StepNames.Nodes));
        existing.Cost.Asleep!.Value.ShouldBeInRange(1, existing.Cost.Monthly - 100);
    }

    [Fact]
    public void Change_FirstSecret_AddsTheDriverAndTouchesItsReaderOnly()
    {
        var shop = SecretValuesTests.WithoutDatabase(Samples.Shop());
        var (before, after) = (Samples.Plans.Build(shop, Samples.Target), Samples.Plans.Build(
            shop with { Services = [shop.Services[0] with { Variables = [new("KEY", "${secret:shop/payment#apiKey}")] }, .. shop.Services.Skip(1)] }, Samples.Target));
        var plan = PlanDifference.Change(before.Plan.Steps, new HashSet<string>(), after.Plan, Evaluator.Evaluate(before, after));
        var (service, bind) = (StepNames.Service(Samples.Shop().Services[0].Name), StepNames.Bind(Samples.Shop().Services[0].Name));

        plan.Steps.Select(step => step.Name).ShouldBe([StepNames.SecretsStore, bind, service, StepNames.FrontDoor], ignoreOrder: true);
        plan.Step(service).DependsOn.ShouldBe([bind, StepNames.SecretsStore], ignoreOrder: true);
    }

    [Fact]
    public void Change_AnotherImageOfOneService_TouchesItsReleaseOnly()
    {
        var steps = Change(shop => shop with { Services = [shop.Services[0] with { Image = "ghcr.io/shop/products:2.0" }, .. shop.Services.Skip(1)] }).Steps;

        steps.Select(step => step.Name).ShouldBe([StepNames.Service(Samples.Shop().Services[0].Name), StepNames.FrontDoor]);
        var step = steps[0];
        (step.Name, step.Action).ShouldBe((StepNames.Service(Samples.Shop().Services[0].Name), PlanAction.Ensure));
        step.DependsOn.ShouldBeEmpty();
    }

    [Fact]
    public void Change_NothingIsAnother_HasNoSteps() => Change(shop => shop).Steps.ShouldBeEmpty();

    [Fact]
    public void Change_StepThatIsHalfMade_IsBroughtAboutAgain()
    {
        var change = Evaluator.Evaluate(Shop, Shop);

        var plan = PlanDifference.Change(Shop.Plan.Steps, new HashSet<string> { StepNames.EdgeBase }, Shop.Plan, change);

        plan.Steps.Select(step => step.Name).ShouldBe([StepNames.EdgeBase, StepNames.FrontDoor]);
    }

    [Fact]
    public void Change_ServiceGoes_IsRemovedAfterWhoeverUsedIt()
    {
        var gone = Samples.Shop().Services[^1].Name;
        var plan = Change(shop => shop with { Services = [.. shop.Services.SkipLast(1)] });

        var removed = plan.Steps.Where(step => step.Action == PlanAction.Remove).Select(step => step.Name);
        removed.ShouldBe([StepNames.Service(gone), StepNames.Bind(gone), StepNames.Data(gone)], ignoreOrder: true);
        Before(plan, StepNames.Service(gone), StepNames.Bind(gone));
        Before(plan, StepNames.Bind(gone), StepNames.Data(gone));
        // The routes and the rules are told first, so that nobody is sent to where nothing answers any more.
        plan.Steps.Where(step => step.Action == PlanAction.Ensure).Select(step => step.Name).ShouldBe([StepNames.Ingress, StepNames.EdgeRoutes], ignoreOrder: true);
    }

    [Fact]
    public void Change_ServiceComes_BringsItsStoreFirst()
    {
        var plan = Change(shop => shop with { Services = [.. shop.Services, shop.Services[^1] with { Name = "order-service", Path = "/orders" }] });

        Before(plan, StepNames.Data("order-service"), StepNames.Bind("order-service"));
        Before(plan, StepNames.Bind("order-service"), StepNames.Service("order-service"));
        plan.Steps.SkipLast(1).ShouldAllBe(step => step.Action == PlanAction.Ensure);
        plan.Steps[^1].DependsOn.ShouldBe(plan.Steps.SkipLast(1).Select(step => step.Name), ignoreOrder: true, "the whole path is asked when all is done");
    }

    [Fact]
    public void Destroy_Shop_GoesBackwardsAsAwsDemands()
    {
        var plan = PlanDifference.Destroy(Shop.Plan, Shop.Plan.Steps, NoneAsleep);

        plan.Steps.Select(step => step.Name).ShouldBe(Shop.Plan.Steps.SkipLast(1).Select(step => step.Name), ignoreOrder: true);
        plan.Steps.ShouldAllBe(step => step.Action == PlanAction.Remove);
        // Section 6 of the AWS facts: routes, then rules while the controller runs, then the load balancer is gone, then its controller.
        Before(plan, StepNames.EdgeRoutes, StepNames.EdgeBase);
        Before(plan, StepNames.EdgeRoutes, StepNames.Ingress);
        Before(plan, StepNames.Ingress, StepNames.LoadBalancer);
        Before(plan, StepNames.LoadBalancer, StepNames.Controller);
        Before(plan, StepNames.LoadBalancer, StepNames.NetworkCore);
        foreach (var service in Samples.Shop().Services)
        {
            Before(plan, StepNames.Service(service.Name), StepNames.Controller);
            Before(plan, StepNames.Service(service.Name), StepNames.Bind(service.Name));
            Before(plan, StepNames.Bind(service.Name), StepNames.Data(service.Name));
        }

        Before(plan, StepNames.Controller, StepNames.Nodes);
        Before(plan, StepNames.Autoscaler, StepNames.Nodes);
        Before(plan, StepNames.Nodes, StepNames.Cluster);
        Before(plan, StepNames.Nodes, StepNames.NetworkEgress);
        Before(plan, StepNames.Cluster, StepNames.NetworkCore);
        Before(plan, StepNames.Cluster, StepNames.Iam);
        Before(plan, StepNames.NetworkEgress, StepNames.NetworkCore);
        Before(plan, StepNames.EdgeBase, StepNames.NetworkCore);
    }

    [Fact]
    public void Destroy_ProtectedStore_LiftsTheProtectionInThePlan()
    {
        var production = Samples.Plans.Build(Samples.Shop() with { Class = EnvironmentClass.Production }, Samples.Target).Plan;
        production.Steps.ShouldContain(step => step.Inputs.ContainsKey(PlanDifference.DeletionProtection) && step.Inputs[PlanDifference.DeletionProtection].Value == "true");

        var plan = PlanDifference.Destroy(production, production.Steps, NoneAsleep);

        plan.Steps.Where(step => step.Inputs.ContainsKey(PlanDifference.DeletionProtection)).ShouldAllBe(step => step.Inputs[PlanDifference.DeletionProtection].Value == "false");
        plan.Hash.ShouldNotBe(production.Hash);
    }

    [Theory]
    [InlineData(EnvironmentClass.Development, "user-service: Cognito and SSM for user-service goes with its data. Nothing of it is kept.")]
    [InlineData(EnvironmentClass.Staging, "user-service: Cognito and SSM for user-service goes. The user pool stays with its users; delete it when nobody needs them.")]
    public void Destroy_UserPool_SaysWhetherItStays(EnvironmentClass one, string sentence)
    {
        var shop = Samples.Plans.Build(Samples.Shop() with { Class = one }, Samples.Target).Plan;

        PlanDifference.Destroy(shop, shop.Steps, NoneAsleep).Sentences.ShouldContain(sentence);
    }

    [Fact]
    public void Destroy_WhatIsLeftOfAFailure_HasOnlyThat()
    {
        var left = Shop.Plan.Steps.Where(step => step.Name is StepNames.Iam or StepNames.NetworkCore or StepNames.Cluster).ToList();

        var plan = PlanDifference.Destroy(Shop.Plan, left, NoneAsleep);

        plan.Steps.Select(step => step.Name).ShouldBe([StepNames.Cluster, StepNames.Iam, StepNames.NetworkCore], ignoreOrder: true);
        Before(plan, StepNames.Cluster, StepNames.NetworkCore);
    }

    [Fact]
    public void Destroy_AfterAChangeOfSomeOfIt_StillGoesBackwards()
    {
        var change = Change(shop => shop with { Services = [.. shop.Services.SkipLast(1)] });
        var changed = change.Steps.Where(step => step.Action == PlanAction.Ensure).ToDictionary(step => step.Name);
        changed.ShouldContainKey(StepNames.Ingress);
        changed[StepNames.Ingress].DependsOn.ShouldNotContain(StepNames.Controller);
        var gone = change.Steps.Where(step => step.Action == PlanAction.Remove).Select(step => step.Name).ToHashSet();

        var existing = Shop.Plan.Steps.Where(step => !gone.Contains(step.Name)).Select(step => changed.GetValueOrDefault(step.Name, step).AsDeployed()).ToList();
        var plan = PlanDifference.Destroy(change, existing, NoneAsleep);

        Before(plan, StepNames.Ingress, StepNames.LoadBalancer);
        Before(plan, StepNames.LoadBalancer, StepNames.Controller);
        Before(plan, StepNames.Controller, StepNames.Nodes);
    }

    private static Plan Change(Func<Specification, Specification> change)
    {
        var after = Samples.Plans.Build(change(Samples.Shop()), Samples.Target);
        return PlanDifference.Change(Shop.Plan.Steps, new HashSet<string>(), after.Plan, Evaluator.Evaluate(Shop, after));
    }

    /// <summary>Whether the one is over before the other begins, by the plan's dependencies alone.</summary>
    private static void Before(Plan plan, string first, string then)
    {
        var reached = new HashSet<string>();
        var queue = new Queue<string>([then]);
        while (queue.TryDequeue(out var name))
        {
            foreach (var before in plan.Step(name).DependsOn.Where(reached.Add))
                queue.Enqueue(before);
        }

        reached.ShouldContain(first, $"{first} before {then}");
    }
}
