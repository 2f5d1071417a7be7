using Portal.Core.Provisioning;
using Portal.Core.Provisioning.Changes;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning.Changes;

namespace Portal.Tests.Provisioning;

/// <summary>Each service signs in to a database as a user of its own.</summary>
public sealed class DatabaseUserTests
{
    private static readonly PlannedWork s_shared = Samples.Plans.Build(Robots(), Samples.Target);

    [Fact]
    public void Build_SharedDatabase_HasAUserForEachServiceMadeBeforeItsRollout()
    {
        var plan = s_shared.Plan;

        plan.Step("user-payment").Inputs["DatabaseUser"].Value.ShouldBe("app_payment");
        plan.Step("userof-broker-dispatch").Inputs["DatabaseUser"].Value.ShouldBe("app_dispatch");
        // Where a service finds its parameters, it finds its secret; a guest has none there.
        plan.Step("user-payment").Inputs["SecretPath"].Value.ShouldBe("/portal/robots/payment");
        plan.Step("userof-broker-dispatch").Inputs["SecretPath"].Value.ShouldBeEmpty();
        plan.Step("svc-dispatch").DependsOn.ShouldContain("grantof-broker-dispatch");
        plan.Step("svc-dispatch").Values!["settings"]!["BROKER_DATABASE_SECRET_ARN"]!.ToJsonString().ShouldBe("""{"$output":"userof-broker-dispatch.UserSecretArn"}""");
        plan.Step("bind-dispatch").Inputs["BrokerStoreUserSecretArn"].ShouldBe(PlanInput.From("userof-broker-dispatch", "UserSecretArn"));
        plan.Cost.Lines.ShouldContain(line => line.Title.StartsWith("3 × ", StringComparison.Ordinal), "the master's secret and the users'");
    }

    [Fact]
    public void Build_Job_HasTheMastersSecretAsFilesAndReachesTheDatabase()
    {
        var job = s_shared.Plan.Step("grantof-broker-dispatch");

        job.DependsOn.ShouldBe(["nodes", "lbc", "namespace", "autoscaler", "secrets", "data-payment", "userof-broker-dispatch", "bind-payment"], ignoreOrder: true);
        WorkloadValues.KindOf(job).ShouldBe(WorkloadValues.Job);
        job.Subject.ShouldBe("dispatch-dbuser-broker");
        var values = job.Values!;
        values["serviceAccountName"]!.GetValue<string>().ShouldBe(s_shared.Plan.Step("userof-broker-dispatch").Inputs["UserServiceAccountName"].Value);
        values["secrets"]!["objects"]!.AsArray().Select(one => one!["name"]!["$output"]!.GetValue<string>()).ShouldBe(["data-payment.SecretArn", "userof-broker-dispatch.UserSecretArn"]);
        values["secrets"]!["files"]!.AsArray().Select(one => one!["path"]!.GetValue<string>()).ShouldBe(["/portal/master/username", "/portal/master/password", "/portal/user/username", "/portal/user/password"]);
        values["secrets"]!["env"].ShouldBeNull("no variable has a secret");
        values["network"]!["storePorts"]!.ToJsonString().ShouldBe("""[{"$output":"data-payment.AccessPort"}]""");
        values["args"]!.ToJsonString().ShouldBe("""["keep"]""");
    }

    [Theory]
    [InlineData(StoreAccess.Full, "full")]
    [InlineData(StoreAccess.ReadOnly, "read")]
    public void Build_Access_IsSaidToTheJob(StoreAccess access, string word)
    {
        var robots = Robots(access: access);

        new SpecificationValidator(Samples.Catalog).Validate(robots).ShouldBeEmpty();
        Samples.Plans.Build(robots, Samples.Target).Plan.Step("grantof-broker-dispatch").Values!["settings"]!["DATABASE_ACCESS"]!.GetValue<string>().ShouldBe(word);
    }

    [Fact]
    public void Build_ServiceWithABroker_HasNoUser() =>
        Samples.Plans.Build(SharedStoreTests.Robots(), Samples.Target).Plan.Steps.ShouldNotContain(step => StepNames.IsGrant(step.Name));

    [Theory]
    [InlineData("cart", "app_cart")]
    [InlineData("product-service", "app_product_service")]
    public void NameOf_Service_IsNoOtherServicesAndNotTheMasters(string service, string name) => DatabaseUserSteps.NameOf(service).ShouldBe(name);

    [Fact]
    public void Names_LongestService_AreShortEnoughAndItsOwn()
    {
        var (one, other) = (new string('a', FieldLimits.ServiceName - 1) + "b", new string('a', FieldLimits.ServiceName));

        DatabaseUserSteps.NameOf(one).Length.ShouldBe(32);
        DatabaseUserSteps.NameOf(one).ShouldNotBe(DatabaseUserSteps.NameOf(other));
        var store = new string('s', FieldLimits.StoreName);
        StepNames.GrantRelease(one, store).Length.ShouldBe(50);
        StepNames.GrantRelease(one, store).ShouldNotBe(StepNames.GrantRelease(other, store));
    }

    [Fact]
    public void Validate_ServiceCalledAsAJob_IsRefused()
    {
        var robots = Robots();
        robots = robots with { Services = [.. robots.Services, new() { Name = "payment-dbuser", Image = "robotshop/x:1", Path = "/x" }] };

        new SpecificationValidator(Samples.Catalog).Validate(robots).ShouldContain(error => error.Field == "services[2].name" && error.Message.Contains("payment's user of a database", StringComparison.Ordinal));
    }

    [Fact]
    public void Change_ShareGoes_HasTheJobTakeTheUserAwayAfterItsPodsAreReplaced()
    {
        var plan = Change(s_shared, Robots() with { Services = [Robots().Services[0], Robots().Services[1] with { SharedStores = [], Variables = [] }] }).Plan;

        var grant = plan.Step("grantof-broker-dispatch");
        (grant.Action, grant.Withdraws).ShouldBe((PlanAction.Remove, true));
        grant.Values!["args"]!.ToJsonString().ShouldBe("""["drop"]""");
        grant.DependsOn.ShouldContain("svc-dispatch");
        plan.Step("userof-broker-dispatch").DependsOn.ShouldContain("grantof-broker-dispatch");
        Plan.FromJson(plan.ToJson()).Hash.ShouldBe(plan.Hash);
    }

    [Fact]
    public void Change_GuestGoes_HasTheJobTakeTheUserAway() =>
        Change(s_shared, Robots() with { Services = [Robots().Services[0]] }).Plan.Step("grantof-broker-dispatch").Withdraws.ShouldBeTrue();

    [Fact]
    public void Change_DatabaseGoesToo_LeavesTheUserToIt()
    {
        var plan = Change(s_shared, Robots() with { Services = [Robots().Services[0] with { Stores = [] }, Robots().Services[1] with { SharedStores = [], Variables = [] }] }).Plan;

        plan.Step("grantof-broker-dispatch").Withdraws.ShouldBeFalse();
        PlanDifference.Destroy(s_shared.Plan, s_shared.Plan.Steps, new HashSet<string>()).Steps.ShouldAllBe(step => !step.Withdraws);
    }

    [Fact]
    public void Change_AnotherKindOfStoreInItsPlace_AsksNobodyToTakeTheUserAway()
    {
        var robots = Robots();
        foreach (var type in (string[])["dynamodb", "aurora-mysql"])
        {
            var wanted = robots with { Services = [robots.Services[0] with { Stores = Samples.Stores(type) }, robots.Services[1] with { SharedStores = [], Variables = [] }] };
            Change(s_shared, wanted).Plan.Steps.ShouldAllBe(step => !step.Withdraws, type);
        }
    }

    [Fact]
    public void Change_GuestCallsItOtherwise_KeepsTheUser()
    {
        var robots = Robots();
        var plan = Change(s_shared, robots with { Services = [robots.Services[0], robots.Services[1] with { Variables = [], SharedStores = [robots.Services[1].SharedStores[0] with { Name = "orders" }] }] }).Plan;

        plan.Step("grantof-broker-dispatch").Withdraws.ShouldBeFalse("the same user is the new step's");
        plan.Step("grantof-orders-dispatch").Action.ShouldBe(PlanAction.Ensure);
    }

    [Fact]
    public void Change_FromBeforeThereWereUsers_SaysWhatItMeansForThePods()
    {
        var before = s_shared with { Plan = s_shared.Plan with { Steps = [.. s_shared.Plan.Steps.Where(step => !StepNames.IsGrant(step.Name))] } };

        var sentences = UserChanges.Evaluator.Evaluate(before, s_shared).Sentences;

        sentences.ShouldContain(said => said.StartsWith("User of payment in its database: added. Its pods no longer sign in as the master", StringComparison.Ordinal));
    }

    [Fact]
    public void Repair_OfEverything_MakesTheUsersOnceMore() =>
        ServicePlans.Repair(s_shared.Plan, s_shared.Plan.Steps, null).Step("grant-payment").RevertsDrift.ShouldBeTrue("a database that is made anew has none");

    [Fact]
    public void Preview_Database_IsReadyWithItsUser()
    {
        var picture = new Portal.Core.Topology.TopologyBuilder(Samples.Catalog).Preview(Robots());

        picture.Columns[0].Stores.ShouldHaveSingleItem().Steps.ShouldBe(["data-payment", "user-payment", "grant-payment", "bind-payment"]);
    }

    private static PlannedWork Change(PlannedWork before, Specification wanted)
    {
        var after = Samples.Plans.Build(wanted, Samples.Target);
        return after with { Plan = PlanDifference.Change(before.Plan.Steps, new HashSet<string>(), after.Plan, UserChanges.Evaluator.Evaluate(before, after)) };
    }

    private static Specification Robots(StoreAccess access = StoreAccess.Full)
    {
        var robots = SharedStoreTests.Robots("aurora-postgresql", access);
        return robots with { Services = [robots.Services[0], robots.Services[1] with { Variables = [] }] };
    }
}
