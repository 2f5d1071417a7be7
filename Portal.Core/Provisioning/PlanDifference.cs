using Portal.Core.Catalog;
using Portal.Core.Provisioning.Changes;

namespace Portal.Core.Provisioning;

/// <summary>From what exists to what is wanted, or to nothing: which steps have to do something, and in which order. Pure.</summary>
public static class PlanDifference
{
    private const string SnapshotStays = "A final snapshot of it is kept, and billed.";

    /// <summary>Parameter of the templates that can leave a snapshot behind.</summary>
    public const string FinalSnapshot = "FinalSnapshot";

    /// <summary>Parameter of the templates whose resources can be protected from deletion.</summary>
    public const string DeletionProtection = "DeletionProtection";

    /// <param name="before">The steps of what exists.</param>
    /// <param name="incomplete">Those of them that are not as planned, and so are brought about even where nothing about them changes.</param>
    /// <param name="after">All that is wanted.</param>
    /// <param name="change">What <see cref="ChangeEvaluator"/> says of the two.</param>
    public static Plan Change(IReadOnlyList<PlannedStep> before, IReadOnlySet<string> incomplete, Plan after, PlanChange change)
    {
        var actions = change.Steps.ToDictionary(step => step.Step, step => step.Action, StringComparer.Ordinal);
        var ensured = after.Steps.Where(step => step.Action != PlanAction.Probe && (actions[step.Name] != StepAction.Unchanged || incomplete.Contains(step.Name))).ToList();
        var wanted = after.Steps.Select(step => step.Name).ToHashSet(StringComparer.Ordinal);
        var gone = before.Where(step => !wanted.Contains(step.Name)).ToList();

        var names = ensured.Select(step => step.Name).ToHashSet(StringComparer.Ordinal);
        var steps = ensured.Select(step => step.After(Nearest(step, after.Steps, names))).ToList();
        // What goes is let go of first: whoever used it is changed, or goes before it.
        var users = Users(before);
        var withdrawn = gone.Where(step => Withdraws(step, after)).Select(step => step.Name).ToHashSet(StringComparer.Ordinal);
        steps.AddRange(Removals(gone, before).Select(removal => (withdrawn.Contains(removal.Name) ? DatabaseUserSteps.Withdrawn(removal) : removal) with
        {
            DependsOn = [.. removal.DependsOn.Union(users[removal.Name].Where(names.Contains), StringComparer.Ordinal)],
        }));
        if (LoadBalancerProtection.BeforeChange(before, after, change) is { } lifted)
            steps = [lifted, .. steps.Select(step => step.Name == lifted.About ? step.After([.. step.DependsOn, lifted.Name]) : step)];
        // Whatever is done, the whole path has to answer afterwards.
        if (steps.Count > 0)
            steps.AddRange(after.Steps.Where(step => step.Action == PlanAction.Probe).Select(probe => probe with { DependsOn = [.. steps.Select(step => step.Name)] }).ToList());
        return after with { Steps = Ordered(steps), Expected = CriticalPath(steps) };
    }

    /// <param name="plan">Its head: environment, target, tags. Its steps are replaced.</param>
    /// <param name="asleep">Those of the existing steps whose work rests.</param>
    public static Plan Destroy(Plan plan, IReadOnlyList<PlannedStep> existing, IReadOnlySet<string> asleep)
    {
        existing = [.. existing.Where(step => step.Action != PlanAction.Probe)];
        var awake = existing.Where(step => asleep.Contains(step.Name) && NeedsToBeAwake(step)).Select(step => step with
        {
            Name = StepNames.Wake(step.Name),
            About = step.Name,
            Action = PlanAction.Wake,
            DependsOn = [],
            Expected = step.Expected / 2,
        }).ToList();
        // The controller lifts it, and needs a node as well.
        if (LoadBalancerProtection.BeforeRemoval(existing) is { } lifted)
            awake.Add(lifted with { DependsOn = [.. awake.Where(step => step.About == StepNames.Nodes).Select(step => step.Name)] });
        IReadOnlyList<PlannedStep> steps = [.. awake, .. Removals(existing, existing).Select(removal => removal with
        {
            DependsOn = [.. removal.DependsOn, .. awake.Where(step => step.About == removal.Name || (step.About == StepNames.Nodes && removal.Kind != StepKind.Stack)).Select(step => step.Name)],
        })];
        return plan with { Steps = Ordered(steps), Cost = new CostEstimate(0, []), Expected = CriticalPath(steps), Sentences = [.. existing.Select(Loss).OfType<string>()] };
    }

    // A database that stays keeps no user of somebody who is gone. It stays where others sign in to it in the same way, and who only calls it by
    // another name is still there.
    private static bool Withdraws(PlannedStep gone, Plan after)
    {
        if (!StepNames.IsGrant(gone.Name) || gone.DependsOn.FirstOrDefault(StepNames.IsData) is not { } database)
            return false;
        var users = after.Steps.Where(step => StepNames.IsGrant(step.Name) && step.DependsOn.Contains(database)).ToList();
        return users.Exists(step => DatabaseUserSteps.IsAlike(step, gone)) && !users.Exists(step => step.Service == gone.Service);
    }

    // The controller has to run to take its load balancer away, and a stopped database leaves no final snapshot.
    private static bool NeedsToBeAwake(PlannedStep step) => step.Name == StepNames.Nodes || step.Rest?.Instance is not null;

    /// <summary>The longest way through the steps, seconds.</summary>
    public static DurationRange CriticalPath(IReadOnlyList<PlannedStep> steps)
    {
        var finished = new Dictionary<string, DurationRange>(StringComparer.Ordinal);
        foreach (var step in Ordered(steps))
        {
            var before = step.DependsOn.Where(finished.ContainsKey).Select(name => finished[name]).Aggregate(DurationRange.Of(0), DurationRange.Max);
            finished[step.Name] = before + step.Expected;
        }

        return finished.Values.Aggregate(DurationRange.Of(0), DurationRange.Max);
    }

    public static IReadOnlyList<PlannedStep> Ordered(IReadOnlyList<PlannedStep> steps) => StepOrder.Sort(steps, step => step.Name, step => step.DependsOn);

    /// <summary>
    /// The graph backwards: what depends on something goes before it. Where something is only waited for, the wait comes after what brings
    /// it about is gone, and whoever works on it meanwhile stays until then: the load balancer is gone before its controller is. Where what
    /// brought it about has gone already, nothing tells any more who works on it, and everything else stays until then.
    /// </summary>
    private static IReadOnlyList<PlannedStep> Removals(IReadOnlyList<PlannedStep> gone, IReadOnlyList<PlannedStep> before)
    {
        var going = gone.ToDictionary(step => step.Name, StringComparer.Ordinal);
        var users = Users(before);
        var waits = gone.Where(step => step.Kind == StepKind.Wait).ToList();
        var orphans = waits.Where(wait => !wait.DependsOn.Any(going.ContainsKey)).Select(wait => wait.Name).ToList();
        return [.. gone.Select(step =>
        {
            var first = new HashSet<string>(StringComparer.Ordinal);
            if (step.Kind == StepKind.Wait)
            {
                first.UnionWith(step.DependsOn);
            }
            else
            {
                foreach (var user in users[step.Name])
                    first.UnionWith(going.TryGetValue(user, out var wait) && wait.Kind == StepKind.Wait ? users[user] : [user]);
                first.UnionWith(orphans);
                first.UnionWith(waits.Where(wait => wait.DependsOn.Any(source => going.TryGetValue(source, out var made) && made.DependsOn.Contains(step.Name))).Select(wait => wait.Name));
            }

            return step with
            {
                Action = PlanAction.Remove,
                DependsOn = [.. first.Where(going.ContainsKey).Order(StringComparer.Ordinal)],
                Inputs = Unprotected(step.Inputs),
                // What it takes to make something says little of what it takes to remove it; half of it is near for most.
                Expected = step.Expected with { Low = step.Expected.Low / 2, Typical = step.Expected.Typical / 2 },
            };
        })];
    }

    // Stores are the stacks that belong to a service and are not only the way to one.
    private static string? Loss(PlannedStep step) => step switch
    {
        { Service: not null } when !StepNames.IsData(step.Name) || step.Kind != StepKind.Stack => null,
        { Service: { } service } => Kept(step) switch
        {
            null => $"{service}: {step.Title} goes with its data. Nothing of it is kept.",
            SnapshotStays => $"{service}: {step.Title} goes, and leaves a final snapshot that is kept and billed.",
            var leaves => $"{service}: {step.Title} goes. {leaves}",
        },
        _ => null,
    };

    /// <summary>What stays of a store that is removed, as a sentence for people; null where nothing does.</summary>
    public static string? Kept(PlannedStep store) => (store.Leaves, store.Inputs.GetValueOrDefault(FinalSnapshot)?.Value) switch
    {
        ({ } leaves, not "false") => leaves,
        (_, "true") => SnapshotStays,
        _ => null,
    };

    /// <summary>Protection has to be switched off by an update first; that it is stands in the plan, and is approved with it.</summary>
    private static IReadOnlyDictionary<string, PlanInput> Unprotected(IReadOnlyDictionary<string, PlanInput> inputs) =>
        inputs.ContainsKey(DeletionProtection)
            ? new SortedDictionary<string, PlanInput>(inputs.ToDictionary(), StringComparer.Ordinal) { [DeletionProtection] = new PlanInput("false") }
            : inputs;

    private static ILookup<string, string> Users(IReadOnlyList<PlannedStep> steps) =>
        steps.SelectMany(step => step.DependsOn.Select(source => (source, step.Name))).ToLookup(pair => pair.source, pair => pair.Name, StringComparer.Ordinal);

    // A step between two that do something may itself have nothing to do.
    private static IReadOnlyList<string> Nearest(PlannedStep step, IReadOnlyList<PlannedStep> all, HashSet<string> names)
    {
        var byName = all.ToDictionary(one => one.Name, StringComparer.Ordinal);
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var queue = new Queue<string>(step.DependsOn);
        while (queue.TryDequeue(out var name))
        {
            if (!seen.Add(name))
                continue;
            if (names.Contains(name))
                found.Add(name);
            else
                byName[name].DependsOn.ToList().ForEach(queue.Enqueue);
        }

        return [.. found];
    }
}
