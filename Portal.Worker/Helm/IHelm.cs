using System.Text.Json.Nodes;
using Portal.Worker.Aws;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Helm;

/// <summary>Helm releases. Errors are <c>StepFailedException</c>.</summary>
public interface IHelm
{
    /// <summary>
    /// Makes the release be as described and waits until it is ready. Nothing is done where it is so already.
    /// A release that a killed helm left pending is put right first. The caller makes sure that only one at a time
    /// works on a release.
    /// </summary>
    Task<ReleaseSnapshot> EnsureAsync(ReleaseRequest request, CancellationToken cancellationToken);

    /// <summary>The release's newest revision; null where there is no such release.</summary>
    Task<ReleaseSnapshot?> FindAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken);

    /// <summary>What the release consists of, as YAML documents; null where there is no such release.</summary>
    Task<string?> ManifestAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken);

    /// <summary>Removes the release and waits until its objects are gone; one that does not exist is success.</summary>
    Task UninstallAsync(ClusterConnection cluster, string kubernetesNamespace, string name, TimeSpan timeout, CancellationToken cancellationToken);
}

/// <param name="Values">Win over the values files.</param>
/// <param name="ValuesFiles">Paths, later ones win.</param>
/// <param name="Timeout">How long helm waits for the release to become ready.</param>
/// <param name="Description">Kept with the revision, for people; with <see cref="Again"/>, once for each.</param>
public sealed record ReleaseRequest(
    ClusterConnection Cluster, string Namespace, string Name, ChartSource Chart,
    JsonObject Values, IReadOnlyList<string> ValuesFiles, TimeSpan Timeout, string Description)
{
    /// <summary>Whether it is brought about again although the release says that it is so already: its objects may be otherwise.</summary>
    public bool Again { get; init; }

    /// <summary>
    /// Of what runs once: tells one run from the next (its value <c>run</c>), and is no part of what the release is. A run that a killed helm
    /// left is gone on with, instead of going back to the one before. Null for everything else.
    /// </summary>
    public string? Run { get; init; }
}

/// <summary>Where a chart comes from.</summary>
public abstract record ChartSource;

public sealed record ChartFolder(string Path) : ChartSource;

public sealed record RepositoryChart(Uri Repository, string Name, string Version) : ChartSource;

/// <param name="Status">Helm's own word: <c>deployed</c>, <c>failed</c>, <c>pending-install</c>, …</param>
/// <param name="Chart">Chart name and version, for example <c>microservice-0.1.0</c>.</param>
/// <param name="Digest">Of chart and values as the worker gave them; null where somebody else made the revision or it is not finished.</param>
public sealed record ReleaseSnapshot(
    string Namespace, string Name, int Revision, string Status, string Chart, string? AppVersion, DateTimeOffset UpdatedAt,
    string? Description, string? Digest)
{
    public bool IsDeployed => Status == "deployed";

    public bool IsPending => Status.StartsWith("pending-", StringComparison.Ordinal);
}
