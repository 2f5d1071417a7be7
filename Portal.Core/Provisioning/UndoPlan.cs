namespace Portal.Core.Provisioning;

/// <summary>From what an operation left half done back to what there was: pure.</summary>
public static class UndoPlan
{
    /// <summary>What a destruction has begun to take away does not come back.</summary>
    public static bool IsPossible(OperationKind kind) => kind is OperationKind.Create or OperationKind.Change or OperationKind.Scale or OperationKind.RollBack;

    /// <summary>Whether there is anything about a half done step to undo: what is only waited for or asked for was made by another step.</summary>
    public static bool MayBeUndone(PlannedStep planned) => planned is { Action: PlanAction.Ensure, Kind: StepKind.Stack or StepKind.Release, Unprotects: false };

    /// <summary>Whether all that the operation began is undone, so that the environment is what it was: ready.</summary>
    /// <param name="before">What it was before the operation; null for nothing.</param>
    /// <param name="states">Of the operation's steps.</param>
    public static bool IsWhole(EnvironmentState? before, Plan undo, IReadOnlyList<PlannedStep> halfDone, IReadOnlyDictionary<string, StepState> states)
    {
        var undone = undo.Steps.Select(step => step.Name).ToHashSet(StringComparer.Ordinal);
        return before == EnvironmentState.Ready && states.Values.All(state => state != StepState.Succeeded) && halfDone.All(step => undone.Contains(step.Name));
    }

    /// <param name="head">Its environment, target and tags; its steps say what was meant to be done.</param>
    /// <param name="halfDone">Steps that were begun and did not come to their end.</param>
    /// <param name="before">Those of them that were complete once, as they were then.</param>
    public static Plan Of(Plan head, IReadOnlyList<PlannedStep> halfDone, IReadOnlyList<PlannedStep> before)
    {
        var meant = head.Steps.ToDictionary(step => step.Name, StringComparer.Ordinal);
        var undone = halfDone.Where(step => meant.TryGetValue(step.Name, out var planned) && MayBeUndone(planned)).ToList();
        var returned = before.Where(step => undone.Exists(one => one.Name == step.Name)).ToList();
        var names = returned.Select(step => step.Name).ToHashSet(StringComparer.Ordinal);
        var gone = undone.Where(step => !names.Contains(step.Name)).ToList();
        // What came about by them, if nobody saw it come, has to be seen gone as well.
        gone.AddRange(halfDone.Where(step => step.Kind == StepKind.Wait && gone.Exists(source => step.DependsOn.Contains(source.Name, StringComparer.Ordinal))).ToList());
        var removal = PlanDifference.Destroy(head, gone, new HashSet<string>(StringComparer.Ordinal));
        // What a repair brought about last was planned before: here it is a plan that takes another's place, and what exists remembers it.
        IReadOnlyList<PlannedStep> steps = PlanDifference.Ordered([.. removal.Steps, .. returned.Select(step => (step with { RevertsDrift = false }).After([.. step.DependsOn.Where(names.Contains)]))]);
        return head with { Format = Plan.CurrentFormat, Steps = steps, Expected = PlanDifference.CriticalPath(steps), Sentences = removal.Sentences };
    }
}
