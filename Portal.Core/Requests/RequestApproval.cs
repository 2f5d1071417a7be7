using Portal.Core.Approvals;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Requests;

/// <summary>What an approval sets going, whoever gives it: the last of those that are needed, or a rule that asks for nobody.</summary>
public sealed class RequestApproval(Lifecycle lifecycle, ApprovalPolicy policy, TimeProvider clock)
{
    /// <summary>Whose turn it is first; nobody's where a rule asks for nobody.</summary>
    internal IReadOnlyList<ApproverGroup> FirstTurn(RequestFacts facts) => ApprovalNeeds.Of(policy, facts) is { Automatic: null, Stages: [var first, ..] } ? [first.Group] : [];

    /// <returns>The operation; or <see cref="EnvironmentBusy"/>.</returns>
    internal async Task<Outcome<Guid>> CarryOutAsync(JobWork work, ApprovedRequest request, Actor by, NewEvent said)
    {
        await lifecycle.MoveAsync(work, new RequestMove(request.Id, RequestState.Approved));
        var operation = await lifecycle.QueueAsync(
            work,
            new NewOperation(request.EnvironmentId, request.Id, Enum.Parse<OperationKind>(request.Kind.ToString()), request.Plan, by,
                request.Kind == RequestKind.Change ? new AdoptedSpecification(request.Version, request.Specification) : null),
            said);
        if (operation is not { } id)
            return new EnvironmentBusy();
        if (request is { Kind: RequestKind.Create, Specification.LifetimeDays: { } days })
            await EnvironmentCare.BeginAsync(work.Connection, request.EnvironmentId, days, clock.GetUtcNow());
        return id;
    }

    /// <summary>Carries out at once what has just been filed, where a rule asks for nobody.</summary>
    /// <returns>What was filed; or <see cref="EnvironmentBusy"/>, with which nothing is to be kept.</returns>
    internal async Task<Outcome<SubmittedRequest>> ByRuleAsync(JobWork work, NewRequest request, SubmittedRequest filed)
    {
        if (ApprovalNeeds.Of(policy, request.Facts).Automatic is not { } rule)
            return filed;
        var hash = request.Work.Plan.Hash;
        await Verdicts.AddAsync(work, Actor.System, new GivenVerdict(request.Id, null, true, Actor.System.Subject, Actor.System.Name, rule.Title, hash, clock.GetUtcNow()), policy.Digest);
        var outcome = await CarryOutAsync(
            work, new ApprovedRequest(request.Id, request.EnvironmentId, request.Kind, filed.Version, request.Specification, request.Work.Plan), request.By,
            new NewEvent(Actor.System, request.EnvironmentId, null, null, "request.approved", EventSeverity.Success, $"Nobody had to approve it, by the rule '{rule.Title}'")
            { Body = new { requestId = request.Id, rule = rule.Id, policy = policy.Digest, planHash = hash } });
        return outcome.Refusal is { } refusal ? refusal : filed with { IsApproved = true };
    }
}

/// <param name="Version">Of the specification, as it was filed.</param>
internal sealed record ApprovedRequest(Guid Id, Guid EnvironmentId, RequestKind Kind, int Version, Specification Specification, Plan Plan);
