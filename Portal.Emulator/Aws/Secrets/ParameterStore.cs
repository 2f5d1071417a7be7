using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.Secrets;

internal sealed record StoredParameter(string Name, string Type, string Value, int Version);

/// <summary>The parameters of the account: those of stacks, and those that somebody put there.</summary>
internal sealed class ParameterStore
{
    private const string Collection = "parameters";
    private const string ResourceType = "AWS::SSM::Parameter";

    private readonly ConcurrentDictionary<string, StoredParameter> _put = new(StringComparer.Ordinal);
    private readonly Inventory _inventory;
    private readonly IDocumentStore _documents;

    public ParameterStore(Inventory inventory, IDocumentStore documents)
    {
        (_inventory, _documents) = (inventory, documents);
        foreach (var (name, json) in documents.All(Collection))
            _put[name] = JsonSerializer.Deserialize<StoredParameter>(json)!;
    }

    /// <param name="id">Name or ARN.</param>
    public StoredParameter? Find(string id)
    {
        var name = id.StartsWith("arn:", StringComparison.Ordinal) ? id[(id.IndexOf(":parameter", StringComparison.Ordinal) + ":parameter".Length)..] : id;
        if ((_put.GetValueOrDefault(name) ?? _put.GetValueOrDefault(name.TrimStart('/'))) is { } put)
            return put;
        return _inventory.OfType(ResourceType).FirstOrDefault(one => one.Properties["Name"].ToText() == name) is { } stacks
            ? new StoredParameter(name, stacks.Properties["Type"].ToText(), stacks.Properties["Value"].ToText(), 1)
            : null;
    }

    public StoredParameter Put(string name, string type, string value)
    {
        var before = Find(name);
        var parameter = new StoredParameter(name, type.Length > 0 ? type : before?.Type ?? "String", value, (before?.Version ?? 0) + 1);
        _documents.Put(Collection, name, JsonSerializer.Serialize(parameter));
        return _put[name] = parameter;
    }

    public bool Delete(string name)
    {
        _documents.Delete(Collection, name);
        return _put.TryRemove(name, out _);
    }
}

/// <summary>Of Systems Manager: Parameter Store, as far as a person or pod puts and reads parameters.</summary>
internal sealed class ParameterService : JsonService
{
    private readonly ParameterStore _parameters;
    private readonly EmulatorOptions _options;

    public ParameterService(ParameterStore parameters, EmulatorOptions options) : base("ssm", "AmazonSSM")
    {
        (_parameters, _options) = (parameters, options);
        Actions = new Dictionary<string, Func<AwsRequest, JsonObject, CancellationToken, Task<JsonObject>>>(StringComparer.Ordinal)
        {
            ["PutParameter"] = (_, body, _) => Task.FromResult(Put(body)),
            ["GetParameter"] = (_, body, _) => Task.FromResult(new JsonObject { ["Parameter"] = Json(Found(body)) }),
            ["GetParameters"] = (_, body, _) => Task.FromResult(Several(body)),
            ["DeleteParameter"] = (_, body, _) => Task.FromResult(Delete(body)),
        };
    }

    protected override IReadOnlyDictionary<string, Func<AwsRequest, JsonObject, CancellationToken, Task<JsonObject>>> Actions { get; }

    public override string SubjectOf(AwsRequest request) => Read(request)["Name"].ToText();

    private JsonObject Put(JsonObject body)
    {
        var name = body["Name"].ToText();
        if (_parameters.Find(name) is not null && body["Overwrite"]?.GetValue<bool>() != true)
            throw new AwsException("ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.");
        return new JsonObject { ["Version"] = _parameters.Put(name, body["Type"].ToText(), body["Value"].ToText()).Version, ["Tier"] = "Standard" };
    }

    private JsonObject Several(JsonObject body)
    {
        var names = ((body["Names"] as JsonArray) ?? []).Select(JsonText.ToText).ToList();
        return new JsonObject
        {
            ["Parameters"] = new JsonArray([.. names.Select(_parameters.Find).OfType<StoredParameter>().Select(one => (JsonNode)Json(one))]),
            ["InvalidParameters"] = new JsonArray([.. names.Where(name => _parameters.Find(name) is null).Select(name => (JsonNode)name)]),
        };
    }

    private JsonObject Delete(JsonObject body)
    {
        if (!_parameters.Delete(body["Name"].ToText()))
            throw new AwsException("ParameterNotFound", "");
        return [];
    }

    private StoredParameter Found(JsonObject body) => _parameters.Find(body["Name"].ToText()) ?? throw new AwsException("ParameterNotFound", "");

    private JsonObject Json(StoredParameter parameter) => new()
    {
        ["Name"] = parameter.Name,
        ["Type"] = parameter.Type,
        ["Value"] = parameter.Value,
        ["Version"] = parameter.Version,
        ["ARN"] = $"arn:aws:ssm:{_options.Region}:{_options.AccountId}:parameter{(parameter.Name.StartsWith('/') ? "" : "/")}{parameter.Name}",
        ["DataType"] = "text",
    };
}
