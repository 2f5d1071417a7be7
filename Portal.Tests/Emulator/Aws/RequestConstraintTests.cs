using Portal.Emulator.Aws;
using Portal.Emulator.Aws.CloudFormation.Stacks;

namespace Portal.Tests.Emulator.Aws;

/// <summary>Codes, words and states of the API reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/.</summary>
public sealed class RequestConstraintTests : IDisposable
{
    private const string Key = "Parameters: { P: { Type: String, Default: a } }\nResources: { A: { Type: AWS::KMS::Key, Properties: { Description: !Ref P } } }";

    private readonly TestFolder _folder = new();
    private readonly AwsHalf _aws;

    public RequestConstraintTests()
    {
        _aws = new AwsHalf(_folder);
        _aws.Create("one", Key);
        _aws.Move(100);
    }

    [Theory]
    [InlineData("CreateStack", "StackName=1x;TemplateBody=K", "1 validation error detected: Value '1x' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*")]
    [InlineData("CreateStack", "StackName=x;TemplateBody=K;OnFailure=FOO", "1 validation error detected: Value 'FOO' at 'onFailure' failed to satisfy constraint: Member must satisfy enum value set: [DO_NOTHING, ROLLBACK, DELETE]")]
    [InlineData("CreateStack", "StackName=x;TemplateBody=K;OnFailure=DELETE;DisableRollback=true", "You can specify either OnFailure or DisableRollback, but not both.")]
    [InlineData("CreateStack", "StackName=x;TemplateBody=K;Capabilities.member.1=CAPABILITY_FOO", "1 validation error detected: Value '[CAPABILITY_FOO]' at 'capabilities' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [CAPABILITY_IAM, CAPABILITY_NAMED_IAM, CAPABILITY_AUTO_EXPAND]]")]
    [InlineData("CreateStack", "StackName=x;TemplateBody=K;ClientRequestToken=a b", "1 validation error detected: Value 'a b' at 'clientRequestToken' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9][-a-zA-Z0-9]*")]
    [InlineData("CreateStack", "StackName=x;TemplateBody=K;Tags.member.1.Key=aws:a;Tags.member.1.Value=b", "aws: prefixed tag key names are not allowed for external use.")]
    [InlineData("CreateStack", "StackName=x", "Either Template URL or Template Body must be specified.")]
    [InlineData("CreateStack", "TemplateBody=K", "1 validation error detected: Value null at 'stackName' failed to satisfy constraint: Member must not be null")]
    [InlineData("CreateStack", "StackName=x;TemplateBody=K;Parameters.member.1.ParameterKey=Z;Parameters.member.1.ParameterValue=1", "Parameters: [Z] do not exist in the template")]
    [InlineData("CreateStack", "StackName=x;TemplateBody=K;Parameters.member.1.ParameterKey=P;Parameters.member.1.UsePreviousValue=true", "Invalid input for parameter key P. Cannot specify usePreviousValue as true for a parameter key not in the previous template")]
    [InlineData("UpdateStack", "StackName=one;TemplateBody=K", "No updates are to be performed.")]
    [InlineData("UpdateStack", "StackName=one", "Either Template URL or Template Body must be specified.")]
    [InlineData("UpdateStack", "StackName=one;UsePreviousTemplate=true;TemplateBody=K", "You cannot specify both usePreviousTemplate and Template Body/Template URL.")]
    [InlineData("UpdateStack", "StackName=none;TemplateBody=K", "Stack [none] does not exist")]
    [InlineData("DescribeStacks", "StackName=none", "Stack with id none does not exist")]
    [InlineData("DescribeStacks", "NextToken=zzz", "The specified next token is invalid.")]
    [InlineData("DescribeStackEvents", "StackName=none", "Stack [none] does not exist")]
    [InlineData("DescribeStackResource", "StackName=one;LogicalResourceId=Z", "Resource Z does not exist for stack one")]
    [InlineData("DescribeStackResources", "PhysicalResourceId=vpc-0", "Stack for vpc-0 does not exist")]
    [InlineData("ListStackResources", "StackName=none", "Stack with id none does not exist")]
    [InlineData("GetTemplate", "StackName=none", "Stack with id none does not exist")]
    [InlineData("ListStacks", "StackStatusFilter.member.1=GONE", "1 validation error detected: Value '[GONE]' at 'stackStatusFilter' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [CREATE_IN_PROGRESS, CREATE_FAILED,")]
    [InlineData("CancelUpdateStack", "StackName=one", "CancelUpdateStack cannot be called from current stack status")]
    [InlineData("ContinueUpdateRollback", "StackName=none", "Stack [none] does not exist")]
    [InlineData("UpdateTerminationProtection", "StackName=none;EnableTerminationProtection=true", "Stack [none] does not exist")]
    [InlineData("DescribeChangeSet", "ChangeSetName=c", "StackName must be specified if ChangeSetName is not specified as an ARN.")]
    [InlineData("CreateChangeSet", "StackName=none;ChangeSetName=c;TemplateBody=K", "Stack [none] does not exist")]
    [InlineData("CreateChangeSet", "StackName=one;ChangeSetName=1;TemplateBody=K", "1 validation error detected: Value '1' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/]*")]
    [InlineData("ListImports", "ExportName=none", "Export with name none does not exist.")]
    public void Ask_WrongRequest_IsAValidationErrorInAwsWords(string action, string parameters, string message)
    {
        var error = Should.Throw<AwsException>(() => Ask(action, parameters));
        (error.Code, error.Status).ShouldBe(("ValidationError", 400));
        error.Message.ShouldStartWith(message);
    }

    [Theory]
    [InlineData("CreateStack", "StackName=one;TemplateBody=K", "AlreadyExistsException", 400, "Stack [one] already exists")]
    [InlineData("DescribeChangeSet", "StackName=one;ChangeSetName=c", "ChangeSetNotFound", 404, "ChangeSet [c] does not exist")]
    [InlineData("ExecuteChangeSet", "StackName=one;ChangeSetName=c", "ChangeSetNotFound", 404, "ChangeSet [c] does not exist")]
    [InlineData("Frobnicate", "", "InvalidAction", 400, "Could not find operation Frobnicate for version 2010-05-15")]
    public void Ask_OtherRefusals_HaveAwsCodeAndStatus(string action, string parameters, string code, int status, string message)
    {
        var error = Should.Throw<AwsException>(() => Ask(action, parameters));
        (error.Code, error.Status, error.Message).ShouldBe((code, status, message));
    }

    [Fact]
    public void Create_NameOf129Letters_IsTooLong() =>
        Should.Throw<AwsException>(() => Ask("CreateStack", $"StackName={new string('x', 129)};TemplateBody=K")).Message
            .ShouldEndWith("at 'stackName' failed to satisfy constraint: Member must have length less than or equal to 128");

    [Fact]
    public void Create_MoreThan50Tags_IsRefused() =>
        Should.Throw<AwsException>(() => Ask("CreateStack", "StackName=x;TemplateBody=K;" + string.Join(';', Enumerable.Range(1, 51).Select(i => $"Tags.member.{i}.Key=k{i};Tags.member.{i}.Value=v")))).Message
            .ShouldBe("1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50");

    /// <summary>User guide, "CloudFormation quotas": a template in the request.</summary>
    [Theory]
    [InlineData(51_200, true)]
    [InlineData(51_201, false)]
    public void Create_TemplateBody_MayHave51200Bytes(int bytes, bool accepted)
    {
        var body = Key + "\n#" + new string('x', bytes - Key.Length - 2);
        if (accepted)
            _aws.Ask("CreateStack", ("StackName", "big"), ("TemplateBody", body)).Descendants("StackId").ShouldHaveSingleItem();
        else
            Should.Throw<AwsException>(() => _aws.Ask("CreateStack", ("StackName", "big"), ("TemplateBody", body))).Message.ShouldEndWith("at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200");
    }

    [Fact]
    public void DescribeStacks_ManyStacks_ComeInPagesThatShiftNothing()
    {
        for (var i = 0; i < 205; i++)
            _aws.Create($"s{i}", Key);
        var names = new List<string>();
        string? token = null;
        do
        {
            var page = token is null ? _aws.Ask("DescribeStacks") : _aws.Ask("DescribeStacks", ("NextToken", token));
            names.AddRange(page.Descendants("StackName").Select(name => name.Value));
            token = page.Descendants("NextToken").FirstOrDefault()?.Value;
            if (names.Count == 100)
                _aws.Create("between", Key);
        }
        while (token is not null);

        names.Count.ShouldBe(206);
        names.Distinct().Count().ShouldBe(206);
    }

    [Fact]
    public void DescribeStackResources_ByPhysicalId_FindsTheStackAround()
    {
        var key = _aws.Stack("one").Resources["A"].PhysicalId!;
        var answer = _aws.Ask("DescribeStackResources", ("PhysicalResourceId", key));
        answer.Descendants("StackName").Select(name => name.Value).ShouldBe(["one"]);
        answer.Descendants("PhysicalResourceId").Select(id => id.Value).ShouldContain(key);
    }

    /// <summary>API reference, ClientRequestToken: CloudFormation knows by it that a request is a retry.</summary>
    [Fact]
    public void Ask_SameTokenAgain_DoesNothingTwice()
    {
        for (var i = 0; i < 2; i++)
            Ask("UpdateStack", "StackName=one;TemplateBody=K;ClientRequestToken=t1;Parameters.member.1.ParameterKey=P;Parameters.member.1.ParameterValue=b");
        _aws.Move(100);
        Ask("UpdateStack", "StackName=one;TemplateBody=K;ClientRequestToken=t1;Parameters.member.1.ParameterKey=P;Parameters.member.1.ParameterValue=b");
        _aws.Stack("one").Events.Count(entry => entry is { LogicalId: "one", Status: "UPDATE_IN_PROGRESS" }).ShouldBe(1);
    }

    /// <summary>API reference, RetainExceptOnCreate and the DeletionPolicy of that name.</summary>
    [Theory]
    [InlineData("Retain", false, 1)]
    [InlineData("Retain", true, 0)]
    [InlineData("RetainExceptOnCreate", false, 0)]
    [InlineData("Delete", false, 0)]
    public void Create_ThatRollsBack_KeepsWhatIsRetained(string policy, bool except, int left)
    {
        _aws.Fail("create", "AWS::Logs::LogGroup", "no");
        Ask("CreateStack", $"StackName=kept;RetainExceptOnCreate={except};TemplateBody=Resources: {{ K: {{ Type: AWS::SSM::Parameter, DeletionPolicy: {policy}, Properties: {{ Type: String, Value: a }} }}, L: {{ Type: AWS::Logs::LogGroup, DependsOn: K }} }}");
        _aws.Move(100);
        _aws.Stack("kept").Status.ShouldBe("ROLLBACK_COMPLETE");
        _aws.Get<Portal.Emulator.Aws.CloudFormation.Resources.Inventory>().OfType("AWS::SSM::Parameter").Count.ShouldBe(left);
    }

    public void Dispose()
    {
        _aws.Dispose();
        _folder.Dispose();
    }

    private void Ask(string action, string parameters) => _aws.Ask(action, [.. parameters.Split(';', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2)).Select(pair => (pair[0], pair[1] == "K" ? Key : pair[1]))]);
}
