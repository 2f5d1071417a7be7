namespace Portal.Core.Provisioning;

/// <summary>Plans of the small operations: what is done to what exists, without another version of the specification. Pure.</summary>
public static class ServicePlans
{
    /// <summary>What a run's step may take beside the job's own time, in which the cluster ends it.</summary>
    private static readonly TimeSpan AroundARun = TimeSpan.FromMinutes(10);

    /// <param name="head">Its steps are replaced.</param>
    /// <param name="existing">The steps of what exists.</param>
    /// <param name="step">What a restart or a run is about.</param>
    /// <param name="probe">What a repair ends with; null where nothing is reached from outside.</param>
    /// <returns>Null where there is nothing that it could be about, or the kind is planned from a specification.</returns>
    public static Plan? Of(OperationKind kind, Plan head, IReadOnlyList<PlannedStep> existing, string? step, PlannedStep? probe) => kind switch
    {
        OperationKind.Restart => existing.FirstOrDefault(one => one.Name == step) is { } release ? Restart(head, release) : null,
        OperationKind.RunJob => existing.FirstOrDefault(one => one.Name == step) is { } job ? Run(head, job) : null,
        OperationKind.Sleep => Sleep(head, existing),
        OperationKind.Wake => Wake(head, existing),
        OperationKind.Repair => existing.Count > 0 ? Repair(head, existing, probe) : null,
        _ => null,
    };

    /// <param name="head">Its steps are replaced.</param>
    /// <param name="service">The step of the service's release.</param>
    public static Plan Restart(Plan head, PlannedStep service) => Of(head, [service with { Action = PlanAction.Restart, DependsOn = [] }]);

    /// <summary>A run is waited for as long as the job may take, and is not tried again by itself: it would do its work twice.</summary>
    /// <param name="head">Its steps are replaced.</param>
    /// <param name="job">The step of the scheduled job's release.</param>
    public static Plan Run(Plan head, PlannedStep job) => Of(head, [job with
    {
        Action = PlanAction.Run,
        DependsOn = [],
        Retry = job.Retry with { MaxAttempts = 1, Timeout = WorkloadValues.TimeLimitOf(job) + AroundARun },
    }]);

    /// <summary>One step's subject is made as it was planned, whatever somebody made of it.</summary>
    /// <param name="head">Its steps are replaced.</param>
    public static Plan Revert(Plan head, PlannedStep deployed) => Of(head, [deployed with { Action = PlanAction.Ensure, RevertsDrift = true, DependsOn = [] }]);

    /// <summary>The services let go of their pods first, then rests what they ran on and kept their data in.</summary>
    public static Plan Sleep(Plan head, IReadOnlyList<PlannedStep> existing)
    {
        // Who adds nodes rests too, or it would add one for the cluster's own pods as soon as the last has gone.
        var services = Running(existing);
        return Of(head,
        [
            .. services.Select(step => Half(step) with { Action = PlanAction.Sleep, DependsOn = [] }),
            .. existing.Where(step => step.Rest is not null).Select(step => Half(step) with
            {
                Action = PlanAction.Sleep,
                Inputs = With(step.Inputs, step.Rest!.Parameters),
                DependsOn = [.. services.Where(service => Uses(service, step, existing)).Select(service => service.Name)],
            }),
        ]);
    }

    /// <summary>The way back: a service's pods come when there are nodes for them and its data can be read.</summary>
    public static Plan Wake(Plan head, IReadOnlyList<PlannedStep> existing)
    {
        var rested = existing.Where(step => step.Rest is not null).ToList();
        return Of(head,
        [
            .. rested.Select(step => Half(step) with { Action = PlanAction.Wake, DependsOn = [] }),
            .. Running(existing).Select(step => step with
            {
                Action = PlanAction.Wake,
                DependsOn = [.. rested.Where(rest => Uses(step, rest, existing)).Select(rest => rest.Name)],
            }),
        ]);
    }

    /// <summary>Everything that exists, or should, is compared with its plan and made so, in the order in which it was made; then the whole path has to answer.</summary>
    public static Plan Repair(Plan head, IReadOnlyList<PlannedStep> existing, PlannedStep? probe)
    {
        var names = existing.Select(step => step.Name).ToHashSet(StringComparer.Ordinal);
        List<PlannedStep> steps = [.. existing.Select(step => Half(step) with
        {
            Action = PlanAction.Ensure,
            // What has run to its end has: a repair is no rollout. But a database that is made anew has no users yet.
            RevertsDrift = step.Kind is StepKind.Stack or StepKind.Release && (WorkloadValues.KindOf(step) != WorkloadValues.Job || StepNames.IsGrant(step.Name)),
            DependsOn = [.. step.DependsOn.Where(names.Contains)],
        })];
        return Of(head, probe is null ? steps : [.. steps, probe with { DependsOn = [.. names.Order(StringComparer.Ordinal)] }]);
    }

    private static List<PlannedStep> Running(IReadOnlyList<PlannedStep> existing) =>
        [.. existing.Where(step => step.Name == StepNames.Autoscaler || WorkloadValues.KindOf(step) is not (null or WorkloadValues.Job))];

    // A store may be another service's than its owner's, too: whoever waited for it when it was made, uses it.
    private static bool Uses(PlannedStep service, PlannedStep rested, IReadOnlyList<PlannedStep> existing)
    {
        if (rested.Service is null || rested.Service == service.Service)
            return true;
        var byName = existing.ToDictionary(step => step.Name, StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var queue = new Queue<string>(service.DependsOn);
        while (queue.TryDequeue(out var name))
        {
            if (name == rested.Name)
                return true;
            if (seen.Add(name) && byName.TryGetValue(name, out var step))
                step.DependsOn.ToList().ForEach(queue.Enqueue);
        }

        return false;
    }

    // What exists is not made anew: half of the time it took is near for most.
    private static PlannedStep Half(PlannedStep step) => step with { Expected = step.Expected / 2 };

    private static SortedDictionary<string, PlanInput> With(IReadOnlyDictionary<string, PlanInput> inputs, IReadOnlyDictionary<string, string> values)
    {
        var changed = new SortedDictionary<string, PlanInput>(inputs.ToDictionary(), StringComparer.Ordinal);
        foreach (var (name, value) in values)
            changed[name] = new PlanInput(value);
        return changed;
    }

    private static Plan Of(Plan head, IReadOnlyList<PlannedStep> steps) =>
        head with { Steps = PlanDifference.Ordered(steps), Sentences = [], Expected = PlanDifference.CriticalPath(steps) };
}
