using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Portal.Emulator.Aws;

/// <summary>A service of the protocol JSON 1.0: a table of actions, each from a JSON object to one.</summary>
internal abstract class JsonService(string signingName, string target) : IAwsService
{
    public const string ContentType = "application/x-amz-json-1.0";

    public string SigningName => signingName;

    public AwsProtocol Protocol => AwsProtocol.Json;

    public XNamespace Namespace => "";

    protected abstract IReadOnlyDictionary<string, Func<AwsRequest, JsonObject, CancellationToken, Task<JsonObject>>> Actions { get; }

    public string ActionOf(AwsRequest request) =>
        request.Header("x-amz-target") is { } header && header.StartsWith(target + ".", StringComparison.Ordinal) ? header[(target.Length + 1)..] : "";

    public abstract string SubjectOf(AwsRequest request);

    public AwsResponse Handle(AwsRequest request) => throw new NotSupportedException("What may wait is handled by HandleAsync.");

    public async Task<AwsResponse> HandleAsync(AwsRequest request, CancellationToken cancellationToken)
    {
        var action = ActionOf(request);
        if (!Actions.TryGetValue(action, out var handle))
            throw new AwsException("UnknownOperationException", $"The operation {action} is not served here.");
        var answer = await handle(request, Read(request), cancellationToken);
        return new AwsResponse(200, ContentType, HasNoOutput(action) ? "" : answer.ToJsonString());
    }

    /// <summary>Whether the service's model gives the action no output: its answer has no body at all.</summary>
    protected virtual bool HasNoOutput(string action) => false;

    protected static JsonObject Read(AwsRequest request)
    {
        try
        {
            return JsonNode.Parse(request.Body.Span) as JsonObject ?? [];
        }
        catch (JsonException error)
        {
            throw new AwsException("SerializationException", error.Message);
        }
    }
}
