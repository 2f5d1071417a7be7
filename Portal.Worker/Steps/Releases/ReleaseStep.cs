using System.Formats.Tar;
using System.IO.Compression;
using Microsoft.Extensions.Options;
using Portal.Core.Provisioning;
using Portal.Worker.Engine;
using Portal.Worker.Helm;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Steps.Releases;

/// <summary>Makes a Helm release be as planned and waits until it is ready.</summary>
public sealed class ReleaseStep(IHelm helm, OperationStore store, IOptions<ChartOptions> charts) : IStepExecutor
{
    public bool Handles(PlannedStep step) => step.Kind == StepKind.Release;

    public async Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context, CancellationToken cancellationToken)
    {
        var step = context.Step;
        var cluster = new ClusterConnection(
            context.Target,
            context.Outputs.Get("cluster", "ClusterName"),
            new Uri(context.Outputs.Get("cluster", "ClusterEndpoint")),
            context.Outputs.Get("cluster", "ClusterCertificateAuthority"));
        using var unpacked = new UnpackedChart(step.Artifact is null ? null : await store.ArtifactAsync(step.Artifact, cancellationToken));
        ChartSource chart = step.RepositoryChart is null
            ? new ChartFolder(unpacked.Path!)
            : new RepositoryChart(charts.Value.LoadBalancerController.Repository, step.RepositoryChart, charts.Value.LoadBalancerController.Version);
        var release = await helm.EnsureAsync(
            new ReleaseRequest(cluster, step.Namespace!, step.Subject, chart, context.Outputs.Values(step), [], ReleaseTimeout, $"request {context.Work.Request}"),
            cancellationToken);
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Revision"] = release.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["Chart"] = release.Chart,
        };
    }

    // A first pull of a large image on a fresh node; the step's own timeout is longer.
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromMinutes(15);
}

/// <summary>The approved chart, unpacked where helm can read it, gone afterwards.</summary>
internal sealed class UnpackedChart : IDisposable
{
    private readonly DirectoryInfo? _folder;

    public UnpackedChart(byte[]? archive)
    {
        if (archive is null)
            return;
        _folder = Directory.CreateTempSubdirectory("portal-chart-");
        using var gzip = new GZipStream(new MemoryStream(archive), CompressionMode.Decompress);
        TarFile.ExtractToDirectory(gzip, _folder.FullName, overwriteFiles: false);
        Path = _folder.GetDirectories().Single().FullName;
    }

    public string? Path { get; }

    public void Dispose() => _folder?.Delete(recursive: true);
}
