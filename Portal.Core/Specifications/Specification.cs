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

    /// <summary>Who reaches the cluster's endpoint.</summary>
    /// <param name="ofTarget">Blocks of the target, comma-separated: they count where the specification says none.</param>
    public IReadOnlyList<string> EndpointBlocks(string ofTarget) =>
        EndpointCidrs.Count > 0 ? EndpointCidrs : ofTarget.Split(',', StringSplitOptions.TrimEntries);

    /// <inheritdoc cref="EndpointBlocks"/>
    public bool IsOpenToTheWorld(string ofTarget) => EndpointBlocks(ofTarget).Any(block => block.EndsWith("/0", StringComparison.Ordinal));

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

    /// <summary>Id of the hosted zone of Route 53, in the target's account, that <see cref="DomainName"/>'s record is made in; empty where its owner sets it.</summary>
    public string HostedZoneId { get; init; } = "";

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
