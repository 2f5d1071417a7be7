using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Portal.Core.Specifications;

/// <summary>What is asked for. Immutable; a change is a new version.</summary>
public sealed record Specification
{
    /// <summary>DNS-1123 label, 28 characters at most: it names stacks, the namespace and the load balancer.</summary>
    public required string Environment { get; init; }

    public required string Target { get; init; }

    /// <summary>Decides how data is protected, by the defaults of the catalogue.</summary>
    public EnvironmentClass Class { get; init; } = EnvironmentClass.Development;

    /// <summary>Who pays; a tag of everything that is made. Empty for no such tag.</summary>
    public string CostCentre { get; init; } = "";

    /// <summary>Days from the approval until it expires; null for one that does not. What counts afterwards is the environment's own end, which can be moved.</summary>
    public int? LifetimeDays { get; init; }

    public NetworkSpecification Network { get; init; } = new();

    public ClusterSpecification Cluster { get; init; } = new();

    public EdgeSpecification Edge { get; init; } = new();

    /// <summary>Whether every service may call every other one; else only those that <see cref="ServiceSpecification.Calls"/> names.</summary>
    public bool OpenCalls { get; init; }

    public IReadOnlyList<ServiceSpecification> Services { get; init; } = [];

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        RespectNullableAnnotations = true,
    };
}

public enum EnvironmentClass
{
    Development,
    Staging,
    Production,
}

public sealed record NetworkSpecification
{
    /// <summary>IPv4 block of the VPC, /16 to /20.</summary>
    public string Cidr { get; init; } = "10.40.0.0/16";

    /// <summary>Availability zones, 2 or 3.</summary>
    public int Zones { get; init; } = 2;

    public NatGateways NatGateways { get; init; } = NatGateways.Single;

    /// <summary>Whether image registry, STS, logs, secrets and parameters are reached inside the VPC; billed an endpoint and zone.</summary>
    public bool InterfaceEndpoints { get; init; }
}

public enum NatGateways
{
    Single,
    OnePerZone,
}

public sealed record ClusterSpecification
{
    /// <summary>Who runs nodes, cluster network and load balancing; specifications stored before there was a choice have the first.</summary>
    public ClusterMode Mode { get; init; } = ClusterMode.ManagedNodes;

    /// <summary>Id of a size in the catalogue. In Auto Mode a measure of what the services need, for the estimate of what it costs.</summary>
    public string Size { get; init; } = "small";

    public string KubernetesVersion { get; init; } = "1.35";

    public NodeSystem NodeSystem { get; init; } = NodeSystem.AmazonLinux;

    public NodeCapacity NodeCapacity { get; init; } = NodeCapacity.OnDemand;

    /// <summary>Lowest number of nodes; null for that of the size.</summary>
    public int? MinNodes { get; init; }

    /// <summary>Highest number of nodes; null for that of the size.</summary>
    public int? MaxNodes { get; init; }

    /// <summary>Blocks that may reach the cluster's public endpoint, the workers' among them; empty for those of the target.</summary>
    public IReadOnlyList<string> EndpointCidrs { get; init; } = [];

    /// <summary>By content: lists with the same blocks are the same.</summary>
    public bool Equals(ClusterSpecification? other) =>
        other is not null && JsonSerializer.Serialize(this, Specification.Json) == JsonSerializer.Serialize(other, Specification.Json);

    public override int GetHashCode() => HashCode.Combine(Mode, Size, KubernetesVersion);
}

/// <summary>How EKS runs the cluster's compute.</summary>
public enum ClusterMode
{
    /// <summary>A managed node group, EKS add-ons and the AWS Load Balancer Controller.</summary>
    ManagedNodes,

    /// <summary>
    /// EKS Auto Mode: AWS starts, patches and removes nodes as the pods need them, and runs network, DNS, volumes and load balancing
    /// (https://docs.aws.amazon.com/eks/latest/userguide/automode.html).
    /// </summary>
    AutoMode,
}

public enum NodeSystem
{
    AmazonLinux,
    Bottlerocket,
}

public enum NodeCapacity
{
    OnDemand,

    /// <summary>Cheaper, taken away at two minutes' notice.</summary>
    Spot,
}

public sealed record EdgeSpecification
{
    /// <summary>API Gateway stage, which is the API's version in the URL; 24 characters at most.</summary>
    public string Stage { get; init; } = "v1";

    /// <summary>Steady requests a second over the whole stage.</summary>
    public int ThrottleRate { get; init; } = 100;

    /// <summary>Requests that may come at once.</summary>
    public int ThrottleBurst { get; init; } = 200;

    /// <summary>Versions that stay beside <see cref="Stage"/>, each with the routes it had.</summary>
    public IReadOnlyList<EarlierStage> EarlierStages { get; init; } = [];

    /// <summary>Who gets an API key and how much may be asked with it; none is one client of the defaults.</summary>
    public IReadOnlyList<ApiClient> Clients { get; init; } = [];

    /// <summary>Who issues the tokens of routes that ask for <see cref="RouteAuthentication.Oidc"/>; null where none does.</summary>
    public OidcSpecification? Oidc { get; init; }

    /// <summary>Name of the API's own domain, for example <c>api.example.com</c>; empty for the address AWS gives.</summary>
    public string DomainName { get; init; } = "";

    /// <summary>ACM certificate of <see cref="DomainName"/>, in the region of the environment.</summary>
    public string CertificateArn { get; init; } = "";

    /// <summary>Whether AWS WAF stands before the API.</summary>
    public bool Firewall { get; init; }

    public LoadBalancerSpecification LoadBalancer { get; init; } = new();

    /// <summary>Names of all versions that are served, the current one first.</summary>
    [JsonIgnore]
    public IEnumerable<string> Stages => EarlierStages.Select(stage => stage.Name).Prepend(Stage);
}

/// <summary>The internal load balancer between the API and the services.</summary>
public sealed record LoadBalancerSpecification
{
    /// <summary>Where it stands. It is internal in either case: only the API's link reaches it.</summary>
    public SubnetKind Subnets { get; init; } = SubnetKind.Public;

    /// <summary>ACM certificate of <see cref="ServerName"/>, in the region of the environment; empty for HTTP between API and load balancer.</summary>
    public string CertificateArn { get; init; } = "";

    /// <summary>Name in the certificate, which the API asks for, for example <c>alb.shop.example.com</c>; empty without a certificate.</summary>
    public string ServerName { get; init; } = "";
}

public enum SubnetKind
{
    Public,
    Private,
}

/// <summary>A version of the API that is kept while the next one is served.</summary>
public sealed record EarlierStage
{
    public required string Name { get; init; }

    /// <summary>The routes it was made with, <c>EdgeRoutes.Hash</c> of then: it goes on to serve exactly those. Empty to serve today's.</summary>
    public string RouteHash { get; init; } = "";
}

public sealed record ApiClient
{
    /// <summary>DNS label; names the key's resource.</summary>
    public required string Name { get; init; }

    /// <summary>Requests a month.</summary>
    public int MonthlyQuota { get; init; } = 10_000_000;

    /// <summary>Steady requests a second; null for those of the stage.</summary>
    public int? ThrottleRate { get; init; }

    /// <summary>Requests at once; null for those of the stage.</summary>
    public int? ThrottleBurst { get; init; }
}

public sealed record OidcSpecification
{
    /// <summary>Exactly as in the tokens' <c>iss</c>; its /.well-known/openid-configuration names the keys.</summary>
    public required string Issuer { get; init; }

    /// <summary>What the tokens' <c>aud</c> has to hold.</summary>
    public required string Audience { get; init; }
}

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

    /// <summary>Where it keeps its data; none for a stateless service.</summary>
    public IReadOnlyList<StoreSpecification> Stores
    {
        get => _stores;
        init => _stores = value;
    }

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

/// <summary>One variable of the containers' environment. Nothing secret: it stands in the specification, the plan and the release.</summary>
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
