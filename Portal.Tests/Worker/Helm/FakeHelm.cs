using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Portal.Tests.Worker.Kubernetes;
using Portal.Worker.Aws;
using Portal.Worker.Helm;
using Portal.Worker.Kubernetes;

namespace Portal.Tests.Worker.Helm;

/// <summary>
/// A shell script in helm's place: it logs its arguments and keeps one release's history in a file, as the real one
/// does in the cluster.
/// </summary>
internal sealed class FakeHelm : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("portal-fake-helm-").FullName;

    /// <param name="upgrade">What the script does for upgrade, after the history row was written.</param>
    public FakeHelm(string upgrade = "true")
    {
        File.WriteAllText(Program, $$"""
            #!/bin/sh
            cd '{{_folder}}' || exit 1
            echo "$*" >> calls
            description=$(printf '%s\n' "$@" | sed -n 's/^--description=//p')
            row() { echo "{\"revision\":$1,\"updated\":\"2026-11-22T21:00:00Z\",\"status\":\"$2\",\"chart\":\"web-1.0.0\",\"app_version\":\"1\",\"description\":\"$3\"}"; }
            case $1 in
              history)
                if [ ! -s history ]; then echo 'Error: release: not found' >&2; exit 1; fi
                echo "[$(paste -sd, history)]";;
              upgrade)
                echo "$KUBECONFIG" > kubeconfig-path; cp "$KUBECONFIG" kubeconfig; stat -c %a "$KUBECONFIG" "$(dirname "$KUBECONFIG")" > modes
                cp "$(dirname "$KUBECONFIG")/token" token; env > environment
                {{upgrade}} || exit $?
                row 9 deployed "$description" >> history;;
              rollback) row 8 deployed 'Rollback' >> history;;
              uninstall) : > history;;
            esac
            """);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Chart = Directory.CreateDirectory(Path.Combine(_folder, "chart")).FullName;
        File.WriteAllText(Path.Combine(Chart, "Chart.yaml"), "name: web\nversion: 1.0.0\n");
    }

    public string Chart { get; }

    public string Program => Path.Combine(_folder, "helm");

    /// <summary>First words of each call.</summary>
    public IEnumerable<string> Verbs => Read("calls").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]);

    public string Read(string name) => File.ReadAllText(Path.Combine(_folder, name));

    public bool Has(string name) => File.Exists(Path.Combine(_folder, name));

    public void SetHistory(params string[] statuses) => File.WriteAllLines(
        Path.Combine(_folder, "history"),
        statuses.Select((status, i) =>
            $$"""{"revision":{{i + 1}},"updated":"2026-11-22T20:00:00Z","status":"{{status}}","chart":"web-1.0.0","app_version":"1","description":"x"}"""));

    public HelmGateway Gateway() => new(
        new FixedTokens(),
        new ReleaseRecords(Path.Combine(_folder, "history"), DeletedRecords),
        Options.Create(new WorkerHelmOptions { Path = Program, PendingGrace = TimeSpan.Zero }),
        TimeProvider.System,
        NullLogger<HelmGateway>.Instance);

    /// <summary>Names of the release's Secrets that were removed.</summary>
    public List<string> DeletedRecords { get; } = [];

    public ReleaseRequest Request() => new(
        new ClusterConnection(
            new AwsTarget("test", "111122223333", "us-east-1", null, null), "shop", new Uri("https://127.0.0.1:4567/clusters/abc"), "Q0E="),
        "shop", "web", new ChartFolder(Chart), new() { ["replicas"] = 2 }, [], TimeSpan.FromMinutes(5), "Requested by jo");

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

/// <summary>The cluster as far as helm's records go: with its Secrets, the history is gone.</summary>
internal sealed class ReleaseRecords(string history, List<string> deleted) : IKubernetes
{
    public Task DeleteSecretAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken)
    {
        deleted.Add($"{kubernetesNamespace}/{name}");
        return File.WriteAllTextAsync(history, "", cancellationToken);
    }

    public Task<ObjectList> ListAsync(ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task PingAsync(ClusterConnection cluster, CancellationToken cancellationToken) => Task.CompletedTask;

    public IAsyncEnumerable<ObjectChange> WatchAsync(
        ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, string resourceVersion, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
