using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Portal.Core.Specifications;

public sealed record ServiceSpecification : IJsonOnDeserialized
{
    private IReadOnlyList<StoreSpecification> _stores = [];

    /// <summary>DNS-1035 label: it becomes the Service, the Deployment and the release.</summary>
    public required string Name { get; init; }

    /// <summary>How its pods run; specifications stored before there was a choice have the first.</summary>
    public WorkloadKind Kind { get; init; } = WorkloadKind.Service;

    /// <summary>Of a scheduled job; null for every other kind.</summary>
    public ScheduleSpecification? Schedule { get; init; }

    /// <summary>What runs before its pods are replaced; null for nothing.</summary>
    public RolloutJobSpecification? BeforeRollout { get; init; }

    public required string Image { get; init; }

    /// <summary>Where the container listens.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>Where other services and the load balancer reach <see cref="Port"/>; null for the same number.</summary>
    public int? ServicePort { get; init; }

    [JsonIgnore]
    public int ReachedAt => ServicePort ?? Port;

    /// <summary>What it speaks at <see cref="Port"/>. The API takes HTTP only, so that a public service speaks that.</summary>
    public PortProtocol Protocol { get; init; } = PortProtocol.Http;

    /// <summary>Where else it listens.</summary>
    public IReadOnlyList<PortSpecification> Ports { get; init; } = [];

    /// <summary>Who reaches it; specifications stored before there was a choice have the first.</summary>
    public Exposure Exposure { get; init; } = Exposure.Public;

    /// <summary>
    /// Path prefix on the load balancer and at the gateway, for example <c>/products</c>; <c>/</c> for everything that no other service has;
    /// empty where it is not public.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>Further paths that lead to it.</summary>
    public IReadOnlyList<string> MorePaths { get; init; } = [];

    /// <summary>Whether it gets what is below its paths without them: <c>/products/7</c> as <c>/7</c>.</summary>
    public bool TakesPathOff { get; init; }

    /// <summary>All that lead to it from outside, the first one first.</summary>
    [JsonIgnore]
    public IEnumerable<string> Paths => IsPublic ? MorePaths.Prepend(Path) : [];

    /// <summary>Path of the service that takes what no other service has.</summary>
    public const string Everything = "/";

    /// <summary>How all of one of its <see cref="Paths"/> begin: nothing before what is below <see cref="Everything"/>.</summary>
    public static string Before(string path) => path == Everything ? "" : path;

    [JsonIgnore]
    public bool IsPublic => Listens && Exposure == Exposure.Public;

    /// <summary>Whether it has a port that somebody can call.</summary>
    [JsonIgnore]
    public bool Listens => Kind == WorkloadKind.Service;

    /// <summary>Whether its pods run always, and so can be scaled and restarted.</summary>
    [JsonIgnore]
    public bool RunsAlways => Kind != WorkloadKind.ScheduledJob;

    /// <summary>Names of the services that it calls: it is given their addresses, and the way to them is open.</summary>
    public IReadOnlyList<string> Calls { get; init; } = [];

    /// <summary>The containers' environment, beside what the portal gives.</summary>
    public IReadOnlyList<Variable> Variables { get; init; } = [];

    /// <summary>What the containers find in their file system, beside what is in the image.</summary>
    public IReadOnlyList<FileSpecification> Files { get; init; } = [];

    /// <summary>ARNs of the KMS keys by which secrets that it refers to are encrypted; none for those that AWS has made for the account.</summary>
    public IReadOnlyList<string> SecretKeys { get; init; } = [];

    /// <summary>Where it is kept what the image's registry asks for: a secret or parameter that holds a Docker configuration, as in <c>secret:registry/ghcr</c>; empty for none.</summary>
    public string PullSecret { get; init; } = "";

    public int Replicas { get; init; } = 2;

    public string HealthPath { get; init; } = "/health";

    /// <summary>Whether it has started; null to be asked as for <see cref="Readiness"/>.</summary>
    public ProbeSpecification? Start { get; init; }

    /// <summary>Whether it can be called; null for what it speaks at its port: <see cref="HealthPath"/>, gRPC's health check or a connection.</summary>
    public ProbeSpecification? Readiness { get; init; }

    /// <summary>Whether restarting its container would not help; null for <see cref="RuntimeSpecification.LivenessPath"/>, else a connection.</summary>
    public ProbeSpecification? Liveness { get; init; }

    /// <summary>What its containers need, and how they are run.</summary>
    public RuntimeSpecification Runtime { get; init; } = new();

    /// <summary>Its own, where it keeps its data; none for a stateless service.</summary>
    public IReadOnlyList<StoreSpecification> Stores
    {
        get => _stores;
        init => _stores = value;
    }

    /// <summary>Stores of other services that it uses too.</summary>
    public IReadOnlyList<SharedStoreSpecification> SharedStores { get; init; } = [];

    /// <summary>Of every method and path that <see cref="Routes"/> does not name.</summary>
    public RouteAuthentication Authentication { get; init; } = RouteAuthentication.None;

    /// <summary>Whether who asks for what <see cref="Routes"/> does not name must send x-api-key.</summary>
    public bool ApiKeyRequired { get; init; }

    /// <summary>Which web pages may call it; null for those of its own address only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CorsSpecification? Cors { get; init; }

    /// <summary>Methods and paths that differ from the rest of the service.</summary>
    public IReadOnlyList<RouteSpecification> Routes { get; init; } = [];

    /// <summary>Whether callers reach <see cref="Routes"/> alone; false leaves the rest open as <see cref="Authentication"/> says.</summary>
    public bool ListedRoutesOnly { get; init; }

    // What stands in specifications from when a service had one store at most.
    [JsonInclude, JsonPropertyName("dataStore"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    private string? OnlyStore { get; set; }

    [JsonInclude, JsonPropertyName("storeOptions"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    private IReadOnlyDictionary<string, string>? OnlyStoreOptions { get; set; }

    void IJsonOnDeserialized.OnDeserialized()
    {
        if (_stores.Count == 0 && OnlyStore is { } type and not "none")
            _stores = [new StoreSpecification { Type = type, Options = OnlyStoreOptions ?? ReadOnlyDictionary<string, string>.Empty }];
        (OnlyStore, OnlyStoreOptions) = (null, null);
    }

    /// <summary>By content: lists with the same routes are the same.</summary>
    public bool Equals(ServiceSpecification? other) =>
        other is not null && JsonSerializer.Serialize(this, Specification.Json) == JsonSerializer.Serialize(other, Specification.Json);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Name);

    /// <summary>Whether any of its routes asks for that sign-in.</summary>
    public bool AsksFor(RouteAuthentication authentication) =>
        Routes.Any(route => route.Authentication == authentication) || (HasRest && Authentication == authentication);

    /// <summary>Whether callers reach what <see cref="Routes"/> does not name.</summary>
    private bool HasRest => !ListedRoutesOnly || Routes.Count == 0;

    /// <summary>Whether who asks for what <see cref="Routes"/> does not name needs neither sign-in nor key.</summary>
    [JsonIgnore]
    public bool LeavesOpen => HasRest && Authentication == RouteAuthentication.None && !ApiKeyRequired;

    /// <summary>Whether everybody may ask something of it, without sign-in or key.</summary>
    [JsonIgnore]
    public bool IsOpen => IsPublic && (LeavesOpen || Routes.Any(route => route is { Authentication: RouteAuthentication.None, ApiKeyRequired: false }));
}

/// <summary>What a service's containers need, and how they are run. The defaults are those of the chart.</summary>
public sealed record RuntimeSpecification
{
    /// <summary>Of a pod, thousandths of a CPU: what a node keeps for it, and what the autoscaler measures its use against.</summary>
    public int Cpu { get; init; } = 100;

    /// <summary>Of a pod, MiB: what a node keeps for it.</summary>
    public int Memory { get; init; } = 128;

    /// <summary>Of a pod, MiB: one that takes more is ended.</summary>
    public int MemoryLimit { get; init; } = 512;

    /// <summary>Pods under load; null for three times as many as without.</summary>
    public int? MaxReplicas { get; init; }

    /// <summary>Per cent of <see cref="Cpu"/> in use, from which on more pods are started.</summary>
    public int ScaleAt { get; init; } = 70;

    /// <summary>What takes the place of the image's entry point; empty for that.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>What takes the place of the image's arguments; empty for those.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Numeric user that the containers run as; never 0.</summary>
    public int User { get; init; } = 10_001;

    /// <summary>Folders that can be written to; everything else cannot.</summary>
    public IReadOnlyList<string> WritableFolders { get; init; } = ["/tmp"];

    /// <summary>Answers 200 as long as restarting the container would not help; empty where it is enough to accept connections.</summary>
    public string LivenessPath { get; init; } = "";

    /// <summary>Seconds that a container may take to answer for the first time.</summary>
    public int StartSeconds { get; init; } = 120;

    /// <summary>Seconds from the word to stop until it is killed; the first fifteen are the load balancer's, to let go of it.</summary>
    public int GraceSeconds { get; init; } = 45;
}

public enum Exposure
{
    /// <summary>Callers from outside, by the API, and other services.</summary>
    Public,

    /// <summary>Other services of the environment alone.</summary>
    Internal,
}

/// <summary>One variable of the containers' environment. Nothing secret but by reference: it stands in the specification, the plan and the release.</summary>
/// <param name="Value">Text with references, <see cref="VariableText"/>.</param>
public sealed record Variable(string Name, string Value);

/// <summary>One method of one path, for example GET of <c>/{id}</c> below the service's own path.</summary>
public sealed record RouteSpecification
{
    /// <summary>An HTTP method, or ANY.</summary>
    public string Method { get; init; } = "ANY";

    /// <summary>Below the service's path: empty, or for example <c>/{id}</c>, <c>/{id}/reviews</c>, <c>/files/{path+}</c>.</summary>
    public string Path { get; init; } = "";

    public RouteAuthentication Authentication { get; init; } = RouteAuthentication.None;

    /// <summary>Whether callers must send x-api-key.</summary>
    public bool ApiKeyRequired { get; init; }

    /// <summary>Steady requests a second; null for those of the stage.</summary>
    public int? ThrottleRate { get; init; }

    /// <summary>Requests at once; null for those of the stage.</summary>
    public int? ThrottleBurst { get; init; }
}

public enum RouteAuthentication
{
    None,

    /// <summary>A token of the environment's user pool.</summary>
    Cognito,

    /// <summary>A token of the issuer in <see cref="EdgeSpecification.Oidc"/>.</summary>
    Oidc,
}
