using Portal.Core.Security;

namespace Portal.Core.Approvals;

/// <summary>Somebody who is away, and has the one who acts decide in their place.</summary>
/// <param name="For">As the sign-in told of them last: whoever has left a group meanwhile hands nothing of it on.</param>
/// <param name="Groups">Ids of those that were handed over.</param>
/// <param name="Ends">When it is over.</param>
public sealed record StandIn(Actor For, IReadOnlyList<string> Groups, DateTimeOffset Ends)
{
    public bool SpeaksFor(ApproverGroup group) => Groups.Contains(group.Id) && group.Has(For);
}

/// <summary>Whether somebody may speak, and in whose place.</summary>
/// <param name="Refused">Why they may not, in words; null where they may.</param>
/// <param name="InPlaceOf">Null where they speak for themselves.</param>
public sealed record Voice(string? Refused, StandIn? InPlaceOf = null)
{
    /// <summary>The group in whose place they speak because nobody of it is left (<see cref="Desertion"/>), and have to say why; null for their own.</summary>
    public ApproverGroup? InsteadOf { get; init; }
}
