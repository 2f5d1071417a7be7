namespace Portal.Core.Specifications;

/// <summary>What is spoken at a port.</summary>
public enum PortProtocol
{
    Http,

    /// <summary>gRPC, or whatever else is HTTP/2 without TLS; between services only.</summary>
    Grpc,

    /// <summary>Anything else; between services only.</summary>
    Tcp,
}

/// <summary>A port beside the one that a service is called at; only other services of the environment reach it.</summary>
public sealed record PortSpecification
{
    /// <summary>15 lower-case letters, digits and hyphens at most, for example <c>metrics</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Where the container listens.</summary>
    public int Port { get; init; } = 9090;

    /// <summary>Where other services reach it; null for <see cref="Port"/>.</summary>
    public int? ServicePort { get; init; }

    public PortProtocol Protocol { get; init; } = PortProtocol.Http;
}

/// <summary>How a container is asked how it is.</summary>
public enum ProbeKind
{
    /// <summary>A GET that is answered with 200 to 399.</summary>
    Http,

    /// <summary>A connection that is accepted.</summary>
    Tcp,

    /// <summary>https://github.com/grpc/grpc/blob/master/doc/health-checking.md.</summary>
    Grpc,

    /// <summary>A command within the container that ends with 0.</summary>
    Command,
}

public sealed record ProbeSpecification
{
    public ProbeKind Kind { get; init; } = ProbeKind.Http;

    /// <summary>Of an HTTP probe.</summary>
    public string Path { get; init; } = "";

    /// <summary>Name of one of the service's ports; empty for the one that it is called at.</summary>
    public string Port { get; init; } = "";

    /// <summary>Of a command: its words.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];
}
