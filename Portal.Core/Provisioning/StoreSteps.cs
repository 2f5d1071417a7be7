using System.Text.Json.Nodes;
using Portal.Core.Catalog;
using Portal.Core.Specifications;

namespace Portal.Core.Provisioning;

/// <summary>
/// The stacks of the stores that a service uses, and the one that gives its pods their way to all of them (<see cref="StoreOutputs"/>) and to the secrets
/// that it names.
/// </summary>
internal sealed class StoreSteps(Draft draft, ServiceSpecification service, ServiceCatalog catalog, IReadOnlyList<SecretReference> secrets)
{
    public const string BindFile = "bind-service.yaml.liquid";

    private readonly IReadOnlyList<UsedStore> _used = [.. UsedStore.Of(service, draft.Specification)];

    // Parameters of the bind stack that say of what a right is; each is declared once.
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    /// <summary>Ports that the pods reach within the network.</summary>
    public JsonArray Ports => new([.. _used.Where(store => draft.HasOutput(store.Step, StoreOutputs.Port)).Select(store => (JsonNode)new JsonObject { [PlanValues.Output] = $"{store.Step}.{StoreOutputs.Port}" })]);

    /// <summary>Where the SSM parameters of a store stand.</summary>
    public static string PathOf(string environment, string owner, string store) => $"/portal/{environment}/{owner}{(store.Length == 0 ? "" : "/" + store)}";

    /// <param name="users">The service's own users of databases, whose stacks stand between a database's and the one that gives the pods their rights.</param>
    /// <returns>What the service's release has to wait for.</returns>
    /// <exception cref="InvalidDataException">The catalogue does not have a store of that kind.</exception>
    public IEnumerable<string> Add(DatabaseUserSteps users)
    {
        if (_used.Count == 0 && secrets.Count == 0)
            return [];
        // Whoever comes first in the list has the store made, its owner or somebody else.
        foreach (var used in _used.Where(used => !draft.Has(used.Step)))
            Data(used);
        users.Stacks();
        Bind();
        // The network's way to a store is opened once, with its owner's rights: a rule cannot be there twice.
        return _used.Select(used => StepNames.Bind(used.Owner)).Prepend(StepNames.Bind(service.Name)).Distinct(StringComparer.Ordinal);
    }

    private void Data(UsedStore used)
    {
        var (owner, asked) = (used.Owner, used.Store);
        var store = catalog.FindStore(asked.Type) ?? throw new InvalidDataException($"The catalogue has no data store '{asked.Type}'.");
        var literals = store.ParametersWith(asked.Options);
        literals["DatabaseName"] = DatabaseName(asked.Name.Length == 0 ? owner : $"{owner}_{asked.Name}");
        literals["ParameterPath"] = PathOf(draft.Specification.Environment, owner, asked.Name);
        draft.Stack(
            used.Step, $"{store.Title}{(asked.Name.Length == 0 ? "" : $" '{asked.Name}'")} for {owner}", store.Template, draft.Needs(store.Template, literals, StepNames.NetworkCore), literals,
            owner, rest: store.Rest, leaves: store.Leaves.Length > 0 ? store.Leaves : null);
    }

    private void Bind()
    {
        var (wired, signIns) = (new Dictionary<string, PlanInput>(StringComparer.Ordinal), new List<string>());
        var (policies, ways, reads, users) = (new List<string>(), new List<Dictionary<string, object>>(), new List<Dictionary<string, object>>(), new List<string>());
        foreach (var used in _used)
        {
            var prefix = Prefix(used.Name);
            if (catalog.FindUsers(used.Store.Type) is not null)
            {
                users.Add(prefix + StoreOutputs.UserSecret);
                wired[prefix + StoreOutputs.UserSecret] = PlanInput.From(StepNames.User(service.Name, used.Name), StoreOutputs.UserSecret);
                signIns.Add(StepNames.User(service.Name, used.Name));
            }

            if (used.Access == StoreAccess.ReadOnly)
            {
                reads.AddRange(Reads(used, prefix, wired));
            }
            else if (draft.HasOutput(used.Step, StoreOutputs.Policy))
            {
                policies.Add($"{prefix}PolicyArn");
                wired[$"{prefix}PolicyArn"] = PlanInput.From(used.Step, StoreOutputs.Policy);
            }

            if (used.Owner == service.Name && draft.HasOutput(used.Step, StoreOutputs.SecurityGroup) && draft.HasOutput(used.Step, StoreOutputs.Port))
            {
                // The rule of the store without a name is called what it was called when there was one store only: a rule cannot be there twice.
                // Who makes users there may have another way in, which leads through the same group.
                var manages = draft.HasOutput(used.Step, StoreOutputs.AdminPort);
                ways.Add(new(StringComparer.Ordinal) { ["id"] = used.Name.Length == 0 ? "DatabaseIngress" : $"{prefix}Ingress", ["prefix"] = prefix, ["manages"] = manages });
                wired[$"{prefix}SecurityGroupId"] = PlanInput.From(used.Step, StoreOutputs.SecurityGroup);
                wired[$"{prefix}Port"] = PlanInput.From(used.Step, StoreOutputs.Port);
                if (manages)
                    wired[prefix + StoreOutputs.AdminPort] = PlanInput.From(used.Step, StoreOutputs.AdminPort);
            }
        }

        var body = draft.Liquid(BindFile).Render(new(StringComparer.Ordinal)
        {
            ["policies"] = policies,
            ["ways"] = ways,
            ["job"] = service.BeforeRollout is not null,
            ["reads"] = reads,
            ["refers"] = secrets.Count > 0 || users.Count > 0,
            ["users"] = users,
            ["secrets"] = Named(SecretSource.SecretsManager),
            ["parameters"] = Named(SecretSource.ParameterStore),
            ["keys"] = service.SecretKeys,
        });
        Dictionary<string, string> identity = new() { ["Namespace"] = draft.Specification.Environment, ["ServiceAccountName"] = service.Name };
        if (service.BeforeRollout is not null)
            identity["JobServiceAccountName"] = StepNames.BeforeRelease(service.Name);
        draft.Stack(
            StepNames.Bind(service.Name), $"Access of {service.Name} to its {string.Join(" and ", Reached)}", BindFile, [StepNames.Cluster, .. _used.Select(store => store.Step).Distinct(StringComparer.Ordinal), .. signIns],
            identity, service.Name, body: body, wired: wired);
    }

    private IEnumerable<Dictionary<string, object>> Reads(UsedStore used, string prefix, Dictionary<string, PlanInput> wired)
    {
        foreach (var right in catalog.FindStore(used.Store.Type)?.Reads ?? [])
        {
            foreach (var output in right.Outputs)
                wired[prefix + output] = PlanInput.From(used.Step, output);
            yield return new(StringComparer.Ordinal)
            {
                ["actions"] = right.Actions,
                ["resources"] = right.ResourcesWith(output => prefix + output).ToList(),
                ["outputs"] = right.Outputs.Where(output => _told.Add(prefix + output)).Select(output => prefix + output).ToList(),
            };
        }
    }

    private IEnumerable<string> Reached =>
    [
        .. _used.Count switch { 0 => [], 1 => ["store"], _ => (string[])["stores"] },
        .. secrets.Count > 0 ? ["secrets"] : Array.Empty<string>(),
    ];

    private List<Dictionary<string, object>> Named(SecretSource source) =>
        [.. secrets.Where(secret => secret.Source == source).Select(secret => new Dictionary<string, object>(StringComparer.Ordinal) { [secret.IsArn ? "arn" : "name"] = secret.IsArn ? secret.Name : secret.Name.TrimStart('/') })];

    // Of parameters and logical ids, which have letters and digits only.
    private static string Prefix(string store) => store.Length == 0 ? "Store" : char.ToUpperInvariant(store[0]) + store[1..] + "Store";

    // PostgreSQL folds unquoted names to lower case and takes no hyphen in them.
    private static string DatabaseName(string name) => name.Replace('-', '_');
}
