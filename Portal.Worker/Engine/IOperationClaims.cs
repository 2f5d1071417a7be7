using Portal.Core.Operations;

namespace Portal.Worker.Engine;

/// <summary>Which worker owns which operation.</summary>
public interface IOperationClaims
{
    /// <summary>Makes the operation this process's, unless a living one has it or it is over.</summary>
    Task<bool> ClaimAsync(Guid operationId);

    /// <summary>Gives the operation back: whoever is enqueued for it next may take it.</summary>
    Task<bool> ReleaseAsync(Guid operationId);

    /// <summary>Those of the given operations that somebody wants cancelled, each with the epoch that it is in.</summary>
    Task<IReadOnlyList<Fence>> CancellingAsync(IReadOnlyCollection<Guid> running, CancellationToken cancellationToken);

    /// <summary>
    /// Enqueues what nobody runs: operations whose owner is dead, those of this process that it does not run, and those whose job was lost.
    /// Each is enqueued by one worker, because the row is changed with it.
    /// </summary>
    /// <param name="running">What this process runs.</param>
    Task<IReadOnlyList<Guid>> EnqueueAbandonedAsync(IReadOnlyCollection<Guid> running, CancellationToken cancellationToken);
}

/// <summary>What this process may do: it owns operations for as long as it holds its lease.</summary>
public interface IWorkerLease
{
    /// <summary>Cancelled when the lease is lost; null while there is none.</summary>
    CancellationToken? Held { get; }
}
