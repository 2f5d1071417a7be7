using Dapper;
using Portal.Core.Persistence;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Operations;

/// <summary>Takes an operation that waits for its turn out of the line.</summary>
public sealed class WithdrawOperation(Transactions transactions, Lifecycle lifecycle)
{
    /// <returns>Its id; or <see cref="NotAllowed"/>, <see cref="AlreadyDecided"/> where it does not wait any more.</returns>
    public async Task<Outcome<Guid>> ExecuteAsync(Actor actor, Guid waitingId, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not stop anything. Ask for the role {Roles.Engineer}.");
        return await transactions.DoAsync<Outcome<Guid>>(
            async work => await work.Connection.ExecuteScalarAsync<Guid?>("select environment_id from waiting_operations where id = @waitingId", new { waitingId }) is { } environment
                && await Ownership.RefusalAsync(work.Connection, actor, environment) is { } refusal ? refusal : await lifecycle.WithdrawAsync(work, waitingId, actor) ? waitingId : new AlreadyDecided("It does not wait any more: it has begun, was dropped, or somebody withdrew it before you."),
            outcome => !outcome.IsRefused, cancellationToken);
    }
}
