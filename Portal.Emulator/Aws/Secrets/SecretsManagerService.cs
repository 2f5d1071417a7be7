using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.Secrets;

/// <summary>Of Secrets Manager: what a person needs to make, read, change and rotate a secret. A rotation makes another password at once.</summary>
internal sealed class SecretsManagerService : JsonService
{
    private readonly SecretStore _secrets;

    public SecretsManagerService(SecretStore secrets) : base("secretsmanager", "secretsmanager")
    {
        _secrets = secrets;
        Actions = new Dictionary<string, Func<AwsRequest, JsonObject, CancellationToken, Task<JsonObject>>>(StringComparer.Ordinal)
        {
            ["CreateSecret"] = (_, body, _) => Task.FromResult(Create(body)),
            ["PutSecretValue"] = (_, body, _) => Task.FromResult(Answer(_secrets.Write(Found(body).Name, Text(body)))),
            ["UpdateSecret"] = (_, body, _) => Task.FromResult(Answer(_secrets.Write(Found(body).Name, Text(body)))),
            ["RotateSecret"] = (_, body, _) => Task.FromResult(Rotate(body)),
            ["GetSecretValue"] = (_, body, _) => Task.FromResult(Value(body)),
            ["DescribeSecret"] = (_, body, _) => Task.FromResult(Describe(Found(body))),
            ["ListSecrets"] = (_, _, _) => Task.FromResult(new JsonObject { ["SecretList"] = new JsonArray([.. _secrets.All.Select(secret => (JsonNode)Describe(secret))]) }),
            ["DeleteSecret"] = (_, body, _) => Task.FromResult(Delete(body)),
        };
    }

    protected override IReadOnlyDictionary<string, Func<AwsRequest, JsonObject, CancellationToken, Task<JsonObject>>> Actions { get; }

    public override string SubjectOf(AwsRequest request) => Read(request) is var body ? (body["SecretId"] ?? body["Name"]).ToText() : "";

    private JsonObject Create(JsonObject body)
    {
        var name = body["Name"].ToText();
        if (_secrets.Find(name) is not null)
            throw new AwsException("ResourceExistsException", $"The operation failed because the secret {name} already exists.");
        return Answer(_secrets.Write(name, Text(body)));
    }

    private JsonObject Rotate(JsonObject body)
    {
        var secret = Found(body);
        var changed = TryObject(secret.Value) ?? [];
        changed["password"] = Guid.NewGuid().ToString("N");
        return Answer(_secrets.Write(secret.Name, changed.ToJsonString()));
    }

    private JsonObject Value(JsonObject body)
    {
        var secret = Found(body);
        var answer = Answer(secret);
        answer["SecretString"] = secret.Value;
        answer["VersionStages"] = new JsonArray("AWSCURRENT");
        return answer;
    }

    private JsonObject Delete(JsonObject body)
    {
        var secret = Found(body);
        if (secret.IsOfStack)
            throw new AwsException("InvalidRequestException", $"You can't delete the secret {secret.Name}: it is managed by another service.");
        _secrets.Delete(secret);
        return new JsonObject { ["ARN"] = secret.Arn, ["Name"] = secret.Name };
    }

    private StoredSecret Found(JsonObject body) => _secrets.Find(body["SecretId"].ToText())
        ?? throw new AwsException("ResourceNotFoundException", PodSecrets.NoSecret);

    private static string Text(JsonObject body) => body["SecretString"].ToText();

    private static JsonObject Answer(StoredSecret secret) => new() { ["ARN"] = secret.Arn, ["Name"] = secret.Name, ["VersionId"] = secret.Version };

    private static JsonObject Describe(StoredSecret secret)
    {
        var stages = new JsonObject { [secret.Version] = new JsonArray("AWSCURRENT") };
        if (secret.Previous is { } previous)
            stages[previous] = new JsonArray("AWSPREVIOUS");
        return new JsonObject { ["ARN"] = secret.Arn, ["Name"] = secret.Name, ["VersionIdsToStages"] = stages };
    }

    private static JsonObject? TryObject(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
