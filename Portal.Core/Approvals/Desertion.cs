using Portal.Core.Security;

namespace Portal.Core.Approvals;

/// <summary>
/// Too few are left of the group whose turn it is: who is in it asked for this, proposed what it is now, or has spoken already. Then those decide in
/// its place, at once and with a reason, to whom the stage would have been passed on, and where that is not enough whoever has the role Admin; never who
/// asked or proposed.
/// </summary>
/// <param name="Left">How many of the group could still decide; fewer than are missing.</param>
/// <param name="Missing">How many have to agree yet.</param>
/// <param name="Instead">Who decides in its place.</param>
/// <param name="HasHelp">Whether enough of those are known.</param>
public sealed record Desertion(ApproverGroup Group, int Left, int Missing, IReadOnlyList<ApproverGroup> Instead, bool HasHelp)
{
    /// <summary>Whoever looks after what belongs to others; no group of approvals.yaml, so that nobody hands it on.</summary>
    public static ApproverGroup Administrators { get; } = new("", "Administrators", [Roles.Admin], []);

    public string InWords =>
        $"{(Left == 0 ? $"Nobody of {Group.Title} is left to decide" : $"{Left} of {Group.Title} {(Left == 1 ? "is" : "are")} left to decide, and {Missing} have to")}: "
        + "whoever else is in it asked for this, proposed what is asked for now, or has spoken already. "
        + (HasHelp
            ? $"{string.Join(" and ", Instead.Select(group => group.InWords))} may decide in their place, with a reason."
            : $"Nobody is known here who could decide in their place. It goes on as soon as somebody else of {Group.InWords} has signed in; or whoever asked withdraws it.");
}
