using System.Globalization;
using System.Text.Json.Nodes;
using Portal.Core.Catalog;
using Portal.Core.Specifications;

namespace Portal.Core.Provisioning;

/// <summary>
/// What a service's containers find in their environment: what the portal gives, and the service's own variables. What can be referred to
/// stands here once, for the plan, the check and the form. Pure.
/// </summary>
public sealed class ServiceSettings(Specification specification, ServiceSpecification service, ServiceCatalog catalog)
{
    public const string Region = "AWS_REGION";
    public const string BasePath = "BASE_PATH";

    /// <summary>What stands before the container's own paths in the addresses that callers use: the current version, and the path that is taken off.</summary>
    public const string PublicPrefix = "PUBLIC_PREFIX";

    // Whose own paths begin with its public path finds the rest in the header X-Forwarded-Prefix.
    private bool HasPrefix => service.IsPublic && (service.TakesPathOff || service.Path == ServiceSpecification.Everything);

    /// <summary>The services whose address it is given: those that it says it calls and that there are.</summary>
    public IEnumerable<ServiceSpecification> Callees => specification.Services.Where(other => other.Name != service.Name && other.Listens && service.Calls.Contains(other.Name));

    // What each of its stores gives: variable, reference, and the output that fills them.
    private IEnumerable<(string Variable, string Reference, string Meaning, string Step, string Output)> Stored =>
        from used in UsedStore.Of(service, specification)
        let store = catalog.FindStore(used.Store.Type)
        where store is not null
        from setting in store.Settings
        select (VariableOf(used.Name, setting.Key), used.Name.Length == 0 ? $"store.{setting.Key}" : $"store.{used.Name}.{setting.Key}",
            $"{setting.Key} of {(used.Owner == service.Name ? "its" : $"{used.Owner}'s")} {store.Title}{(used.Name.Length == 0 ? "" : $" '{used.Name}'")}", Source(used, setting.Value), setting.Value);

    // What of each of its stores only its pods may read: reference, and the key of the secret that an output names. Who may only read a store
    // has no rights to what its owner signs in by, but to a user of its own where it has one.
    private IEnumerable<(string Reference, string Meaning, string Step, string Output, string Key)> StoredSecrets =>
        from used in UsedStore.Of(service, specification)
        let store = catalog.FindStore(used.Store.Type)
        where store is not null && (used.Access == StoreAccess.Full || store.Users.Length > 0)
        from secret in store.Secrets
        select (used.Name.Length == 0 ? $"store.{secret.Key}" : $"store.{used.Name}.{secret.Key}",
            $"{secret.Key} of {(used.Owner == service.Name ? "its" : $"{used.Owner}'s")} {store.Title}{(used.Name.Length == 0 ? "" : $" '{used.Name}'")}, from its secret",
            Source(used, secret.Value.Split('#')[0]), secret.Value.Split('#')[0], secret.Value.Split('#')[1]);

    // What a service signs in by is its own, whoever owns the store.
    private string Source(UsedStore used, string output) => output == StoreOutputs.UserSecret ? StepNames.User(service.Name, used.Name) : used.Step;

    /// <summary>The databases in which it has a user of its own.</summary>
    internal IEnumerable<UsedStore> Databases => UsedStore.Of(service, specification).Where(used => catalog.FindUsers(used.Store.Type) is not null);

    /// <summary>How a setting of a store is called in the containers' environment: <c>CACHE_REDIS_HOST</c> of one that has the name <c>cache</c>.</summary>
    public static string VariableOf(string store, string setting) => store.Length == 0 ? setting : $"{store.ToUpperInvariant()}_{setting}";

    /// <summary>Names of what the portal gives by itself, in order.</summary>
    public IEnumerable<string> Given =>
    [
        Region,
        .. service.IsPublic ? [BasePath] : Array.Empty<string>(),
        .. HasPrefix ? [PublicPrefix] : Array.Empty<string>(),
        .. Stored.Select(setting => setting.Variable),
        .. Callees.SelectMany(callee => Addresses(callee).Select(address => address.Name)),
    ];

    /// <summary>All that a variable may refer to, with what it stands for.</summary>
    public IEnumerable<(string Reference, string Meaning)> References =>
    [
        ("environment.name", "the environment's name"),
        ("environment.region", "the AWS region"),
        ("self.name", "the service's own name"),
        .. service.Listens ? [("self.port", "the port it listens on")] : Array.Empty<(string, string)>(),
        .. service.IsPublic ? [("self.path", "its public path")] : Array.Empty<(string, string)>(),
        .. Stored.Select(setting => (setting.Reference, setting.Meaning)),
        .. StoredSecrets.Select(secret => (secret.Reference, secret.Meaning)),
        .. Reachable.SelectMany(Reached),
    ];

    /// <summary>How to refer to a secret of one's own, with what it stands for.</summary>
    public static IReadOnlyList<(string Reference, string Meaning)> SecretForms { get; } =
    [
        ("secret:NAME#KEY", "a key of a secret's JSON in Secrets Manager, by the secret's name or ARN"),
        ("secret:NAME", "all of that secret"),
        ("ssm:/PATH", "a parameter of Systems Manager, a SecureString too"),
    ];

    /// <summary>Secrets that it names itself, each once; those of its stores come with the store's own rights.</summary>
    public IReadOnlyList<SecretReference> NamedSecrets =>
        [.. Texts.SelectMany(SecretReference.In).Select(one => one with { Key = "" }).Distinct()];

    /// <summary>Whether any of its variables or files is a secret, of its own or of a store.</summary>
    public bool ReadsSecrets => Texts.Any(HasSecret);

    /// <summary>Whether any pod does, of a service or of a job that makes its user of a database.</summary>
    public static bool ReadSecrets(Specification specification, ServiceCatalog catalog) =>
        specification.Services.Select(service => new ServiceSettings(specification, service, catalog)).Any(settings => settings.ReadsSecrets || settings.Databases.Any());

    private IEnumerable<string> Texts => service.Variables.Select(variable => variable.Value).Concat(service.Files.Select(file => file.Content))
        .Concat(service.PullSecret.Length > 0 ? [$"${{{service.PullSecret}}}"] : []);

    /// <summary>Whether a reference is to something that must not pass through the portal.</summary>
    public bool IsSecret(string reference) => SecretReference.Of(reference) is not null || StoredSecrets.Any(secret => secret.Reference == reference);

    private IEnumerable<ServiceSpecification> Reachable => specification.OpenCalls ? specification.Services.Where(other => other.Name != service.Name && other.Listens) : Callees;

    /// <summary>Values for the chart: what is known is text, what a stack gives is a reference to its output.</summary>
    /// <param name="region">Where the environment is.</param>
    public JsonObject Values(string region)
    {
        var settings = new JsonObject { [Region] = region };
        if (service.IsPublic)
            settings[BasePath] = service.TakesPathOff ? ServiceSpecification.Everything : service.Path;
        if (HasPrefix)
            settings[PublicPrefix] = $"/{specification.Edge.Stage}{(service.TakesPathOff ? service.Path : "")}";
        foreach (var setting in Stored)
            settings[setting.Variable] = Output(setting.Step, setting.Output);
        foreach (var (name, value) in Callees.SelectMany(Addresses))
            settings[name] = value;

        foreach (var variable in service.Variables.Where(variable => !HasSecret(variable.Value)))
            settings[variable.Name] = Node(variable.Name, variable.Value, region);
        return settings;
    }

    /// <summary>What of its variables and files is secret, for the chart; null where nothing is.</summary>
    public JsonObject? Secrets(string region) => SecretValues.Of(
        region,
        service.Variables.Where(variable => HasSecret(variable.Value)).Select(variable => (variable.Name, Pieces(variable.Value, region))),
        service.Files.Where(file => HasSecret(file.Content)).Select(file => (file.Path, Pieces(file.Content.Trim(), region).Single().Secret!)),
        SecretReference.Of(service.PullSecret) is { } pull ? SecretValues.Part(pull) : null);

    /// <summary>Whether a text has anything in it that must not pass through the portal.</summary>
    public bool HasSecret(string text) => (VariableText.Parse(text) ?? []).Any(part => part.IsReference && IsSecret(part.Text));

    private IReadOnlyList<SecretValues.Piece> Pieces(string text, string region) =>
        [.. VariableText.Parse(text)!.Select(part => !part.IsReference ? new SecretValues.Piece(JsonValue.Create(part.Text), null)
            : SecretOf(part.Text) is { } secret ? new SecretValues.Piece(null, secret) : new SecretValues.Piece(Resolve(part.Text, region), null))];

    private SecretPart? SecretOf(string reference) =>
        SecretReference.Of(reference) is { } named ? SecretValues.Part(named)
        : StoredSecrets.FirstOrDefault(secret => secret.Reference == reference) is { Step: { } step } stored ? new SecretPart(SecretValues.SecretsManager, Output(step, stored.Output), stored.Key)
        : null;

    /// <summary>The service's files for the chart, as <see cref="Values"/> has the variables.</summary>
    public JsonArray Files(string region) =>
        new([.. service.Files.Where(file => !HasSecret(file.Content)).Select(file => (JsonNode)new JsonObject { ["path"] = file.Path, ["content"] = Node(file.Path, file.Content, region) })]);

    private JsonNode Node(string name, string text, string region)
    {
        var parts = VariableText.Parse(text) ?? throw new InvalidDataException($"{service.Name}: {name} has a reference that is not closed.");
        List<JsonNode> nodes = [.. parts.Select(part => part.IsReference ? Resolve(part.Text, region) : JsonValue.Create(part.Text))];
        return nodes.TrueForAll(node => node is JsonValue)
            ? JsonValue.Create(string.Concat(nodes.Select(node => node.GetValue<string>())))
            : nodes is [var only] ? only : new JsonObject { [PlanValues.Join] = new JsonArray([.. nodes]) };
    }

    private JsonNode Resolve(string reference, string region) => reference.Split('.') switch
    {
        ["environment", "name"] => JsonValue.Create(specification.Environment),
        ["environment", "region"] => JsonValue.Create(region),
        ["self", "name"] => JsonValue.Create(service.Name),
        ["self", "port"] => JsonValue.Create(Text(service.Port)),
        ["self", "path"] => JsonValue.Create(service.Path),
        ["store", ..] when Stored.FirstOrDefault(setting => setting.Reference == reference) is { Step: { } step } setting => Output(step, setting.Output),
        ["service", ..] when Reachable.SelectMany(Reached).FirstOrDefault(one => one.Reference == reference) is { Value: { } value } => JsonValue.Create(value),
        _ => throw Unknown(reference),
    };

    private static JsonObject Output(string step, string output) => new() { [PlanValues.Output] = $"{step}.{output}" };

    /// <summary>Variables that a caller is given; a URL only where there is one.</summary>
    private static IEnumerable<(string Name, string Value)> Addresses(ServiceSpecification callee)
    {
        var name = NameOf(callee);
        if (callee.Protocol == PortProtocol.Http)
            yield return ($"{name}_URL", $"http://{callee.Name}:{Text(callee.ReachedAt)}");
        yield return ($"{name}_HOST", callee.Name);
        yield return ($"{name}_PORT", Text(callee.ReachedAt));
    }

    /// <summary>What can be referred to of a service that may be called.</summary>
    private static IEnumerable<(string Reference, string Value)> Reached(ServiceSpecification other) =>
    [
        .. Reached(other, $"service.{other.Name}", other.ReachedAt, other.Protocol),
        ($"service.{other.Name}.host", other.Name),
        .. other.Ports.SelectMany(port => Reached(other, $"service.{other.Name}.{port.Name}", port.ServicePort ?? port.Port, port.Protocol)),
    ];

    private static IEnumerable<(string Reference, string Value)> Reached(ServiceSpecification other, string reference, int port, PortProtocol protocol) =>
    [
        .. protocol == PortProtocol.Http ? [($"{reference}.url", $"http://{other.Name}:{Text(port)}")] : Array.Empty<(string, string)>(),
        ($"{reference}.address", $"{other.Name}:{Text(port)}"),
        ($"{reference}.port", Text(port)),
    ];

    private InvalidDataException Unknown(string reference) => new($"{service.Name} refers to '{reference}', which there is not.");

    /// <summary>As other tools write it: cart-service → CART_SERVICE.</summary>
    private static string NameOf(ServiceSpecification callee) => callee.Name.Replace('-', '_').ToUpperInvariant();

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
