using System.Globalization;
using System.Text.Json.Nodes;
using Portal.Core.Catalog;
using Portal.Core.Specifications;

namespace Portal.Core.Provisioning;

/// <summary>
/// What a service's containers find in their environment: what the portal gives, and the service's own variables. What can be referred to
/// stands here once, for the plan, the check and the form. Pure.
/// </summary>
/// <param name="store">The service's data store.</param>
public sealed class ServiceSettings(Specification specification, ServiceSpecification service, DataStore store)
{
    public const string Region = "AWS_REGION";
    public const string BasePath = "BASE_PATH";

    /// <summary>The services whose address it is given: those that it says it calls and that there are.</summary>
    public IEnumerable<ServiceSpecification> Callees => specification.Services.Where(other => other.Name != service.Name && other.Listens && service.Calls.Contains(other.Name));

    /// <summary>Names of what the portal gives by itself, in order.</summary>
    public IEnumerable<string> Given =>
    [
        Region,
        .. service.IsPublic ? [BasePath] : Array.Empty<string>(),
        .. store.Settings.Keys,
        .. Callees.SelectMany(callee => (string[])[$"{NameOf(callee)}_URL", $"{NameOf(callee)}_HOST", $"{NameOf(callee)}_PORT"]),
    ];

    /// <summary>All that a variable may refer to, with what it stands for.</summary>
    public IEnumerable<(string Reference, string Meaning)> References =>
    [
        ("environment.name", "the environment's name"),
        ("environment.region", "the AWS region"),
        ("self.name", "the service's own name"),
        .. service.Listens ? [("self.port", "the port it listens on")] : Array.Empty<(string, string)>(),
        .. service.IsPublic ? [("self.path", "its public path")] : Array.Empty<(string, string)>(),
        .. store.Settings.Keys.Select(setting => ($"store.{setting}", $"{setting} of its {store.Title}")),
        .. Reachable.SelectMany(other => ((string, string)[])
        [
            ($"service.{other.Name}.url", $"http://{other.Name}:{Text(other.Port)}"),
            ($"service.{other.Name}.host", other.Name),
            ($"service.{other.Name}.port", Text(other.Port)),
        ]),
    ];

    private IEnumerable<ServiceSpecification> Reachable => specification.OpenCalls ? specification.Services.Where(other => other.Name != service.Name && other.Listens) : Callees;

    /// <summary>Values for the chart: what is known is text, what a stack gives is a reference to its output.</summary>
    /// <param name="region">Where the environment is.</param>
    /// <param name="output">Node for an output of the service's store.</param>
    public JsonObject Values(string region, Func<string, JsonObject> output)
    {
        var settings = new JsonObject { [Region] = region };
        if (service.IsPublic)
            settings[BasePath] = service.Path;
        foreach (var (variable, name) in store.Settings)
            settings[variable] = output(name);
        foreach (var callee in Callees)
        {
            settings[$"{NameOf(callee)}_URL"] = $"http://{callee.Name}:{Text(callee.Port)}";
            settings[$"{NameOf(callee)}_HOST"] = callee.Name;
            settings[$"{NameOf(callee)}_PORT"] = Text(callee.Port);
        }

        foreach (var variable in service.Variables)
            settings[variable.Name] = Node(variable, region, output);
        return settings;
    }

    private JsonNode Node(Variable variable, string region, Func<string, JsonObject> output)
    {
        var parts = VariableText.Parse(variable.Value) ?? throw new InvalidDataException($"{service.Name}: {variable.Name} has a reference that is not closed.");
        List<JsonNode> nodes = [.. parts.Select(part => part.IsReference ? Resolve(part.Text, region, output) : JsonValue.Create(part.Text))];
        return nodes.TrueForAll(node => node is JsonValue)
            ? JsonValue.Create(string.Concat(nodes.Select(node => node.GetValue<string>())))
            : nodes is [var only] ? only : new JsonObject { [PlanValues.Join] = new JsonArray([.. nodes]) };
    }

    private JsonNode Resolve(string reference, string region, Func<string, JsonObject> output) => reference.Split('.') switch
    {
        ["environment", "name"] => JsonValue.Create(specification.Environment),
        ["environment", "region"] => JsonValue.Create(region),
        ["self", "name"] => JsonValue.Create(service.Name),
        ["self", "port"] => JsonValue.Create(Text(service.Port)),
        ["self", "path"] => JsonValue.Create(service.Path),
        ["store", var setting] when store.Settings.TryGetValue(setting, out var name) => output(name),
        ["service", var other, var what] when Reachable.FirstOrDefault(one => one.Name == other) is { } callee => what switch
        {
            "url" => JsonValue.Create($"http://{callee.Name}:{Text(callee.Port)}"),
            "host" => JsonValue.Create(callee.Name),
            "port" => JsonValue.Create(Text(callee.Port)),
            _ => throw Unknown(reference),
        },
        _ => throw Unknown(reference),
    };

    private InvalidDataException Unknown(string reference) => new($"{service.Name} refers to '{reference}', which there is not.");

    /// <summary>As other tools write it: cart-service → CART_SERVICE.</summary>
    private static string NameOf(ServiceSpecification callee) => callee.Name.Replace('-', '_').ToUpperInvariant();

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
