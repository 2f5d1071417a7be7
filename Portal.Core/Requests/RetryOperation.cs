using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Core.Requests;

/// <summary>Goes on with an operation that failed, from the steps that failed; what succeeded stays. The approval still holds: the plan is the same.</summary>
public sealed class RetryOperation(IDbContextFactory<PortalDb> databases, TimeProvider clock)
{
    /// <returns>The operation's id; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, <see cref="AlreadyDecided"/> where it does not stand still.</returns>
    public async Task<Outcome<Guid>> ExecuteAsync(Actor actor, Guid operationId, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not start anything. Ask for the role {Roles.Engineer}.");
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        await using var transaction = await database.Database.BeginTransactionAsync(cancellationToken);
        var operation = await database.Operations.FirstOrDefaultAsync(row => row.Id == operationId, cancellationToken);
        if (operation is null)
            return new NotFound("There is no such operation.");
        // Of two people who press at once, one changes the row.
        var changed = await database.Operations.Where(row => row.Id == operationId && row.State == OperationState.Failed).ExecuteUpdateAsync(
            update => update.SetProperty(row => row.State, OperationState.Queued)
                .SetProperty(row => row.FinishedAt, (DateTimeOffset?)null).SetProperty(row => row.Failure, (string?)null), cancellationToken);
        if (changed == 0)
            return new AlreadyDecided("It is not standing still any more: somebody tried again already, or it has finished.");
        await database.Steps.Where(row => row.OperationId == operationId && (row.State == StepState.Failed || row.State == StepState.Skipped)).ExecuteUpdateAsync(
            update => update.SetProperty(row => row.State, StepState.Pending).SetProperty(row => row.Failure, (string?)null)
                .SetProperty(row => row.StartedAt, (DateTimeOffset?)null).SetProperty(row => row.FinishedAt, (DateTimeOffset?)null), cancellationToken);
        await database.Environments.Where(row => row.Id == operation.EnvironmentId).ExecuteUpdateAsync(
            update => update.SetProperty(row => row.State, EnvironmentState.Provisioning), cancellationToken);
        var connection = database.Database.GetDbConnection();
        await new NewEvent(actor, operation.EnvironmentId, operationId, null, "operation.retried", EventSeverity.Info, $"{actor.Name} tried again from where it failed")
            .AppendAsync(connection, transaction.GetDbTransaction(), clock.GetUtcNow());
        await connection.NotifyAsync(Channels.Operation, operationId.ToString(), transaction.GetDbTransaction());
        await transaction.CommitAsync(cancellationToken);
        return operationId;
    }
}
