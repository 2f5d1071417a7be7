using Portal.Core.Approvals;
using Portal.Core.Images;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Requests;

/// <summary>What a destruction asks for cannot be other than it is.</summary>
public sealed record NothingToPropose() : Refusal("nothing_to_propose", "A destruction asks for nothing that could be otherwise. Approve it, reject it, or say something about it.");

/// <summary>What is proposed is what is asked for.</summary>
public sealed record SameAsAsked() : Refusal("same_as_asked", "This is what is asked for already. Change something of it, or approve it as it is.");

public sealed record ReasonMissing(string Name) : Refusal("reason_missing", $"Say why: {Name} has to know it to agree.");

public sealed record ProposalsFull(int Most) : Refusal("proposals_full", $"{Most} proposals are as many as a request takes. Decide on it as it is.");

/// <summary>Another version has taken the place of the one that the proposal was made from.</summary>
public sealed record RequestRevised() : Refusal("request_revised", "What is asked for has become something else meanwhile, by another proposal. Read it again before you propose a change.");

/// <param name="Id">Of whoever sends it: sent again, it is there once.</param>
/// <param name="OfVersion">Version of the specification that it was made from; null for whichever it is.</param>
public sealed record NewProposal(Guid Id, Guid RequestId, Specification Specification, string? Reason, int? OfVersion = null);

/// <summary>
/// Sends a request back as it might be approved: whoever may have to agree edits what is asked for, and who asked takes it or does not
/// (<see cref="AnswerProposal"/>), unless it is taken back before. The request waits meanwhile as it is, and can be decided as it is; there is one proposal at a time.
/// </summary>
public sealed class ProposeChange(Transactions transactions, RevisionPlanner planner, ImagePins images, ExpireRequests expire, ApprovalPolicy policy, TimeProvider clock)
{
    /// <summary>Of one request.</summary>
    public const int MostProposals = 20;

    // The differences that an event says; the page shows all.
    private const int MostFields = 50;

    /// <summary>What it would do in place of what is asked for, while somebody types.</summary>
    public async Task<Outcome<PlannedRevision>> PreviewAsync(Actor actor, Guid requestId, Specification specification, CancellationToken cancellationToken) =>
        Lacks(actor) ?? await transactions.DoAsync<Outcome<PlannedRevision>>(async work =>
        {
            if (await FoundRequest.FindAsync(work.Connection, requestId) is not { } request)
                return new NotFound("There is no such request.");
            return await StandAsync(work, actor, request) is { Refusal: { } refusal } ? refusal : await planner.PlanAsync(work.Connection, request, ImagePins.Keep(specification, request.Specification), null, cancellationToken);
        }, outcome => !outcome.IsRefused, cancellationToken);

    /// <returns>The proposal's number; or a refusal.</returns>
    public async Task<Outcome<long>> ExecuteAsync(Actor actor, NewProposal proposal, CancellationToken cancellationToken)
    {
        if (Lacks(actor) is { } lacks)
            return lacks;
        var pinned = await PinAsync(actor, proposal, cancellationToken);
        return await transactions.DoAsync(
            // The end of what has expired is kept.
            work => ProposeAsync(work, actor, proposal with { Specification = pinned.Specification }, pinned.Pins, cancellationToken), outcome => outcome.Refusal is null or RequestExpired, cancellationToken);
    }

    private async Task<Outcome<long>> ProposeAsync(Work work, Actor actor, NewProposal proposal, IReadOnlyList<ImagePin> pins, CancellationToken cancellationToken)
    {
        // A decision, or an answer, at the same moment comes before or after it.
        if (await FoundRequest.HoldAsync(work.Connection, proposal.RequestId) is not { } request)
            return new NotFound("There is no such request.");
        if (await Proposals.SentAsync(work.Connection, proposal.Id, request.Id, actor) is { } sent)
            return sent;
        if (await expire.EndAsync(work, request))
            return new RequestExpired(policy.WaitsDays);
        var stand = await StandAsync(work, actor, request);
        if (stand.Refusal is { } refusal)
            return refusal;
        if (CommentText.Clean(proposal.Reason) is not { } reason)
            return new ReasonMissing(request.RequestedByName);
        if (CommentText.TooLong(reason) is { } tooLong)
            return tooLong;
        if (proposal.OfVersion is { } version && version != request.Version)
            return new RequestRevised();
        var changes = SpecificationComparison.Of(request.Specification, proposal.Specification).Where(field => field.Differs).ToList();
        if (changes.Count == 0)
            return new SameAsAsked();
        if ((await Proposals.ReadAsync(work.Connection, request.Id)).Count >= MostProposals)
            return new ProposalsFull(MostProposals);
        var planned = await planner.PlanAsync(work.Connection, request, proposal.Specification, pins, cancellationToken);
        if (planned.Refusal is { } impossible)
            return impossible;

        var now = clock.GetUtcNow();
        var revision = planned.Value!;
        var replaced = await Proposals.LapseAsync(work.Connection, request.Id, now);
        var made = new Proposal(0, request.Id, actor.Subject, actor.Name, reason, now) { ForId = stand.Value?.For.Subject, ForName = stand.Value?.For.Name };
        var number = await Proposals.AddAsync(work, proposal.Id, actor, new ProposedChange(made, proposal.Specification, revision.Work.Plan, revision.Facts));
        await new NewEvent(actor, request.EnvironmentId, null, null, "request.proposed", EventSeverity.Info, $"{made.Who} proposed something else to {request.RequestedByName}: {reason}")
        {
            Body = new
            {
                requestId = request.Id,
                proposal = number,
                reason,
                made.ForId,
                made.ForName,
                replaced,
                ofVersion = request.Version,
                planHash = revision.Work.Plan.Hash,
                monthly = new { before = request.Plan.Cost.Monthly, after = revision.Work.Plan.Cost.Monthly },
                changes = changes.Take(MostFields).Select(field => new { field.Field, before = field.Left, after = field.Right }),
                differing = changes.Count,
            },
        }.AppendAsync(work, now);
        await work.Connection.NotifyAsync(Channels.Request, request.Id.ToString());
        return number;
    }

    /// <summary>Whoever made a proposal takes it back while nobody has answered it: the request waits as it was.</summary>
    /// <returns>The request's id; or a refusal.</returns>
    public async Task<Outcome<Guid>> TakeBackAsync(Actor actor, Guid requestId, long number, CancellationToken cancellationToken)
    {
        if (Lacks(actor) is { } lacks)
            return lacks;
        return await transactions.DoAsync<Outcome<Guid>>(async work =>
        {
            if (IsNoApprover(actor, await DelegationQueries.StandInsAsync(work.Connection, actor, clock.GetUtcNow())) is { } stranger)
                return stranger;
            // An answer at the same moment comes before or after it.
            if (await FoundRequest.HoldAsync(work.Connection, requestId) is not { } request || await Proposals.FindAsync(work.Connection, requestId, number) is not { Proposal: var proposal })
                return new NotFound("There is no such proposal.");
            if (!proposal.IsOf(actor))
                return new NotAllowed($"Only {proposal.Who}, who proposed it, takes it back.");
            if (proposal.Outcome == ProposalOutcome.TakenBack)
                return requestId;
            if (request.State != RequestState.Submitted)
                return new AlreadyDecided($"{request.EndedBy(await Verdicts.ReadAsync(work.Connection, requestId))} There is nothing to take back any more.");
            if (proposal.EndedInWords is { } ended)
                return new ProposalEnded(ended);
            var now = clock.GetUtcNow();
            await Proposals.EndAsync(work, proposal, ProposalOutcome.TakenBack, actor, null, now);
            await new NewEvent(actor, request.EnvironmentId, null, null, "request.retracted", EventSeverity.Info, $"{actor.Name} took back what {(proposal.ById == actor.Subject ? "they" : proposal.Who)} proposed")
            { Body = new { requestId, proposal = number } }.AppendAsync(work, now);
            await work.Connection.NotifyAsync(Channels.Request, requestId.ToString());
            return requestId;
        }, cancellationToken);
    }

    /// <summary>Others are waited for before anything is held; who may not propose has nobody asked.</summary>
    private async Task<PinnedSpecification> PinAsync(Actor actor, NewProposal proposal, CancellationToken cancellationToken)
    {
        var asked = await transactions.DoAsync(
            async work => await FoundRequest.FindAsync(work.Connection, proposal.RequestId) is { } request && await StandAsync(work, actor, request) is { IsRefused: false } ? request.Specification : null,
            cancellationToken);
        return asked is null ? new PinnedSpecification(proposal.Specification, []) : await images.PinAsync(proposal.Specification, asked, cancellationToken);
    }

    private static NotAllowed? Lacks(Actor actor) => actor.Lets(TokenScope.Approve) ? null : new NotAllowed("This token proposes nothing: it lacks the scope approve.");

    private NotAllowed? IsNoApprover(Actor actor, IReadOnlyList<StandIn> standIns) => standIns.Count > 0 || policy.HasApprover(actor) ? null
        : new NotAllowed($"Only {string.Join(", ", policy.Groups.Select(group => group.InWords))} propose something else than is asked for.");

    /// <returns>In whose place somebody proposes, null for their own; or why they may not.</returns>
    private async Task<Outcome<StandIn?>> StandAsync(Work work, Actor actor, FoundRequest request)
    {
        var now = clock.GetUtcNow();
        var standIns = await DelegationQueries.StandInsAsync(work.Connection, actor, now);
        if (IsNoApprover(actor, standIns) is { } stranger)
            return stranger;
        var verdicts = await Verdicts.ReadAsync(work.Connection, request.Id);
        if (request.State != RequestState.Submitted)
            return new AlreadyDecided($"{request.EndedBy(verdicts)} Nothing can be proposed any more.");
        var progress = ApprovalProgress.Of(policy, request.Facts, verdicts, request.PlanHash, request.WaitsSince, now);
        if (!progress.MayAsk(actor, standIns, request.RequestedById))
            return new NotAllowed(actor.IsWhoAsked(request.RequestedById) ? "You asked for this yourself: withdraw it, and ask for something else." : "Only those who decide on this request propose a change to it. You can say it as a comment.");
        return request.Kind == RequestKind.Destroy ? new NothingToPropose() : new Outcome<StandIn?>(progress.SpeaksFor(actor, standIns, request.RequestedById), null);
    }
}
