namespace Portal.Core.Provisioning.Changes;

/// <summary>The words for changes. What loses data says "replaces data" or "deletes data", whatever else it says.</summary>
internal static class ChangeSentences
{
    public static ChangeSentence Created(PlannedStep step) => new(SentenceWeight.Detail, $"{step.Title}: added.");

    /// <summary>Of a database that its service signed in to as the master.</summary>
    public static ChangeSentence OwnUser(PlannedStep grant) => new(
        SentenceWeight.Interruption,
        $"{grant.Title}: added. Its pods no longer sign in as the master: those that run go on until they are replaced, and one that starts before that waits for it.");

    public static ChangeSentence Deleted(PlannedStep step) => new(SentenceWeight.Detail, $"{step.Title}: removed.");

    public static ChangeSentence DeletedData(PlannedStep step, ResourceChange resource) =>
        new(SentenceWeight.Data, $"{Who(step)}: deletes data. The {resource.Noun} is removed; {Fate(resource)}.");

    public static ChangeSentence Another(PlannedStep step) => new(SentenceWeight.Replacement, $"{step.Title}: another one takes its place.");

    public static ChangeSentence NotDeployed(PlannedStep step) =>
        new(SentenceWeight.Interruption, $"{step.Title}: routes change that are not deployed anew; callers keep the ones deployed before.");

    public static ChangeSentence StaysBehind(PlannedStep step, IReadOnlyList<ResourceChange> held) => new(
        SentenceWeight.Interruption,
        $"{step.Title}: other stacks still use what is to be deleted, so AWS may leave it behind ({List(held.Select(change => change.LogicalId))}).");

    public static ChangeSentence Upgraded(PlannedStep step, ReleaseEffect effect, IReadOnlyList<string> changed) => effect switch
    {
        ReleaseEffect.Scale => new(SentenceWeight.Detail, $"{Who(step)}: the number of pods changes, none restarts."),
        ReleaseEffect.RollingRestart => new(SentenceWeight.Detail, $"{Who(step)}: its pods are replaced a few at a time ({List(changed)})."),
        ReleaseEffect.InterruptingRestart => new(SentenceWeight.Interruption, $"{Who(step)}: requests fail until its pods and the load balancer agree again ({List(changed)})."),
        ReleaseEffect.NextRun when StepNames.IsGrant(step.Name) => new(SentenceWeight.Detail, $"{step.Title}: made as asked for once more, before its pods are replaced ({List(changed.DefaultIfEmpty("the chart"))})."),
        ReleaseEffect.NextRun when step.Name != StepNames.Service(step.Service ?? "") => new(SentenceWeight.Detail, $"{Who(step)}: its job runs before its pods are replaced ({List(changed.DefaultIfEmpty("the chart"))})."),
        ReleaseEffect.NextRun => new(SentenceWeight.Detail, $"{Who(step)}: changed from its next run on ({List(changed.DefaultIfEmpty("the chart"))})."),
        ReleaseEffect.AnotherKind => new(SentenceWeight.Interruption, $"{Who(step)}: its pods go, and what it becomes takes their place."),
        ReleaseEffect.NewListener => new(SentenceWeight.Interruption, $"{Who(step)}: the load balancer listens at another port; requests fail until the gateway speaks to that."),
        ReleaseEffect.NewLoadBalancer => new(SentenceWeight.Replacement, $"{Who(step)}: the controller makes another load balancer; requests fail until the gateway uses it."),
        ReleaseEffect.Reinstall => new(SentenceWeight.Replacement, $"{Who(step)}: installed anew in another place."),
        _ => new(SentenceWeight.Detail, $"{Who(step)}: changed without a restart ({List(changed.DefaultIfEmpty("the chart"))})."),
    };

    /// <summary>One sentence for each kind of thing that happens, one for everything that nobody notices.</summary>
    public static IEnumerable<ChangeSentence> Updated(PlannedStep step, IReadOnlyList<ResourceChange> changes)
    {
        foreach (var change in changes.Where(change => change.LosesData))
            yield return Resource(step, change, change.Noun);
        foreach (var alike in changes.Where(change => !change.LosesData && change.Impact > Impact.None).GroupBy(change => (change.Noun, change.Action, change.Impact, change.Refusal)))
            yield return Resource(step, alike.First(), alike.Count() == 1 ? alike.Key.Noun : $"{alike.Key.Noun}, and {alike.Count() - 1} more of its kind,");
        var quiet = changes.Where(change => !change.LosesData && change.Impact == Impact.None).ToList();
        if (quiet.Count > 0)
            yield return new ChangeSentence(SentenceWeight.Detail, $"{step.Title}: {List(Counts(quiet))}.");
    }

    private static ChangeSentence Resource(PlannedStep step, ResourceChange change, string noun) => change switch
    {
        { LosesData: true } => new(SentenceWeight.Data, $"{Who(step)}: replaces data. The {noun} is {(change.Action == ResourceAction.Removed ? "removed" : "replaced")}{Why(change)}; {Fate(change)}."),
        { Impact: Impact.Refused } => new(SentenceWeight.Refusal, $"{step.Title}: AWS refuses to change the {noun}{Why(change)}: {change.Refusal}."),
        { Impact: Impact.Replacement } => new(SentenceWeight.Replacement, $"{step.Title}: the {noun} is replaced{Why(change)}{(change.Effect is null ? "" : $"; {change.Effect}")}."),
        { Action: ResourceAction.Removed } => new(SentenceWeight.Interruption, $"{step.Title}: the {noun} is removed; {change.Effect}."),
        _ => new(SentenceWeight.Interruption, $"{step.Title}: the {noun} is interrupted{Why(change)}{Note(change)}."),
    };

    private static string Fate(ResourceChange change) => change.Fate switch
    {
        "Snapshot" => $"its {change.Holds} remain in a last snapshot only",
        "Delete" => $"its {change.Holds} are lost unless there is a backup of them",
        _ => $"the old one with its {change.Holds} is left behind, and nothing uses it any more",
    };

    private static string Why(ResourceChange change)
    {
        var worst = change.Properties.Where(property => property.Impact == change.Properties.Max(other => other.Impact)).Select(property => property.Path).ToList();
        return worst.Count == 0 ? "" : $" ({List(worst)})";
    }

    private static string Note(ResourceChange change) =>
        change.Properties.FirstOrDefault(property => property.Impact == change.Impact)?.Note is { } note ? $"; {note}" : "";

    private static IEnumerable<string> Counts(IReadOnlyList<ResourceChange> changes) => changes
        .GroupBy(change => change.Action).OrderBy(group => group.Key)
        .Select(group => group.Key switch
        {
            ResourceAction.Added => $"{group.Count()} added",
            ResourceAction.Removed => $"{group.Count()} removed",
            _ => $"{group.Count()} changed without interruption",
        });

    // A service's name says more to people than the title of its stack; of several stores it has to be said which.
    private static string Who(PlannedStep step) =>
        step.Service is not { } service ? step.Title : StepNames.StoreOf(step.Name) is { } store ? $"{service}, {store}" : service;

    private static string List(IEnumerable<string> words) => string.Join(", ", words);
}
