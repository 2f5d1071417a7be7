using System.Runtime.CompilerServices;
using System.Text;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Helm;
using Portal.Worker.Kubernetes;

namespace Portal.Tests.Simulation;

/// <summary>The cluster as helm, EKS and Kubernetes show it. A helm dies with the process that started it, and leaves its release as it stands.</summary>
internal sealed class SimulatedCluster(SimulatedProcess process, SimulatedSurroundings around, TimeProvider clock) : IHelm, IChartFiles, IClusters, INodeGroups, IAddOns, IKubernetes, IWorkloads, IPodDiagnostics
{
    public async Task<ReleaseSnapshot> EnsureAsync(ReleaseRequest request, CancellationToken cancellationToken)
    {
        var work = await CallAsync($"helm upgrade {request.Name}", () => around.World.BeginRelease(request), cancellationToken);
        if (work is { } mine)
        {
            await Task.Delay(around.Dice.Between(3, 40), clock, cancellationToken);
            var isGood = around.Wire.IsCalm || (!around.Dice.Chance(0.03) && !around.World.IsDoomed(request.Name));
            await CallAsync($"helm ends {request.Name}", () => around.World.EndRelease(request.Name, mine, isGood, request.Values["replicas"]?.GetValue<int>() ?? 1), cancellationToken);
            if (!isGood)
                throw new StepFailedException("helm_timeout", $"Release {request.Name} did not become ready in time.", canRetry: !around.World.IsDoomed(request.Name));
        }

        var release = await CallAsync($"helm history {request.Name}", () => around.World.Release(request), cancellationToken);
        return release is { IsDeployed: true } ? release : throw new StepFailedException("helm_busy", "Another helm works on it.", canRetry: true);
    }

    public async Task UninstallAsync(ClusterConnection cluster, string kubernetesNamespace, string name, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await Task.Delay(around.Dice.Between(1, 15), clock, cancellationToken);
        await around.Wire.CallAsync(process, Peer.Cluster, $"helm uninstall {name}", () => around.World.Uninstall(name), cancellationToken);
    }

    public Task<ClusterAccess> DescribeAsync(AwsTarget target, string clusterName, CancellationToken cancellationToken) => around.Wire.CallAsync(
        process, Peer.Aws, "describe cluster",
        () => around.World.HasCluster ? new ClusterAccess(clusterName, "arn", "1.34", "ACTIVE", null, null) : throw new StepFailedException(IClusters.NotFound, "There is no such cluster."), cancellationToken);

    public Task<IReadOnlyList<string>?> OfferedAsync(AwsTarget target, string addOn, string kubernetes, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>?>(null);

    public Task<int> NodesAsync(AwsTarget target, string clusterName, CancellationToken cancellationToken) =>
        around.Wire.CallAsync(process, Peer.Aws, "node groups", () => 0, cancellationToken);

    public Task<string> CallerArnAsync(AwsTarget target, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ObjectList> ListAsync(ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, CancellationToken cancellationToken) =>
        around.Wire.CallAsync(process, Peer.Lookout, "list", () => new ObjectList(kind == ObjectKind.Deployment ? around.World.Deployments() : [], "1"), cancellationToken);

    /// <summary>What there is when the server ends it, or an error of the watch, or too old a version.</summary>
    public async IAsyncEnumerable<ObjectChange> WatchAsync(
        ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, string resourceVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Delay(around.Dice.Between(1, 20), clock, cancellationToken);
        if (!around.Wire.IsCalm && around.Dice.Chance(0.1))
            throw new WatchExpiredException("too old resource version");
        foreach (var one in await around.Wire.CallAsync(process, Peer.Lookout, "watch", around.World.Deployments, cancellationToken))
            yield return new ObjectChange("2", one, IsDeleted: false);
    }

    public Task ScaleAsync(ClusterConnection cluster, string kubernetesNamespace, string deployment, int replicas, CancellationToken cancellationToken) =>
        CallAsync($"scale {deployment} to {replicas}", () => around.World.Scale(deployment, replicas), cancellationToken);

    public Task RestartAsync(ClusterConnection cluster, string kubernetesNamespace, string deployment, string by, CancellationToken cancellationToken) =>
        CallAsync($"restart {deployment}", () => around.World.Restart(deployment, by), cancellationToken);

    public Task SuspendAsync(ClusterConnection cluster, string kubernetesNamespace, string schedule, bool suspended, CancellationToken cancellationToken) =>
        CallAsync($"suspend {schedule}: {suspended}", () => around.World.Suspend(schedule, suspended), cancellationToken);

    public Task RunAsync(ClusterConnection cluster, string kubernetesNamespace, string schedule, string job, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<JobEnd?> FindEndAsync(ClusterConnection cluster, string kubernetesNamespace, string job, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DeleteJobAsync(ClusterConnection cluster, string kubernetesNamespace, string job, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IUnpackedChart Unpack(byte[] archive) => new Unpacked(Encoding.UTF8.GetString(archive));

    public Task<ReleaseSnapshot?> FindAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<string?> ManifestAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task PingAsync(ClusterConnection cluster, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DeleteSecretAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<PodReport> DiagnoseAsync(ClusterConnection cluster, string kubernetesNamespace, string pod, CancellationToken cancellationToken) => throw new NotSupportedException();

    private Task<T> CallAsync<T>(string what, Func<T> effect, CancellationToken cancellationToken) => around.Wire.CallAsync(process, Peer.Cluster, what, effect, cancellationToken);

    private Task CallAsync(string what, Action effect, CancellationToken cancellationToken) => around.Wire.CallAsync(process, Peer.Cluster, what, effect, cancellationToken);

    private sealed record Unpacked(string Path) : IUnpackedChart
    {
        public void Dispose()
        {
            // There is no folder.
        }
    }
}
