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

    /// <summary>The variable of each kind that says where the service's own secret is.</summary>
    [Theory]
    [InlineData("aurora-postgresql", "DATABASE_SECRET_ARN")]
    [InlineData("documentdb", "MONGODB_SECRET_ARN")]
    [InlineData("rabbitmq", "RABBITMQ_SECRET_ARN")]
    public void Build_SharedDatabase_HasAUserForEachServiceMadeBeforeItsRollout(string type, string variable)
    {
        var plan = Samples.Plans.Build(Robots(type: type), Samples.Target).Plan;

        plan.Step("user-payment").Inputs["DatabaseUser"].Value.ShouldBe("app_payment");
        plan.Step("userof-broker-dispatch").Inputs["DatabaseUser"].Value.ShouldBe("app_dispatch");
        // Where a service finds its parameters, it finds its secret; a guest has none there.
        plan.Step("user-payment").Inputs["SecretPath"].Value.ShouldBe("/portal/robots/payment");
        plan.Step("userof-broker-dispatch").Inputs["SecretPath"].Value.ShouldBeEmpty();
        plan.Step("svc-dispatch").DependsOn.ShouldContain("grantof-broker-dispatch");
        plan.Step("svc-dispatch").Values!["settings"]![$"BROKER_{variable}"]!.ToJsonString().ShouldBe("""{"$output":"userof-broker-dispatch.UserSecretArn"}""");
        plan.Step("bind-dispatch").Inputs["BrokerStoreUserSecretArn"].ShouldBe(PlanInput.From("userof-broker-dispatch", "UserSecretArn"));
        plan.Cost.Lines.ShouldContain(line => line.Title.StartsWith("3 × ", StringComparison.Ordinal), "the master's secret and the users'");
    }

    /// <summary>A broker is managed at another port than the one that its messages go through.</summary>
    [Theory]
    [InlineData("aurora-postgresql", "postgres:", "DatabasePort", "AccessPort", true)]
    [InlineData("documentdb", "mongo:", "DatabasePort", "AccessPort", false)]
    [InlineData("rabbitmq", "amazonlinux:", "AdminPort", "AdminPort", false)]
    public void Build_Job_HasTheMastersSecretAsFilesAndReachesTheDatabase(string type, string image, string port, string letOutTo, bool hasName)
    {
        var job = Samples.Plans.Build(Robots(type: type), Samples.Target).Plan.Step("grantof-broker-dispatch");

        job.DependsOn.ShouldBe(["nodes", "lbc", "namespace", "autoscaler", "secrets", "data-payment", "userof-broker-dispatch", "bind-payment"], ignoreOrder: true);
        WorkloadValues.KindOf(job).ShouldBe(WorkloadValues.Job);
        job.Subject.ShouldBe("dispatch-dbuser-broker");
        var values = job.Values!;
        values["image"]!.GetValue<string>().ShouldContain(image);
        values["settings"]!["DATABASE_HOST"]!.ToJsonString().ShouldBe("""{"$output":"data-payment.DatabaseHost"}""");
        values["settings"]!["DATABASE_PORT"]!.ToJsonString().ShouldBe($$"""{"$output":"data-payment.{{port}}"}""");
        (values["settings"]!["DATABASE_NAME"] is not null).ShouldBe(hasName);
        values["serviceAccountName"]!.GetValue<string>().ShouldBe(s_shared.Plan.Step("userof-broker-dispatch").Inputs["UserServiceAccountName"].Value);
        values["secrets"]!["objects"]!.AsArray().Select(one => one!["name"]!["$output"]!.GetValue<string>()).ShouldBe(["data-payment.SecretArn", "userof-broker-dispatch.UserSecretArn"]);
        values["secrets"]!["files"]!.AsArray().Select(one => one!["path"]!.GetValue<string>()).ShouldBe(["/portal/master/username", "/portal/master/password", "/portal/user/username", "/portal/user/password"]);
        values["secrets"]!["env"].ShouldBeNull("no variable has a secret");
        values["network"]!["storePorts"]!.ToJsonString().ShouldBe($$"""[{"$output":"data-payment.{{letOutTo}}"}]""");
        values["args"]!.ToJsonString().ShouldBe("""["keep"]""");
    }

    [Theory]
    [InlineData("aurora-postgresql", StoreAccess.Full, "full")]
    [InlineData("aurora-postgresql", StoreAccess.ReadOnly, "read")]
    [InlineData("documentdb", StoreAccess.ReadOnly, "read")]
    [InlineData("rabbitmq", StoreAccess.Full, "full")]
    public void Build_Access_IsSaidToTheJob(string type, StoreAccess access, string word)
    {
        var robots = Robots(access, type);

        new SpecificationValidator(Samples.Catalog).Validate(robots).ShouldBeEmpty();
        Samples.Plans.Build(robots, Samples.Target).Plan.Step("grantof-broker-dispatch").Values!["settings"]!["DATABASE_ACCESS"]!.GetValue<string>().ShouldBe(word);
    }

    [Fact]
    public void Build_ServiceWithAQueue_HasNoUser() =>
        Samples.Plans.Build(Robots(type: "sqs"), Samples.Target).Plan.Steps.ShouldNotContain(step => StepNames.IsGrant(step.Name));

    [Fact]
    public void Build_Broker_AdmitsWhoMakesUsersAtAPortOfItsOwnOnce()
    {
        var work = Samples.Plans.Build(Robots(type: "rabbitmq"), Samples.Target);

        work.Plan.Step("bind-payment").Inputs["StoreAdminPort"].ShouldBe(PlanInput.From("data-payment", "AdminPort"));
        work.Plan.Step("bind-dispatch").Inputs.Keys.ShouldNotContain(input => input.EndsWith("AdminPort", StringComparison.Ordinal));
        Samples.Plans.Build(Robots(type: "documentdb"), Samples.Target).Plan.Step("bind-payment").Inputs.Keys.ShouldNotContain("StoreAdminPort");
    }

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

    [Theory]
    [InlineData("aurora-postgresql")]
    [InlineData("documentdb")]
    [InlineData("rabbitmq")]
    public void Change_ShareGoes_HasTheJobTakeTheUserAwayAfterItsPodsAreReplaced(string type)
    {
        var robots = Robots(type: type);
        var plan = Change(Samples.Plans.Build(robots, Samples.Target), robots with { Services = [robots.Services[0], robots.Services[1] with { SharedStores = [] }] }).Plan;

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

    /// <summary>As the templates had them: the pods' role read the master's secret, and a parameter of the store's own stack named it.</summary>
    [Theory]
    [InlineData("documentdb", "database", "MONGODB", "[AccessPolicy, MasterPolicy]")]
    [InlineData("rabbitmq", "broker", "RABBITMQ", null)]
    public void Change_StoreThatPodsUsedAsTheMaster_StaysInPlaceWithItsPassword(string type, string called, string prefix, string? after)
    {
        using var old = new TemplatesCopy();
        Replace(old.Path("catalog", "data-stores.yaml"), $"    users: {type}\n", "");
        Replace(old.Path("catalog", "data-stores.yaml"), $"{prefix}_SECRET_ARN: UserSecretArn", $"{prefix}_SECRET_ARN: SecretArn");
        Replace(old.Path("catalog", "data-stores.yaml"), $"{prefix}_USER: UserSecretArn", $"{prefix}_USER: SecretArn");
        Replace(old.Path("catalog", "data-stores.yaml"), $"{prefix}_PASSWORD: UserSecretArn", $"{prefix}_PASSWORD: SecretArn");
        var template = old.Path("cloudformation", $"data-{type}.yaml");
        Replace(template, "  HostParameter:", """
              SecretParameter:
                Type: AWS::SSM::Parameter
                Properties: { Name: !Sub "${ParameterPath}/secret-arn", Type: String, Value: !Ref Secret }
              HostParameter:
            """);
        Replace(template, "          - Effect: Allow\n            Action:\n              - ssm:GetParameter\n", "          - { Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: !Ref Secret }\n          - Effect: Allow\n            Action:\n              - ssm:GetParameter\n");
        if (after is not null)
            Replace(template, $"DependsOn: {after}", "DependsOn: SecretParameter");
        var robots = Robots(type: type);
        var (before, wanted) = (old.Plans(old.Catalog).Build(robots, Samples.Target), Samples.Plans.Build(robots, Samples.Target));

        var change = UserChanges.Evaluator.Evaluate(before, wanted);

        before.Plan.Steps.ShouldNotContain(step => StepNames.IsGrant(step.Name));
        (change.DeletesData, change.ReplacesData).ShouldBe((false, false));
        var store = change.Step("data-payment");
        (store.Action, store.Impact).ShouldBe((StepAction.Update, Impact.None));
        store.Resources.Select(resource => resource.LogicalId).ShouldBe(["SecretParameter", "AccessPolicy"], ignoreOrder: true);
        change.Sentences.ShouldContain(said => said.StartsWith($"User of dispatch in payment's {called} 'broker': added. Its pods no longer sign in as the master", StringComparison.Ordinal));
        // The parameter of the same name is gone before the user's stack makes its own.
        PlanDifference.Change(before.Plan.Steps, new HashSet<string>(), wanted.Plan, change).Step("user-payment").DependsOn.ShouldContain("data-payment");
    }

    /// <summary>One broker or three is decided when it is made: another class has another one made, which knows nobody.</summary>
    [Fact]
    public void Change_BrokerIsReplaced_MakesItsUsersInTheNewOne()
    {
        var robots = Robots(type: "rabbitmq");
        var before = Samples.Plans.Build(robots, Samples.Target);
        var change = UserChanges.Evaluator.Evaluate(before, Samples.Plans.Build(robots with { Class = EnvironmentClass.Production }, Samples.Target));

        change.Step("data-payment").ReplacesData.ShouldBeTrue();
        foreach (var grant in (string[])["grant-payment", "grantof-broker-dispatch"])
            change.Step(grant).Effect.ShouldBe(ReleaseEffect.NextRun, grant);
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

    private static void Replace(string path, string before, string after)
    {
        var text = File.ReadAllText(path);
        text.ShouldContain(before);
        File.WriteAllText(path, text.Replace(before, after, StringComparison.Ordinal));
    }

    private static Specification Robots(StoreAccess access = StoreAccess.Full, string type = "aurora-postgresql")
    {
        var robots = SharedStoreTests.Robots(type, access);
        return robots with { Services = [robots.Services[0], robots.Services[1] with { Variables = [] }] };
    }
}
