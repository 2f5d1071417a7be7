namespace Portal.Core.Approvals;

/// <summary>What one rule says of a request, and why.</summary>
/// <param name="Conditions">Each in words, and whether it holds.</param>
public sealed record RuleVerdict(ApprovalRule Rule, IReadOnlyList<(bool Holds, string InWords)> Conditions)
{
    public bool Fits => Conditions.All(condition => condition.Holds);
}

/// <param name="Because">Titles of the rules that ask for it; empty where it is asked for because no rule fits.</param>
/// <param name="Escalation">Who else counts, and after how many hours.</param>
public sealed record NeededStage(ApproverGroup Group, int Needed, IReadOnlyList<string> Because, (int AfterHours, ApproverGroup Group)? Escalation)
{
    public string InWords => Group.Some(Needed);
}

/// <summary>
/// Who has to agree to a request. Every rule that fits counts: the stages of all of them are asked for, each group once and with its largest
/// number; a rule that asks for nobody counts only where no other one asks for somebody; where none fits, the policy says who decides.
/// </summary>
/// <param name="Stages">In order; never empty, because a request that was not approved when it was asked for has to have a way on.</param>
/// <param name="Automatic">The rule by which nobody is needed; null where somebody is.</param>
public sealed record ApprovalNeeds(IReadOnlyList<RuleVerdict> Rules, IReadOnlyList<NeededStage> Stages, ApprovalRule? Automatic)
{
    /// <summary>Whether a rule wants it decided on its own, and not together with others.</summary>
    public bool IsAlone => Rules.Any(verdict => verdict.Fits && verdict.Rule.IsAlone);

    /// <param name="facts">Null for what was asked for before there were rules: what the policy says of everything else.</param>
    public static ApprovalNeeds Of(ApprovalPolicy policy, RequestFacts? facts)
    {
        List<RuleVerdict> verdicts = facts is null ? [] : [.. policy.Rules.Select(rule => new RuleVerdict(rule, [.. rule.When.Against(facts)]))];
        var fitting = verdicts.FindAll(verdict => verdict.Fits);
        var asked = fitting.SelectMany(verdict => verdict.Rule.Stages, (verdict, stage) => (Stage: stage, Why: (string?)verdict.Rule.Title)).ToList();
        var automatic = asked.Count == 0 ? fitting.Find(verdict => verdict.Rule.IsAutomatic)?.Rule : null;
        if (asked.Count == 0)
            asked = [.. policy.Otherwise.Select(stage => (stage, (string?)null))];
        var stages = asked.GroupBy(one => one.Stage.Group, StringComparer.Ordinal).Select(group => new NeededStage(
            policy.Group(group.Key), group.Max(one => one.Stage.Needed), [.. group.Select(one => one.Why).OfType<string>().Distinct(StringComparer.Ordinal)],
            group.Select(one => one.Stage.Escalation).OfType<Escalation>().OrderBy(escalation => escalation.AfterHours).Select(escalation => ((int, ApproverGroup)?)(escalation.AfterHours, policy.Group(escalation.Group))).FirstOrDefault()));
        return new ApprovalNeeds(verdicts, [.. stages], automatic);
    }
}
