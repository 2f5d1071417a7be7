using Portal.Core.Provisioning;
using Portal.Core.Provisioning.Changes;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Core.Topology;
using Portal.Tests.Provisioning.Changes;

namespace Portal.Tests.Provisioning;

/// <summary>A store that two services use.</summary>
public sealed class SharedStoreTests
{
    private static readonly CostEstimator s_costs = new(Samples.Catalog);

    [Fact]
    public void Build_BrokerOfAnotherService_IsMadeOnceAndBoundForBoth()
    {
        var plan = Plan(Robots());

        plan.Steps.Where(step => StepNames.IsData(step.Name)).Select(step => step.Name).ShouldBe(["data-payment"]);
        var (owner, guest) = (plan.Step("bind-payment"), plan.Step("bind-dispatch"));
        guest.DependsOn.ShouldBe(["cluster", "data-payment", "userof-broker-dispatch"]);
        guest.Inputs["BrokerStorePolicyArn"].ShouldBe(PlanInput.From("data-payment", "AccessPolicyArn"));
        owner.Inputs.Keys.ShouldContain("StoreSecurityGroupId");
        guest.Inputs.Keys.ShouldNotContain(name => name.EndsWith("SecurityGroupId") && name != "ClusterSecurityGroupId", "a security group cannot have one rule twice");
        plan.Step("svc-dispatch").DependsOn.ShouldContain("bind-payment", "the way into the network is the owner's");
        plan.Step("svc-payment").DependsOn.ShouldNotContain("bind-dispatch");
    }

    [Fact]
    public void Build_GuestBeforeItsOwnerInTheList_GivesTheSameSteps()
    {
        var robots = Robots();

        Steps(Plan(robots with { Services = [.. robots.Services.Reverse()] })).ShouldBe(Steps(Plan(robots)), ignoreOrder: true);

        static IEnumerable<string> Steps(Plan plan) => plan.Steps.Where(step => step.Service is not null).Select(step => $"{step.Name} after {string.Join(' ', step.DependsOn.Order(StringComparer.Ordinal))}");
    }

    [Fact]
    public void Build_GuestsNameOfTheStore_StandsBeforeItsSettings()
    {
        var settings = Plan(Robots()).Step("svc-dispatch").Values!["settings"]!;

        settings["BROKER_RABBITMQ_HOST"]!.ToJsonString().ShouldBe("""{"$output":"data-payment.BrokerHost"}""");
        settings["AMQP_HOST"]!.ToJsonString().ShouldBe("""{"$output":"data-payment.BrokerHost"}""");
        Plan(Robots()).Step("svc-dispatch").Values!["network"]!["storePorts"]!.ToJsonString().ShouldBe("""[{"$output":"data-payment.AccessPort"}]""");
    }

    [Fact]
    public void Build_TwoServicesThatShareWithEachOther_RunInNoCircle()
    {
        var robots = Robots();
        var each = robots with
        {
            Services =
            [
                robots.Services[0] with { SharedStores = [new() { Name = "cart", Service = "dispatch" }] },
                robots.Services[1] with { Stores = Samples.Stores("dynamodb") },
            ],
        };

        Plan(each).Step("svc-payment").DependsOn.ShouldContain("bind-dispatch");
        new SpecificationValidator(Samples.Catalog).Validate(each).ShouldBeEmpty();
    }

    [Fact]
    public void Build_GuestThatOnlyReads_HasThatRightAndNotTheOwners()
    {
        var robots = Robots("dynamodb", StoreAccess.ReadOnly);
        var work = Samples.Plans.Build(robots, Samples.Target);
        var guest = work.Plan.Step("bind-dispatch");

        new SpecificationValidator(Samples.Catalog).Validate(robots).ShouldBeEmpty();
        guest.Inputs.Keys.ShouldNotContain("BrokerStorePolicyArn");
        guest.Inputs["BrokerStoreTableName"].ShouldBe(PlanInput.From("data-payment", "TableName"));
        var template = System.Text.Encoding.UTF8.GetString(work.Artifacts.Single(artifact => artifact.Digest == guest.Artifact).Body);
        template.ShouldContain("dynamodb:GetItem");
        template.ShouldNotContain("dynamodb:PutItem");
        template.ShouldContain("table/${BrokerStoreTableName}/index/*");
    }

    [Fact]
    public void Estimate_SharedStore_IsPaidForOnce() =>
        s_costs.Estimate(Robots("valkey")).Monthly.ShouldBe(s_costs.Estimate(Robots("valkey") with { Services = [Robots("valkey").Services[0], Robots("valkey").Services[1] with { SharedStores = [] }] }).Monthly);

    [Fact]
    public void Destroy_SharedStore_GoesAfterWhoUsesIt()
    {
        var plan = Plan(Robots("valkey"));

        var gone = PlanDifference.Destroy(plan, plan.Steps, new HashSet<string>());

        gone.Step("data-payment").DependsOn.ShouldBe(["bind-dispatch", "bind-payment"], ignoreOrder: true);
        gone.Step("bind-payment").DependsOn.ShouldContain("svc-dispatch");
    }

    [Fact]
    public void Change_GuestAndStoreGoTogether_LetsGoFirst()
    {
        var (before, after) = (Samples.Plans.Build(Robots(), Samples.Target), Samples.Plans.Build(Robots() with { Services = [Robots().Services[0] with { Stores = [] }, Robots().Services[1] with { SharedStores = [], Variables = [] }] }, Samples.Target));
        var change = UserChanges.Evaluator.Evaluate(before, after);

        var plan = PlanDifference.Change(before.Plan.Steps, new HashSet<string>(), after.Plan, change);

        plan.Step("data-payment").Action.ShouldBe(PlanAction.Remove);
        plan.Step("data-payment").DependsOn.ShouldContain("bind-dispatch");
        change.DeletesData.ShouldBeTrue();
    }

    [Fact]
    public void Sleep_StoreOfAnotherService_RestsAfterItsGuestsAndWakesBeforeThem()
    {
        var plan = Plan(Robots("aurora-postgresql"));

        ServicePlans.Sleep(plan, plan.Steps).Step("data-payment").DependsOn.ShouldBe(["svc-payment", "svc-dispatch"], ignoreOrder: true);
        ServicePlans.Wake(plan, plan.Steps).Step("svc-dispatch").DependsOn.ShouldBe(["nodes", "data-payment"], ignoreOrder: true);
    }

    [Fact]
    public void Preview_SharedStore_StandsWithItsOwnerAndIsShownAtItsGuest()
    {
        var picture = new TopologyBuilder(Samples.Catalog).Preview(Robots("dynamodb", StoreAccess.ReadOnly));

        picture.Shares.ShouldBe([("dispatch", "payment")]);
        picture.Columns[0].Shared.ShouldBeEmpty();
        var guest = picture.Columns[1].Shared.ShouldHaveSingleItem();
        (guest.Title, guest.Detail).ShouldBe(("DynamoDB", "of payment, read only"));
        picture.Nodes.Select(node => node.Id).ShouldBeUnique();
    }

    /// <summary>robot-shop's two services that talk by one broker.</summary>
    internal static Specification Robots(string type = "rabbitmq", StoreAccess access = StoreAccess.Full) => new()
    {
        Environment = "robots",
        Target = Samples.Target.Name,
        Network = new NetworkSpecification { Cidr = "10.40.0.0/16" },
        Services =
        [
            new() { Name = "payment", Image = "robotshop/rs-payment:2", Path = "/payment", Stores = Samples.Stores(type) },
            new()
            {
                Name = "dispatch", Image = "robotshop/rs-dispatch:2", Path = "", Kind = WorkloadKind.Worker, SharedStores = [new() { Name = "broker", Service = "payment", Access = access }],
                Variables = type == "rabbitmq" ? [new("AMQP_HOST", "${store.broker.RABBITMQ_HOST}")] : [],
            },
        ],
    };

    private static Plan Plan(Specification specification) => Samples.Plans.Build(specification, Samples.Target).Plan;
}
