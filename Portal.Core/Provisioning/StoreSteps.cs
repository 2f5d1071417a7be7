using System.Text.Json.Nodes;
using Portal.Core.Catalog;
using Portal.Core.Specifications;

namespace Portal.Core.Provisioning;

/// <summary>The stacks of one service's stores, and the one that gives its pods their way to all of them (<see cref="StoreOutputs"/>).</summary>
internal sealed class StoreSteps(Draft draft, ServiceSpecification service, ServiceCatalog catalog)
{
    public const string BindFile = "bind-service.yaml.liquid";

    /// <summary>Ports that the pods reach within the network.</summary>
    public JsonArray Ports => new([.. Stores.Where(store => draft.HasOutput(store.Step, StoreOutputs.Port)).Select(store => (JsonNode)new JsonObject { [PlanValues.Output] = $"{store.Step}.{StoreOutputs.Port}" })]);

    private IEnumerable<(StoreSpecification Asked, string Step)> Stores => service.Stores.Select(store => (store, StepNames.Data(service.Name, store.Name)));

    /// <returns>What the service's release has to wait for.</returns>
    /// <exception cref="InvalidDataException">The catalogue does not have a store of that kind.</exception>
    public IEnumerable<string> Add()
    {
        if (service.Stores.Count == 0)
            return [];
        foreach (var (asked, step) in Stores)
            Data(asked, step);
        Bind();
        return [StepNames.Bind(service.Name)];
    }

    private void Data(StoreSpecification asked, string step)
    {
        var store = catalog.FindStore(asked.Type) ?? throw new InvalidDataException($"The catalogue has no data store '{asked.Type}'.");
        var literals = store.ParametersWith(asked.Options);
        literals["DatabaseName"] = DatabaseName(asked.Name.Length == 0 ? service.Name : $"{service.Name}_{asked.Name}");
        literals["ParameterPath"] = $"/portal/{draft.Specification.Environment}/{service.Name}{(asked.Name.Length == 0 ? "" : "/" + asked.Name)}";
        draft.Stack(
            step, $"{store.Title}{(asked.Name.Length == 0 ? "" : $" '{asked.Name}'")} for {service.Name}", store.Template, draft.Needs(store.Template, literals, StepNames.NetworkCore), literals,
            service.Name, rest: store.Rest, leaves: store.Leaves.Length > 0 ? store.Leaves : null);
    }

    private void Bind()
    {
        var wired = new Dictionary<string, PlanInput>(StringComparer.Ordinal);
        var (policies, ways) = (new List<string>(), new List<Dictionary<string, object>>());
        foreach (var (asked, step) in Stores)
        {
            var prefix = Prefix(asked.Name);
            if (draft.HasOutput(step, StoreOutputs.Policy))
            {
                policies.Add($"{prefix}PolicyArn");
                wired[$"{prefix}PolicyArn"] = PlanInput.From(step, StoreOutputs.Policy);
            }

            if (draft.HasOutput(step, StoreOutputs.SecurityGroup) && draft.HasOutput(step, StoreOutputs.Port))
            {
                // The rule of the store without a name is called what it was called when there was one store only: a rule cannot be there twice.
                ways.Add(new(StringComparer.Ordinal) { ["id"] = asked.Name.Length == 0 ? "DatabaseIngress" : $"{prefix}Ingress", ["prefix"] = prefix });
                wired[$"{prefix}SecurityGroupId"] = PlanInput.From(step, StoreOutputs.SecurityGroup);
                wired[$"{prefix}Port"] = PlanInput.From(step, StoreOutputs.Port);
            }
        }

        var body = LiquidTemplate.Parse(BindFile, draft.Templates.Stack(BindFile)).Render(new(StringComparer.Ordinal) { ["policies"] = policies, ["ways"] = ways, ["job"] = service.BeforeRollout is not null });
        Dictionary<string, string> identity = new() { ["Namespace"] = draft.Specification.Environment, ["ServiceAccountName"] = service.Name };
        if (service.BeforeRollout is not null)
            identity["JobServiceAccountName"] = StepNames.BeforeRelease(service.Name);
        draft.Stack(
            StepNames.Bind(service.Name), $"Access of {service.Name} to its {(service.Stores.Count == 1 ? "store" : "stores")}", BindFile, [StepNames.Cluster, .. Stores.Select(store => store.Step)],
            identity, service.Name, body: body, wired: wired);
    }

    // Of parameters and logical ids, which have letters and digits only.
    private static string Prefix(string store) => store.Length == 0 ? "Store" : char.ToUpperInvariant(store[0]) + store[1..] + "Store";

    // PostgreSQL folds unquoted names to lower case and takes no hyphen in them.
    private static string DatabaseName(string name) => name.Replace('-', '_');
}
