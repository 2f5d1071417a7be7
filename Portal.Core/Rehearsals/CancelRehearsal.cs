using Dapper;
using Portal.Core.Approvals;
using Portal.Core.Persistence;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Rehearsals;

public sealed record RehearsalOver() : Refusal("rehearsal_over", "This rehearsal is over already.");

/// <summary>Stops a rehearsal: one that waits ends here, one that runs as soon as its worker hears of it.</summary>
public sealed class CancelRehearsal(Transactions transactions, ApprovalPolicy policy, Sight sight, TimeProvider clock)
{
    /// <returns>The rehearsal's id; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, <see cref="RehearsalOver"/>.</returns>
    public async Task<Outcome<Guid>> ExecuteAsync(Actor actor, Guid rehearsalId, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.View))
            return new NotAllowed($"{actor.Name} may look at nothing here. Ask for the role {Roles.Engineer}.");
        if (!actor.LetsTakePart)
            return new NotAllowed("This token stops no rehearsals: it lacks the scopes request and approve.");
        return await transactions.DoAsync<Outcome<Guid>>(async work =>
        {
            if (await work.Connection.ExecuteScalarAsync<Guid?>("select request_id from rehearsals where id = @rehearsalId", new { rehearsalId }) is not { } requestId
                || await FoundRequest.HoldAsync(work.Connection, requestId) is not { } request || !await sight.SeesAsync(work.Connection, actor, request.EnvironmentId))
                return new NotFound("There is no such rehearsal.");
            var now = clock.GetUtcNow();
            if (await RehearsalRows.RefusalAsync(work.Connection, policy, actor, request, now) is { } refusal)
                return refusal;
            if (await work.Connection.ExecuteAsync("update rehearsals set cancelled_by = @Signature where id = @rehearsalId and finished_at is null", new { rehearsalId, actor.Signature }) == 0)
                return new RehearsalOver();
            await RehearsalRows.EndAsync(work, rehearsalId, null, new RehearsalEnd(RehearsalState.Cancelled), now);
            await work.Connection.NotifyAsync(Channels.Request, requestId.ToString());
            return rehearsalId;
        }, outcome => !outcome.IsRefused, cancellationToken);
    }
}
