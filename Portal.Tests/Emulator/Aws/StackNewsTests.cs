using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Aws.Events;
using Portal.Emulator.Aws.Faults;
using Portal.Emulator.Aws.Objects;
using Portal.Emulator.Aws.Queues;

namespace Portal.Tests.Emulator.Aws;

/// <summary>What CloudFormation does reaches the queues that rules name (AWS CloudFormation user guide, "CloudFormation events detail reference").</summary>
public sealed class StackNewsTests : IDisposable
{
    private const string Keys = "Resources: { A: { Type: AWS::KMS::Key } }";
    private const string Everything = """{ source: [aws.cloudformation] }""";
    private const string Admits = """
        Statement: [{ Effect: Allow, Principal: { Service: events.amazonaws.com }, Action: "sqs:SendMessage", Resource: !GetAtt Queue.Arn, Condition: { ArnEquals: { "aws:SourceArn": !GetAtt Rule.Arn } } }]
        """;

    private readonly TestFolder _folder = new();
    private AwsHalf _aws;

    public StackNewsTests() => _aws = new AwsHalf(_folder);

    [Fact]
    public async Task Rule_StackChanges_SendsThemInTheGuidesShape()
    {
        Listen(Everything, Admits);

        var stack = _aws.Create("keys", Keys, token: "create-1");
        _aws.Move(100);

        var told = await TakeAsync();
        told.Select(one => $"{one["detail-type"]} {one["detail"]!["logical-resource-id"]} {one["detail"]!["status-details"]!["status"]}").ShouldBe(
        [
            "CloudFormation Stack Status Change  CREATE_IN_PROGRESS", "CloudFormation Resource Status Change A CREATE_IN_PROGRESS", "CloudFormation Resource Status Change A CREATE_IN_PROGRESS",
            "CloudFormation Resource Status Change A CREATE_COMPLETE", "CloudFormation Stack Status Change  CREATE_COMPLETE",
        ]);
        told[3].ToJsonString().ShouldBe($$$"""
            {"version":"0","id":"{{{told[3]["id"]}}}","detail-type":"CloudFormation Resource Status Change","source":"aws.cloudformation","account":"000000000000","time":"{{{told[3]["time"]}}}",
            "region":"us-east-1","resources":["{{{stack.Id}}}"],"detail":{"stack-id":"{{{stack.Id}}}","logical-resource-id":"A","physical-resource-id":"{{{stack.Resources["A"].PhysicalId}}}",
            "status-details":{"status":"CREATE_COMPLETE","status-reason":""},"resource-type":"AWS::KMS::Key","client-request-token":"create-1"}}
            """.ReplaceLineEndings(""));
    }

    [Theory]
    [InlineData("{ detail-type: [CloudFormation Stack Status Change] }", 2)]
    [InlineData("{ detail: { status-details: { status: [{ suffix: _COMPLETE }] } } }", 2)]
    [InlineData("{ detail: { status-details: { status: [{ anything-but: CREATE_COMPLETE }] } } }", 3)]
    [InlineData("{ detail: { logical-resource-id: [{ exists: false }] } }", 2)]
    [InlineData("{ detail: { stack-id: [{ prefix: \"arn:aws:cloudformation:eu-\" }] } }", 0)]
    [InlineData("{ source: [aws.ec2] }", 0)]
    public async Task Rule_WithAPattern_SendsWhatFits(string pattern, int messages)
    {
        Listen(pattern, Admits);
        _aws.Create("keys", Keys);
        _aws.Move(100);

        (await TakeAsync()).Count.ShouldBe(messages);
    }

    [Theory]
    [InlineData("Statement: []")]
    [InlineData("Statement: [{ Effect: Allow, Principal: { Service: sns.amazonaws.com }, Action: \"sqs:SendMessage\", Resource: !GetAtt Queue.Arn }]")]
    [InlineData("Statement: [{ Effect: Allow, Principal: { Service: events.amazonaws.com }, Action: \"sqs:ReceiveMessage\", Resource: !GetAtt Queue.Arn }]")]
    [InlineData("Statement: [{ Effect: Allow, Principal: { Service: events.amazonaws.com }, Action: \"sqs:*\", Resource: \"arn:aws:sqs:us-east-1:000000000000:other\" }]")]
    [InlineData("Statement: [{ Effect: Allow, Principal: \"*\", Action: \"sqs:*\", Resource: \"*\", Condition: { ArnEquals: { \"aws:SourceArn\": \"arn:aws:events:us-east-1:000000000000:rule/other\" } } }]")]
    public async Task Queue_WhosePolicyDoesNotAdmitTheRule_GetsNothing(string policy)
    {
        Listen(Everything, policy);
        _aws.Create("keys", Keys);
        _aws.Move(100);

        (await TakeAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Message_Received_IsHiddenUntilItsTimeoutAndGoneWhenDeleted()
    {
        Listen("{ detail: { status-details: { status: [CREATE_COMPLETE] } }, detail-type: [CloudFormation Stack Status Change] }", Admits);
        _aws.Create("keys", Keys);
        _aws.Move(100);

        var first = (await ReceiveAsync()).ShouldHaveSingleItem();
        (await ReceiveAsync()).ShouldBeEmpty();
        _aws.Move(29);
        (await ReceiveAsync()).ShouldBeEmpty();
        _aws.Move(1);
        var again = (await ReceiveAsync()).ShouldHaveSingleItem();
        (again.Id, again.Receives).ShouldBe((first.Id, 2));

        Start();
        (await ReceiveAsync()).ShouldHaveSingleItem("what was not deleted is there after a restart");
        Messages.Delete(Queue, first.Id);
        Start();
        (await ReceiveAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Message_NobodyReceived_IsForgottenWhenTheQueuesRetentionIsOver()
    {
        Listen(Everything, Admits, "{ MessageRetentionPeriod: 3600 }");
        _aws.Create("keys", Keys);
        _aws.Move(100);
        Messages.Count(Queue).Visible.ShouldBe(5);

        _aws.Move(3600);

        (await ReceiveAsync()).ShouldBeEmpty();
        Start();
        Messages.Count(Queue).Visible.ShouldBe(0);
    }

    [Fact]
    public async Task Receive_WaitingOnAnEmptyQueue_IsAnsweredByTheNextMessage()
    {
        Listen(Everything, Admits);
        var waiting = Messages.ReceiveAsync(Queue, 10, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(20), CancellationToken.None);
        waiting.IsCompleted.ShouldBeFalse();

        _aws.Create("keys", Keys);

        (await waiting.WaitAsync(TimeSpan.FromSeconds(20))).ShouldNotBeEmpty();
        _aws.Move(100);
        await TakeAsync();
        var patient = Messages.ReceiveAsync(Queue, 10, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(20), CancellationToken.None);
        _aws.Move(20);
        (await patient.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("lose-deliveries", 0)]
    [InlineData("duplicate-deliveries", 10)]
    public async Task Fault_OfDeliveries_LosesOrRepeatsThem(string kind, int messages)
    {
        Listen(Everything, Admits);
        _aws.Get<FaultPlan>().Add(new Fault { Kind = kind, Rate = 1 });
        _aws.Create("keys", Keys);
        _aws.Move(100);

        (await TakeAsync()).Count.ShouldBe(messages);
        _aws.Stack("keys").Events.Count.ShouldBe(5, "what is told is lost, not what happened");
    }

    [Fact]
    public async Task Fault_DelayDeliveries_ShowsThemLater()
    {
        Listen(Everything, Admits);
        _aws.Get<FaultPlan>().Add(new Fault { Kind = "delay-deliveries", Rate = 1, Seconds = 300 });
        _aws.Create("keys", Keys);
        _aws.Move(100);
        Messages.Count(Queue).ShouldBe((0, 0, 5));

        _aws.Move(300);

        (await TakeAsync()).Count.ShouldBe(5);
    }

    [Fact]
    public void Rule_WithAPatternThatAwsDoesNotKnow_FailsItsStack()
    {
        _aws.Create("rule", "Resources: { Rule: { Type: AWS::Events::Rule, Properties: { EventPattern: { source: [{ like: aws }] } } } }");
        _aws.Move(100);

        _aws.Stack("rule").Events.ShouldContain(entry => entry.Status == "CREATE_FAILED" && entry.Reason!.Contains("Unrecognized match type like"));
    }

    [Fact]
    public void Bucket_ThatHoldsSomething_CannotBeDeleted()
    {
        _aws.Create("bucket", "Resources: { Bucket: { Type: AWS::S3::Bucket } }");
        _aws.Move(100);
        var name = _aws.Stack("bucket").Resources["Bucket"].PhysicalId!;
        var objects = _aws.Get<ObjectStore>();
        objects.Put(new StoredObject(name, "a/b", [1], "text/plain", _aws.Time.GetUtcNow()));
        _aws.Delete("bucket");
        _aws.Move(100);
        _aws.Stack("bucket").StatusReason.ShouldNotBeNull();
        _aws.Stack("bucket").Status.ShouldBe("DELETE_FAILED");

        objects.Delete(name, "a/b");
        _aws.Delete("bucket");
        _aws.Move(100);
        _aws.Get<Inventory>().OfType(ObjectStore.BucketType).ShouldBeEmpty();
    }

    public void Dispose()
    {
        _aws.Dispose();
        _folder.Dispose();
    }

    private MessageStore Messages => _aws.Get<MessageStore>();

    private Queue Queue => Queue.Of(_aws.Get<Inventory>().OfType(Queue.Type).Single());

    private void Listen(string pattern, string policy, string queue = "{}")
    {
        _aws.Create("listener", $$"""
            Resources:
              Queue: { Type: AWS::SQS::Queue, Properties: {{queue}} }
              Rule: { Type: AWS::Events::Rule, Properties: { EventPattern: {{pattern}}, Targets: [{ Id: queue, Arn: !GetAtt Queue.Arn }] } }
              Policy: { Type: AWS::SQS::QueuePolicy, Properties: { Queues: [!Ref Queue], PolicyDocument: { {{policy}} } } }
            """);
        _aws.Move(100);
        _aws.Stack("listener").Status.ShouldBe("CREATE_COMPLETE", _aws.Stack("listener").StatusReason);
        Messages.Forget(Queue, default, all: true);
    }

    private void Start()
    {
        var time = _aws.Time;
        _aws.Dispose();
        _aws = new AwsHalf(_folder, time);
    }

    private Task<IReadOnlyList<Message>> ReceiveAsync() => Messages.ReceiveAsync(Queue, 10, Queue.Visibility, TimeSpan.Zero, CancellationToken.None);

    private async Task<List<JsonNode>> TakeAsync()
    {
        var told = new List<JsonNode>();
        while (await ReceiveAsync() is { Count: > 0 } received)
            told.AddRange(received.Select(message => JsonNode.Parse(message.Body)!));
        return told;
    }
}
