using System.Text.Json;
using System.Text.Json.Serialization;
using Portal.Core.Imports;
using Portal.Core.Requests;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <summary>The form exactly as typed. Numbers are text, so that what is not a number stays where it was typed.</summary>
public sealed class RequestDraft
{
    /// <summary>More than can be submitted, so that one too many is named and not lost.</summary>
    public const int MaxServices = 2 * SpecificationValidator.MaxServices;

    // More than any store of the catalogue has.
    private const int MaxOptions = 20;

    /// <summary>Of the request it becomes: submitted again after no answer came, it is filed once.</summary>
    public Guid Id { get; set; } = Guid.NewGuid();

    public string Environment { get; set; } = "";
    public string Target { get; set; } = "";
    public EnvironmentClass Class { get; set; } = EnvironmentClass.Development;

    /// <summary>Empty for one that does not expire.</summary>
    public string LifetimeDays { get; set; } = "";

    /// <summary>Empty for no such tag.</summary>
    public string CostCentre { get; set; } = "";

    /// <summary>Whose it is to be: empty for no team's, null where nothing was chosen.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Team { get; set; }

    /// <summary>Of a proposal: why it should be so.</summary>
    public string Reason { get; set; } = "";

    /// <summary>Id of the golden path that it began with; empty for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? GoldenPath { get; set; }

    public string Cidr { get; set; } = "";
    public string Zones { get; set; } = "2";
    public NatGateways NatGateways { get; set; } = NatGateways.Single;
    public bool InterfaceEndpoints { get; set; }
    public string Stage { get; set; } = "v1";
    public string ThrottleRate { get; set; } = "100";
    public string ThrottleBurst { get; set; } = "200";
    public ClusterMode Mode { get; set; } = ClusterMode.ManagedNodes;
    public string Size { get; set; } = "";
    public string KubernetesVersion { get; set; } = new ClusterSpecification().KubernetesVersion;
    public NodeSystem NodeSystem { get; set; } = NodeSystem.AmazonLinux;
    public NodeCapacity NodeCapacity { get; set; } = NodeCapacity.OnDemand;

    /// <summary>Empty for that of the size.</summary>
    public string MinNodes { get; set; } = "";

    /// <summary>Empty for that of the size.</summary>
    public string MaxNodes { get; set; } = "";

    /// <summary>Blocks between blanks or commas; empty for those of the target.</summary>
    public string EndpointCidrs { get; set; } = "";

    public EdgeDraft Edge { get; set; } = new();

    /// <summary>Every service may call every other one.</summary>
    public bool OpenCalls { get; set; }

    public List<ServiceDraft> Services { get; set; } = [];

    /// <summary>What of a file that was brought could not be taken over, until the person is done with it.</summary>
    public List<string> Notes { get; set; } = [];

    /// <summary>The block that was suggested: as long as it stands unchanged, another target may replace it.</summary>
    public string SuggestedCidr { get; set; } = "";

    /// <summary>The version in the database that it builds upon; 0 while it is not there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Version { get; set; }

    /// <summary>Something was typed that is not in the database.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Unsaved { get; set; }

    /// <summary>What is typed alone: two are the same draft where this is the same.</summary>
    public string Content()
    {
        var (version, unsaved) = (Version, Unsaved);
        (Version, Unsaved) = (0, false);
        var content = ToJson();
        (Version, Unsaved) = (version, unsaved);
        return content;
    }

    public string ToJson() => JsonSerializer.Serialize(this, Specification.Json);

    /// <summary>Whether the form holds all that it says: what it does not would be gone when the draft is taken up again.</summary>
    public static bool Holds(Specification specification) => DraftWriter.Write(specification).ToJson() is var json && FromJson(json)?.ToJson() == json;

    /// <summary>Reads what a browser kept, where anybody can change it: what no field could hold is left out.</summary>
    /// <returns>Null for what is not a draft.</returns>
    public static RequestDraft? FromJson(string? json)
    {
        if (string.IsNullOrEmpty(json))
            return null;
        try
        {
            var draft = JsonSerializer.Deserialize<RequestDraft>(json, KeptText.Json);
            if (draft is null)
                return null;
            (draft.Edge ??= new EdgeDraft()).Mend();
            draft.Notes = [.. (draft.Notes ?? []).Take(SystemImport.MostNotes)];
            draft.Services = [.. (draft.Services ?? []).OfType<ServiceDraft>().Take(MaxServices)];
            foreach (var service in draft.Services)
            {
                service.Calls = [.. (service.Calls ?? []).Distinct().Take(MaxServices)];
                service.Runtime ??= new RuntimeDraft();
                service.Schedule ??= new ScheduleDraft();
                service.Job ??= new RolloutJobDraft();
                (service.Access ??= new AccessDraft()).Mend();
                service.Stores = [.. (service.Stores ?? []).OfType<StoreDraft>().Take(FieldLimits.Stores)];
                service.SharedStores = [.. (service.SharedStores ?? []).OfType<SharedStoreDraft>().Take(FieldLimits.Stores)];
                foreach (var store in service.Stores)
                    store.Options = (store.Options ?? []).Take(MaxOptions).ToDictionary();
                service.Files = [.. (service.Files ?? []).OfType<FileDraft>().Take(FieldLimits.Files)];
                service.Ports = [.. (service.Ports ?? []).OfType<PortDraft>().Take(PortDraft.Most)];
                (service.Start, service.Readiness, service.Liveness) = (service.Start ?? new(), service.Readiness ?? new(), service.Liveness ?? new());
                service.Variables = [.. (service.Variables ?? []).OfType<VariableDraft>().Take(FieldLimits.Variables)];
            }

            return draft;
        }
        catch (JsonException)
        {
            // Nobody can read it any more; the form offers to throw it away.
            return null;
        }
    }
}

public sealed class ServiceDraft
{
    /// <summary>Stays with the service when others are removed before it; names its elements on the page.</summary>
    public int Key { get; set; }

    public string Name { get; set; } = "";
    public string Image { get; set; } = "";
    public string Port { get; set; } = "8080";
    public string Path { get; set; } = "";
    public string Replicas { get; set; } = "2";
    public string HealthPath { get; set; } = "/";
    public List<StoreDraft> Stores { get; set; } = [];

    /// <summary>Stores of other services.</summary>
    public List<SharedStoreDraft> SharedStores { get; set; } = [];

    /// <summary>Who may call it from outside.</summary>
    public AccessDraft Access { get; set; } = new();

    public WorkloadKind Kind { get; set; } = WorkloadKind.Service;

    public ScheduleDraft Schedule { get; set; } = new();

    public RolloutJobDraft Job { get; set; } = new();

    /// <summary>Empty for the container's own.</summary>
    public string ServicePort { get; set; } = "";

    public PortProtocol Protocol { get; set; } = PortProtocol.Http;

    public List<PortDraft> Ports { get; set; } = [];

    public ProbeDraft Start { get; set; } = new();

    public ProbeDraft Readiness { get; set; } = new();

    public ProbeDraft Liveness { get; set; } = new();

    /// <summary>Only other services reach it.</summary>
    public bool IsInternal { get; set; }

    /// <summary>Keys of the services that it calls, so that they may get other names.</summary>
    public List<int> Calls { get; set; } = [];

    public List<VariableDraft> Variables { get; set; } = [];

    public List<FileDraft> Files { get; set; } = [];

    /// <summary>ARNs of the KMS keys of its secrets.</summary>
    public string SecretKeys { get; set; } = "";

    /// <summary>Where the sign-in to its image's registry is kept.</summary>
    public string PullSecret { get; set; } = "";

    public RuntimeDraft Runtime { get; set; } = new();
}

/// <summary>As the chart has it until somebody types something else.</summary>
public sealed class RuntimeDraft
{
    public string Cpu { get; set; } = "100";
    public string Memory { get; set; } = "128";
    public string MemoryLimit { get; set; } = "512";

    /// <summary>Empty for three times as many as without load.</summary>
    public string MaxReplicas { get; set; } = "";

    public string ScaleAt { get; set; } = "70";
    public string Command { get; set; } = "";
    public string Arguments { get; set; } = "";
    public string User { get; set; } = "10001";
    public string WritableFolders { get; set; } = "/tmp";
    public string LivenessPath { get; set; } = "";
    public string StartSeconds { get; set; } = "120";
    public string GraceSeconds { get; set; } = "45";
}

public sealed class StoreDraft
{
    /// <summary>One of a kind in the draft: services that use the store too know it by this.</summary>
    public int Key { get; set; }

    /// <summary>Id in the catalogue.</summary>
    public string Type { get; set; } = "";

    /// <summary>Empty for the one whose settings have their plain names.</summary>
    public string Name { get; set; } = "";

    /// <summary>What was changed of the catalogue's values, by parameter.</summary>
    public Dictionary<string, string> Options { get; set; } = [];
}

/// <summary>A file that the containers find, as typed.</summary>
public sealed class FileDraft
{
    public string Path { get; set; } = "";

    [JsonConverter(typeof(KeptText.LongText))]
    public string Content { get; set; } = "";
}

public sealed class VariableDraft
{
    public string Name { get; set; } = "";
    public string Value { get; set; } = "";
}
