using Portal.Emulator.Aws;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Stacks;
using Portal.Emulator.Storage;

namespace Portal.Tests.Emulator.Aws;

/// <summary>
/// A creation or update that keeps what succeeded: user guide, "Choose how to handle failures when provisioning resources",
/// and the API reference of RollbackStack.
/// </summary>
public sealed class PausedStackTests : IDisposable
{
    private const string Store = """
        Parameters: { Protection: { Type: String, Default: "true" }, Port: { Type: String, Default: "5432" }, Text: { Type: String, Default: a } }
        Resources:
          Database: { Type: AWS::RDS::DBInstance, Properties: { Engine: postgres, DBInstanceClass: db.t4g.small, Port: !Ref Port, DeletionProtection: !Ref Protection } }
          Note: { Type: AWS::SSM::Parameter, DependsOn: Database, Properties: { Type: String, Value: !Ref Text } }
        """;

    private readonly TestFolder _folder = new();
    private readonly AwsHalf _aws;

    public PausedStackTests() => _aws = new AwsHalf(_folder);

    [Fact]
    public void Update_OfAFailedCreation_GoesOnWithWhatIsThere()
    {
        var database = Paused().Resources["Database"].PhysicalId;

        Update();
        _aws.Move(100);

        var stack = _aws.Stack("data");
        stack.Status.ShouldBe("UPDATE_COMPLETE");
        stack.Resources["Database"].PhysicalId.ShouldBe(database);
        stack.Resources["Note"].Status.ShouldBe("CREATE_COMPLETE");
        LedgerDuplicates.Find(_aws.Get<EmulatorDatabase>().ReadLedger("effect", null, null, 0, 1000)).ShouldBeEmpty();
    }

    [Fact]
    public void Update_ThatFailsAgain_PausesAgain()
    {
        Paused();
        _aws.Fail("create", "AWS::SSM::Parameter", "still no");
        Update();
        _aws.Move(100);
        _aws.Stack("data").Status.ShouldBe("UPDATE_FAILED");
        Update(token: "again");
        _aws.Move(100);
        _aws.Stack("data").Status.ShouldBe("UPDATE_COMPLETE");
    }

    [Fact]
    public void Update_OfAFailedCreationThatWouldRollBack_IsRefused()
    {
        var stack = Paused();
        Should.Throw<AwsException>(() => Update(keeps: false)).Message.ShouldBe($"Stack:{stack.Id} is in CREATE_FAILED state and can not be updated.");
    }

    /// <summary>The words: code-dot-org/code-dot-org#68524.</summary>
    [Fact]
    public void Update_AfterOnFailureDoNothing_IsRefused()
    {
        _aws.Fail("create", "AWS::SSM::Parameter", "no");
        _aws.Create("data", Store, onFailure: "DO_NOTHING");
        _aws.Move(100);
        Should.Throw<AwsException>(() => Update()).Message.ShouldBe(
            "This stack cannot be updated from [CREATE_FAILED] state because it contains [on-failure: DO_NOTHING]. Please use disable-rollback option instead during stack creation.");
    }

    /// <summary>The words: aws/aws-sam-cli#4585.</summary>
    [Fact]
    public void Update_ThatKeepsAndReplaces_FailsTheResource()
    {
        _aws.Create("data", Store);
        _aws.Move(100);
        Update(("Port", "5433"));
        _aws.Move(100);
        _aws.Stack("data").Resources["Database"].Reason.ShouldBe("Replacement type updates not supported on stack with disable-rollback.");
        _aws.Stack("data").Status.ShouldBe("UPDATE_FAILED");
    }

    [Theory]
    [InlineData("false", "ROLLBACK_COMPLETE", 0)]
    [InlineData("true", "ROLLBACK_FAILED", 1)]
    public void Rollback_WithoutAStableState_TakesEverythingAwayThatIsNotProtected(string protection, string status, int left)
    {
        Paused(("Protection", protection));
        Rollback();
        _aws.Move(100);
        _aws.Stack("data").Status.ShouldBe(status);
        _aws.Get<Inventory>().OfType("AWS::RDS::DBInstance").Count.ShouldBe(left);
    }

    [Fact]
    public void Rollback_WithAStableState_GoesBackToIt()
    {
        _aws.Create("data", Store);
        _aws.Move(100);
        _aws.Fail("update", "AWS::SSM::Parameter", "no");
        Update(("Text", "b"));
        _aws.Move(100);
        _aws.Stack("data").Status.ShouldBe("UPDATE_FAILED");

        Rollback();
        _aws.Move(100);
        _aws.Stack("data").Status.ShouldBe("UPDATE_ROLLBACK_COMPLETE");
        _aws.Stack("data").Parameters["Text"].ShouldBe("a");
        Should.Throw<AwsException>(Rollback).Message.ShouldEndWith("is in UPDATE_ROLLBACK_COMPLETE state and can not be rolled back.");
    }

    [Fact]
    public void Update_WhereTheFailedResourceCannotBeRemoved_SaysSo()
    {
        _aws.Fail("create", "AWS::RDS::DBInstance", "no");
        Create([]);
        _aws.Move(100);
        _aws.Stack("data").Status.ShouldBe("CREATE_FAILED");
        Update();
        _aws.Move(100);
        _aws.Stack("data").Resources["Database"].Reason!.ShouldContain("Cannot delete protected DB Instance");
    }

    public void Dispose()
    {
        _aws.Dispose();
        _folder.Dispose();
    }

    private Stack Paused(params (string, string)[] parameters)
    {
        _aws.Fail("create", "AWS::SSM::Parameter", "no");
        Create(parameters);
        _aws.Move(100);
        _aws.Stack("data").Status.ShouldBe("CREATE_FAILED");
        return _aws.Stack("data");
    }

    private void Create((string Key, string Value)[] parameters) => _aws.Get<StackCommands>().Create(Request(parameters));

    private void Update((string, string) parameter) => _aws.Get<StackCommands>().Update(Request([parameter]));

    private void Update(string? token = null, bool keeps = true) => _aws.Get<StackCommands>().Update(Request([]) with { Token = token, DisableRollback = keeps });

    private void Rollback() => _aws.Get<StackRecovery>().Rollback("data", null, retainExceptOnCreate: false);

    private static StackRequest Request((string Key, string Value)[] parameters) =>
        new("data", Store, parameters.ToDictionary(pair => pair.Key, pair => (string?)pair.Value), null, [], null) { DisableRollback = true };
}
