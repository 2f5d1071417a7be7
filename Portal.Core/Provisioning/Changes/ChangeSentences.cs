namespace Portal.Core.Provisioning.Changes;

/// <summary>The words for changes. What loses data says "replaces data" or "deletes data", whatever else it says.</summary>
internal static class ChangeSentences
{
    public static ChangeSentence Created(PlannedStep step) => new(SentenceWeight.Detail, $"{step.Title}: added.");

    public static ChangeSentence Deleted(PlannedStep step) => new(SentenceWeight.Detail, $"{step.Title}: removed.");

    public static ChangeSentence DeletedData(PlannedStep step, ResourceChange resource) =>
        new(SentenceWeight.Data, $"{Who(step)}: deletes data. The {resource.Noun} is removed; {Fate(resource)}.");

    public static ChangeSentence Another(PlannedStep step) => new(SentenceWeight.Replacement, $"{step.Title}: another one takes its place.");

    public static ChangeSentence NotDeployed(PlannedStep step) =>
        new(SentenceWeight.Interruption, $"{step.Title}: routes change that are not deployed anew; callers keep the ones deployed before.");

    public static ChangeSentence Upgraded(PlannedStep step, ReleaseEffect effect, IReadOnlyList<string> changed) => effect switch
    {
        ReleaseEffect.Scale => new(SentenceWeight.Detail, $"{Who(step)}: the number of pods changes, none restarts."),
        ReleaseEffect.RollingRestart => new(SentenceWeight.Detail, $"{Who(step)}: its pods are replaced a few at a time ({List(changed)})."),
        ReleaseEffect.NewLoadBalancer => new(SentenceWeight.Replacement, $"{Who(step)}: the controller makes another load balancer; requests fail until the gateway uses it."),
        ReleaseEffect.Reinstall => new(SentenceWeight.Replacement, $"{Who(step)}: installed anew in another place."),
        _ => new(SentenceWeight.Detail, $"{Who(step)}: changed without a restart ({List(changed.DefaultIfEmpty("the chart"))})."),
    };

    /// <summary>One sentence for each resource that matters, one for all the others.</summary>
    public static IEnumerable<ChangeSentence> Updated(PlannedStep step, IReadOnlyList<ResourceChange> changes)
    {
        foreach (var change in changes.Where(change => change.LosesData || change.Impact > Impact.None))
            yield return Resource(step, change);
        var quiet = changes.Where(change => !change.LosesData && change.Impact == Impact.None).ToList();
        if (quiet.Count > 0)
            yield return new ChangeSentence(SentenceWeight.Detail, $"{step.Title}: {List(Counts(quiet))}.");
    }

    private static ChangeSentence Resource(PlannedStep step, ResourceChange change) => change switch
    {
        { LosesData: true } => new(SentenceWeight.Data, $"{Who(step)}: replaces data. The {change.Noun} is {(change.Action == ResourceAction.Removed ? "removed" : "replaced")}{Why(change)}; {Fate(change)}."),
        { Impact: Impact.Refused } => new(SentenceWeight.Refusal, $"{step.Title}: AWS refuses to change the {change.Noun}{Why(change)}: {change.Refusal}."),
        { Impact: Impact.Replacement } => new(SentenceWeight.Replacement, $"{step.Title}: the {change.Noun} is replaced{Why(change)}{(change.Effect is null ? "" : $"; {change.Effect}")}."),
        _ => new(SentenceWeight.Interruption, $"{step.Title}: the {change.Noun} is interrupted{Why(change)}{Note(change)}."),
    };

    private static string Fate(ResourceChange change) => change.Fate switch
    {
        "Snapshot" => $"its {change.Holds} remain in a last snapshot only",
        "Delete" => $"its {change.Holds} are lost unless restored from a backup",
        _ => $"the old one with its {change.Holds} is left behind, and nothing uses it any more",
    };

    private static string Why(ResourceChange change)
    {
        var worst = change.Properties.Where(property => property.Impact == change.Impact || change.Impact == Impact.Refused).Select(property => property.Path).ToList();
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

    // A service's name says more to people than the title of its stack.
    private static string Who(PlannedStep step) => step.Service ?? step.Title;

    private static string List(IEnumerable<string> words) => string.Join(", ", words);
}
