using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Approvals;

/// <summary>What became of a proposal.</summary>
public enum ProposalOutcome
{
    /// <summary>Whoever asked wants it so: the request asks for it since.</summary>
    Accepted,
    Declined,

    /// <summary>The request ended before, or another proposal took its place.</summary>
    Lapsed,

    /// <summary>Whoever made it thought better of it.</summary>
    TakenBack,
}

/// <summary>What an approver would have asked for in place of a request.</summary>
/// <param name="Number">Rises within a request, with gaps.</param>
/// <param name="Reason">Why, in the approver's words.</param>
public sealed record Proposal(long Number, Guid RequestId, string ById, string ByName, string Reason, DateTimeOffset At)
{
    /// <summary>Subject of whom it was made in place of; null for one's own.</summary>
    public string? ForId { get; init; }

    /// <inheritdoc cref="ForId"/>
    public string? ForName { get; init; }

    /// <summary>Null while it is open.</summary>
    public ProposalOutcome? Outcome { get; init; }

    /// <summary>Null while it is open.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Who accepted or declined it, or took it back; null for one that is open or lapsed.</summary>
    public string? EndedById { get; init; }

    /// <inheritdoc cref="EndedById"/>
    public string? EndedByName { get; init; }

    /// <summary>Why it was declined.</summary>
    public string? Comment { get; init; }

    public bool IsOpen => Outcome is null;

    /// <summary>Why nothing can be done about it any more; null while it is open.</summary>
    public string? EndedInWords => Outcome switch
    {
        null => null,
        ProposalOutcome.Accepted => $"{EndedByName} accepted this already.",
        ProposalOutcome.Declined => $"{EndedByName} declined this already.",
        ProposalOutcome.TakenBack => $"{EndedByName} took this back.",
        _ => "Another proposal has taken the place of this one. Read that.",
    };

    /// <summary>"Ada", or "Ada for Grace".</summary>
    public string Who => ForName is null ? ByName : $"{ByName} for {ForName}";

    /// <summary>Subjects of whoever made it, and of whom it was made in place of.</summary>
    public IEnumerable<string> Makers => ForId is null ? [ById] : [ById, ForId];

    /// <summary>Whether it is somebody's, made by them, in their place, or with a token of a team of theirs.</summary>
    public bool IsOf(Actor actor) => Makers.Any(actor.IsWhoAsked);
}

/// <summary>A proposal with what it proposes.</summary>
/// <param name="Plan">As it was when it was made; it is made anew when the proposal is accepted.</param>
/// <param name="Facts">What the rules look at.</param>
public sealed record ProposedChange(Proposal Proposal, Specification Specification, Plan Plan, RequestFacts Facts);
