using Microsoft.Extensions.Logging.Abstractions;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;
using Portal.Tests.Worker.Observe;
using Portal.Worker.Aws;
using Portal.Worker.Engine;

namespace Portal.Tests.Worker.Engine;

/// <summary>The host with a store and claims that answer when they are told to.</summary>
public sealed class OperationHostTests
{
    private static readonly Guid Operation = Guid.NewGuid();

    /// <summary>
    /// Claimed while its last run was coming to its cancelled end, which somebody went on from before this one began: that answer is about the
    /// run before.
    /// </summary>
    [Theory]
    [InlineData(5, OperationState.Succeeded)]
    [InlineData(6, OperationState.Cancelled)]
    public async Task Cancel_OfAnEpoch_StopsTheRunOfThatEpochOnly(long epoch, OperationState end)
    {
        var store = new HeldStore();
        var claims = new ToldClaims(new Fence(Operation, epoch));
        var step = new HeldStep();
        using var host = new OperationHost(
            claims, new OperationRunner(store, [step], new FakeCluster(), new HurryingClock(TimeSpan.FromMinutes(1)), NullLogger<OperationRunner>.Instance),
            new HeldLease(), new HurryingClock(TimeSpan.FromMinutes(1)), NullLogger<OperationHost>.Instance);
        // Before it is taken: the host knows the run's epoch then when it first asks who cancels.
        if (epoch == 6)
            store.Begin(6);
        await host.TakeAsync(Operation);
        await host.StartAsync(default);
        await claims.AskedTwice;

        store.Begin(6);
        step.End();

        (await store.Finished).ShouldBe(end);
        await host.StopAsync(default);
    }

    private sealed class HeldLease : IWorkerLease
    {
        public CancellationToken? Held => CancellationToken.None;
    }

    private sealed class ToldClaims(Fence cancelling) : IOperationClaims
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _sweeps;

        /// <summary>The first answer has been acted on when it is asked for another.</summary>
        public Task AskedTwice => _asked.Task;

        public Task<bool> ClaimAsync(Guid operationId) => Task.FromResult(true);

        public Task<bool> ReleaseAsync(Guid operationId) => Task.FromResult(false);

        // Said once, and late.
        public Task<IReadOnlyList<Fence>> CancellingAsync(IReadOnlyCollection<Guid> running, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<Fence>>(_sweeps == 1 ? [cancelling] : []);

        public Task<IReadOnlyList<Guid>> EnqueueAbandonedAsync(IReadOnlyCollection<Guid> running, CancellationToken cancellationToken)
        {
            if (++_sweeps == 2)
                _asked.TrySetResult();
            return Task.FromResult<IReadOnlyList<Guid>>([]);
        }
    }

    private sealed class HeldStep : IStepExecutor
    {
        private readonly TaskCompletionSource<IReadOnlyDictionary<string, string>> _end = new();

        public bool CanBeBrokenOff => true;

        public bool Handles(PlannedStep step) => true;

        public void End() => _end.TrySetResult(new Dictionary<string, string>());

        public Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context, CancellationToken cancellationToken) => _end.Task.WaitAsync(cancellationToken);
    }

    private sealed class HeldStore : IOperationStore
    {
        private static readonly Plan Plan = new()
        {
            Environment = "shop",
            Target = "sandbox",
            Region = "us-east-1",
            Steps = [new PlannedStep { Name = StepNames.Iam, Kind = StepKind.Stack, Title = "Roles", Subject = "shop-iam" }],
            Cost = new CostEstimate(0, []),
            Expected = new(),
        };

        private readonly TaskCompletionSource<OperationWork?> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<OperationState> _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<OperationState> Finished => _finished.Task;

        public void Begin(long epoch) => _begun.TrySetResult(new OperationWork(
            new Fence(Operation, epoch), Guid.NewGuid(), "shop", OperationKind.Create, Plan, new AwsTarget("sandbox", "000000000000", "us-east-1", null, null), 1,
            new Dictionary<string, StepProgress> { [StepNames.Iam] = new(StepState.Pending, 0) }, new Dictionary<string, Deployment>()));

        public Task<OperationWork?> BeginAsync(Guid operationId, CancellationToken cancellationToken) => _begun.Task;

        public Task FinishAsync(OperationWork work, OperationState state, Failure? failure, CancellationToken cancellationToken)
        {
            _finished.TrySetResult(state);
            return Task.CompletedTask;
        }

        public Task StartStepAsync(OperationWork work, PlannedStep step, int attempt, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task SucceedStepAsync(OperationWork work, PlannedStep step, IReadOnlyDictionary<string, string> outputs, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task FailStepAsync(OperationWork work, PlannedStep step, Failure failure, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task SkipStepAsync(OperationWork work, PlannedStep step, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task CancelStepAsync(OperationWork work, PlannedStep step, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task NoteRetryAsync(OperationWork work, PlannedStep step, Failure failure, TimeSpan delay, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task NoteWaitingAsync(OperationWork work, PlannedStep step, StepWaiting waiting, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task NoteAnsweredAsync(OperationWork work, PlannedStep step, StepWaiting waited, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task NoteMissingAsync(OperationWork work, PlannedStep step, string what, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<byte[]> ArtifactAsync(string digest, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
