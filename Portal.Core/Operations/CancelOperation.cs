using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Core.Operations;

/// <summary>
/// Stops an operation: no new step starts, and what runs comes to a state from which one can go on, change or destroy. One that waits for a
/// worker is cancelled at once.
/// </summary>
public sealed class CancelOperation(Transactions transactions, Lifecycle lifecycle)
{
    /// <returns>The operation's id; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, <see cref="AlreadyDecided"/> where it is over.</returns>
    public async Task<Outcome<Guid>> ExecuteAsync(Actor actor, Guid operationId, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not stop anything. Ask for the role {Roles.Engineer}.");
        return await transactions.DoWithJobsAsync<Outcome<Guid>>(async work =>
        {
            if (await FoundOperation.FindAsync(work.Connection, operationId) is not { } operation)
                return new NotFound("There is no such operation.");
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
