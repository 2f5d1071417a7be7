using System.Text;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Worker.Engine;

namespace Portal.Tests.Worker.Steps;

/// <summary>The plan's files; a step writes nothing itself but what it misses.</summary>
internal sealed class PlanFiles : IOperationStore
{
    public List<string> Missing { get; } = [];

    public Task NoteMissingAsync(OperationWork work, PlannedStep step, string what, CancellationToken cancellationToken)
    {
        Missing.Add(what);
        return Task.CompletedTask;
    }

    public Task<byte[]> ArtifactAsync(string digest, CancellationToken cancellationToken) => Task.FromResult(Encoding.UTF8.GetBytes(digest));

    public Task<OperationWork?> BeginAsync(Guid operationId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task StartStepAsync(OperationWork work, PlannedStep step, int attempt, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SucceedStepAsync(OperationWork work, PlannedStep step, IReadOnlyDictionary<string, string> outputs, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task FailStepAsync(OperationWork work, PlannedStep step, Failure failure, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SkipStepAsync(OperationWork work, PlannedStep step, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task CancelStepAsync(OperationWork work, PlannedStep step, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task NoteRetryAsync(OperationWork work, PlannedStep step, Failure failure, TimeSpan delay, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task NoteWaitingAsync(OperationWork work, PlannedStep step, StepWaiting waiting, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task NoteAnsweredAsync(OperationWork work, PlannedStep step, StepWaiting waited, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task FinishAsync(OperationWork work, OperationState state, Failure? failure, CancellationToken cancellationToken) => throw new NotSupportedException();
}
