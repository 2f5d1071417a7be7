using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.Logs;

/// <summary>Of CloudWatch Logs: which groups there are, whose they are, and the deletion of one that is nobody's.</summary>
internal sealed class LogsService : JsonService
{
    private readonly LogGroups _groups;
    private readonly EmulatorOptions _options;

    public LogsService(LogGroups groups, EmulatorOptions options) : base("logs", "Logs_20140328")
    {
        (_groups, _options) = (groups, options);
        Actions = new Dictionary<string, Func<AwsRequest, JsonObject, CancellationToken, Task<JsonObject>>>(StringComparer.Ordinal)
        {
            ["DescribeLogGroups"] = (_, body, _) => Task.FromResult(Describe(body)),
            ["ListTagsForResource"] = (_, body, _) => Task.FromResult(Tags(body)),
            ["DeleteLogGroup"] = (_, body, _) => Task.FromResult(Delete(body)),
        };
    }

    protected override IReadOnlyDictionary<string, Func<AwsRequest, JsonObject, CancellationToken, Task<JsonObject>>> Actions { get; }

    public override string SubjectOf(AwsRequest request)
    {
        var body = Read(request);
        return (body["logGroupName"] ?? body["logGroupNamePrefix"] ?? body["resourceArn"]).ToText();
    }

    protected override bool HasNoOutput(string action) => action == "DeleteLogGroup";

    private JsonObject Describe(JsonObject body)
    {
        var prefix = body["logGroupNamePrefix"].ToText();
        return new JsonObject
        {
            ["logGroups"] = new JsonArray([.. _groups.All.Where(group => group.Name.StartsWith(prefix, StringComparison.Ordinal)).Take(50).Select(group => (JsonNode)new JsonObject
            {
                ["logGroupName"] = group.Name,
                ["arn"] = ArnOf(group.Name) + ":*",
                ["logGroupArn"] = ArnOf(group.Name),
                ["creationTime"] = group.CreatedAt.ToUnixTimeMilliseconds(),
                ["storedBytes"] = 0,
            })]),
        };
    }

    private JsonObject Tags(JsonObject body)
    {
        var arn = body["resourceArn"].ToText();
        var group = _groups.All.FirstOrDefault(one => ArnOf(one.Name) == arn)
            ?? throw new AwsException("ResourceNotFoundException", "The specified resource does not exist.");
        return new JsonObject { ["tags"] = new JsonObject(group.Tags.Select(tag => KeyValuePair.Create(tag.Key, (JsonNode?)tag.Value))) };
    }

    private JsonObject Delete(JsonObject body)
    {
        _groups.Delete(body["logGroupName"].ToText());
        return [];
    }

    private string ArnOf(string name) => $"arn:aws:logs:{_options.Region}:{_options.AccountId}:log-group:{name}";
}
