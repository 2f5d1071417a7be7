using Portal.Components.Shared;
using Portal.Core.Approvals;
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

    /// <summary>Others have to agree before them, or they have already.</summary>
    NotYourTurn,
    Decided,
}

/// <param name="Text">Why nothing can be decided here; where it can, in whose place, and empty for one's own.</param>
public sealed record Standing(StandingKind Kind, string Text)
{
    public static Standing Of(Actor actor, ApprovalPolicy policy, RequestDetail detail, Times times, DateTimeOffset now)
    {
        var request = detail.Request;
        if (request.State == RequestState.Expired)
            return new(StandingKind.Decided, "This has expired: nobody decided on it in time. Whoever asked can edit it and ask again.");
        if (request.State != RequestState.Submitted)
        {
            var what = request.State switch { RequestState.Approved => "approved", RequestState.Withdrawn => "withdrew", _ => "rejected" };
            return new(StandingKind.Decided, $"{request.DecidedByName} {what} this.");
        }

        if (detail.StandIns.Count == 0 && !policy.MayEverDecide(actor))
            return new(StandingKind.NotAnApprover, $"You can read this. {string.Join(", ", policy.Groups.Select(group => group.InWords))} decide.");
        var voice = detail.Progress.VoiceOf(actor, detail.StandIns, request.RequestedById, now);
        return voice.Refused is { } why
            ? new(request.RequestedById == actor.Subject ? StandingKind.OwnRequest : StandingKind.NotYourTurn, why)
            : new(StandingKind.MayDecide, voice.InsteadOf is { } deserted ? $"You decide in place of {deserted.Title}, with a reason." : voice.InPlaceOf is { } other ? $"You decide for {other.For.Name}, who is away until {times.Last(other.Ends)}." : "");
    }
}

/// <summary>What was decided last, said once above the next request.</summary>
public sealed record LastDecision(long Number, RequestKind Kind, string Environment, bool Approved, string? Waits)
{
    /// <summary>Whether it was the last word that was needed.</summary>
    public bool Begins => Approved && Waits is null;

    public string Sentence => (Approved, Kind) switch
    {
        (true, _) when Waits is not null => $"You approved request {Number} of {Environment}; {Waits} to agree yet.",
        (true, RequestKind.Create) => $"You approved request {Number}: {Environment} is being built.",
        (true, RequestKind.Change) => $"You approved request {Number}: {Environment} is being changed.",
        (true, _) => $"You approved request {Number}: {Environment} is being destroyed.",
        (false, RequestKind.Create) => $"You rejected request {Number}: {Environment} is not built, and its author reads why.",
        _ => $"You rejected request {Number}: {Environment} stays as it is, and its author reads why.",
    };
}
