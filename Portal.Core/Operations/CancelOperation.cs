using Dapper;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Operations;

/// <summary>
/// Stops an operation: no new step starts, and what runs comes to a state from which one can go on, change or destroy. One that waits for a
/// worker is cancelled at once.
/// </summary>
public sealed class CancelOperation(Transactions transactions, Lifecycle lifecycle)
{
    /// <param name="seen">
    /// The newest of its environment's events that whoever cancels has seen. An operation that stood still, and that somebody has gone on with
    /// since, is not what was meant: a click that comes late, or is asked for twice, does not stop it.
    /// </param>
    /// <returns>The operation's id; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, <see cref="AlreadyDecided"/> where it is over, or was and runs anew.</returns>
    public async Task<Outcome<Guid>> ExecuteAsync(Actor actor, Guid operationId, long seen, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not stop anything. Ask for the role {Roles.Engineer}.");
        return await transactions.DoWithJobsAsync<Outcome<Guid>>(async work =>
        {
            // Held, so that nobody goes on with it between the look and the move.
            await work.Connection.ExecuteAsync("select from operations where id = @operationId for update", new { operationId });
            if (await FoundOperation.FindAsync(work.Connection, operationId) is not { } operation)
                return new NotFound("There is no such operation.");
            if (await Ownership.RefusalAsync(work.Connection, actor, operation.EnvironmentId) is { } refusal)
                return refusal;
            if (await work.Connection.ExecuteScalarAsync<bool>(
                "select exists (select from events where environment_id = @EnvironmentId and number > @seen and operation_id = @operationId and kind = @Retried)",
                new { operation.EnvironmentId, seen, operationId, RetryOperation.Retried }))
                return new AlreadyDecided("It stood still, and somebody has gone on with it since. Cancel it again if that is not wanted either.");
            // A queued one may be taken over at this very moment; then it runs, and is told.
            foreach (var to in (OperationState[])[OperationState.Cancelled, OperationState.Cancelling])
            {
                if (to == OperationState.Cancelled && operation.State != OperationState.Queued)
                    continue;
                var said = new NewEvent(actor, operation.EnvironmentId, operationId, null, $"operation.{to.ToString().ToLowerInvariant()}", EventSeverity.Warning,
                    to == OperationState.Cancelled ? $"{actor.Name} cancelled it before it began" : $"{actor.Name} cancels it; what runs comes to its end first");
                if (await lifecycle.MoveAsync(work, new OperationMove(operationId, to, From: to == OperationState.Cancelled ? OperationState.Queued : OperationState.Running), said))
                    return operationId;
            }

            return new AlreadyDecided("It is over already, or somebody cancelled it before you.");
        }, outcome => !outcome.IsRefused, cancellationToken);
    }
}
