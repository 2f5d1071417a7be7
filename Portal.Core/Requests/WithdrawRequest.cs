using Portal.Core.Approvals;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Core.Requests;

/// <summary>Who asked takes it back, before it is decided.</summary>
public sealed class WithdrawRequest(Transactions transactions, Lifecycle lifecycle)
{
    /// <returns>The request's id; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, <see cref="AlreadyDecided"/>.</returns>
    public Task<Outcome<Guid>> ExecuteAsync(Actor actor, Guid requestId, CancellationToken cancellationToken) => transactions.DoAsync<Outcome<Guid>>(async work =>
    {
        if (!actor.Lets(TokenScope.Request))
            return new NotAllowed("This token takes nothing back: it lacks the scope request.");
        if (await FoundRequest.HoldAsync(work.Connection, requestId) is not { } request)
            return new NotFound("There is no such request.");
        if (request.RequestedById != actor.Subject)
            return new NotAllowed($"Only {request.RequestedByName}, who asked for it, takes it back. Reject it instead, if it is yours to decide.");
        if (request.State != RequestState.Submitted)
            return new AlreadyDecided(request.EndedBy(await Verdicts.ReadAsync(work.Connection, requestId)));
        await lifecycle.EndAsync(
            work, new RequestMove(requestId, RequestState.Withdrawn), request.EnvironmentId, request.Kind,
            new NewEvent(actor, request.EnvironmentId, null, null, "request.withdrawn", EventSeverity.Info, $"{actor.Name} withdrew the request") { Body = new { requestId } });
        return requestId;
    }, outcome => !outcome.IsRefused, cancellationToken);
}
