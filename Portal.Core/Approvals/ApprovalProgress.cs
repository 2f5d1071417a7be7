using Portal.Core.Security;

namespace Portal.Core.Approvals;

/// <summary>What somebody said of a request.</summary>
/// <param name="Group">Id of the group that they spoke for; null for a rule that asks for nobody.</param>
public sealed record GivenVerdict(Guid RequestId, string? Group, bool Approves, string ById, string ByName, string? Comment, string PlanHash, DateTimeOffset At);

/// <param name="Given">The approvals that count for it.</param>
/// <param name="Since">When its turn came; null where it has not.</param>
public sealed record StageProgress(NeededStage Stage, IReadOnlyList<GivenVerdict> Given, DateTimeOffset? Since)
{
    public bool IsDone => Given.Count >= Stage.Needed;

    public int Missing => Math.Max(0, Stage.Needed - Given.Count);

    /// <summary>For example "one of Security has", before "to agree yet".</summary>
    public string StillInWords => Missing == 1 ? $"{(Given.Count == 0 ? "one" : "one more")} of {Stage.Group.Title} has" : $"{Missing} of {Stage.Group.Title} have";

    /// <summary>Whose approval counts at that time.</summary>
    public IEnumerable<ApproverGroup> Open(DateTimeOffset now) =>
        Stage.Escalation is (var hours, var other) && Since is { } since && now - since >= TimeSpan.FromHours(hours) ? [Stage.Group, other] : [Stage.Group];
}

/// <summary>
/// How far a request has come. An approval is of a plan: one of another plan does not count, and neither does one that is older than the policy
/// lets it be. One person counts once, however many groups they are in.
/// </summary>
public sealed record ApprovalProgress(IReadOnlyList<StageProgress> Stages)
{
    /// <summary>The stage whose turn it is; null where all have agreed.</summary>
    public StageProgress? Current => Stages.FirstOrDefault(stage => !stage.IsDone);

    /// <summary>For whom the next word counts: where the rules have become milder, and nobody is missing any more, it is the last stage's once more.</summary>
    public StageProgress Turn => Current ?? Stages[^1];

    /// <summary>Who has to agree yet, in words: "one of Security has to agree yet".</summary>
    public string InWords => Current is { } current ? $"{current.StillInWords} to agree yet" : $"the rules ask for nobody more; one of {Turn.Stage.Group.Title} has to say so";

    public IEnumerable<GivenVerdict> Counting => Stages.SelectMany(stage => stage.Given);

    /// <summary>Whether somebody is among those who decide, now, later or where a stage waits for too long, and so may ask.</summary>
    /// <param name="requestedById">Who asks for the environment answers.</param>
    public bool MayAsk(Actor actor, string requestedById) => requestedById != actor.Subject
        && Stages.Any(stage => stage.Stage.Group.Has(actor) || stage.Stage.Escalation is (_, var other) && other.Has(actor));

    public static ApprovalProgress Of(
        ApprovalPolicy policy, RequestFacts? facts, IEnumerable<GivenVerdict> given, string planHash, DateTimeOffset submittedAt, DateTimeOffset now)
    {
        var counting = given.Where(one => one.Approves && one.PlanHash == planHash && now - one.At < TimeSpan.FromDays(policy.LastsDays)).OrderBy(one => one.At).ToList();
        var stages = new List<StageProgress>();
        DateTimeOffset? since = submittedAt;
        foreach (var stage in ApprovalNeeds.Of(policy, facts).Stages)
        {
            var of = counting.Where(one => one.Group == stage.Group.Id).Take(stage.Needed).ToList();
            stages.Add(new StageProgress(stage, of, since));
            since = since is not null && of.Count >= stage.Needed ? of[^1].At : null;
        }

        return new ApprovalProgress(stages);
    }

    /// <summary>Why somebody may not speak now, in words; null where they may.</summary>
    /// <param name="requestedById">Who asks never decides.</param>
    public string? Refuses(Actor actor, string requestedById, DateTimeOffset now)
    {
        if (requestedById == actor.Subject)
            return "You asked for this yourself; somebody else has to decide.";
        if (Current is not null && Counting.Any(one => one.ById == actor.Subject))
            return "You have approved this already; the others have to now.";
        return Turn.Open(now).Any(group => group.Has(actor)) ? null : $"It is the turn of {Turn.Stage.Group.InWords} to decide.";
    }
}
