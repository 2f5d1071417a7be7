using System.Text.Json;
using System.Text.Json.Serialization;

namespace Portal.Core.Requests;

/// <summary>What is asked for. Immutable; a change is a new version.</summary>
public sealed record Specification
{
    /// <summary>DNS-1123 label, 28 characters at most: it names stacks, the namespace and the load balancer.</summary>
    public required string Environment { get; init; }

    public required string Target { get; init; }

    public NetworkSpecification Network { get; init; } = new();

    public ClusterSpecification Cluster { get; init; } = new();

    public EdgeSpecification Edge { get; init; } = new();

    public IReadOnlyList<ServiceSpecification> Services { get; init; } = [];

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        RespectNullableAnnotations = true,
    };
}

public sealed record NetworkSpecification
{
    /// <summary>IPv4 block of the VPC, /16 to /20.</summary>
    public string Cidr { get; init; } = "10.40.0.0/16";

    /// <summary>Availability zones, 2 or 3.</summary>
    public int Zones { get; init; } = 2;

    public NatGateways NatGateways { get; init; } = NatGateways.Single;
}

public enum NatGateways
{
    Single,
    OnePerZone,
}

public sealed record ClusterSpecification
{
    /// <summary>Id of a size in the catalogue.</summary>
    public string Size { get; init; } = "small";

    public string KubernetesVersion { get; init; } = "1.35";
}

public sealed record EdgeSpecification
{
    /// <summary>API Gateway stage, which is the API's version in the URL.</summary>
    public string Stage { get; init; } = "v1";

    /// <summary>Steady requests a second over the whole stage.</summary>
    public int ThrottleRate { get; init; } = 100;

    /// <summary>Requests that may come at once.</summary>
    public int ThrottleBurst { get; init; } = 200;
}

public sealed record ServiceSpecification
{
    /// <summary>DNS-1035 label: it becomes the Service, the Deployment and the release.</summary>
    public required string Name { get; init; }

    public required string Image { get; init; }

    /// <summary>Where the container listens.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>Path prefix on the load balancer and at the gateway, for example <c>/products</c>.</summary>
    public required string Path { get; init; }

    public int Replicas { get; init; } = 2;

    public string HealthPath { get; init; } = "/health";

    /// <summary>Id of a data store in the catalogue; <c>none</c> for a stateless service.</summary>
    public string DataStore { get; init; } = "none";

    public RouteAuthentication Authentication { get; init; } = RouteAuthentication.None;
}

public enum RouteAuthentication
{
    None,
    Cognito,
}
