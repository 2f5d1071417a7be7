using System.Text;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Provisioning.Changes;

namespace Portal.Tests.Provisioning.Changes;

/// <summary>Changes that come with other templates or options, not with an edited specification.</summary>
public sealed class ChangeEvaluatorTests
{
    [Fact]
    public void Evaluate_TableWithAnotherKey_ReplacesDataAndTellsPolicyAndPods()
    {
        var change = EditStack("data-cart-service", body => body.Replace("Default: pk", "Default: id"));

        var store = change.Step("data-cart-service");
        store.ReplacesData.ShouldBeTrue();
        store.Sentences[0].Text.ShouldBe("cart-service: replaces data. The table is replaced (AttributeDefinitions, KeySchema); the old one with its items is left behind, and nothing uses it any more.");
        store.Resources.ShouldContain(resource => resource.LogicalId == "AccessPolicy" && resource.Impact == Impact.None);
        change.Step("bind-cart-service").Action.ShouldBe(StepAction.Unchanged);
        change.Step("svc-cart-service").Effect.ShouldBe(ReleaseEffect.RollingRestart);
        change.Step("svc-product-service").Action.ShouldBe(StepAction.Unchanged);
    }

    [Fact]
    public void Evaluate_DatabaseWithAnotherName_ReplacesDataOfThatServiceOnly()
    {
        var change = EditInput("data-product-service", "DatabaseName", "goods");

        change.Steps.Where(step => step.ReplacesData).ShouldHaveSingleItem().Step.ShouldBe("data-product-service");
        change.Sentences[0].ShouldStartWith("product-service: replaces data. The database cluster is replaced (DatabaseName)");
        // The instance goes with its cluster, but the data is the cluster's.
        change.Step("data-product-service").Resources.Single(resource => resource.LogicalId == "Writer").Impact.ShouldBe(Impact.Replacement);
    }

    [Theory]
    [InlineData("data-order-service", "InstanceClass", "db.t4g.large", Impact.Some)]
    [InlineData("data-order-service", "AllocatedStorage", "400", Impact.None)]
    [InlineData("data-order-service", "MultiZone", "true", Impact.Some)]
    [InlineData("data-order-service", "BackupRetentionDays", "14", Impact.None)]
    [InlineData("data-order-service", "DeletionProtection", "true", Impact.None)]
    [InlineData("data-order-service", "EngineVersion", "17.6", Impact.Some)]
    [InlineData("data-order-service", "EngineVersion", "16", Impact.Refused)]
    [InlineData("data-product-service", "MaxCapacity", "16", Impact.None)]
    [InlineData("data-product-service", "MinCapacity", "2", Impact.None)]
    [InlineData("data-product-service", "BackupRetentionDays", "14", Impact.None)]
    [InlineData("data-cart-service", "DeletionProtection", "true", Impact.None)]
    [InlineData("data-user-service", "SelfSignUp", "true", Impact.None)]
    [InlineData("nodes", "MaxNodes", "9", Impact.None)]
    [InlineData("nodes", "CapacityType", "SPOT", Impact.Replacement)]
    [InlineData("nodes", "AmiType", "BOTTLEROCKET_x86_64", Impact.Replacement)]
    [InlineData("cluster", "LogRetentionDays", "90", Impact.None)]
    [InlineData("cluster", "PublicAccessCidrs", "198.51.100.0/24", Impact.None)]
    [InlineData("edge-routes", "LogRetentionDays", "90", Impact.None)]
    public void Evaluate_Option_HasItsImpactAndReplacesNoData(string step, string parameter, string value, Impact impact)
    {
        var change = EditInput(step, parameter, value);

        change.Step(step).Impact.ShouldBe(impact);
        change.Step(step).Action.ShouldBe(StepAction.Update);
        change.ReplacesData.ShouldBeFalse();
    }

    [Fact]
    public void Evaluate_NewVersionOfTheLaunchTemplate_RollsTheNodes()
    {
        var nodes = EditInput("nodes", "DiskSize", "80").Step("nodes");

        nodes.Resources.Single(resource => resource.LogicalId == "LaunchTemplate").Impact.ShouldBe(Impact.None);
        nodes.Resources.Single(resource => resource.LogicalId == "NodeGroup").Properties.ShouldHaveSingleItem().Path.ShouldBe("LaunchTemplate.Version");
        nodes.Impact.ShouldBe(Impact.Some);
    }

    [Fact]
    public void Evaluate_ReplacementThatKeepsItsName_IsRefused()
    {
        // The cluster bears the stack's name: another one cannot be made beside it.
        var change = EditStack("cluster", body => body.Replace("BootstrapSelfManagedAddons: false", "BootstrapSelfManagedAddons: true"));

        change.IsRefused.ShouldBeTrue();
        change.Sentences[0].ShouldContain("another one cannot be made while the old one bears the same name");
    }

    [Fact]
    public void Evaluate_ClusterOfAnotherName_InstallsEveryReleaseAnew()
    {
        var change = EditStack("cluster", body => body.Replace("Name: !Ref AWS::StackName\n      Version", "Name: other\n      Version"));

        change.Steps.Where(step => step.Kind == StepKind.Release).ShouldAllBe(step => step.Effect == ReleaseEffect.Reinstall);
        change.Step("alb").Impact.ShouldBe(Impact.Replacement);
        change.Step("edge-routes").Action.ShouldBe(StepAction.Update);
        change.ReplacesData.ShouldBeFalse();
    }

    /// <summary>The plan builder names the deployment after the routes; a template edited by hand need not.</summary>
    [Fact]
    public void Evaluate_RoutesWithoutANewDeployment_SaysThatCallersKeepTheOldOnes()
    {
        var routes = EditStack("edge-routes", body => body.Replace("IntegrationHttpMethod: GET", "IntegrationHttpMethod: POST")).Step("edge-routes");

        routes.Impact.ShouldBe(Impact.Some);
        routes.Sentences.Select(sentence => sentence.Text).ShouldContain("Routes, stage and usage plan: routes change that are not deployed anew; callers keep the ones deployed before.");
    }

    [Fact]
    public void Evaluate_LogicalIdTurnsIntoAnotherType_IsRefused()
    {
        var change = EditStack("net-egress", body => body.Replace("Gateway1:\n    Type: AWS::EC2::NatGateway", "Gateway1:\n    Type: AWS::EC2::InternetGateway"));

        change.Step("net-egress").Impact.ShouldBe(Impact.Refused);
    }

    [Theory]
    [InlineData("Description: Managed node group", "Description: Node group")]
    [InlineData("    Description: Root volume of a node, in GiB.\n", "    Description: Disk of a node, in GiB.\n")]
    public void Evaluate_OnlyWordsOfTheTemplate_ChangesNothing(string before, string after) =>
        EditStack("nodes", body => body.Replace(before, after)).Steps.ShouldAllBe(step => step.Action == StepAction.Unchanged);

    [Fact]
    public void Evaluate_UnknownProperty_SaysWhichOne() =>
        Should.Throw<InvalidDataException>(() => EditStack("data-cart-service", body => body.Replace("BillingMode: PAY_PER_REQUEST", "BillingMode: PAY_PER_REQUEST\n      Colour: red")))
            .Message.ShouldBe("update-behaviour.yaml does not have Colour of AWS::DynamoDB::Table.");

    private static PlanChange EditStack(string step, Func<string, string> edit)
    {
        var before = Samples.Plans.Build(UserChanges.Before, Samples.Target);
        var body = Encoding.UTF8.GetString(before.Artifacts.Single(artifact => artifact.Digest == before.Plan.Step(step).Artifact).Body);
        var edited = edit(body);
        edited.ShouldNotBe(body);
        var artifact = Artifact.Of(step, Encoding.UTF8.GetBytes(edited));
        return Evaluate(before, Edit(before, step, planned => planned with { Artifact = artifact.Digest }, artifact));
    }

    private static PlanChange EditInput(string step, string parameter, string value)
    {
        var before = Samples.Plans.Build(UserChanges.Before, Samples.Target);
        return Evaluate(before, Edit(before, step, planned => planned with
        {
            Inputs = new Dictionary<string, PlanInput>(planned.Inputs, StringComparer.Ordinal) { [parameter] = new PlanInput(value) },
        }));
    }

    private static PlannedWork Edit(PlannedWork work, string step, Func<PlannedStep, PlannedStep> edit, params Artifact[] more) => new(
        work.Plan with { Steps = [.. work.Plan.Steps.Select(planned => planned.Name == step ? edit(planned) : planned)] },
        [.. work.Artifacts, .. more]);

    private static PlanChange Evaluate(PlannedWork before, PlannedWork after) => UserChanges.Evaluator.Evaluate(before, after);
}
