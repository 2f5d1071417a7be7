using System.Text.Json.Nodes;
using Portal.Core.Catalog;
using Portal.Core.Specifications;

namespace Portal.Core.Provisioning;

/// <summary>
/// A service's own users of the databases that it uses: for each a stack with its secret and the role of a job, and that job, which alone may read
/// the master's secret. Where the service lets go of the database the job takes the user away (<see cref="PlannedStep.Withdraws"/>).
/// </summary>
internal sealed class DatabaseUserSteps(Draft draft, ServiceSpecification service, ServiceCatalog catalog)
{
    public const string Template = "database-user.yaml";

    private const string Folder = "/portal";
    private const string Keep = "keep";
    private const string Drop = "drop";
    private const string Arguments = "args";

    private const int Retries = 3;
    private const int TimeLimitSeconds = 300;

    // MySQL takes no longer names.
    private const int LongestUser = 32;

    private readonly ServiceSettings _settings = new(draft.Specification, service, catalog);

    /// <summary>What the user is called: never as a service could call another one, or as the master.</summary>
    public static string NameOf(string service)
    {
        var name = $"app_{service.Replace('-', '_')}";
        return name.Length <= LongestUser ? name : $"{name[..(LongestUser - 9)]}_{RouteTree.Digest(service)[..8]}";
    }

    /// <summary>Has the job that made the user take it away.</summary>
    public static PlannedStep Withdrawn(PlannedStep grant)
    {
        var values = (JsonObject)grant.Values!.DeepClone();
        values[Arguments] = new JsonArray(Drop);
        return grant with { Values = values, Withdraws = true };
    }

    /// <summary>Whether both jobs speak to the same kind of database.</summary>
    public static bool IsAlike(PlannedStep one, PlannedStep other) => Client(one) == Client(other);

    private static string Client(PlannedStep grant) => grant.Values!["image"]!.GetValue<string>().Split(':', '@')[0];

    /// <summary>The stacks, which nothing but the database and the cluster comes before.</summary>
    public void Stacks()
    {
        foreach (var used in _settings.Databases)
        {
            draft.Stack(StepNames.User(service.Name, used.Name), $"{Title(used)}, and its secret", Template, [StepNames.Cluster, used.Step], new()
            {
                ["Namespace"] = draft.Specification.Environment,
                ["UserServiceAccountName"] = StepNames.GrantRelease(service.Name, used.Name),
                ["DatabaseUser"] = NameOf(service.Name),
                // As the store's other parameters: under its owner's path.
                ["SecretPath"] = used.Owner == service.Name ? StoreSteps.PathOf(draft.Specification.Environment, used.Owner, used.Store.Name) : "",
            }, service.Name, wired: new Dictionary<string, PlanInput>(StringComparer.Ordinal) { [StoreOutputs.MasterPolicy] = PlanInput.From(used.Step, StoreOutputs.MasterPolicy) });
        }
    }

    /// <param name="after">What any pod of the environment has to wait for.</param>
    /// <returns>What the service's release has to wait for.</returns>
    public IReadOnlyList<string> Jobs(IReadOnlyList<string> after)
    {
        var grants = new List<string>();
        foreach (var used in _settings.Databases)
        {
            var grant = StepNames.Grant(service.Name, used.Name);
            draft.Release(
                grant, Title(used), "microservice", [.. after, StepNames.SecretsStore, used.Step, StepNames.User(service.Name, used.Name), StepNames.Bind(used.Owner)], service.Name,
                Values(used), catalog.Durations.Activity("rolloutJob"), StepNames.GrantRelease(service.Name, used.Name));
            grants.Add(grant);
        }

        return grants;
    }

    private string Title(UsedStore used) => $"User of {service.Name} in {(used.Owner == service.Name ? "its" : $"{used.Owner}'s")} {catalog.FindUsers(used.Store.Type)!.Noun}{(used.Name.Length == 0 ? "" : $" '{used.Name}'")}";

    private JsonObject Values(UsedStore used)
    {
        var (users, name) = (catalog.FindUsers(used.Store.Type)!, StepNames.GrantRelease(service.Name, used.Name));
        SecretPart Part(string step, string output, string key) => new(SecretValues.SecretsManager, Output(step, output), key);
        var (own, master) = (StepNames.User(service.Name, used.Name), used.Step);
        var manages = draft.HasOutput(used.Step, StoreOutputs.AdminPort);
        var settings = new JsonObject
        {
            ["DATABASE_HOST"] = Output(used.Step, StoreOutputs.Host),
            ["DATABASE_PORT"] = Output(used.Step, manages ? StoreOutputs.AdminPort : StoreOutputs.DatabasePort),
            ["DATABASE_USER"] = NameOf(service.Name),
            ["DATABASE_ACCESS"] = used.Access == StoreAccess.ReadOnly ? "read" : "full",
        };
        if (draft.HasOutput(used.Step, StoreOutputs.DatabaseName))
            settings["DATABASE_NAME"] = Output(used.Step, StoreOutputs.DatabaseName);
        return new JsonObject
        {
            ["name"] = name,
            ["image"] = users.Image,
            ["path"] = "",
            ["serviceAccountName"] = name,
            [WorkloadValues.Kind] = WorkloadValues.Job,
            ["job"] = WorkloadValues.JobValues(Retries, TimeLimitSeconds),
            ["command"] = new JsonArray("sh", $"{Folder}/{DatabaseUsers.Script}"),
            [Arguments] = new JsonArray(Keep),
            ["settings"] = settings,
            ["files"] = new JsonArray([.. users.Files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => (JsonNode)new JsonObject { ["path"] = $"{Folder}/{file.Key}", ["content"] = file.Value })]),
            [SecretValues.Secrets] = SecretValues.Of(draft.Target.Region, [],
            [
                ($"{Folder}/master/username", Part(master, StoreOutputs.MasterSecret, "username")),
                ($"{Folder}/master/password", Part(master, StoreOutputs.MasterSecret, "password")),
                ($"{Folder}/user/username", Part(own, StoreOutputs.UserSecret, "username")),
                ($"{Folder}/user/password", Part(own, StoreOutputs.UserSecret, "password")),
            ]),
            ["network"] = WorkloadValues.Reach(draft.Specification, new JsonArray(Output(used.Step, manages ? StoreOutputs.AdminPort : StoreOutputs.Port))),
        };
    }

    private static JsonObject Output(string step, string output) => new() { [PlanValues.Output] = $"{step}.{output}" };
}
