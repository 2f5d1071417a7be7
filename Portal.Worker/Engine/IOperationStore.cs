using Portal.Core.Operations;
using Portal.Core.Provisioning;

namespace Portal.Worker.Engine;

/// <summary>The runner's memory, and where the files of plans are. Every write is fenced.</summary>
/// <exception cref="FencedException">Of every write: somebody else took the operation over, and nothing was written.</exception>
public interface IOperationStore
{
    /// <summary>Takes the operation over: raises its epoch, which fences out whoever had it.</summary>
    /// <returns>Null where there is nothing to run any more.</returns>
    Task<OperationWork?> BeginAsync(Guid operationId, CancellationToken cancellationToken);

    /// <summary>Intent is saved before the side effect: from now on the step's subject may exist, or may not be what it was.</summary>
    Task StartStepAsync(OperationWork work, PlannedStep step, int attempt, CancellationToken cancellationToken);

    Task SucceedStepAsync(OperationWork work, PlannedStep step, IReadOnlyDictionary<string, string> outputs, CancellationToken cancellationToken);

    Task FailStepAsync(OperationWork work, PlannedStep step, Failure failure, CancellationToken cancellationToken);

    Task SkipStepAsync(OperationWork work, PlannedStep step, CancellationToken cancellationToken);

    Task CancelStepAsync(OperationWork work, PlannedStep step, CancellationToken cancellationToken);

    /// <summary>Says why an attempt failed and when the next one comes; the step stays Running.</summary>
    Task NoteRetryAsync(OperationWork work, PlannedStep step, Failure failure, TimeSpan delay, CancellationToken cancellationToken);

    /// <summary>Says that the step waits for somebody who does not answer. Said once, however often it is asked again.</summary>
    Task NoteWaitingAsync(OperationWork work, PlannedStep step, StepWaiting waiting, CancellationToken cancellationToken);

    /// <summary>Says that whoever was silent answers again.</summary>
    Task NoteAnsweredAsync(OperationWork work, PlannedStep step, StepWaiting waited, CancellationToken cancellationToken);

    /// <summary>Says that what the step is about is not there any more, and that the step goes on without it. Said once an operation.</summary>
    /// <param name="what">As a person knows it, for example "The RDS instance shop-orders".</param>
    Task NoteMissingAsync(OperationWork work, PlannedStep step, string what, CancellationToken cancellationToken);

    Task FinishAsync(OperationWork work, OperationState state, Failure? failure, CancellationToken cancellationToken);

    /// <exception cref="StepFailedException"><c>artifact_missing</c></exception>
    Task<byte[]> ArtifactAsync(string digest, CancellationToken cancellationToken);
}
