using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Helm;
using Portal.Worker.Kubernetes;
using Portal.Worker.Observe;
using Portal.Worker.Steps;
using Portal.Worker.Steps.LoadBalancers;
using Portal.Worker.Steps.Releases;
using Portal.Worker.Steps.Stacks;

namespace Portal.Tests.Simulation;

/// <summary>What a worker of the simulation works with.</summary>
internal sealed record SimulatedSurroundings(Simulator Simulator, Dice Dice, Wire Wire, SimulatedDatabase Database, SimulatedWorld World, SimulatedSights Sights, Mutation Mutation, Action<string> Trace);

/// <summary>A process with the real host, runner and steps, and with simulated ports.</summary>
internal sealed class SimulatedWorker
{
    private readonly SimulatedSurroundings _around;
    private readonly OperationHost _host;

    public SimulatedWorker(string name, SimulatedSurroundings around)
    {
        _around = around;
        Process = new SimulatedProcess(name);
        var clock = new SimulatedClock(around.Simulator, Process);
        var store = new Store(Process, around);
        var cloud = new CloudFormation(Process, around);
        var hub = new Hub(Process, around);
        var cluster = new Cluster(Process, around, clock);
        IStepExecutor[] steps =
        [
            new StackStep(cloud, cloud, new NodeGroupSize(cluster), new AddOnCheck(cluster), hub, hub, store),
            new ReleaseStep(cluster, cluster, new ReleaseWatch(cluster, cluster, clock), store, Options.Create(new ChartOptions())),
            new LoadBalancerStep(cluster, hub, hub),
            new Look(Process, around),
        ];
        var lease = new Lease(Process, around);
        var claims = new Claims(Process, around);
        _host = new OperationHost(claims, new OperationRunner(store, steps, cluster, clock, NullLogger<OperationRunner>.Instance), lease, clock, NullLogger<OperationHost>.Instance);
        lease.Renew();
        _ = Sweep(_host, CancellationToken.None);
    }

    public SimulatedProcess Process { get; }

    public void Deliver(Guid operationId, Action failed) => _around.Simulator.After(TimeSpan.Zero, Process, () => _ = TakeAsync(operationId, failed));

    private async Task TakeAsync(Guid operationId, Action failed)
    {
        try
        {
            await _host.TakeAsync(operationId);
        }
        catch (Npgsql.NpgsqlException)
        {
            failed();
        }
    }

    // What the host does beside: BackgroundService would begin it on the thread pool.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "ExecuteAsync")]
    private static extern Task Sweep(OperationHost host, CancellationToken stoppingToken);

    private sealed class Lease(SimulatedProcess process, SimulatedSurroundings around) : IWorkerLease
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

        private CancellationTokenSource? _held;
        private DateTimeOffset _seen;

        public CancellationToken? Held => _held?.Token;

        public void Renew() => _ = RenewAsync();

        private async Task RenewAsync()
        {
            var asked = around.Simulator.Now;
            try
            {
                if (await around.Wire.CallAsync(process, Peer.Lease, "lease", () => around.Database.Renew(process.Name, _held is not null), CancellationToken.None))
                {
                    _held ??= new CancellationTokenSource();
                    _seen = asked;
                }
                else
                {
                    Lose();
                }
            }
            catch (Npgsql.NpgsqlException)
            {
                if (around.Simulator.Now - _seen > Patience)
                    Lose();
            }

            around.Simulator.After(TimeSpan.FromSeconds(1), process, Renew);
        }

        private void Lose()
        {
            var held = _held;
            _held = null;
            held?.Cancel();
        }
    }

    private sealed class Claims(SimulatedProcess process, SimulatedSurroundings around) : IOperationClaims
    {
        public Task<bool> ClaimAsync(Guid operationId) => CallAsync("claim", () => around.Database.Claim(process.Name, operationId), CancellationToken.None);

        public Task<bool> ReleaseAsync(Guid operationId) => CallAsync("release", () => around.Database.Release(process.Name, operationId), CancellationToken.None);

        public Task<IReadOnlyList<Fence>> CancellingAsync(IReadOnlyCollection<Guid> running, CancellationToken cancellationToken) =>
            CallAsync("cancelling", () => around.Database.Cancelling(running), cancellationToken);

        public Task<IReadOnlyList<Guid>> EnqueueAbandonedAsync(IReadOnlyCollection<Guid> running, CancellationToken cancellationToken) =>
            CallAsync("sweep", () => around.Database.EnqueueAbandoned(process.Name, running), cancellationToken);

        private Task<T> CallAsync<T>(string what, Func<T> effect, CancellationToken cancellationToken) => around.Wire.CallAsync(process, Peer.Lease, what, effect, cancellationToken);
    }

    private sealed class Store(SimulatedProcess process, SimulatedSurroundings around) : IOperationStore
    {
        private static readonly byte[] Chart = SmallestChart();

        public Task<OperationWork?> BeginAsync(Guid operationId, CancellationToken cancellationToken) =>
            around.Wire.CallAsync(process, Peer.Database, "begin", () => around.Database.TakeOver(operationId), cancellationToken);

        public Task StartStepAsync(OperationWork work, PlannedStep step, int attempt, CancellationToken cancellationToken) => MoveAsync(work, step, StepState.Running, cancellationToken, attempt);

        public Task SucceedStepAsync(OperationWork work, PlannedStep step, IReadOnlyDictionary<string, string> outputs, CancellationToken cancellationToken) =>
            MoveAsync(work, step, StepState.Succeeded, cancellationToken, null, outputs);

        public Task FailStepAsync(OperationWork work, PlannedStep step, Failure failure, CancellationToken cancellationToken)
        {
            around.Trace($"{process.Name} {step.Name} fails: {failure.Code}: {failure.Message}");
            return MoveAsync(work, step, StepState.Failed, cancellationToken);
        }

        public Task SkipStepAsync(OperationWork work, PlannedStep step, CancellationToken cancellationToken) => MoveAsync(work, step, StepState.Skipped, cancellationToken);

        public Task CancelStepAsync(OperationWork work, PlannedStep step, CancellationToken cancellationToken) => MoveAsync(work, step, StepState.Cancelled, cancellationToken);

        public Task NoteRetryAsync(OperationWork work, PlannedStep step, Failure failure, TimeSpan delay, CancellationToken cancellationToken) =>
            NoteAsync(work, step, null, cancellationToken);

        public Task NoteWaitingAsync(OperationWork work, PlannedStep step, StepWaiting waiting, CancellationToken cancellationToken) =>
            NoteAsync(work, step, row => row.Waiting = waiting, cancellationToken);

        public Task NoteAnsweredAsync(OperationWork work, PlannedStep step, StepWaiting waited, CancellationToken cancellationToken) =>
            NoteAsync(work, step, row => row.Waiting = null, cancellationToken);

        public Task FinishAsync(OperationWork work, OperationState state, Failure? failure, CancellationToken cancellationToken) =>
            around.Wire.CallAsync(process, Peer.Database, "finish", () => around.Database.Finish(work, state), cancellationToken);

        public Task<byte[]> ArtifactAsync(string digest, CancellationToken cancellationToken) => around.Wire.CallAsync(
            process, Peer.Database, "artifact", () => around.World.Charts.Contains(digest) ? Chart : Encoding.UTF8.GetBytes(digest), cancellationToken);

        private Task MoveAsync(OperationWork work, PlannedStep step, StepState to, CancellationToken cancellationToken, int? attempt = null, IReadOnlyDictionary<string, string>? outputs = null) =>
            around.Wire.CallAsync(process, Peer.Database, $"{step.Name} {to}", () => around.Database.Move(work, step, to, attempt, outputs), cancellationToken);

        private Task NoteAsync(OperationWork work, PlannedStep step, Action<SimulatedStep>? change, CancellationToken cancellationToken) =>
            around.Wire.CallAsync(process, Peer.Database, "note", () => around.Database.Note(work, step, change), cancellationToken);

        private static byte[] SmallestChart()
        {
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            using (var tar = new TarWriter(gzip))
                tar.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "chart/"));
            return packed.ToArray();
        }
    }

    private sealed class CloudFormation(SimulatedProcess process, SimulatedSurroundings around) : ICloudFormation, ILogGroups
    {
        public Task<StackSnapshot?> FindAsync(AwsTarget target, string stackName, CancellationToken cancellationToken) => CallAsync($"find {stackName}", () =>
            around.Mutation != Mutation.StacksAreNotLookedFor && around.World.Find(stackName) is { } stack ? around.World.Snapshot(stack) : null, cancellationToken);

        public IAsyncEnumerable<StackSnapshot> ListAsync(AwsTarget target, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<string> CreateAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken) =>
            CallAsync($"create {request.Name}", () => around.World.Create(request).Id, cancellationToken);

        public Task<StackUpdate> UpdateAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken) =>
            CallAsync($"update {request.Name}", () => around.World.Update(request), cancellationToken);

        public Task<StackUpdate> RevertDriftAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteLeftoverAsync(AwsTarget target, string name, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task ContinueRollbackAsync(AwsTarget target, string stackName, string token, CancellationToken cancellationToken) =>
            around.Wire.CallAsync(process, Peer.Aws, $"continue rollback {stackName}", () => around.World.ContinueRollback(stackName, token), cancellationToken);

        public Task DeleteAsync(AwsTarget target, string stackName, string token, CancellationToken cancellationToken) =>
            around.Wire.CallAsync(process, Peer.Aws, $"delete {stackName}", () => around.World.Delete(stackName, token), cancellationToken);

        public async IAsyncEnumerable<StackEvent> EventsAsync(AwsTarget target, string stackId, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (var said in await CallAsync($"events {stackId}", () => Enumerable.Reverse(around.World.Find(stackId)?.Events ?? []).ToList(), cancellationToken))
                yield return said;
        }

        public Task<IReadOnlyList<StackResource>> ResourcesAsync(AwsTarget target, string stackId, CancellationToken cancellationToken) => throw new NotSupportedException();

        private Task<T> CallAsync<T>(string what, Func<T> effect, CancellationToken cancellationToken) => around.Wire.CallAsync(process, Peer.Aws, what, effect, cancellationToken);
    }

    /// <summary>The steps that only look at the end, at the front door or for what is left.</summary>
    private sealed class Look(SimulatedProcess process, SimulatedSurroundings around) : IStepExecutor
    {
        public bool CanBeBrokenOff => true;

        public bool Handles(PlannedStep step) => step.Action == PlanAction.Probe;

        public async Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context, CancellationToken cancellationToken)
        {
            await around.Wire.CallAsync(process, Peer.Aws, context.Step.Name, () => { }, cancellationToken);
            await context.AnsweredAsync();
            return new Dictionary<string, string>();
        }
    }

    private sealed class Hub(SimulatedProcess process, SimulatedSurroundings around) : IObservations, IObservationHub
    {
        public Task ExpectAsync(Observation expected, CancellationToken cancellationToken)
        {
            var at = around.Simulator.Now;
            return around.Wire.CallAsync(process, Peer.Database, "expect", () => around.Sights.Write(expected, at), cancellationToken);
        }

        public Task LookAsync(string target, CancellationToken cancellationToken) => around.Wire.CallAsync(process, Peer.Database, "look", () => { }, cancellationToken);

        public Task<Observation> WaitAsync(string target, string kind, string name, Func<Observation, bool> until, CancellationToken cancellationToken) =>
            around.Sights.WaitAsync(process, kind, name, until, cancellationToken);
    }

    /// <summary>The cluster as helm, EKS and Kubernetes show it. A helm dies with the process that started it, and leaves its release as it stands.</summary>
    private sealed class Cluster(SimulatedProcess process, SimulatedSurroundings around, TimeProvider clock) : IHelm, IClusters, INodeGroups, IAddOns, IKubernetes, IPodDiagnostics, ILoadBalancers
    {
        public async Task<ReleaseSnapshot> EnsureAsync(ReleaseRequest request, CancellationToken cancellationToken)
        {
            var work = await CallAsync($"helm upgrade {request.Name}", () => around.World.BeginRelease(request), cancellationToken);
            if (work is { } mine)
            {
                await Task.Delay(around.Dice.Between(3, 40), clock, cancellationToken);
                var isGood = around.Wire.IsCalm || !around.Dice.Chance(0.03);
                await CallAsync($"helm ends {request.Name}", () => around.World.EndRelease(request.Name, mine, isGood), cancellationToken);
                if (!isGood)
                    throw new StepFailedException("helm_timeout", $"Release {request.Name} did not become ready in time.", canRetry: true);
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
            () => around.World.HasCluster ? new ClusterAccess(clusterName, "arn", "1.34", "ACTIVE", null, null) : throw new StepFailedException("eks_not_found", "There is no such cluster."), cancellationToken);

        public Task<IReadOnlyList<string>?> OfferedAsync(AwsTarget target, string addOn, string kubernetes, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>?>(null);

        public Task<int> NodesAsync(AwsTarget target, string clusterName, CancellationToken cancellationToken) =>
            around.Wire.CallAsync(process, Peer.Aws, "node groups", () => 0, cancellationToken);

        public Task<string> CallerArnAsync(AwsTarget target, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ObjectList> ListAsync(ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, CancellationToken cancellationToken) =>
            around.Wire.CallAsync(process, Peer.Lookout, "pods", () => new ObjectList([], "1"), cancellationToken);

        public Task<LoadBalancer?> FindAsync(AwsTarget target, string name, CancellationToken cancellationToken) => around.Wire.CallAsync(
            process, Peer.Aws, "find load balancer",
            () => around.World.LoadBalancer is { } state ? new LoadBalancer(name, "arn:lb", "lb.test", "internal", state, null, "vpc", around.Simulator.Now) : null, cancellationToken);

        public Task<ReleaseSnapshot?> FindAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<string?> ManifestAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<ObjectChange> WatchAsync(ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, string resourceVersion, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task PingAsync(ClusterConnection cluster, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteSecretAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<PodReport> DiagnoseAsync(ClusterConnection cluster, string kubernetesNamespace, string pod, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<LoadBalancer> ListAsync(AwsTarget target, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<ListenerRule>> RulesAsync(AwsTarget target, string loadBalancerArn, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<TargetGroup>> TargetGroupsAsync(AwsTarget target, string loadBalancerArn, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<TargetState>> TargetsAsync(AwsTarget target, string targetGroupArn, CancellationToken cancellationToken) => throw new NotSupportedException();

        private Task<T> CallAsync<T>(string what, Func<T> effect, CancellationToken cancellationToken) => around.Wire.CallAsync(process, Peer.Cluster, what, effect, cancellationToken);

        private Task CallAsync(string what, Action effect, CancellationToken cancellationToken) => around.Wire.CallAsync(process, Peer.Cluster, what, effect, cancellationToken);
    }
}
