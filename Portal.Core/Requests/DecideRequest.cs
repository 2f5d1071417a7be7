using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Approvals;
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

public sealed record CommentMissing(string Because = "Say why: the requester has to know what to change.") : Refusal("comment_missing", Because);

/// <summary>Says yes or no to a request, for a group that has to agree to it. The last yes queues the operation, in the same transaction; one no is enough.</summary>
public sealed class DecideRequest(Transactions transactions, Lifecycle lifecycle, ChangeEnvironment changes, RequestApproval approval, ExpireRequests expire, ApprovalPolicy policy, TimeProvider clock)
{
    /// <param name="planHash">Of the plan the approver was shown: that, and only that, is approved.</param>
    /// <returns>What came of it; or a refusal.</returns>
    public async Task<Outcome<Decision>> ExecuteAsync(
        Actor actor, Guid requestId, Verdict verdict, string planHash, string? comment, CancellationToken cancellationToken)
    {
        if (!actor.Lets(TokenScope.Approve))
            return new NotAllowed("This token does not decide requests: it lacks the scope approve.");
        comment = CommentText.Clean(comment);
        if (verdict == Verdict.Reject && comment is null)
            return new CommentMissing();
        if (CommentText.TooLong(comment) is { } tooLong)
            return tooLong;
        return await transactions.DoWithJobsAsync(
            work => DecideAsync(work, actor, requestId, verdict, planHash, comment, cancellationToken),
            // A plan that was made anew is kept, so that it can be read before it is decided on, and so is the end of what has expired.
            outcome => outcome.Refusal is null or PlanChanged or RequestExpired, cancellationToken);
    }

    private async Task<Outcome<Decision>> DecideAsync(JobWork work, Actor actor, Guid requestId, Verdict verdict, string planHash, string? comment,
        CancellationToken cancellationToken)
    {
        var standIns = await DelegationQueries.StandInsAsync(work.Connection, actor, clock.GetUtcNow());
        if (standIns.Count == 0 && !policy.MayEverDecide(actor))
            return new NotAllowed($"Only {string.Join(", ", policy.Groups.Select(group => group.InWords))} decide requests.");
        // Two who decide at once come one after the other.
        if (await FoundRequest.HoldAsync(work.Connection, requestId) is not { } request)
            return new NotFound("There is no such request.");
        var now = clock.GetUtcNow();
        var given = await Verdicts.ReadAsync(work.Connection, requestId);
        if (request.State != RequestState.Submitted)
            return new AlreadyDecided(request.EndedBy(given));
        if (await expire.EndAsync(work, request))
            return new RequestExpired(policy.WaitsDays);
        var changedBy = await Proposals.AcceptedAsync(work.Connection, requestId);
        var known = await KnownApprovers.ReadAsync(work.Connection, policy, now);
        var progress = ApprovalProgress.Of(policy, request.Facts, given, request.PlanHash, request.WaitsSince, now, changedBy).Knowing(known, request.RequestedById);
        var voice = progress.VoiceOf(actor, standIns, request.RequestedById, now);
        if (voice.Refused is { } why)
            return new NotAllowed(why);
        if (voice.InsteadOf is { } deserted && comment is null)
            return new CommentMissing($"Say why you decide in place of {deserted.Title}, of whom nobody is left: it stands in the events.");
        if (request.PlanHash != planHash)
            return new PlanChanged();
        if (verdict == Verdict.Approve && request.Plan.Hash != planHash)
            return new PlanTampered();
        if (verdict == Verdict.Approve && request.Kind != RequestKind.Create && await PlanAgainAsync(work, request, cancellationToken) is { } changed)
            return changed;

        var one = new GivenVerdict(requestId, progress.Turn.Stage.Group.Id, verdict == Verdict.Approve, actor.Subject, actor.Name, comment, planHash, now)
        {
            ForId = voice.InPlaceOf?.For.Subject,
            ForName = voice.InPlaceOf?.For.Name,
        };
        await Verdicts.AddAsync(work, actor, one, policy.Digest);
        return verdict == Verdict.Reject
            ? await RejectAsync(work, request, actor, one, voice.InsteadOf)
            : await AgreeAsync(work, request, actor, one, ApprovalProgress.Of(policy, request.Facts, [.. given, one], planHash, request.WaitsSince, now, changedBy)
                .Knowing(known, request.RequestedById), voice.InsteadOf);
    }

    // What exists may have changed since it was planned.
    private async Task<Refusal?> PlanAgainAsync(JobWork work, FoundRequest request, CancellationToken cancellationToken)
    {
        var outcome = await changes.PlanAgainAsync(work.Connection, request.EnvironmentId, request.Kind, request.Specification, cancellationToken);
        if (outcome.Refusal is { } refusal)
            return refusal;
        var planned = outcome.Value!;
        var plan = planned.Work.Plan with { Revision = request.Plan.Revision };
        if (plan.Hash == request.PlanHash)
            return null;
        var facts = await RequestFacts.OfAsync(
            work.Connection, request.Kind, request.Specification, plan, request.Facts?.Teams ?? [], request.Facts?.GoldenPath ?? "", request.EnvironmentId, planned.Change?.LosesData ?? false);
        facts = facts.WithImages(request.Specification, request.Facts?.Images);
        await work.Connection.ExecuteAsync(
            "update requests set plan = @plan::jsonb, plan_hash = @Hash, facts = @facts::jsonb where id = @Id and state = 'Submitted'",
            new { request.Id, plan = plan.ToJson(), plan.Hash, facts = facts.ToJson() });
        await work.Connection.NotifyAsync(Channels.Request, request.Id.ToString());
        return new PlanChanged();
    }

    /// <param name="progress">With it.</param>
    private async Task<Outcome<Decision>> AgreeAsync(JobWork work, FoundRequest request, Actor actor, GivenVerdict given, ApprovalProgress progress, ApproverGroup? insteadOf)
    {
        // Null where it was the last one.
        var next = progress.Current;
        var said = new NewEvent(actor, request.EnvironmentId, null, null, next is null ? "request.approved" : "request.agreed", next is null ? EventSeverity.Success : EventSeverity.Info,
            With($"{given.Who} approved the request{InPlace(insteadOf)}{(next is null ? "" : $"; {next.StillInWords} to agree yet")}", given.Comment))
        { Body = Body(given, progress, insteadOf) };
        if (next is not null)
        {
            await said.AppendAsync(work, given.At);
            await work.Connection.NotifyAsync(Channels.Request, request.Id.ToString());
            return new Decision(request.Id, Verdict.Approve, null) { Waits = next.StillInWords };
        }

        var outcome = await approval.CarryOutAsync(
            work, new ApprovedRequest(request.Id, request.EnvironmentId, request.Kind, request.Version, request.Specification, request.Plan), actor, said);
        return outcome.Refusal is { } refusal ? refusal : new Decision(request.Id, Verdict.Approve, outcome.Value);
    }

    private async Task<Outcome<Decision>> RejectAsync(JobWork work, FoundRequest request, Actor actor, GivenVerdict given, ApproverGroup? insteadOf)
    {
        await lifecycle.EndAsync(
            work, new RequestMove(request.Id, RequestState.Rejected), request.EnvironmentId, request.Kind,
            new NewEvent(actor, request.EnvironmentId, null, null, "request.rejected", EventSeverity.Warning, With($"{given.Who} rejected the request{InPlace(insteadOf)}", given.Comment)) { Body = Body(given, insteadOf: insteadOf) });
        return new Decision(request.Id, Verdict.Reject, null);
    }

    /// <param name="progress">With it; null for nobody's turn.</param>
    private object Body(GivenVerdict given, ApprovalProgress? progress = null, ApproverGroup? insteadOf = null) => new
    {
        given.RequestId,
        verdict = given.Approves ? Verdict.Approve : Verdict.Reject,
        given.Group,
        given.ForId,
        given.ForName,
        given.PlanHash,
        given.Comment,
        policy = policy.Digest,
        turn = progress?.Current is null ? null : progress.Open(given.At),
        insteadOf = insteadOf?.Id,
        changedBy = progress?.Changers,
    };

    private static string InPlace(ApproverGroup? group) => group is null ? "" : $" in place of {group.Title}, of whom nobody is left";

    private static string With(string sentence, string? comment) => comment is null ? sentence : $"{sentence}: {comment}";
}

/// <param name="OperationId">What was queued; null where it was rejected, or others have to agree yet.</param>
public sealed record Decision(Guid RequestId, Verdict Verdict, Guid? OperationId)
{
    /// <summary>Who has to agree yet, for example "one of Security has"; null for nobody.</summary>
    public string? Waits { get; init; }
}
