using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
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
            if (detail.LogicalId is not { Length: > 0 } logicalId)
            {
                // That work begins was heard by whoever asked for it.
                return new StackNews(id, status is not ("CREATE_IN_PROGRESS" or "UPDATE_IN_PROGRESS" or "DELETE_IN_PROGRESS"));
            }

            return told is { Id: { Length: > 0 } eventId, Time: { } at } && detail.ResourceType is { Length: > 0 } type
                ? new StackNews(id, false, new ToldResource(eventId, logicalId, Text(detail.PhysicalId), type, status, Text(detail.Details.Reason), at))
                : new StackNews(id, true);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(string? text) => text is { Length: > 0 } ? text : null;

    private Task<T> CallAsync<T>(AwsTarget target, string action, Func<AmazonSQSClient, Task<T>> call, CancellationToken cancellationToken) =>
        AwsErrors.ClassifyAsync(() => call(clients.Queues(target)), AwsService.Sqs, action, target, cancellationToken);

    private sealed record Told(string? Id, string? Source, DateTimeOffset? Time, ToldDetail? Detail);

    private sealed record ToldDetail
    {
        [JsonPropertyName("stack-id")]
        public string? StackId { get; init; }

        [JsonPropertyName("logical-resource-id")]
        public string? LogicalId { get; init; }

        [JsonPropertyName("physical-resource-id")]
        public string? PhysicalId { get; init; }

        [JsonPropertyName("resource-type")]
        public string? ResourceType { get; init; }

        [JsonPropertyName("status-details")]
        public ToldStatus? Details { get; init; }
    }

    private sealed record ToldStatus(string? Status)
    {
        [JsonPropertyName("status-reason")]
        public string? Reason { get; init; }
    }
}
