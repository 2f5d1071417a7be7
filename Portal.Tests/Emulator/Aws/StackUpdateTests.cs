using Portal.Emulator.Aws;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Stacks;

namespace Portal.Tests.Emulator.Aws;

/// <summary>Updates as the user guide's "Updating stacks", "Continue rolling back an update" and "Stack failure options" describe them.</summary>
public sealed class StackUpdateTests : IDisposable
{
    private const string Data = """
        Parameters: { Class: { Type: String, Default: db.t4g.small }, Port: { Type: String, Default: "5432" }, Days: { Type: String, Default: "7" }, Size: { Type: String, Default: "20" }, Text: { Type: String, Default: a } }
        Resources:
          Database: { Type: AWS::RDS::DBInstance, Properties: { Engine: postgres, DBInstanceClass: !Ref Class, Port: !Ref Port, BackupRetentionPeriod: !Ref Days, AllocatedStorage: !Ref Size } }
          Note: { Type: AWS::SSM::Parameter, DependsOn: Database, Properties: { Type: String, Value: !Ref Text } }
        """;

    private readonly TestFolder _folder = new();
    private readonly AwsHalf _aws;

    public StackUpdateTests() => _aws = new AwsHalf(_folder);

    /// <summary>Templates/catalog/update-behaviour.yaml names the source of each.</summary>
    [Theory]
    [InlineData("Class", "db.t4g.medium", false, " with some interruption", "UPDATE_COMPLETE")]
    [InlineData("Days", "14", false, "", "UPDATE_COMPLETE")]
    [InlineData("Days", "0", false, " with some interruption", "UPDATE_COMPLETE")]
    [InlineData("Size", "40", false, "", "UPDATE_COMPLETE")]
    [InlineData("Size", "10", false, "", "UPDATE_ROLLBACK_COMPLETE")]
    [InlineData("Port", "5433", true, null, "UPDATE_COMPLETE")]
    public void Update_Property_HasTheDocumentedImpact(string parameter, string value, bool replaces, string? update, string status)
    {
        var before = Created("data", Data).Resources["Database"].PhysicalId;
        _aws.Update("data", Data, null, (parameter, value));
        _aws.Move(200);
        var stack = _aws.Stack("data");
        stack.Status.ShouldBe(status);
        (stack.Resources["Database"].PhysicalId != before).ShouldBe(replaces);
        _aws.Effects("rds", "update").Select(entry => entry.Detail).ShouldBe(update is null ? [] : ["AWS::RDS::DBInstance data/Database" + update]);
        _aws.Get<Inventory>().OfType("AWS::RDS::DBInstance").Count.ShouldBe(1);
    }

    [Fact]
    public void Update_Replacement_MakesTheNewBeforeItDeletesTheOld()
    {
        var before = Created("data", Data).Resources["Database"].PhysicalId;
        _aws.Update("data", Data, null, ("Port", "5433"));
        _aws.Move(200);
        var events = _aws.Stack("data").Events;
        int At(string status, string? id) => events.FindLastIndex(entry => entry.Status == status && (entry.PhysicalId == id || entry.LogicalId == id));
        At("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "data").ShouldBeGreaterThan(At("UPDATE_COMPLETE", _aws.Stack("data").Resources["Database"].PhysicalId));
        At("DELETE_COMPLETE", before).ShouldBeGreaterThan(At("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "data"));
        At("UPDATE_COMPLETE", "data").ShouldBe(events.Count - 1);
    }

    [Theory]
    [InlineData("Retain", 2)]
    [InlineData("Delete", 1)]
    public void Update_ReplacementWithAPolicy_KeepsTheOldWhereItSaysSo(string policy, int left)
    {
        var template = Data.Replace("Type: AWS::RDS::DBInstance,", $"Type: AWS::RDS::DBInstance, UpdateReplacePolicy: {policy},", StringComparison.Ordinal);
        Created("data", template);
        _aws.Update("data", template, null, ("Port", "5433"));
        _aws.Move(200);
        _aws.Get<Inventory>().OfType("AWS::RDS::DBInstance").Count.ShouldBe(left);
    }

    [Fact]
    public void Update_ResourceFails_RollsBackWhatWasChanged()
    {
        Created("data", Data);
        _aws.Fail("update", "AWS::SSM::Parameter", "too long");
        _aws.Update("data", Data, null, ("Class", "db.t4g.medium"), ("Text", "b"));
        _aws.Move(200);
        Statuses("data").ShouldEndWith("UPDATE_IN_PROGRESS UPDATE_ROLLBACK_IN_PROGRESS UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS UPDATE_ROLLBACK_COMPLETE");
        _aws.Get<Inventory>().OfType("AWS::RDS::DBInstance").Single().Properties["DBInstanceClass"]!.ToString().ShouldBe("db.t4g.small");
        _aws.Stack("data").Resources["Note"].Status.ShouldBe("UPDATE_COMPLETE");
    }

    /// <summary>API reference of ContinueUpdateRollback and DeleteStack: the one state from which the way back goes on, by one token once; or all of it goes.</summary>
    [Fact]
    public void ContinueUpdateRollback_FailsOnceMore_CanBeAskedForAgainOrDeleted()
    {
        Created("data", Data);
        Should.Throw<AwsException>(() => _aws.Ask("ContinueUpdateRollback", ("StackName", "data"))).Message.ShouldBe($"Stack:{_aws.Stack("data").Id} is in CREATE_COMPLETE state and can not be rolled back.");
        _aws.Fail("update", "AWS::SSM::Parameter", "too long");
        _aws.Update("data", Data, null, ("Class", "db.t4g.medium"), ("Text", "b"));
        _aws.Move(9.5);
        _aws.Fail("update", "AWS::RDS::DBInstance", "not now");
        _aws.Move(200);
        _aws.Fail("update", "AWS::RDS::DBInstance", "still not");
        _aws.Ask("ContinueUpdateRollback", ("StackName", "data"), ("ClientRequestToken", "once"));
        _aws.Ask("ContinueUpdateRollback", ("StackName", "data"), ("ClientRequestToken", "once"));
        _aws.Stack("data").Status.ShouldBe("UPDATE_ROLLBACK_IN_PROGRESS");
        _aws.Move(200);
        _aws.Stack("data").Status.ShouldBe("UPDATE_ROLLBACK_FAILED");
        _aws.Stack("data").Events[^1].Token.ShouldBe("once");

        var id = _aws.Stack("data").Id;
        _aws.Delete("data");
        _aws.Move(1000);
        _aws.Stack(id).Status.ShouldBe("DELETE_COMPLETE");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ContinueUpdateRollback_RollbackFailed_GoesOnWithOrWithoutTheResource(bool skip)
    {
        Created("data", Data);
        _aws.Fail("update", "AWS::SSM::Parameter", "too long");
        _aws.Update("data", Data, null, ("Class", "db.t4g.medium"), ("Text", "b"));
        _aws.Move(9.5);
        _aws.Fail("update", "AWS::RDS::DBInstance", "not now");
        _aws.Move(200);
        _aws.Stack("data").Status.ShouldBe("UPDATE_ROLLBACK_FAILED");
        _aws.Stack("data").StatusReason.ShouldBe("The following resource(s) failed to update: [Database]. ");
        Should.Throw<AwsException>(() => _aws.Update("data", Data)).Message.ShouldBe($"Stack:{_aws.Stack("data").Id} is in UPDATE_ROLLBACK_FAILED state and can not be updated.");
        _aws.Ask("ContinueUpdateRollback", skip ? [("StackName", "data"), ("ResourcesToSkip.member.1", "Database")] : [("StackName", "data")]);
        _aws.Move(200);
        _aws.Stack("data").Status.ShouldBe("UPDATE_ROLLBACK_COMPLETE");
        _aws.Get<Inventory>().OfType("AWS::RDS::DBInstance").Single().Properties["DBInstanceClass"]!.ToString().ShouldBe(skip ? "db.t4g.medium" : "db.t4g.small");
    }

    [Fact]
    public void ContinueUpdateRollback_ResourceThatSomebodyDeleted_GoesBackWithoutItAndIsAsBefore()
    {
        const string template = Data + "\nOutputs: { Host: { Value: !GetAtt Database.Endpoint.Address } }";
        Created("data", template);
        _aws.Get<StackDrift>().Disturb("data", "Database", null, null).ShouldBeTrue();
        _aws.Update("data", template, null, ("Class", "db.t4g.medium"));
        _aws.Move(200);
        _aws.Stack("data").Status.ShouldBe("UPDATE_ROLLBACK_FAILED");

        _aws.Ask("ContinueUpdateRollback", ("StackName", "data"), ("ResourcesToSkip.member.1", "Database"));
        _aws.Move(200);

        _aws.Stack("data").Status.ShouldBe("UPDATE_ROLLBACK_COMPLETE");
        Should.Throw<AwsException>(() => _aws.Update("data", template)).Message.ShouldContain("No updates are to be performed");
    }

    [Fact]
    public void CancelUpdateStack_WhileUpdating_GoesBack()
    {
        Created("data", Data);
        Should.Throw<AwsException>(() => _aws.Ask("CancelUpdateStack", ("StackName", "data"))).Message.ShouldBe("CancelUpdateStack cannot be called from current stack status");
        _aws.Update("data", Data, null, ("Port", "5433"));
        _aws.Move(7);
        _aws.Ask("CancelUpdateStack", ("StackName", "data"));
        _aws.Move(200);
        _aws.Stack("data").Status.ShouldBe("UPDATE_ROLLBACK_COMPLETE");
        _aws.Stack("data").Events.ShouldContain(entry => entry.LogicalId == "Database" && entry.Status == "UPDATE_FAILED" && entry.Reason == "Resource creation cancelled");
        _aws.Get<Inventory>().OfType("AWS::RDS::DBInstance").Single().Properties["Port"]!.ToString().ShouldBe("5432");
    }

    [Fact]
    public void Update_RollbackDisabled_StaysFailedAndTheNextUpdateMendsIt()
    {
        Created("data", Data);
        _aws.Fail("update", "AWS::RDS::DBInstance", "no capacity");
        Update("db.t4g.medium");
        _aws.Stack("data").Status.ShouldBe("UPDATE_FAILED");
        Update("db.t4g.large");
        _aws.Stack("data").Status.ShouldBe("UPDATE_COMPLETE");
        _aws.Get<Inventory>().OfType("AWS::RDS::DBInstance").Single().Properties["DBInstanceClass"]!.ToString().ShouldBe("db.t4g.large");

        void Update(string instanceClass)
        {
            _aws.Ask("UpdateStack", ("StackName", "data"), ("TemplateBody", Data), ("DisableRollback", "true"), ("Parameters.member.1.ParameterKey", "Class"), ("Parameters.member.1.ParameterValue", instanceClass));
            _aws.Move(200);
        }
    }

    [Fact]
    public void Update_StackTags_ReachEveryResourceThatHasTags()
    {
        Created("data", Data);
        _aws.Ask("UpdateStack", ("StackName", "data"), ("UsePreviousTemplate", "true"), ("Tags.member.1.Key", "portal:owner"), ("Tags.member.1.Value", "shop"));
        _aws.Move(200);
        _aws.Stack("data").Status.ShouldBe("UPDATE_COMPLETE");
        foreach (var type in new[] { "AWS::RDS::DBInstance", "AWS::SSM::Parameter" })
            _aws.Get<Inventory>().OfType(type).Single().Tags["portal:owner"].ShouldBe("shop");
        _aws.Get<Inventory>().OfType("AWS::SSM::Parameter").Single().Tags["aws:cloudformation:stack-name"].ShouldBe("data");
    }

    [Fact]
    public void Update_OtherTypeForAnId_IsRefused()
    {
        Created("data", Data);
        Should.Throw<AwsException>(() => _aws.Update("data", Data.Replace("Type: AWS::SSM::Parameter, DependsOn: Database, Properties: { Type: String, Value: !Ref Text }", "Type: AWS::KMS::Key", StringComparison.Ordinal)))
            .Message.ShouldBe("Update of resource type is not permitted. The new template modifies resource type of the following resources: [Note]");
    }

    /// <summary>User guide, "Use ImportValue": an export in use can neither go nor change.</summary>
    [Fact]
    public void Export_InUse_CanNeitherGoNorChange()
    {
        const string Exporting = "Parameters: { V: { Type: String, Default: a } }\nResources: { K: { Type: AWS::KMS::Key } }\nOutputs: { O: { Value: !Ref V, Export: { Name: shared } } }";
        Created("one", Exporting);
        Created("two", "Resources: { P: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: !ImportValue shared } } }");
        _aws.Delete("one");
        (_aws.Stack("one").Status, _aws.Stack("one").StatusReason).ShouldBe(("CREATE_COMPLETE", "Export shared cannot be deleted as it is in use by two"));
        _aws.Update("one", Exporting, null, ("V", "b"));
        _aws.Move(100);
        _aws.Stack("one").Status.ShouldBe("UPDATE_ROLLBACK_COMPLETE");
        _aws.Stack("one").Events.ShouldContain(entry => entry.Status == "UPDATE_ROLLBACK_IN_PROGRESS" && entry.Reason == "Export shared cannot be updated as it is in use by two");
        _aws.Ask("ListExports").Descendants("Name").Select(name => name.Value).ShouldBe(["shared"]);
        _aws.Ask("ListImports", ("ExportName", "shared")).Descendants("member").Select(name => name.Value).ShouldBe(["two"]);
        _aws.Delete("two");
        _aws.Move(100);
        Should.Throw<AwsException>(() => _aws.Ask("ListImports", ("ExportName", "shared"))).Message.ShouldBe("Export 'shared' is not imported by any stack.");
        _aws.Delete("one");
        _aws.Move(100);
        _aws.Get<Inventory>().Count.ShouldBe(0);
    }

    [Fact]
    public void TerminationProtection_On_RefusesTheDeletion()
    {
        Created("data", Data);
        _aws.Ask("UpdateTerminationProtection", ("StackName", "data"), ("EnableTerminationProtection", "true"));
        Should.Throw<AwsException>(() => _aws.Delete("data")).Message.ShouldBe("Stack [data] cannot be deleted while TerminationProtection is enabled");
        _aws.Ask("UpdateTerminationProtection", ("StackName", "data"), ("EnableTerminationProtection", "false"));
        _aws.Delete("data");
        _aws.Stack("data").Status.ShouldBe("DELETE_IN_PROGRESS");
    }

    /// <summary>API reference, CreateStack: what is retained by policy stays when a creation is rolled back, unless the caller excepts it.</summary>
    [Theory]
    [InlineData("Retain", "false", 1)]
    [InlineData("Retain", "true", 0)]
    [InlineData("RetainExceptOnCreate", "false", 0)]
    public void Create_FailsWithARetainedResource_KeepsItUnlessExcepted(string policy, string except, int left)
    {
        _aws.Fail("create", "AWS::SSM::Parameter", "no");
        _aws.Ask("CreateStack", ("StackName", "keys"), ("RetainExceptOnCreate", except), ("TemplateBody",
            $"Resources: {{ K: {{ Type: AWS::KMS::Key, DeletionPolicy: {policy} }}, P: {{ Type: AWS::SSM::Parameter, DependsOn: K, Properties: {{ Type: String, Value: a }} }} }}"));
        _aws.Move(100);
        _aws.Stack("keys").Status.ShouldBe("ROLLBACK_COMPLETE");
        _aws.Get<Inventory>().OfType("AWS::KMS::Key").Count.ShouldBe(left);
    }

    public void Dispose()
    {
        _aws.Dispose();
        _folder.Dispose();
    }

    private string Statuses(string name) => string.Join(' ', _aws.Stack(name).Events.Where(entry => entry.Type == StackJournal.StackType).Select(entry => entry.Status));

    private Stack Created(string name, string template)
    {
        _aws.Create(name, template);
        _aws.Move(100);
        _aws.Stack(name).Status.ShouldBe("CREATE_COMPLETE");
        return _aws.Stack(name);
    }
}
