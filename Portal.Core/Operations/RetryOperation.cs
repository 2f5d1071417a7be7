using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Operations;

/// <summary>
/// Goes on with an operation that failed or was cancelled, from the steps that did not succeed; what succeeded stays. The approval still
/// holds: the plan is the same.
/// </summary>
public sealed class RetryOperation(Transactions transactions, Lifecycle lifecycle, TimeProvider clock)
{
    /// <summary>Kind of the event that parts an operation's runs.</summary>
    internal const string Retried = "operation.retried";

    /// <param name="without">What a stack that stands half-way back leaves out on the way; null for nothing.</param>
    /// <returns>
    /// The operation's id; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, <see cref="NothingStuck"/>, <see cref="AlreadyDecided"/> where it does
    /// not stand still.
    /// </returns>
    public async Task<Outcome<Guid>> ExecuteAsync(Actor actor, Guid operationId, CancellationToken cancellationToken, WayBackWithout? without = null)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not start anything. Ask for the role {Roles.Engineer}.");
        return await transactions.DoWithJobsAsync<Outcome<Guid>>(async work =>
        {
            if (await FoundOperation.FindAsync(work.Connection, operationId) is not { } operation)
                return new NotFound("There is no such operation.");
            if (await Ownership.RefusalAsync(work.Connection, actor, operation.EnvironmentId) is { } refusal)
                return refusal;
            if (!operation.IsNewest)
                return new AlreadyDecided("A later operation has taken its place: go on with that one.");
            if (without is not null && await without.KeepAsync(work, actor, operation.EnvironmentId, operationId, clock.GetUtcNow()) is { } stuck)
                return stuck;
            var said = new NewEvent(actor, operation.EnvironmentId, operationId, null, Retried, EventSeverity.Info,
                operation.State == OperationState.Cancelled ? $"{actor.Name} goes on with what was cancelled" : $"{actor.Name} tried again from where it failed");
            // Of two people who press at once, one changes the row.
            return await lifecycle.RequeueAsync(work, operationId, said)
                ? operationId
                : new AlreadyDecided("It is not standing still any more: somebody tried again already, or it has finished.");
        }, outcome => !outcome.IsRefused, cancellationToken);
    }
}

/// <summary>An operation as a person who wants to do something about it finds it.</summary>
internal sealed record FoundOperation(Guid EnvironmentId, OperationState State, bool IsNewest)
{
    public static async Task<FoundOperation?> FindAsync(NpgsqlConnection connection, Guid operationId)
    {
        var found = await connection.QuerySingleOrDefaultAsync<(Guid EnvironmentId, string State, bool IsNewest)?>(
            """
            select environment_id, state,
                   not exists (select from operations later where later.environment_id = o.environment_id and later.created_at > o.created_at)
            from operations o where id = @operationId
            """, new { operationId });
        return found is { } row ? new FoundOperation(row.EnvironmentId, Enum.Parse<OperationState>(row.State), row.IsNewest) : null;
    }
}
