using System.Runtime.CompilerServices;
using System.Text.Json;
using Amazon.SQS;
using Amazon.SQS.Model;
using Portal.Worker.Aws.Sdk;

namespace Portal.Worker.Aws;

/// <summary>The target's queue of CloudFormation's events (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/events-detail-reference.html).</summary>
internal sealed class EventQueueGateway(AwsClients clients) : IStackNews
{
    // The most that SQS waits; an answer comes earlier with the first message.
    private const int WaitSeconds = 20;
    private const int MostMessages = 10;

    public async IAsyncEnumerable<StackNews> ListenAsync(AwsTarget target, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var url = (await CallAsync(target, "GetQueueUrl", sqs => sqs.GetQueueUrlAsync(target.EventQueue, cancellationToken), cancellationToken)).QueueUrl;
        while (true)
        {
            var request = new ReceiveMessageRequest { QueueUrl = url, WaitTimeSeconds = WaitSeconds, MaxNumberOfMessages = MostMessages };
            var messages = (await CallAsync(target, "ReceiveMessage", sqs => sqs.ReceiveMessageAsync(request, cancellationToken), cancellationToken)).Messages ?? [];
            foreach (var news in messages.Select(message => Read(message.Body)).OfType<StackNews>())
                yield return news;
            // What nobody can read goes as well: it would come again and again.
            if (messages.Count > 0)
            {
                await CallAsync(target, "DeleteMessageBatch", sqs => sqs.DeleteMessageBatchAsync(
                    url, [.. messages.Select((message, i) => new DeleteMessageBatchRequestEntry($"{i}", message.ReceiptHandle))], cancellationToken), cancellationToken);
            }
        }
    }

    /// <summary>Null where it is no event of a stack.</summary>
    internal static StackNews? Read(string body)
    {
        try
        {
            var told = JsonSerializer.Deserialize<Told>(body, JsonSerializerOptions.Web);
            if (told is not { Source: "aws.cloudformation", Detail: { StackId: { Length: > 0 } id, Details.Status: { } status } detail })
                return null;
            // That work begins was heard by whoever asked for it.
            return new StackNews(id, detail.LogicalId is null && status is not ("CREATE_IN_PROGRESS" or "UPDATE_IN_PROGRESS" or "DELETE_IN_PROGRESS"));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private Task<T> CallAsync<T>(AwsTarget target, string action, Func<AmazonSQSClient, Task<T>> call, CancellationToken cancellationToken) =>
        AwsErrors.ClassifyAsync(() => call(clients.Queues(target)), AwsService.Sqs, action, target, cancellationToken);

    private sealed record Told(string? Source, ToldDetail? Detail);

    private sealed record ToldDetail
    {
        [System.Text.Json.Serialization.JsonPropertyName("stack-id")]
        public string? StackId { get; init; }

        [System.Text.Json.Serialization.JsonPropertyName("logical-resource-id")]
        public string? LogicalId { get; init; }

        [System.Text.Json.Serialization.JsonPropertyName("status-details")]
        public ToldStatus? Details { get; init; }
    }

    private sealed record ToldStatus(string? Status);
}
