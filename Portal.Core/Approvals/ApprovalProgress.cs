using Portal.Core.Security;

namespace Portal.Core.Approvals;

/// <summary>What somebody said of a request.</summary>
/// <param name="Group">Id of the group that they spoke for; null for a rule that asks for nobody.</param>
public sealed record GivenVerdict(Guid RequestId, string? Group, bool Approves, string ById, string ByName, string? Comment, string PlanHash, DateTimeOffset At)
{
    /// <summary>Subject of whom it was given in place of; null for one's own word.</summary>
    public string? ForId { get; init; }

    /// <inheritdoc cref="ForId"/>
    public string? ForName { get; init; }

    /// <summary>"Ada", or "Ada for Grace".</summary>
    public string Who => ForName is null ? ByName : $"{ByName} for {ForName}";

    /// <summary>Whether it is that person's word, given by them or in their place.</summary>
    public bool IsOf(string subject) => ById == subject || ForId == subject;
}

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
/// lets it be. One person counts once, however many groups they are in, and whether they spoke for themselves or somebody did in their place:
/// no two approvals have anybody in common.
/// </summary>
public sealed record ApprovalProgress(IReadOnlyList<StageProgress> Stages)
{
    /// <summary>The stage whose turn it is; null where all have agreed.</summary>
    public StageProgress? Current => Stages.FirstOrDefault(stage => !stage.IsDone);

    /// <summary>When it ends by itself, if nobody decides.</summary>
    public DateTimeOffset ExpiresAt { get; init; } = DateTimeOffset.MaxValue;

    /// <inheritdoc cref="ApprovalNeeds.IsAlone"/>
    public bool IsAlone { get; init; }

    /// <summary>Proposals that were accepted: whoever made one has had their say in what is asked for, and does not decide on it.</summary>
    public IReadOnlyList<Proposal> ChangedBy { get; init; } = [];

    /// <summary>Too few are left of the group whose turn it is; null where enough are, or where it was not looked at.</summary>
    public Desertion? Deserted { get; init; }

    /// <summary>Subjects of those whose turn it never is because of that.</summary>
    public IEnumerable<string> Changers => ChangedBy.SelectMany(one => one.Makers).Distinct(StringComparer.Ordinal);

    /// <summary>Who made what is asked for what it is, in words: "Ada and Grace"; null for nobody but who asked.</summary>
    public string? ChangedInWords => ChangedBy.Count == 0 ? null : string.Join(" and ", ChangedBy.Select(one => one.Who).Distinct(StringComparer.Ordinal));

    /// <summary>For whom the next word counts: where the rules have become milder, and nobody is missing any more, it is the last stage's once more.</summary>
    public StageProgress Turn => Current ?? Stages[^1];

    /// <summary>Who has to agree yet, in words: "one of Security has to agree yet".</summary>
    public string InWords => Current is { } current ? $"{current.StillInWords} to agree yet" : $"the rules ask for nobody more; one of {Turn.Stage.Group.Title} has to say so";

    public IEnumerable<GivenVerdict> Counting => Stages.SelectMany(stage => stage.Given);

    /// <summary>Whether somebody is among those who decide, now, later or where a stage waits for too long, and so may ask.</summary>
    /// <param name="standIns">For whom they may decide.</param>
    /// <param name="requestedById">Who asks for the environment answers.</param>
    public bool MayAsk(Actor actor, IReadOnlyList<StandIn> standIns, string requestedById) => !actor.IsWhoAsked(requestedById)
        && Groups.Any(group => group.Has(actor) || standIns.Any(one => !one.For.IsWhoAsked(requestedById) && one.SpeaksFor(group)));

    /// <summary>In whose place somebody speaks of it who does not decide for themselves; null for nobody's.</summary>
    public StandIn? SpeaksFor(Actor actor, IReadOnlyList<StandIn> standIns, string requestedById)
    {
        var groups = Groups.ToList();
        return groups.Exists(group => group.Has(actor)) ? null : standIns.FirstOrDefault(one => !one.For.IsWhoAsked(requestedById) && groups.Exists(one.SpeaksFor));
    }

    // Those who decide, now, later or where a stage waits for too long.
    private IEnumerable<ApproverGroup> Groups => Stages.SelectMany(stage => stage.Stage.Escalation is (_, var other) ? [stage.Stage.Group, other] : new[] { stage.Stage.Group });

    /// <param name="waitsSince">When it was asked for, or became what it is now.</param>
    /// <param name="changedBy">The proposals that made it what it is.</param>
    public static ApprovalProgress Of(
        ApprovalPolicy policy, RequestFacts? facts, IEnumerable<GivenVerdict> given, string planHash, DateTimeOffset waitsSince, DateTimeOffset now, IReadOnlyList<Proposal>? changedBy = null)
    {
        var counting = given.Where(one => one.Approves && one.PlanHash == planHash && now - one.At < TimeSpan.FromDays(policy.LastsDays)).OrderBy(one => one.At).ToList();
        var stages = new List<StageProgress>();
        DateTimeOffset? since = waitsSince;
        var needs = ApprovalNeeds.Of(policy, facts);
        foreach (var stage in needs.Stages)
        {
            var of = counting.Where(one => one.Group == stage.Group.Id).Take(stage.Needed).ToList();
            stages.Add(new StageProgress(stage, of, since));
            since = since is not null && of.Count >= stage.Needed ? of[^1].At : null;
        }

        return new ApprovalProgress(stages) { ExpiresAt = policy.EndOf(waitsSince), IsAlone = needs.IsAlone, ChangedBy = changedBy ?? [] };
    }

    /// <summary>The same, with who decides where nobody is left whose turn it is.</summary>
    /// <param name="people">Whoever is known that may have to decide. Of a group of which nobody is, somebody may come at any time.</param>
    public ApprovalProgress Knowing(IReadOnlyList<Actor> people, string requestedById)
    {
        var (group, missing) = (Turn.Stage.Group, Turn.Missing);
        if (Current is null || !people.Any(group.Has) || Left([group]) >= missing)
            return this;
        List<ApproverGroup> instead = Turn.Stage.Escalation is (_, var other) ? [other] : [];
        if (Left([group, .. instead]) < missing)
            instead.Add(Desertion.Administrators);
        return this with { Deserted = new Desertion(group, Left([group]), missing, instead, Left([group, .. instead]) >= missing) };

        int Left(List<ApproverGroup> groups) =>
            people.Count(one => groups.Exists(each => each.Has(one)) && !one.IsWhoAsked(requestedById) && !HasChanged(one) && Spoken(one.Subject) is null);
    }

    /// <summary>Whose approval counts for the next word at that time.</summary>
    public IReadOnlyList<ApproverGroup> Open(DateTimeOffset now) => [.. Turn.Open(now), .. Deserted?.Instead ?? []];

    /// <summary>Whether somebody may speak now, for themselves or else in the place of one who is away.</summary>
    /// <param name="standIns">For whom they may speak; whose say they have from others they do not hand on.</param>
    /// <param name="requestedById">Who asks never decides, and nobody decides in their place.</param>
    public Voice VoiceOf(Actor actor, IReadOnlyList<StandIn> standIns, string requestedById, DateTimeOffset now)
    {
        if (requestedById == actor.Subject)
            return new("You asked for this yourself; somebody else has to decide.");
        if (actor.IsWhoAsked(requestedById))
            return new("A token of your team asked for this; somebody outside of the team has to decide.");
        if (ChangedBy.FirstOrDefault(one => one.IsOf(actor)) is { } change)
            return new(ChangedBecause(change, actor));
        if (Spoken(actor.Subject) is { } own)
            return new(own.ById == actor.Subject ? "You have approved this already; the others have to now." : $"{own.ByName} has approved this in your place already; the others have to now.");
        var open = Open(now).ToList();
        if (open.Exists(group => group.Has(actor)))
            return new(Refused: null) { InsteadOf = Turn.Open(now).Any(group => group.Has(actor)) ? null : Turn.Stage.Group };
        var fitting = standIns.Where(one => open.Exists(one.SpeaksFor)).ToList();
        if (fitting.Find(one => !one.For.IsWhoAsked(requestedById) && !HasChanged(one.For) && Spoken(one.For.Subject) is null) is { } standIn)
            return new(Refused: null, standIn) { InsteadOf = Turn.Open(now).Any(standIn.SpeaksFor) ? null : Turn.Stage.Group };
        return fitting.FirstOrDefault() is not { } other ? new($"It is the turn of {Turn.Stage.Group.InWords} to decide.")
            : other.For.IsWhoAsked(requestedById) ? new($"{other.For.Name} asked for this, so nobody decides it in their place.")
            : HasChanged(other.For) ? new($"{other.For.Name} proposed what is asked for now, so nobody decides it in their place.")
            : new($"{other.For.Name}, in whose place you could decide, has a say in this already; the others have to now.");
    }

    private bool HasChanged(Actor actor) => ChangedBy.Any(one => one.IsOf(actor));

    private static string ChangedBecause(Proposal change, Actor actor) => change.ById == actor.Subject ? "You proposed what is asked for now; somebody else has to decide."
        : change.ForId == actor.Subject ? $"{change.ByName} proposed in your place what is asked for now; somebody else has to decide."
        : "A token of your team proposed what is asked for now; somebody outside of the team has to decide.";

    // Where nobody is missing any more, one of those who have agreed may say so.
    private GivenVerdict? Spoken(string subject) => Current is null ? null : Counting.FirstOrDefault(one => one.IsOf(subject));
}
