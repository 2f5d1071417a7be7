using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Features.Approvals;

/// <summary>What somebody can do about a request, and why not more.</summary>
public enum StandingKind
{
    MayDecide,
    OwnRequest,
    NotAnApprover,
    Decided,
}

/// <param name="Text">Why nothing can be decided here; empty where it can.</param>
public sealed record Standing(StandingKind Kind, string Text)
{
    public static Standing Of(Actor actor, RequestDetail detail)
    {
        var request = detail.Request;
        if (request.State != RequestState.Submitted)
            return new(StandingKind.Decided, $"{request.DecidedByName} {(request.State == RequestState.Approved ? "approved" : "rejected")} this.");
        if (!actor.May(Permission.DecideRequest))
            return new(StandingKind.NotAnApprover, $"You can read this. {Policies.InWords(Permission.DecideRequest)} decide it.");
        return request.RequestedById == actor.Subject
            ? new(StandingKind.OwnRequest, "You asked for this yourself, so somebody else has to decide it.")
            : new(StandingKind.MayDecide, "");
    }
}

/// <summary>What was decided last, said once above the next request.</summary>
public sealed record LastDecision(long Number, RequestKind Kind, string Environment, bool Approved)
{
    public string Sentence => (Approved, Kind) switch
    {
        (true, RequestKind.Create) => $"You approved request {Number}: {Environment} is being built.",
        (true, RequestKind.Change) => $"You approved request {Number}: {Environment} is being changed.",
        (true, _) => $"You approved request {Number}: {Environment} is being destroyed.",
        (false, RequestKind.Create) => $"You rejected request {Number}: {Environment} is not built, and its author reads why.",
        _ => $"You rejected request {Number}: {Environment} stays as it is, and its author reads why.",
    };
}
