using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Tests.Worker.Aws;

/// <summary>Answers in the form of the CloudFormation API reference's examples.</summary>
public sealed class CloudFormationGatewayTests
{
    private const string StackId = "arn:aws:cloudformation:us-east-1:111122223333:stack/MyStack/aaf549a0-a413-11df-adb3-5081b3858e83";

    private static readonly StackRequest Request = new(
        "MyStack", "Resources: {}", new Dictionary<string, string> { ["VpcCidr"] = "10.0.0.0/16", ["Names"] = "a,b & c" },
        new Dictionary<string, string> { ["portal:owner"] = "jo+ü@example.com" }, "op-net-core-1")
    {
        Capabilities = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        KeepsWhatSucceeded = true,
    };

    [Fact]
    public async Task FindAsync_Stack_ReadsStatusOutputsAndTags()
    {
        await using var aws = await AwsStub.StartAsync(("DescribeStacks", Page(Stack("MyStack", "CREATE_COMPLETE"), next: null)));

        var stack = await new CloudFormationGateway(aws.Clients, TimeProvider.System).FindAsync(aws.Target, "MyStack", default);

        stack.ShouldNotBeNull();
        stack.Id.ShouldBe(StackId);
        stack.IsUsable.ShouldBeTrue();
        stack.Outputs.ShouldBe(new Dictionary<string, string> { ["VpcId"] = "vpc-1a2b3c4d" });
        stack.Tags.ShouldBe(new Dictionary<string, string> { ["portal:environment"] = "shop" });
        stack.CreatedAt.ShouldBe(new DateTimeOffset(2010, 7, 27, 22, 28, 28, TimeSpan.Zero));
        stack.UpdatedAt.ShouldBeNull();
        var asked = aws.Server.Requests.Single();
        asked.Field("Version").ShouldBe("2010-05-15");
        asked.Headers["Authorization"].ShouldContain("/us-east-1/cloudformation/aws4_request");
    }

    [Fact]
    public async Task FindAsync_UnknownStack_IsNull()
    {
        await using var aws = await AwsStub.StartAsync(
            ("DescribeStacks", AwsStub.Error("ValidationError", "Stack with id MyStack does not exist")));

        (await new CloudFormationGateway(aws.Clients, TimeProvider.System).FindAsync(aws.Target, "MyStack", default)).ShouldBeNull();
    }

    [Fact]
    public async Task FindAsync_AnswerThatIsNotXml_IsUnreadable()
    {
        await using var aws = await AwsStub.StartAsync(("DescribeStacks", "welcome to the hotel's network"));

        var error = await Should.ThrowAsync<StepFailedException>(new CloudFormationGateway(aws.Clients, TimeProvider.System).FindAsync(aws.Target, "MyStack", default));

        error.Failure.Code.ShouldBe("cfn_unreadable");
    }

    [Fact]
    public async Task ListAsync_TwoPages_FollowsTheToken()
    {
        await using var aws = await AwsStub.StartAsync(
            ("DescribeStacks", Page(Stack("one", "CREATE_COMPLETE"), next: "page+2/=")),
            ("DescribeStacks", Page(Stack("two", "DELETE_IN_PROGRESS"), next: null)));

        var names = new List<string>();
        await foreach (var stack in new CloudFormationGateway(aws.Clients, TimeProvider.System).ListAsync(aws.Target, default))
            names.Add(stack.Name);

        names.ShouldBe(["one", "two"]);
        aws.Server.Requests.Select(r => r.Field("NextToken")).ShouldBe([null, "page+2/="]);
    }

    [Theory]
    [InlineData]
    [InlineData("Cluster", "Instance")]
    public async Task ContinueRollbackAsync_SendsTheTokenAndSkipsWhatIsLeftOut(params string[] leftOut)
    {
        await using var aws = await AwsStub.StartAsync(("ContinueUpdateRollback", "<ContinueUpdateRollbackResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><ContinueUpdateRollbackResult/></ContinueUpdateRollbackResponse>"));

        await new CloudFormationGateway(aws.Clients, TimeProvider.System).ContinueRollbackAsync(aws.Target, StackId, leftOut, "op-net-core-2-back", default);

        var asked = aws.Server.Requests.Single();
        (asked.Field("StackName"), asked.Field("ClientRequestToken")).ShouldBe((StackId, "op-net-core-2-back"));
        new[] { asked.Field("ResourcesToSkip.member.1"), asked.Field("ResourcesToSkip.member.2") }.OfType<string>().ShouldBe(leftOut);
    }

    [Fact]
    public async Task CreateAsync_SendsEverythingAsTheQueryProtocolWantsIt()
    {
        await using var aws = await AwsStub.StartAsync(("CreateStack", Created("CreateStack")));

        var id = await new CloudFormationGateway(aws.Clients, TimeProvider.System).CreateAsync(aws.Target, Request, default);

        id.ShouldBe(StackId);
        var asked = aws.Server.Requests.Single();
        asked.Field("StackName").ShouldBe("MyStack");
        asked.Field("ClientRequestToken").ShouldBe("op-net-core-1");
        asked.Field("Parameters.member.1.ParameterKey").ShouldBe("Names");
        asked.Field("Parameters.member.1.ParameterValue").ShouldBe("a,b & c");
        asked.Field("Parameters.member.2.ParameterKey").ShouldBe("VpcCidr");
        asked.Field("Tags.member.1.Value").ShouldBe("jo+ü@example.com");
        asked.Field("Capabilities.member.2").ShouldBe("CAPABILITY_AUTO_EXPAND");
        asked.Field("DisableRollback").ShouldBe("true");
    }

    [Fact]
    public async Task CreateAsync_StackOfTheSameToken_IsSuccess()
    {
        await using var aws = await AwsStub.StartAsync(
            ("CreateStack", AwsStub.Error("AlreadyExistsException", "Stack [MyStack] already exists")),
            ("DescribeStacks", Page(Stack("MyStack", "CREATE_IN_PROGRESS"), next: null)),
            ("DescribeStackEvents", Events("op-net-core-1")));

        (await new CloudFormationGateway(aws.Clients, TimeProvider.System).CreateAsync(aws.Target, Request, default)).ShouldBe(StackId);
    }

    [Fact]
    public async Task CreateAsync_StackOfAnotherToken_IsRefused()
    {
        await using var aws = await AwsStub.StartAsync(
            ("CreateStack", AwsStub.Error("AlreadyExistsException", "Stack [MyStack] already exists")),
            ("DescribeStacks", Page(Stack("MyStack", "CREATE_COMPLETE"), next: null)),
            ("DescribeStackEvents", Events("somebody-else")));

        var error = await Should.ThrowAsync<StepFailedException>(
            new CloudFormationGateway(aws.Clients, TimeProvider.System).CreateAsync(aws.Target, Request, default));
        error.Failure.Code.ShouldBe("cfn_already_exists");
        error.Failure.CanRetry.ShouldBeFalse();
    }

    [Fact]
    public async Task UpdateAsync_NoChange_IsNothingToDo()
    {
        await using var aws = await AwsStub.StartAsync(
            ("UpdateStack", AwsStub.Error("ValidationError", "No updates are to be performed.")), ("UpdateStack", Created("UpdateStack")));
        var gateway = new CloudFormationGateway(aws.Clients, TimeProvider.System);

        (await gateway.UpdateAsync(aws.Target, Request, default)).ShouldBe(StackUpdate.NothingToDo);
        (await gateway.UpdateAsync(aws.Target, Request, default)).ShouldBe(StackUpdate.Started);
    }

    [Fact]
    public async Task ResourcesAsync_Summaries_AreRead()
    {
        await using var aws = await AwsStub.StartAsync(("ListStackResources", $"""
            <ListStackResourcesResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><ListStackResourcesResult><StackResourceSummaries>
            <member><ResourceStatus>CREATE_FAILED</ResourceStatus><LogicalResourceId>DBSecurityGroup</LogicalResourceId>
            <LastUpdatedTimestamp>2011-06-21T20:15:58Z</LastUpdatedTimestamp><PhysicalResourceId>gmarcteststack-dbsecuritygroup-1s5m0ez5lkk6w</PhysicalResourceId>
            <ResourceStatusReason>quota</ResourceStatusReason><ResourceType>AWS::RDS::DBSecurityGroup</ResourceType></member>
            </StackResourceSummaries></ListStackResourcesResult><ResponseMetadata><RequestId>2d06e36c</RequestId></ResponseMetadata></ListStackResourcesResponse>
            """));

        var resource = (await new CloudFormationGateway(aws.Clients, TimeProvider.System).ResourcesAsync(aws.Target, StackId, default)).Single();

        resource.ShouldBe(new StackResource(
            "DBSecurityGroup", "gmarcteststack-dbsecuritygroup-1s5m0ez5lkk6w", "AWS::RDS::DBSecurityGroup", "CREATE_FAILED", "quota",
            new DateTimeOffset(2011, 6, 21, 20, 15, 58, TimeSpan.Zero)));
    }

    private static string Stack(string name, string status) => $"""
        <member><StackName>{name}</StackName><StackId>{StackId}</StackId><StackStatus>{status}</StackStatus><CreationTime>2010-07-27T22:28:28Z</CreationTime>
        <Outputs><member><Description>id</Description><OutputKey>VpcId</OutputKey><OutputValue>vpc-1a2b3c4d</OutputValue></member></Outputs>
        <Tags><member><Key>portal:environment</Key><Value>shop</Value></member></Tags><DisableRollback>false</DisableRollback></member>
        """;

    private static string Page(string stacks, string? next) => $"""
        <DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>{stacks}</Stacks>
        {(next is null ? "" : $"<NextToken>{next}</NextToken>")}</DescribeStacksResult><ResponseMetadata><RequestId>b9b4b068</RequestId></ResponseMetadata></DescribeStacksResponse>
        """;

    private static string Created(string action) => $"""
        <{action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><{action}Result><StackId>{StackId}</StackId></{action}Result>
        <ResponseMetadata><RequestId>b9b4b068</RequestId></ResponseMetadata></{action}Response>
        """;

    private static string Events(string token) => $"""
        <DescribeStackEventsResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStackEventsResult><StackEvents>
        <member><EventId>Event-1-Id</EventId><StackId>{StackId}</StackId><StackName>MyStack</StackName><LogicalResourceId>MyStack</LogicalResourceId>
        <PhysicalResourceId>{StackId}</PhysicalResourceId><ResourceType>AWS::CloudFormation::Stack</ResourceType><Timestamp>2010-07-27T22:26:28Z</Timestamp>
        <ResourceStatus>CREATE_IN_PROGRESS</ResourceStatus><ResourceStatusReason>User initiated</ResourceStatusReason><ClientRequestToken>{token}</ClientRequestToken></member>
        </StackEvents></DescribeStackEventsResult></DescribeStackEventsResponse>
        """;
}
