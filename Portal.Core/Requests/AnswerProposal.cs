using Dapper;
using Portal.Core.Approvals;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;

namespace Portal.Core.Requests;

/// <summary>Somebody answered it before, or nobody can any more.</summary>
public sealed record ProposalEnded(string What) : Refusal("proposal_ended", What);

/// <summary>
/// Whoever asked takes what an approver proposes, or does not. Taken, the request asks for it from now on, as if it had been filed so: checked
/// and planned again, and approved anew, but not by who proposed it. Declined, the request waits as it was.
/// </summary>
public sealed class AnswerProposal(Transactions transactions, RevisionPlanner planner, Lifecycle lifecycle, RequestApproval approval, ExpireRequests expire, ApprovalPolicy policy, TimeProvider clock)
{
    /// <param name="number">Of the proposal that was read.</param>
    /// <param name="confirmation">The environment's name, where data would be lost.</param>
    /// <returns>The request as it is now; approved already where a rule asks for nobody.</returns>
    public async Task<Outcome<SubmittedRequest>> AcceptAsync(Actor actor, Guid requestId, long number, string confirmation, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not ask for environments. Ask for the role {Roles.Engineer}.");
        return await transactions.DoWithJobsAsync<Outcome<SubmittedRequest>>(async work =>
        {
            var found = await FindAsync(work, actor, requestId, number, ProposalOutcome.Accepted);
            if (found.Refusal is { } refusal)
                return refusal;
            var (request, proposed, whose, isDone) = found.Value!;
            return isDone ? await FiledAsync(work, request, whose.Name) : await AcceptAsync(work, actor, request, proposed, whose, confirmation, cancellationToken);
            // The end of what has expired is kept.
        }, outcome => outcome.Refusal is null or RequestExpired, cancellationToken);
    }

    /// <param name="reason">Why not.</param>
    /// <returns>The request's id; or a refusal.</returns>
    public async Task<Outcome<Guid>> DeclineAsync(Actor actor, Guid requestId, long number, string? reason, CancellationToken cancellationToken)
    {
        if (!actor.Lets(TokenScope.Request))
            return new NotAllowed("This token answers nothing: it lacks the scope request.");
        var said = CommentText.Clean(reason);
        if (CommentText.TooLong(said) is { } tooLong)
            return tooLong;
        return await transactions.DoAsync<Outcome<Guid>>(async work =>
        {
            var found = await FindAsync(work, actor, requestId, number, ProposalOutcome.Declined);
            if (found.Refusal is { } refusal)
                return refusal;
            var (request, proposed, _, isDone) = found.Value!;
            if (isDone)
                return requestId;
            if (said is null)
                return new ReasonMissing(proposed.Proposal.ByName);
            var now = clock.GetUtcNow();
            await Proposals.EndAsync(work, proposed.Proposal, ProposalOutcome.Declined, actor, said, now);
            await new NewEvent(actor, request.EnvironmentId, null, null, "request.declined", EventSeverity.Info, $"{actor.Name} declined what {proposed.Proposal.Who} proposed: {said}")
            { Body = new { requestId, proposal = number, reason = said, askedBy = new[] { proposed.Proposal.ById } } }.AppendAsync(work, now);
            await work.Connection.NotifyAsync(Channels.Request, requestId.ToString());
            return requestId;
        }, outcome => outcome.Refusal is null or RequestExpired, cancellationToken);
    }

    /// <summary>The proposal with its request held; or why the actor does not answer it.</summary>
    private async Task<Outcome<Found>> FindAsync(Work work, Actor actor, Guid requestId, long number, ProposalOutcome wanted)
    {
        // A decision or a withdrawal at the same moment comes before or after it.
        if (await FoundRequest.HoldAsync(work.Connection, requestId) is not { } request || await Ownership.FindAsync(work.Connection, request.EnvironmentId) is not { } whose)
            return new NotFound("There is no such request.");
        if (!actor.IsWhoAsked(request.RequestedById))
            return new NotAllowed($"Only {request.RequestedByName}, who asked for it, answers what is proposed. You can say something as a comment.");
        // Its team may be another by now, or the person not in it any more.
        if (whose.Refusal(actor) is { } foreign)
            return foreign;
        if (await Proposals.FindAsync(work.Connection, requestId, number) is not { } proposed)
            return new NotFound("There is no such proposal.");
        var proposal = proposed.Proposal;
        if (proposal.Outcome == wanted && proposal.EndedById == actor.Subject)
            return new Found(request, proposed, whose, IsDone: true);
        if (request.State != RequestState.Submitted)
            return new AlreadyDecided($"{request.EndedBy(await Verdicts.ReadAsync(work.Connection, requestId))} There is nothing to answer any more.");
        if (proposal.EndedInWords is { } ended)
            return new ProposalEnded(ended);
        return await expire.EndAsync(work, request) ? new RequestExpired(policy.WaitsDays) : new Found(request, proposed, whose, IsDone: false);
    }

    private async Task<Outcome<SubmittedRequest>> AcceptAsync(
        JobWork work, Actor actor, FoundRequest request, ProposedChange proposed, Ownership whose, string confirmation, CancellationToken cancellationToken)
    {
        var wanted = proposed.Specification;
        // Who files something at the same moment comes before or after it: the same locks in the same order.
        await SubmitRequest.HoldTargetAsync(work.Connection, wanted.Target);
        await TeamLimits.HoldAsync(work.Connection, whose.Team);
        var outcome = await planner.PlanAsync(work.Connection, request, wanted, proposed.Facts.Images, cancellationToken);
        if (outcome.Refusal is { } refusal)
            return refusal;
        var planned = outcome.Value!;
        if (planned.LosesData && confirmation.Trim() != whose.Name)
            return new ConfirmationMissing(whose.Name, "Data would be lost.");
        if (planned.LosesData && !actor.Lets(TokenScope.Destroy))
            return new NotAllowed("Data would be lost, and this token does not ask for that: it lacks the scope destroy.");

        var now = clock.GetUtcNow();
        await Proposals.EndAsync(work, proposed.Proposal, ProposalOutcome.Accepted, actor, null, now);
        var version = await lifecycle.ReviseAsync(work, new RequestRevision(request.Id, request.EnvironmentId, request.Kind, wanted, planned.Work, actor, planned.Facts));
        var accepted = await Proposals.AcceptedAsync(work.Connection, request.Id);
        var progress = ApprovalProgress.Of(policy, planned.Facts, [], planned.Work.Plan.Hash, now, now, accepted).Knowing(await KnownApprovers.ReadAsync(work.Connection, policy, now), request.RequestedById);
        IReadOnlyList<ApproverGroup> turn = approval.FirstTurn(planned.Facts).Count == 0 ? [] : progress.Open(now);
        await new NewEvent(actor, request.EnvironmentId, null, null, "request.revised", EventSeverity.Info, $"{actor.Name} accepted what {proposed.Proposal.Who} proposed{(turn.Count == 0 ? "" : "; it has to be approved anew")}")
        {
            Body = new
            {
                requestId = request.Id,
                proposal = proposed.Proposal.Number,
                proposedBy = proposed.Proposal.Who,
                before = new { specificationVersion = request.Version, request.PlanHash },
                after = new { specificationVersion = version, planHash = planned.Work.Plan.Hash },
                planned.Facts,
                turn,
                changedBy = progress.Changers,
                askedBy = new[] { proposed.Proposal.ById },
            },
        }.AppendAsync(work, now);
        await work.Connection.NotifyAsync(Channels.Request, request.Id.ToString());
        var filed = await NumberedAsync(work, request, version, whose.Name);
        return await approval.ByRuleAsync(work, new NewRequest(request.Id, request.EnvironmentId, request.Kind, wanted, planned.Work, actor, planned.Facts, turn), filed);
    }

    // Answered before, because no answer came.
    private static async Task<Outcome<SubmittedRequest>> FiledAsync(Work work, FoundRequest request, string environment) =>
        await NumberedAsync(work, request, request.Version, environment) with
        {
            IsApproved = (await Verdicts.ReadAsync(work.Connection, request.Id)).Any(one => one.ById == Actor.System.Subject),
        };

    private static async Task<SubmittedRequest> NumberedAsync(Work work, FoundRequest request, int version, string environment) => new(
        request.Id, await work.Connection.ExecuteScalarAsync<long>("select number from requests where id = @Id", new { request.Id }), version, request.EnvironmentId, environment);

    private sealed record Found(FoundRequest Request, ProposedChange Proposed, Ownership Whose, bool IsDone);
}
