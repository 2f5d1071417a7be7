namespace Portal.Core.Provisioning;

public enum StepState
{
    Pending,
    Running,
    Succeeded,
    Failed,
    Skipped,
    Cancelled,
}

public enum OperationState
{
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelling,
    Cancelled,
}

public enum EnvironmentState
{
    /// <summary>Asked for, not decided.</summary>
    Requested,
    Rejected,

    /// <summary>Approved; the operation is queued or running.</summary>
    Provisioning,
    Ready,
    Failed,
    Destroying,
    Destroyed,
}

public enum RequestState
{
    Submitted,
    Approved,
    Rejected,
}

public enum RequestKind
{
    Create,
}

/// <summary>The legal transitions; everything else is refused.</summary>
public static class Transitions
{
    private static readonly HashSet<(StepState, StepState)> Steps =
    [
        (StepState.Pending, StepState.Running),
        (StepState.Pending, StepState.Skipped),
        (StepState.Pending, StepState.Cancelled),
        // A recovered runner takes up a step where another one left it.
        (StepState.Running, StepState.Running),
        (StepState.Running, StepState.Succeeded),
        (StepState.Running, StepState.Failed),
        (StepState.Running, StepState.Cancelled),
        // Somebody retries.
        (StepState.Failed, StepState.Pending),
        (StepState.Skipped, StepState.Pending),
        (StepState.Cancelled, StepState.Pending),
    ];

    private static readonly HashSet<(OperationState, OperationState)> Operations =
    [
        (OperationState.Queued, OperationState.Running),
        (OperationState.Queued, OperationState.Cancelled),
        (OperationState.Running, OperationState.Running),
        (OperationState.Running, OperationState.Succeeded),
        (OperationState.Running, OperationState.Failed),
        (OperationState.Running, OperationState.Cancelling),
        (OperationState.Cancelling, OperationState.Cancelled),
        (OperationState.Failed, OperationState.Queued),
        (OperationState.Cancelled, OperationState.Queued),
    ];

    public static bool Allows(StepState from, StepState to) => Steps.Contains((from, to));

    public static bool Allows(OperationState from, OperationState to) => Operations.Contains((from, to));

    /// <summary>States that nothing leads out of but a person.</summary>
    public static bool IsSettled(this StepState state) => state is not (StepState.Pending or StepState.Running);

    /// <inheritdoc cref="IsSettled(StepState)"/>
    public static bool IsSettled(this OperationState state) => state is OperationState.Succeeded or OperationState.Failed or OperationState.Cancelled;

    /// <summary>The states from which <paramref name="to"/> may be reached, for a guarded UPDATE.</summary>
    public static string[] SourcesOf(StepState to) => [.. Steps.Where(pair => pair.Item2 == to).Select(pair => pair.Item1.ToString())];
}

/// <summary>What to do next, given where every step stands. Pure.</summary>
public static class Scheduling
{
    /// <param name="Start">Pending steps whose dependencies all succeeded.</param>
    /// <param name="Skip">Pending steps that can no longer start, because one they need failed or was skipped.</param>
    /// <param name="IsDone">Nothing runs and nothing can start any more.</param>
    public sealed record Next(IReadOnlyList<string> Start, IReadOnlyList<string> Skip, bool IsDone);

    public static Next Decide(Plan plan, IReadOnlyDictionary<string, StepState> states)
    {
        var start = new List<string>();
        var skip = new List<string>();
        var reachable = new Dictionary<string, StepState>(states, StringComparer.Ordinal);
        foreach (var step in plan.Steps)
        {
            if (reachable[step.Name] != StepState.Pending)
                continue;
            if (step.DependsOn.Any(name => reachable[name] is StepState.Failed or StepState.Skipped or StepState.Cancelled))
            {
                // Plan order puts dependants later, so the skip travels down in the same pass.
                reachable[step.Name] = StepState.Skipped;
                skip.Add(step.Name);
            }
            else if (step.DependsOn.All(name => reachable[name] == StepState.Succeeded))
            {
                start.Add(step.Name);
            }
        }

        return new Next(start, skip, start.Count == 0 && reachable.Values.All(state => state.IsSettled()));
    }
}
