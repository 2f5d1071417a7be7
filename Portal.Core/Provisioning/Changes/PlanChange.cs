namespace Portal.Core.Provisioning.Changes;

/// <summary>What CloudFormation does with a resource, from harmless to worst.</summary>
public enum Impact
{
    /// <summary>Changed in place; nobody notices.</summary>
    None,

    /// <summary>Changed in place, with a restart or the like.</summary>
    Some,

    /// <summary>Another one takes its place.</summary>
    Replacement,

    /// <summary>AWS does not do it: the update fails and is rolled back.</summary>
    Refused,
}

public enum StepAction
{
    Unchanged,
    Create,
    Update,
    Delete,
}

public enum ResourceAction
{
    Added,
    Changed,
    Removed,
}

public enum ReleaseEffect
{
    None,

    /// <summary>Pods come or go, none restarts.</summary>
    Scale,

    /// <summary>The rules at the load balancer or another object without pods change.</summary>
    Reconfigure,

    /// <summary>A job is as asked for from its next run on; what runs now goes on.</summary>
    NextRun,

    /// <summary>Every pod is replaced, a few at a time.</summary>
    RollingRestart,

    /// <summary>The same, and requests fail meanwhile, because callers and pods do not change at one moment.</summary>
    InterruptingRestart,

    /// <summary>A service becomes a worker or a job, or the other way: what it was goes first.</summary>
    AnotherKind,

    /// <summary>The load balancer listens at another port than the gateway speaks to, until that is told.</summary>
    NewListener,

    /// <summary>The controller makes another load balancer.</summary>
    NewLoadBalancer,

    /// <summary>Installed anew under another name or in another namespace.</summary>
    Reinstall,
}

/// <summary>What carrying out a plan would do to what an earlier plan made. Every step of either plan, in the new plan's order, deletions last.</summary>
public sealed record PlanChange(IReadOnlyList<StepChange> Steps)
{
    /// <summary>A store is replaced, or taken from a service that gets another one.</summary>
    public bool ReplacesData => Steps.Any(step => step.ReplacesData);

    /// <summary>A store goes and nothing takes its place.</summary>
    public bool DeletesData => Steps.Any(step => step.DeletesData);

    public bool LosesData => ReplacesData || DeletesData;

    /// <summary>AWS would not do it; the plan must not be carried out.</summary>
    public bool IsRefused => Steps.Any(step => step.Impact == Impact.Refused);

    public Impact Impact => Steps.Select(step => step.Impact).DefaultIfEmpty(Impact.None).Max();

    /// <summary>In plain words, worst first. Every loss of data says "replaces data" or "deletes data".</summary>
    public IReadOnlyList<string> Sentences => [.. Steps.SelectMany(step => step.Sentences).OrderByDescending(sentence => sentence.Weight).Select(sentence => sentence.Text)];

    public StepChange Step(string name) => Steps.First(step => step.Step == name);
}

/// <param name="Impact">Of a step that is updated; None for what is created, deleted or unchanged.</param>
/// <param name="Resources">What changes in a stack that is updated.</param>
/// <param name="Effect">What changes in a release that is updated.</param>
public sealed record StepChange(
    string Step, string Title, string? Service, StepKind Kind, StepAction Action, Impact Impact,
    IReadOnlyList<ResourceChange> Resources, ReleaseEffect Effect, IReadOnlyList<ChangeSentence> Sentences)
{
    public bool ReplacesData { get; init; }

    public bool DeletesData { get; init; }
}

/// <param name="Noun">What people call it, for example "table".</param>
/// <param name="Holds">What is lost with it, for example "items"; null if nothing.</param>
/// <param name="Fate">DeletionPolicy (removed) or UpdateReplacePolicy (replaced): Delete, Retain, Snapshot.</param>
/// <param name="Effect">What its replacement, or removal, means to people; null if nothing much.</param>
/// <param name="Refusal">Why AWS does not do it; null if it does.</param>
public sealed record ResourceChange(
    string LogicalId, string Type, ResourceAction Action, Impact Impact, IReadOnlyList<PropertyChange> Properties,
    string Noun, string? Holds, string Fate, string? Effect = null, string? Refusal = null)
{
    /// <summary>AWS refuses to delete it while something uses it, and it is to be deleted.</summary>
    public bool IsHeldByUse { get; init; }

    public bool LosesData => Holds is not null && (Action == ResourceAction.Removed || Impact == Impact.Replacement);
}

/// <param name="Path">For example <c>ScalingConfig.MinSize</c>.</param>
/// <param name="Note">What is worth knowing of the impact.</param>
public sealed record PropertyChange(string Path, Impact Impact, string? Note = null);

/// <param name="Weight">How much it matters: loss of data, refusal, replacement, interruption, the rest.</param>
public sealed record ChangeSentence(SentenceWeight Weight, string Text);

public enum SentenceWeight
{
    Detail,
    Interruption,
    Replacement,
    Refusal,
    Data,
}
