using Dapper;
using Portal.Core.Approvals;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Rehearsals;

/// <summary>One at a time a request.</summary>
public sealed record RehearsalOpen() : Refusal("rehearsal_open", "This request is being rehearsed already. Wait for the result, or cancel it.");

public sealed record TooManyRehearsals(int Waiting) : Refusal("too_many_rehearsals", $"{Waiting} rehearsals wait for their turn already. Try again when some of them are over.");

/// <summary>What the job of a rehearsal calls, in whichever worker takes it.</summary>
public interface IPlayRehearsal
{
    /// <summary>Begins to play it and returns; does nothing where it is not waiting any more, or this worker plays another one.</summary>
    Task TakeAsync(Guid rehearsalId);
}

/// <summary>Has a request's plan carried out where it costs nothing and hurts nobody, and the result attached to the request.</summary>
public sealed class StartRehearsal(Transactions transactions, OperationJobs jobs, ApprovalPolicy policy, Sight sight, TimeProvider clock)
{
    /// <summary>Of all requests together; a worker plays one at a time.</summary>
    public const int MostWaiting = 20;

    /// <param name="rehearsedId">Of the request.</param>
    /// <returns>The rehearsal's id; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, <see cref="AlreadyDecided"/>, <see cref="RehearsalOpen"/>, <see cref="TooManyRehearsals"/>.</returns>
    public async Task<Outcome<Guid>> ExecuteAsync(Actor actor, Guid rehearsedId, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.View))
            return new NotAllowed($"{actor.Name} may look at nothing here. Ask for the role {Roles.Engineer}.");
        return await transactions.DoWithJobsAsync<Outcome<Guid>>(async work =>
        {
            // A decision at the same moment comes before or after it, and so does somebody else who rehearses.
            if (await FoundRequest.HoldAsync(work.Connection, rehearsedId) is not { } request || !await sight.SeesAsync(work.Connection, actor, request.EnvironmentId))
                return new NotFound("There is no such request.");
            var now = clock.GetUtcNow();
            if (await RehearsalRows.RefusalAsync(work.Connection, policy, actor, request, now) is { } refusal)
                return refusal;
            if (request.State != RequestState.Submitted)
                return new AlreadyDecided($"{request.EndedBy(await Verdicts.ReadAsync(work.Connection, rehearsedId))} What is decided is not rehearsed any more.");
            var (isOpen, waiting) = await work.Connection.QuerySingleAsync<(bool, int)>(
                "select coalesce(bool_or(request_id = @rehearsedId), false), count(*)::int from rehearsals where finished_at is null", new { rehearsedId });
            if (isOpen)
                return new RehearsalOpen();
            if (waiting >= MostWaiting)
                return new TooManyRehearsals(waiting);
            var id = Guid.CreateVersion7(now);
            await work.Connection.ExecuteAsync(
                """
                insert into rehearsals (id, request_id, state, plan_hash, by_id, by_name, by_kind, asked_at)
                values (@id, @rehearsedId, 'Queued', @PlanHash, @Subject, @Signature, @kind, @now)
                """, new { id, rehearsedId, request.PlanHash, actor.Subject, actor.Signature, kind = actor.Kind.ToString(), now });
            jobs.Enqueue<IPlayRehearsal>(work, JobStorageSettings.DefaultQueue, play => play.TakeAsync(id));
            await work.Connection.NotifyAsync(Channels.Request, rehearsedId.ToString());
            return id;
        }, outcome => !outcome.IsRefused, cancellationToken);
    }
}
