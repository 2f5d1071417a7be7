using System.Xml.Linq;
using Portal.Emulator.Aws;
using Portal.Emulator.Aws.CloudFormation.Stacks;

namespace Portal.Tests.Emulator.Aws;

/// <summary>Change sets as the API reference (CreateChangeSet, ResourceChange, ResourceChangeDetail) and <c>aws cloudformation deploy</c> know them.</summary>
public sealed class ChangeSetTests : IDisposable
{
    private const string Network = """
        Parameters: { Cidr: { Type: String, Default: 10.0.0.0/16 }, Key: { Type: String, Default: a } }
        Resources:
          Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: !Ref Cidr, Tags: [{ Key: k, Value: !Ref Key }] } }
          Subnet: { Type: AWS::EC2::Subnet, UpdateReplacePolicy: Retain, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24 } }
        """;

    private readonly TestFolder _folder = new();
    private readonly AwsHalf _aws;

    public ChangeSetTests() => _aws = new AwsHalf(_folder);

    [Fact]
    public void Create_NewStack_IsReviewedAndThenExecuted()
    {
        Propose("CREATE", Network);
        (_aws.Stack("net").Status, _aws.Stack("net").Resources.Count).ShouldBe(("REVIEW_IN_PROGRESS", 0));
        Described().Element("Status")!.Value.ShouldBe("CREATE_IN_PROGRESS");
        Should.Throw<AwsException>(Execute).Code.ShouldBe("InvalidChangeSetStatus");
        _aws.Move(5);
        var set = Described();
        (set.Element("Status")!.Value, set.Element("ExecutionStatus")!.Value).ShouldBe(("CREATE_COMPLETE", "AVAILABLE"));
        set.Descendants("ResourceChange").Select(change => $"{change.Element("Action")!.Value} {change.Element("LogicalResourceId")!.Value}").ShouldBe(["Add Vpc", "Add Subnet"]);
        Execute();
        _aws.Stack("net").Status.ShouldBe("CREATE_IN_PROGRESS");
        _aws.Move(100);
        _aws.Stack("net").Status.ShouldBe("CREATE_COMPLETE");
        Described().Element("ExecutionStatus")!.Value.ShouldBe("EXECUTE_COMPLETE");
        Should.Throw<AwsException>(() => Propose("CREATE", Network, name: "again")).Message.ShouldBe("Stack [net] already exists and cannot be created again with the changeSet [again].");
    }

    [Fact]
    public void Create_NothingChanges_FailsWithTheSentenceDeployLooksFor()
    {
        Created();
        Propose("UPDATE", Network);
        _aws.Move(5);
        (Described().Element("Status")!.Value, Described().Element("StatusReason")!.Value)
            .ShouldBe(("FAILED", "The submitted information didn't contain changes. Submit different information to create a change set."));
        Should.Throw<AwsException>(Execute).Code.ShouldBe("InvalidChangeSetStatus");
    }

    /// <summary>User guide, "Using drift-aware change sets".</summary>
    [Theory]
    [InlineData("EnableDnsSupport", "Vpc Modify")]
    [InlineData(null, "Vpc Add")]
    public void Execute_RevertDrift_MakesWhatWasDisturbedAsTheTemplateSays(string? property, string change)
    {
        const string alone = "Resources: { Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16, EnableDnsSupport: true } } }";
        _aws.Create("net", alone);
        _aws.Move(100);
        var before = _aws.Stack("net").Resources["Vpc"].PhysicalId;
        _aws.Get<StackDrift>().Disturb("net", "Vpc", property, false).ShouldBeTrue();
        Propose("UPDATE", alone);
        _aws.Move(5);
        Described().Element("Status")!.Value.ShouldBe("FAILED");

        Propose("UPDATE", alone, name: "revert", mode: "REVERT_DRIFT");
        _aws.Move(5);
        Changes("revert").Single().ShouldStartWith(change);
        _aws.Stack("net").Resources["Vpc"].PhysicalId.ShouldBe(before);
        ExecuteSet("revert");
        _aws.Move(100);

        _aws.Stack("net").Status.ShouldBe("UPDATE_COMPLETE");
        _aws.Ask("DetectStackDrift", ("StackName", "net"));
        _aws.Move(5);
        _aws.Ask("DescribeStackResourceDrifts", ("StackName", "net")).Descendants("StackResourceDriftStatus").Select(status => status.Value).ShouldBe(["IN_SYNC"]);
    }

    [Fact]
    public void Describe_Update_SaysWhatIsReplacedAndWhy()
    {
        Created();
        Propose("UPDATE", Network.Replace("10.0.0.0/16", "10.0.0.0/17", StringComparison.Ordinal));
        _aws.Move(5);
        Changes().ShouldBe(
        [
            "Vpc Modify True ReplaceAndDelete: Properties CidrBlock Always Static ParameterReference Cidr",
            "Subnet Modify Conditional ReplaceAndRetain: Properties VpcId Always Dynamic ResourceReference Vpc",
        ]);
        Execute();
        _aws.Move(100);
        _aws.Stack("net").Status.ShouldBe("UPDATE_COMPLETE");
        _aws.Stack("net").Resources["Vpc"].Properties["CidrBlock"]!.ToString().ShouldBe("10.0.0.0/17");
    }

    [Fact]
    public void Describe_TagAndRemoval_AreTold()
    {
        Created();
        Propose("UPDATE", "Resources: { Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16, Tags: [{ Key: k, Value: b }] } } }");
        _aws.Move(5);
        Changes().ShouldBe(["Vpc Modify False : Tags  Never Static DirectModification ", "Subnet Remove  Delete: "]);
        _aws.Ask("DeleteChangeSet", ("StackName", "net"), ("ChangeSetName", "set"));
        _aws.Ask("ListChangeSets", ("StackName", "net")).Descendants("ChangeSetName").ShouldBeEmpty();
        Should.Throw<AwsException>(() => Described()).Code.ShouldBe("ChangeSetNotFound");
    }

    [Fact]
    public void Delete_StackInReview_IsGoneAtOnce()
    {
        Propose("CREATE", Network);
        var id = _aws.Stack("net").Id;
        _aws.Delete("net");
        _aws.Stack(id).Status.ShouldBe("DELETE_COMPLETE");
    }

    [Fact]
    public void Restart_BeforeTheExecution_KeepsTheChangeSet()
    {
        Propose("CREATE", Network);
        _aws.Dispose();
        using var again = new AwsHalf(_folder, _aws.Time);
        again.Move(5);
        again.Ask("ExecuteChangeSet", ("StackName", "net"), ("ChangeSetName", "set"));
        again.Move(100);
        again.Stack("net").Status.ShouldBe("CREATE_COMPLETE");
    }

    public void Dispose()
    {
        _aws.Dispose();
        _folder.Dispose();
    }

    private void Created()
    {
        _aws.Create("net", Network);
        _aws.Move(100);
    }

    private void Propose(string type, string template, string name = "set", string? mode = null) =>
        _aws.Ask("CreateChangeSet", [("StackName", "net"), ("ChangeSetName", name), ("ChangeSetType", type), ("TemplateBody", template), .. mode is null ? Array.Empty<(string, string)>() : [("DeploymentMode", mode)]]);

    private XElement Described(string name = "set") => _aws.Ask("DescribeChangeSet", ("StackName", "net"), ("ChangeSetName", name)).Element("DescribeChangeSetResult")!;

    private void Execute() => ExecuteSet("set");

    private void ExecuteSet(string name) => _aws.Ask("ExecuteChangeSet", ("StackName", "net"), ("ChangeSetName", name));

    private List<string> Changes(string name = "set") =>
    [
        .. Described(name).Descendants("ResourceChange").Select(change =>
            $"{change.Element("LogicalResourceId")!.Value} {change.Element("Action")!.Value} {change.Element("Replacement")?.Value} {change.Element("PolicyAction")?.Value}: "
            + string.Join("; ", change.Element("Details")!.Elements().Select(detail =>
                $"{detail.Element("Target")!.Element("Attribute")!.Value} {detail.Element("Target")!.Element("Name")?.Value} {detail.Element("Target")!.Element("RequiresRecreation")!.Value} {detail.Element("Evaluation")!.Value} {detail.Element("ChangeSource")!.Value} {detail.Element("CausingEntity")?.Value}"))),
    ];
}
