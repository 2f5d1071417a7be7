using System.Globalization;
using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.Queues;

/// <summary>SQS as a reader needs it. Queues come from stacks and messages from the rules of stacks; nobody sends any here.</summary>
internal sealed class QueueService : JsonService
{
    private const int MostMessages = 10;
    private const int LongestWait = 20;

    private readonly Inventory _inventory;
    private readonly MessageStore _messages;
    private readonly string _account;

    public QueueService(Inventory inventory, MessageStore messages, EmulatorOptions options)
        : base("sqs", "AmazonSQS")
    {
        (_inventory, _messages, _account) = (inventory, messages, options.AccountId);
        Actions = new Dictionary<string, Func<AwsRequest, JsonObject, CancellationToken, Task<JsonObject>>>(StringComparer.Ordinal)
        {
            ["GetQueueUrl"] = (request, body, _) => Task.FromResult(GetUrl(request, body)),
            ["GetQueueAttributes"] = (_, body, _) => Task.FromResult(GetAttributes(body)),
            ["ReceiveMessage"] = (_, body, cancellationToken) => ReceiveAsync(body, cancellationToken),
            ["DeleteMessage"] = (_, body, _) => Task.FromResult(Delete(body)),
            ["DeleteMessageBatch"] = (_, body, _) => Task.FromResult(DeleteBatch(body)),
        };
    }

    protected override IReadOnlyDictionary<string, Func<AwsRequest, JsonObject, CancellationToken, Task<JsonObject>>> Actions { get; }

    public override string SubjectOf(AwsRequest request) => Read(request) is { } body && body["QueueName"].ToText() is { Length: > 0 } name ? name : Read(request)["QueueUrl"].ToText();

    /// <summary>The address leads here, whatever name the client has for this host: SDKs take it for the endpoint of what they ask of the queue.</summary>
    private JsonObject GetUrl(AwsRequest request, JsonObject body) => new() { ["QueueUrl"] = $"http://{request.Host}/{_account}/{Find(body["QueueName"].ToText()).Name}" };

    private JsonObject GetAttributes(JsonObject body)
    {
        var queue = QueueOf(body);
        var (visible, hidden, delayed) = _messages.Count(queue);
        string Seconds(TimeSpan time) => ((long)time.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["QueueArn"] = queue.Arn,
            ["ApproximateNumberOfMessages"] = visible.ToString(CultureInfo.InvariantCulture),
            ["ApproximateNumberOfMessagesNotVisible"] = hidden.ToString(CultureInfo.InvariantCulture),
            ["ApproximateNumberOfMessagesDelayed"] = delayed.ToString(CultureInfo.InvariantCulture),
            ["CreatedTimestamp"] = queue.Resource.CreatedAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["LastModifiedTimestamp"] = queue.Resource.ModifiedAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["VisibilityTimeout"] = Seconds(queue.Visibility),
            ["MessageRetentionPeriod"] = Seconds(queue.Retention),
            ["ReceiveMessageWaitTimeSeconds"] = queue.WaitSeconds.ToString(CultureInfo.InvariantCulture),
            ["SqsManagedSseEnabled"] = queue.Resource.Properties["SqsManagedSseEnabled"].ToText() is { Length: > 0 } encrypted ? encrypted : "true",
        };
        var wanted = Names(body["AttributeNames"]);
        var unknown = wanted.Find(name => name != "All" && !all.ContainsKey(name));
        if (unknown is not null)
            throw new AwsException("InvalidAttributeName", $"Unknown Attribute {unknown}.");
        var found = all.Where(pair => wanted.Contains("All") || wanted.Contains(pair.Key)).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)).ToList();
        return found.Count == 0 ? [] : new JsonObject { ["Attributes"] = new JsonObject(found) };
    }

    private async Task<JsonObject> ReceiveAsync(JsonObject body, CancellationToken cancellationToken)
    {
        var queue = QueueOf(body);
        var most = Number(body, "MaxNumberOfMessages", 1, 1, MostMessages, $"Must be between 1 and {MostMessages}, if provided.");
        var wait = Number(body, "WaitTimeSeconds", queue.WaitSeconds, 0, LongestWait, $"Must be >= 0 and <= {LongestWait}, if provided.");
        var visibility = Number(body, "VisibilityTimeout", (int)queue.Visibility.TotalSeconds, 0, 43_200, "Must be >= 0 and <= 43200, if provided.");
        var attributes = Names(body["MessageSystemAttributeNames"] ?? body["AttributeNames"]);
        var received = await _messages.ReceiveAsync(queue, most, TimeSpan.FromSeconds(visibility), TimeSpan.FromSeconds(wait), cancellationToken);
        return received.Count == 0 ? [] : new JsonObject { ["Messages"] = new JsonArray([.. received.Select(message => Json(message, attributes))]) };
    }

    private static JsonObject Json(Message message, List<string> attributes)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["SentTimestamp"] = message.SentAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
            ["ApproximateReceiveCount"] = message.Receives.ToString(CultureInfo.InvariantCulture),
            ["ApproximateFirstReceiveTimestamp"] = message.FirstReceivedAt!.Value.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
        };
        var json = new JsonObject { ["MessageId"] = message.Id, ["ReceiptHandle"] = message.Receipt, ["MD5OfBody"] = message.BodyDigest, ["Body"] = message.Body };
        var wanted = all.Where(pair => attributes.Contains("All") || attributes.Contains(pair.Key)).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)).ToList();
        if (wanted.Count > 0)
            json["Attributes"] = new JsonObject(wanted);
        return json;
    }

    private JsonObject Delete(JsonObject body)
    {
        _messages.Delete(QueueOf(body), Message.IdOf(body["ReceiptHandle"].ToText()) ?? throw InvalidHandle());
        return [];
    }

    private JsonObject DeleteBatch(JsonObject body)
    {
        var queue = QueueOf(body);
        var entries = (body["Entries"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        if (entries.Count == 0)
            throw new AwsException("EmptyBatchRequest", "There should be at least one DeleteMessageBatchRequestEntry in the request.");
        if (entries.Count > MostMessages)
            throw new AwsException("TooManyEntriesInBatchRequest", $"Maximum number of entries per request are {MostMessages}. You have sent {entries.Count}.");
        var (done, failed) = (new JsonArray(), new JsonArray());
        foreach (var entry in entries)
        {
            if (Message.IdOf(entry["ReceiptHandle"].ToText()) is { } id)
            {
                _messages.Delete(queue, id);
                done.Add(new JsonObject { ["Id"] = entry["Id"].ToText() });
            }
            else
            {
                failed.Add(new JsonObject { ["Id"] = entry["Id"].ToText(), ["SenderFault"] = true, ["Code"] = InvalidHandle().Code, ["Message"] = InvalidHandle().Message });
            }
        }

        return new JsonObject { ["Successful"] = done, ["Failed"] = failed };
    }

    private Queue QueueOf(JsonObject body) => body["QueueUrl"].ToText() is { Length: > 0 } url
        ? Find(url.TrimEnd('/').Split('/')[^1])
        : throw new AwsException("MissingParameter", "The request must contain the parameter QueueUrl.");

    private Queue Find(string name) => _inventory.OfType(Queue.Type).Where(resource => resource.State is ResourceState.Active or ResourceState.Updating).Select(Queue.Of)
        .FirstOrDefault(queue => queue.Name == name) ?? throw new AwsException("QueueDoesNotExist", "The specified queue does not exist.");

    private static int Number(JsonObject body, string name, int fallback, int least, int most, string rule)
    {
        if (body[name] is not { } node)
            return fallback;
        return int.TryParse(node.ToText(), CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new AwsException("InvalidParameterValue", $"Value {node.ToText()} for parameter {name} is invalid. Reason: {rule}");
    }

    private static List<string> Names(JsonNode? node) => [.. (node as JsonArray ?? []).Select(name => name.ToText())];

    private static AwsException InvalidHandle() => new("ReceiptHandleIsInvalid", "The input receipt handle is invalid.", 404);
}
