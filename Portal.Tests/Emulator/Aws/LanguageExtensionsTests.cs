using System.Text.Json.Nodes;
using System.Xml.Linq;
using Portal.Emulator.Aws;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Stacks;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Tests.Emulator.Aws;

/// <summary>
/// AWS::LanguageExtensions: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html
/// and https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/function-refs-in-policy-attributes.html.
/// </summary>
public sealed class LanguageExtensionsTests : IDisposable
{
    private const string Database = """
        Transform: AWS::LanguageExtensions
        Parameters: { Keep: { Type: String, Default: "true" }, Names: { Type: CommaDelimitedList, Default: "a,b,c" } }
        Conditions: { Keeps: !Equals [!Ref Keep, "true"] }
        Resources:
          Database:
            Type: AWS::RDS::DBInstance
            DeletionPolicy: !If [Keeps, Snapshot, Delete]
            UpdateReplacePolicy: Snapshot
            Properties: { Engine: postgres, DBInstanceClass: db.t4g.small, Tags: [{ Key: count, Value: { "Fn::Length": !Ref Names } }] }
        """;

    private readonly TestFolder _folder = new();
    private readonly AwsHalf _aws;

    public LanguageExtensionsTests() => _aws = new AwsHalf(_folder);

    [Theory]
    [InlineData("true", "Snapshot")]
    [InlineData("false", "Delete")]
    public void Create_FunctionInDeletionPolicy_IsWorkedOutFromTheParameters(string keep, string policy)
    {
        Create(Database, ("Keep", keep));
        _aws.Move(100);
        var database = _aws.Stack("data").Resources["Database"];
        (database.Status, database.DeletionPolicy, database.UpdateReplacePolicy).ShouldBe(("CREATE_COMPLETE", policy, "Snapshot"));
    }

    /// <summary>The words: aws/aws-cli#3825; cfn-language-discussion#124 and #139 for what the transform says.</summary>
    [Theory]
    [InlineData("Resources: { A: { Type: AWS::KMS::Key, DeletionPolicy: !If [C, Retain, Delete] } }", "Template format error: Every DeletionPolicy member must be a string.")]
    [InlineData("Resources: { A: { Type: AWS::KMS::Key, UpdateReplacePolicy: !Ref P } }", "Template format error: Every UpdateReplacePolicy member must be a string.")]
    [InlineData("Resources: { A: { Type: AWS::KMS::Key, DeletionPolicy: Keep } }", "Template format error: Unrecognized DeletionPolicy Keep for resource A")]
    [InlineData("Resources: { A: { Type: AWS::DynamoDB::Table, DeletionPolicy: Snapshot } }", "Template error: resource type AWS::DynamoDB::Table does not support deletion policy Snapshot")]
    [InlineData("Transform: AWS::Serverless-2016-10-31\nResources: { A: { Type: AWS::KMS::Key } }", "No transform named AWS::Serverless-2016-10-31 found.")]
    [InlineData("Resources: { A: { Type: AWS::KMS::Key, Properties: { Description: !ToJsonString { a: b } } } }", "Template format error: Encountered unsupported function: Fn::ToJsonString Supported functions are: [Fn::Base64,")]
    public void Create_WithoutTheTransform_IsRefused(string template, string message) =>
        Should.Throw<AwsException>(() => Create(template)).Message.ShouldStartWith(message);

    [Theory]
    [InlineData("!Ref Word", "Transform AWS::LanguageExtensions failed with: Unrecognized DeletionPolicy Keep for resource A.")]
    [InlineData("!Ref B", "Transform AWS::LanguageExtensions failed with: Unsupported expression for DeletionPolicy in resource A.")]
    public void Create_FunctionThatGivesNoPolicy_FailsTheStack(string policy, string reason)
    {
        Create($$"""
            Transform: AWS::LanguageExtensions
            Parameters: { Word: { Type: String, Default: Keep } }
            Resources: { A: { Type: AWS::KMS::Key, DeletionPolicy: {{policy}} }, B: { Type: AWS::KMS::Key } }
            """);
        _aws.Move(100);
        var stack = _aws.Stack("data");
        stack.Status.ShouldBe("ROLLBACK_COMPLETE");
        stack.Events.ShouldContain(entry => entry.Status == "ROLLBACK_IN_PROGRESS" && entry.Reason!.StartsWith(reason, StringComparison.Ordinal));
    }

    /// <summary>API reference, Capabilities of CreateStack and of CreateChangeSet, where the word has no effect.</summary>
    [Fact]
    public void Create_WithoutAutoExpand_IsRefusedButNotByAChangeSet()
    {
        var request = new StackRequest("data", Database, new Dictionary<string, string?>(), null, [], null);
        var error = Should.Throw<AwsException>(() => _aws.Get<StackCommands>().Create(request));
        (error.Code, error.Message, error.Status).ShouldBe(("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_AUTO_EXPAND]", 400));

        _aws.Ask("CreateChangeSet", ("StackName", "data"), ("ChangeSetName", "first"), ("ChangeSetType", "CREATE"), ("TemplateBody", Database));
        _aws.Move(10);
        _aws.Ask("ExecuteChangeSet", ("StackName", "data"), ("ChangeSetName", "first"));
        _aws.Move(100);
        _aws.Stack("data").Status.ShouldBe("CREATE_COMPLETE");
    }

    [Fact]
    public void GetTemplate_Stages_ShowWhatWasSentAndWhatBecameOfIt()
    {
        Create(Database, ("Keep", "false"));
        _aws.Move(100);

        Stage("Original").ShouldBe(Database);
        var processed = JsonNode.Parse(Stage("Processed"))!;
        Stage(null).ShouldBe(Stage("Processed"), "it is the default");
        processed["Transform"].ShouldBeNull();
        processed["Resources"]!["Database"]!["DeletionPolicy"].ToText().ShouldBe("Delete");
        processed["Resources"]!["Database"]!["Properties"]!["Tags"]![0]!["Value"].ToText().ShouldBe("3");
        Should.Throw<AwsException>(() => Stage("Neither")).Message.ShouldContain("Member must satisfy enum value set: [Original, Processed]");

        string Stage(string? stage)
        {
            var answer = stage is null ? _aws.Ask("GetTemplate", ("StackName", "data")) : _aws.Ask("GetTemplate", ("StackName", "data"), ("TemplateStage", stage));
            answer.Descendants("StagesAvailable").Elements().Select(element => element.Value).ShouldBe(["Original", "Processed"]);
            return answer.Descendants("TemplateBody").Single().Value.ReplaceLineEndings("\n");
        }
    }

    [Theory]
    [InlineData("GetTemplateSummary")]
    [InlineData("ValidateTemplate")]
    public void Summary_OfSuchATemplate_DeclaresTheTransform(string action)
    {
        var answer = _aws.Ask(action, ("TemplateBody", Database));
        answer.Descendants("DeclaredTransforms").Elements().Select(element => element.Value).ShouldBe(["AWS::LanguageExtensions"]);
        answer.Descendants("Capabilities").Elements().Select(element => element.Value).ShouldBe(["CAPABILITY_AUTO_EXPAND"]);
    }

    public void Dispose()
    {
        _aws.Dispose();
        _folder.Dispose();
    }

    private void Create(string template, params (string Key, string Value)[] parameters) => _aws.Get<StackCommands>().Create(
        new StackRequest("data", template, parameters.ToDictionary(pair => pair.Key, pair => (string?)pair.Value), null, ["CAPABILITY_AUTO_EXPAND"], null));
}
