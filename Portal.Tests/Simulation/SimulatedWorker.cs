using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Observe;
using Portal.Worker.Steps;
using Portal.Worker.Steps.LoadBalancers;
using Portal.Worker.Steps.Probes;
using Portal.Worker.Steps.Releases;
using Portal.Worker.Steps.Stacks;
using Portal.Worker.Steps.Sweeps;

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
        var cluster = new SimulatedCluster(Process, around, clock);
        var account = new SimulatedAccount(Process, around);
        IStepExecutor[] steps =
        [
            new InstanceStep(account, cloud, store, clock),
            new StackStep(cloud, account, new NodeGroupSize(cluster), new AddOnCheck(cluster), hub, hub, store),
            new DeploymentStep(cluster, cluster, cluster),
            new ReleaseStep(cluster, cluster, new ReleaseWatch(cluster, cluster, clock), store, cluster, Options.Create(new ChartOptions()), account, clock),
            new LoadBalancerStep(account, hub, hub),
            new ProbeStep(account, account, clock),
            new SweepStep(account, account, account, clock),
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

        public Task NoteMissingAsync(OperationWork work, PlannedStep step, string what, CancellationToken cancellationToken) => NoteAsync(work, step, null, cancellationToken);

        public Task FinishAsync(OperationWork work, OperationState state, Failure? failure, CancellationToken cancellationToken) =>
            around.Wire.CallAsync(process, Peer.Database, "finish", () => around.Database.Finish(work, state), cancellationToken);

        public Task<byte[]> ArtifactAsync(string digest, CancellationToken cancellationToken) => around.Wire.CallAsync(
            process, Peer.Database, "artifact", () => Encoding.UTF8.GetBytes(digest), cancellationToken);

        private Task MoveAsync(OperationWork work, PlannedStep step, StepState to, CancellationToken cancellationToken, int? attempt = null, IReadOnlyDictionary<string, string>? outputs = null) =>
            around.Wire.CallAsync(process, Peer.Database, $"{step.Name} {to}", () => around.Database.Move(work, step, to, attempt, outputs), cancellationToken);

        private Task NoteAsync(OperationWork work, PlannedStep step, Action<SimulatedStep>? change, CancellationToken cancellationToken) =>
            around.Wire.CallAsync(process, Peer.Database, "note", () => around.Database.Note(work, step, change), cancellationToken);
    }

    private sealed class CloudFormation(SimulatedProcess process, SimulatedSurroundings around) : ICloudFormation
    {
        public Task<StackSnapshot?> FindAsync(AwsTarget target, string stackName, CancellationToken cancellationToken) => CallAsync($"find {stackName}", () =>
            around.Mutation != Mutation.StacksAreNotLookedFor && around.World.Find(stackName) is { } stack ? around.World.Snapshot(stack) : null, cancellationToken);

        public IAsyncEnumerable<StackSnapshot> ListAsync(AwsTarget target, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<string> CreateAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken) =>
            CallAsync($"create {request.Name}", () => around.World.Create(request).Id, cancellationToken);

        public Task<StackUpdate> UpdateAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken) =>
            CallAsync($"update {request.Name}", () => around.World.Update(request), cancellationToken);

        public Task<StackUpdate> RevertDriftAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken) =>
            CallAsync($"revert drift {request.Name}", () => around.World.RevertDrift(request), cancellationToken);

        public Task ContinueRollbackAsync(AwsTarget target, string stackName, IReadOnlyCollection<string> leftOut, string token, CancellationToken cancellationToken) =>
            around.Wire.CallAsync(process, Peer.Aws, $"continue rollback {stackName}", () => around.World.ContinueRollback(stackName, leftOut, token), cancellationToken);

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

    private sealed class Hub(SimulatedProcess process, SimulatedSurroundings around) : IObservations, IObservationHub
    {
        public Task ExpectAsync(Observation expected, CancellationToken cancellationToken)
        {
            var at = around.Simulator.Now;
            return around.Wire.CallAsync(process, Peer.Database, "expect", () => around.Sights.Write(expected, at, isExpected: true), cancellationToken);
        }

        public Task LookAsync(string target, CancellationToken cancellationToken) => around.Wire.CallAsync(process, Peer.Database, "look", () => { }, cancellationToken);

        public Task<Observation> WaitAsync(string target, string kind, string name, Func<Observation, bool> until, CancellationToken cancellationToken) =>
            around.Sights.WaitAsync(process, kind, name, until, cancellationToken);
    }
}
