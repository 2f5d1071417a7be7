using Portal.Core.Specifications;

namespace Portal.Core.Imports;

/// <summary>What a file says runs, whatever its format, before it is known what of it is a service and what a store.</summary>
internal sealed class ImportedWorkload
{
    /// <summary>As the file calls it; others may call it by <see cref="Hosts"/> too.</summary>
    public required string Name { get; init; }

    /// <summary>What others call it by, where that is not its name; empty where the file does not say.</summary>
    public string Called { get; set; } = "";

    public string Image { get; set; } = "";

    /// <summary>Names under which others reach it.</summary>
    public HashSet<string> Hosts { get; } = new(StringComparer.Ordinal);

    public List<ImportedPort> Ports { get; } = [];

    /// <summary>In the file's order.</summary>
    public List<(string Name, string Value)> Variables { get; } = [];

    public List<string> Command { get; set; } = [];

    public List<string> Arguments { get; set; } = [];

    public HashSet<string> DependsOn { get; } = new(StringComparer.Ordinal);

    /// <summary>Stores that it asks for itself, by name: what the file calls their kind.</summary>
    public Dictionary<string, string> Stores { get; } = new(StringComparer.Ordinal);

    public WorkloadKind? Kind { get; set; }

    public ScheduleSpecification? Schedule { get; set; }

    public bool IsPublic { get; set; }

    /// <summary>Where it is reached from outside, if the file says so.</summary>
    public string Path { get; set; } = "";

    /// <summary>Where else.</summary>
    public List<string> MorePaths { get; } = [];

    public int? Replicas { get; set; }
    public int? MaxReplicas { get; set; }
    public int? ScaleAt { get; set; }

    /// <summary>Thousandths.</summary>
    public int? Cpu { get; set; }

    /// <summary>MiB.</summary>
    public int? Memory { get; set; }

    /// <summary>MiB.</summary>
    public int? MemoryLimit { get; set; }

    public int? User { get; set; }
    public List<string> Folders { get; } = [];
    public string HealthPath { get; set; } = "";
    public string LivenessPath { get; set; } = "";

    /// <summary>Where it is not a path that answers.</summary>
    public ProbeSpecification? Readiness { get; set; }

    /// <inheritdoc cref="Readiness"/>
    public ProbeSpecification? Liveness { get; set; }

    public List<FileSpecification> Files { get; } = [];
    public int? GraceSeconds { get; set; }
}

/// <param name="Service">Where others call it.</param>
/// <param name="Container">Where the container listens.</param>
/// <param name="Protocol">As far as the file says it.</param>
internal sealed record ImportedPort(int Service, int Container, string Name = "", PortProtocol? Protocol = null);
