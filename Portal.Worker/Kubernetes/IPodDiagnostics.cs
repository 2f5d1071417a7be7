using Portal.Worker.Aws;

namespace Portal.Worker.Kubernetes;

/// <summary>What a cluster knows of a pod that does not start, for whoever wants to know why.</summary>
public interface IPodDiagnostics
{
    /// <summary>Best effort: what the cluster does not tell is missing.</summary>
    Task<PodReport> DiagnoseAsync(ClusterConnection cluster, string kubernetesNamespace, string pod, CancellationToken cancellationToken);
}

/// <param name="Events">Oldest first; at most <see cref="MostEvents"/>.</param>
/// <param name="Log">Last lines of the container that ended last, or of the one that runs.</param>
/// <param name="ExitCode">Of the container that ended last; null where none did.</param>
public sealed record PodReport(IReadOnlyList<PodEvent> Events, IReadOnlyList<string> Log, int? ExitCode)
{
    public const int MostEvents = 20;

    public static PodReport Empty { get; } = new([], [], null);
}

/// <param name="Reason">For example <c>Failed</c>, <c>FailedScheduling</c> or <c>BackOff</c>.</param>
public sealed record PodEvent(DateTimeOffset At, bool IsWarning, string Reason, string Message, int Count);
