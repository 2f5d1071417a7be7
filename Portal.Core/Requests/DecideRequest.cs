using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Requests;

public enum Verdict
{
    Approve,
    Reject,
}

/// <summary>The approver saw another plan than the one that waits.</summary>
public sealed record PlanChanged() : Refusal("plan_changed", "The plan has changed since you opened it. Read it again before you decide.");

/// <summary>What is stored is not what was asked for.</summary>
public sealed record PlanTampered() : Refusal("plan_tampered", "The stored plan does not have the hash it was submitted with: somebody changed it in the database. Reject the request, and have it submitted anew.");

public sealed record CommentMissing() : Refusal("comment_missing", "Say why: the requester has to know what to change.");

/// <summary>Approves or rejects; an approval queues the operation in the same transaction.</summary>
public sealed class DecideRequest(Transactions transactions, Lifecycle lifecycle, ChangeEnvironment changes, TimeProvider clock)
{
    public const int MaxComment = 2000;

    /// <param name="planHash">Of the plan the approver was shown: that, and only that, is approved.</param>
    /// <returns>The operation's id when approved, null when rejected; or a refusal.</returns>
    public async Task<Outcome<Decision>> ExecuteAsync(
        Actor actor, Guid requestId, Verdict verdict, string planHash, string? comment, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.DecideRequest))
            return new NotAllowed($"Only {Policies.InWords(Permission.DecideRequest)} decide requests.");
        comment = PlainText.Clean(comment ?? "", keepLines: true).Trim() is { Length: > 0 } said ? said : null;
        if (verdict == Verdict.Reject && comment is null)
            return new CommentMissing();
        if (comment?.Length > MaxComment)
            return new InvalidSpecification([new FieldError("comment", null, $"The comment has {comment.Length} characters; {MaxComment} at most.")]);
        return await transactions.DoWithJobsAsync(
            work => DecideAsync(work, actor, requestId, verdict, planHash, comment, cancellationToken),
            // A plan that was made anew is kept, so that it can be read before it is decided on.
            outcome => outcome.Refusal is null or PlanChanged, cancellationToken);
    }

    private async Task<Outcome<Decision>> DecideAsync(JobWork work, Actor actor, Guid requestId, Verdict verdict, string planHash, string? comment,
        CancellationToken cancellationToken)
    {
        var request = await work.Connection.QuerySingleOrDefaultAsync<Submitted>(
            """
            select r.environment_id as EnvironmentId, r.kind as Kind, r.requested_by_id as RequestedById, r.plan::text as Plan, r.plan_hash as PlanHash,
                   r.specification_version as Version, s.document::text as Document
            from requests r join specifications s on s.environment_id = r.environment_id and s.version = r.specification_version
            where r.id = @requestId
            """, new { requestId });
        if (request is null)
            return new NotFound("There is no such request.");
        if (request.RequestedById == actor.Subject)
            return new NotAllowed("You asked for this yourself; somebody else has to decide.");
        if (request.PlanHash != planHash)
            return new PlanChanged();
        var plan = Plan.FromJson(request.Plan);
        if (verdict == Verdict.Approve && plan.Hash != planHash)
            return new PlanTampered();

        if (verdict == Verdict.Approve && request.Kind != RequestKind.Create)
        {
            // What exists may have changed since it was planned.
            var outcome = await changes.PlanAgainAsync(work.Connection, request.EnvironmentId, request.Kind, request.Specification, cancellationToken);
            if (outcome.Refusal is { } refusal)
                return refusal;
            if (outcome.Value!.Work.Plan is { } now && now.Hash != planHash)
            {
                await work.Connection.ExecuteAsync(
                    "update requests set plan = @plan::jsonb, plan_hash = @Hash where id = @requestId and state = 'Submitted'", new { requestId, plan = now.ToJson(), now.Hash });
                await work.Connection.NotifyAsync(Channels.Request, requestId.ToString());
                return new PlanChanged();
            }
        }

        // Of two approvers at once, one changes the row; the other changes none.
        if (!await lifecycle.MoveAsync(work, new RequestMove(requestId, verdict == Verdict.Approve ? RequestState.Approved : RequestState.Rejected, actor, comment)))
        {
            var (name, state) = await work.Connection.QuerySingleAsync<(string, string)>("select decided_by_name, state from requests where id = @requestId", new { requestId });
            return new AlreadyDecided($"{name} {(state == nameof(RequestState.Approved) ? "approved" : "rejected")} this already.");
        }

        var message = verdict == Verdict.Approve ? $"{actor.Name} approved the request" : $"{actor.Name} rejected the request";
        var said = new NewEvent(actor, request.EnvironmentId, null, null, verdict == Verdict.Approve ? "request.approved" : "request.rejected",
            verdict == Verdict.Approve ? EventSeverity.Success : EventSeverity.Warning, comment is null ? message : $"{message}: {comment}")
        { Body = new { requestId, verdict, planHash, comment } };
        if (verdict == Verdict.Approve)
        {
            var operation = await lifecycle.QueueAsync(
                work,
                new NewOperation(request.EnvironmentId, requestId, Enum.Parse<OperationKind>(request.Kind.ToString()), plan, actor,
                    request.Kind == RequestKind.Change ? new AdoptedSpecification(request.Version, request.Specification) : null),
                said);
            if (operation is not { } id)
                return new EnvironmentBusy();
            if (request is { Kind: RequestKind.Create, Specification.LifetimeDays: { } days })
                await EnvironmentCare.BeginAsync(work.Connection, request.EnvironmentId, days, clock.GetUtcNow());
            return new Decision(requestId, verdict, id);
        }

        // Only what never was goes with the request for it; whatever exists stays as it is.
        if (request.Kind == RequestKind.Create)
            await Lifecycle.RejectAsync(work, request.EnvironmentId);
        await said.AppendAsync(work, clock.GetUtcNow());
        return new Decision(requestId, verdict, null);
    }

    private sealed record Submitted
    {
        public Guid EnvironmentId { get; init; }
        public RequestKind Kind { get; init; }
        public string RequestedById { get; init; } = "";
        public string Plan { get; init; } = "";
        public string PlanHash { get; init; } = "";
        public int Version { get; init; }
        public string Document { get; init; } = "";

        public Specification Specification =>
            JsonSerializer.Deserialize<Specification>(Document, Specification.Json) ?? throw new InvalidDataException("The stored specification is empty.");
    }
}

public sealed record Decision(Guid RequestId, Verdict Verdict, Guid? OperationId);
