using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using Amazon.SQS;
using Amazon.SQS.Model;
using Portal.Benchmarks;

namespace Portal.Tests.Emulator.Aws;

/// <summary>An account made ready by target.yaml, as AWS's own SDK finds it.</summary>
public sealed class TargetAccountTests : IAsyncLifetime
{
    private PreparedAccount _prepared = null!;
    private Account _account = null!;
    private Dictionary<string, string> _outputs = null!;
    private string _url = "";

    public async Task InitializeAsync()
    {
        _prepared = await PreparedAccount.StartAsync();
        (_account, _outputs, _url) = (_prepared.Account, _prepared.Outputs, _prepared.Url);
    }

    [Fact]
    public async Task Queue_StackIsMade_TellsWhoeverWaits()
    {
        using var queues = new AmazonSQSClient("portal-local", "portal-local-secret", Configure(new AmazonSQSConfig()));
        var url = (await queues.GetQueueUrlAsync(_outputs["EventQueue"])).QueueUrl;
        await EmptyAsync(queues, url);
        var waiting = queues.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = url, WaitTimeSeconds = 20, MaxNumberOfMessages = 1, MessageSystemAttributeNames = ["All"] });

        await _account.CreateAsync("keys", "Resources: { A: { Type: AWS::KMS::Key } }", []);

        var message = (await waiting).Messages.ShouldNotBeNull()[0];
        message.Body.ShouldContain("\"detail-type\":\"CloudFormation Stack Status Change\"");
        message.Attributes["ApproximateReceiveCount"].ShouldBe("1");
        await queues.DeleteMessageAsync(url, message.ReceiptHandle);
        // What a stack has come to is told after it can be read.
        await EmptyAsync(queues, url, "Stack Status Change", "CREATE_COMPLETE");
        (await _account.EndStatusAsync("keys")).ShouldBe("CREATE_COMPLETE");
        var attributes = await queues.GetQueueAttributesAsync(url, ["All"]);
        (attributes.ApproximateNumberOfMessages + attributes.ApproximateNumberOfMessagesNotVisible, attributes.MessageRetentionPeriod).ShouldBe((0, 3600));

        var refused = await Should.ThrowAsync<QueueDoesNotExistException>(() => queues.GetQueueUrlAsync("other"));
        refused.Message.ShouldBe("The specified queue does not exist.");
    }

    [Fact]
    public async Task Bucket_PutHeadGet_IsWhatWasPut()
    {
        using var bucket = new AmazonS3Client("portal-local", "portal-local-secret", Configure(new AmazonS3Config { ForcePathStyle = true }));
        var name = _outputs["TemplateBucket"];
        (await Should.ThrowAsync<AmazonS3Exception>(() => bucket.GetObjectMetadataAsync(name, "templates/a b+ü.yaml"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        await bucket.PutObjectAsync(new PutObjectRequest { BucketName = name, Key = "templates/a b+ü.yaml", ContentBody = new string('x', 100_000) });

        (await bucket.GetObjectMetadataAsync(name, "templates/a b+ü.yaml")).ContentLength.ShouldBe(100_000);
        using var got = await bucket.GetObjectAsync(name, "templates/a b+ü.yaml");
        using var reader = new StreamReader(got.ResponseStream);
        (await reader.ReadToEndAsync()).ShouldBe(new string('x', 100_000));
        (await Should.ThrowAsync<AmazonS3Exception>(() => bucket.PutObjectAsync(new PutObjectRequest { BucketName = "other", Key = "a", ContentBody = "b" }))).ErrorCode.ShouldBe("NoSuchBucket");
    }

    /// <summary>AWS CloudFormation user guide, "CloudFormation quotas": 51,200 bytes in the call, 1 MB in S3.</summary>
    [Fact]
    public async Task TemplateUrl_BeyondWhatACallCarries_IsFetchedFromTheBucket()
    {
        using var bucket = new AmazonS3Client("portal-local", "portal-local-secret", Configure(new AmazonS3Config { ForcePathStyle = true }));
        var body = "Resources: { A: { Type: AWS::KMS::Key } }\n#" + new string('x', 60_000);
        await bucket.PutObjectAsync(new PutObjectRequest { BucketName = _outputs["TemplateBucket"], Key = "large.yaml", ContentBody = body });
        await bucket.PutObjectAsync(new PutObjectRequest { BucketName = _outputs["TemplateBucket"], Key = "too-large.yaml", ContentBody = body + new string('x', 940_000) });
        var here = $"{_url}/{_outputs["TemplateBucket"]}";

        (await RefusedAsync("CreateStack", ("StackName", "large"), ("TemplateBody", body))).ShouldEndWith("at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200");
        await _account.AskAsync("cloudformation", ("Action", "CreateStack"), ("StackName", "large"), ("TemplateURL", $"{here}/large.yaml"));
        (await _account.EndStatusAsync("large")).ShouldBe("CREATE_COMPLETE");
        (await _account.AskAsync("cloudformation", ("Action", "GetTemplate"), ("StackName", "large"), ("TemplateStage", "Original"))).Descendants("TemplateBody").Single().Value.ShouldBe(body);
        await _account.AskAsync("cloudformation", ("Action", "ValidateTemplate"), ("TemplateURL", $"https://{_outputs["TemplateBucket"]}.s3.us-east-1.amazonaws.com/large.yaml"));
        await _account.AskAsync("cloudformation", ("Action", "CreateChangeSet"), ("StackName", "large"), ("ChangeSetName", "same"), ("TemplateURL", $"https://s3.us-east-1.amazonaws.com/{_outputs["TemplateBucket"]}/large.yaml"));
        (await RefusedAsync("UpdateStack", ("StackName", "large"), ("TemplateURL", $"{here}/large.yaml"))).ShouldBe("No updates are to be performed.");
        (await RefusedAsync("UpdateStack", ("StackName", "large"), ("UsePreviousTemplate", "true"))).ShouldBe("No updates are to be performed.");
        (await RefusedAsync("ValidateTemplate", ("TemplateURL", $"{here}/too-large.yaml"))).ShouldBe("Template may not exceed 1000000 bytes in size.");
        (await RefusedAsync("ValidateTemplate", ("TemplateURL", $"{here}/none.yaml"))).ShouldStartWith("S3 error: The specified key does not exist.");
        (await RefusedAsync("ValidateTemplate", ("TemplateURL", "https://example.com/a.yaml"))).ShouldStartWith("S3 error: Domain name specified in example.com is not a valid S3 domain");
    }

    [Fact]
    public async Task Role_Assumed_WantsItsExternalId()
    {
        using var sts = new AmazonSecurityTokenServiceClient("portal-local", "portal-local-secret", Configure(new AmazonSecurityTokenServiceConfig()));
        AssumeRoleRequest With(string? id) => new() { RoleArn = _outputs["WorkerRoleArn"], RoleSessionName = "portal-worker", ExternalId = id };

        (await sts.AssumeRoleAsync(With(PreparedAccount.ExternalId))).Credentials.ShouldNotBeNull();
        foreach (var wrong in new[] { "sandbox-0000", null })
            (await Should.ThrowAsync<AmazonServiceException>(() => sts.AssumeRoleAsync(With(wrong)))).ErrorCode.ShouldBe("AccessDenied");
    }

    public async Task DisposeAsync() => await _prepared.DisposeAsync();

    private async Task<string> RefusedAsync(string action, params (string, string)[] parameters)
    {
        var error = await Should.ThrowAsync<InvalidOperationException>(() => _account.AskAsync("cloudformation", [("Action", action), .. parameters]));
        return System.Xml.Linq.XElement.Parse(error.Message).Descendants().Single(element => element.Name.LocalName == "Message").Value;
    }

    /// <param name="until">What the last message says; none where it is empty when there is none.</param>
    private static async Task EmptyAsync(AmazonSQSClient queues, string url, params string[] until)
    {
        var isOver = until.Length == 0;
        while ((await queues.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = url, WaitTimeSeconds = isOver ? 0 : 20, MaxNumberOfMessages = 10 })).Messages is { Count: > 0 } messages)
        {
            isOver |= messages.Exists(message => Array.TrueForAll(until, message.Body.Contains));
            var deleted = await queues.DeleteMessageBatchAsync(url, [.. messages.Select(message => new DeleteMessageBatchRequestEntry(message.MessageId, message.ReceiptHandle))]);
            deleted.Successful.Count.ShouldBe(messages.Count);
        }
    }

    private T Configure<T>(T config) where T : ClientConfig
    {
        (config.ServiceURL, config.AuthenticationRegion, config.MaxErrorRetry) = (_url, "us-east-1", 0);
        return config;
    }
}
