using Portal.Core.Provisioning;

namespace Portal.Core.Operations;

/// <summary>The legal transitions of everything that has a state, and what an operation's state makes of its environment's: data.</summary>
public static class Transitions
{
    private static readonly HashSet<(StepState From, StepState To)> Steps =
    [
        (StepState.Pending, StepState.Running),
        (StepState.Pending, StepState.Skipped),
        (StepState.Pending, StepState.Cancelled),
        // A recovered runner takes up a step where another one left it.
        (StepState.Running, StepState.Running),
        (StepState.Running, StepState.Succeeded),
        (StepState.Running, StepState.Failed),
        (StepState.Running, StepState.Cancelled),
        // Somebody goes on with the operation.
        (StepState.Failed, StepState.Pending),
        (StepState.Skipped, StepState.Pending),
        (StepState.Cancelled, StepState.Pending),
    ];

    private static readonly HashSet<(OperationState From, OperationState To)> Operations =
    [
        (OperationState.Queued, OperationState.Running),
        (OperationState.Queued, OperationState.Cancelled),
        (OperationState.Running, OperationState.Running),
        (OperationState.Running, OperationState.Succeeded),
        (OperationState.Running, OperationState.Failed),
        (OperationState.Running, OperationState.Cancelling),
        // Its steps were cancelled by a runner that heard of it before somebody went on: without a way out it would be taken over for ever.
        (OperationState.Running, OperationState.Cancelled),
        (OperationState.Cancelling, OperationState.Cancelling),
        (OperationState.Cancelling, OperationState.Cancelled),
        // The last step had finished before the runner heard of it.
        (OperationState.Cancelling, OperationState.Succeeded),
        (OperationState.Failed, OperationState.Queued),
        (OperationState.Cancelled, OperationState.Queued),
    ];

    private static readonly HashSet<(RequestState From, RequestState To)> Requests =
    [
        (RequestState.Submitted, RequestState.Approved),
        (RequestState.Submitted, RequestState.Rejected),
        (RequestState.Submitted, RequestState.Withdrawn),
        (RequestState.Submitted, RequestState.Expired),
    ];

    private static readonly HashSet<(EnvironmentState From, EnvironmentState To)> Environments =
    [
        (EnvironmentState.Requested, EnvironmentState.Provisioning),
        (EnvironmentState.Requested, EnvironmentState.Rejected),
        (EnvironmentState.Provisioning, EnvironmentState.Provisioning),
        (EnvironmentState.Provisioning, EnvironmentState.Ready),
        (EnvironmentState.Provisioning, EnvironmentState.Failed),
        (EnvironmentState.Provisioning, EnvironmentState.Cancelled),
        (EnvironmentState.Ready, EnvironmentState.Changing),
        (EnvironmentState.Ready, EnvironmentState.Destroying),
        (EnvironmentState.Changing, EnvironmentState.Changing),
        (EnvironmentState.Changing, EnvironmentState.Ready),
        (EnvironmentState.Changing, EnvironmentState.Failed),
        (EnvironmentState.Changing, EnvironmentState.Cancelled),
        (EnvironmentState.Changing, EnvironmentState.Asleep),
        (EnvironmentState.Asleep, EnvironmentState.Changing),
        (EnvironmentState.Asleep, EnvironmentState.Destroying),
        (EnvironmentState.Failed, EnvironmentState.Provisioning),
        (EnvironmentState.Failed, EnvironmentState.Changing),
        (EnvironmentState.Failed, EnvironmentState.Destroying),
        (EnvironmentState.Cancelled, EnvironmentState.Provisioning),
        (EnvironmentState.Cancelled, EnvironmentState.Changing),
        (EnvironmentState.Cancelled, EnvironmentState.Destroying),
        (EnvironmentState.Destroying, EnvironmentState.Destroying),
        (EnvironmentState.Destroying, EnvironmentState.Destroyed),
        (EnvironmentState.Destroying, EnvironmentState.Failed),
        (EnvironmentState.Destroying, EnvironmentState.Cancelled),
    ];

    /// <summary>The states from which <paramref name="to"/> may be reached, for a guarded UPDATE.</summary>
    public static string[] SourcesOf(StepState to) => [.. Steps.Where(pair => pair.To == to).Select(pair => pair.From.ToString())];

    /// <inheritdoc cref="SourcesOf(StepState)"/>
    public static string[] SourcesOf(OperationState to) => [.. Operations.Where(pair => pair.To == to).Select(pair => pair.From.ToString())];

    /// <inheritdoc cref="SourcesOf(StepState)"/>
    public static string[] SourcesOf(RequestState to) => [.. Requests.Where(pair => pair.To == to).Select(pair => pair.From.ToString())];

    /// <inheritdoc cref="SourcesOf(StepState)"/>
    public static string[] SourcesOf(EnvironmentState to) => [.. Environments.Where(pair => pair.To == to).Select(pair => pair.From.ToString())];

    public static bool Allows(StepState from, StepState to) => Steps.Contains((from, to));

    public static bool Allows(OperationState from, OperationState to) => Operations.Contains((from, to));

    public static bool Allows(EnvironmentState from, EnvironmentState to) => Environments.Contains((from, to));

    /// <summary>What the environment has to be for a small operation to begin; those that mend a failure begin from that.</summary>
    public static EnvironmentState BeginsFrom(OperationKind kind) => kind == OperationKind.Wake ? EnvironmentState.Asleep : EnvironmentState.Ready;

    /// <summary>What the environment becomes when what is under way succeeds, and what waits in line after that.</summary>
    /// <param name="operation">The newest one; null before the first.</param>
    /// <param name="last">The last one in line; null where nobody waits.</param>
    public static EnvironmentState Becomes(EnvironmentState state, (OperationKind Kind, OperationState State)? operation, OperationKind? last) => operation switch
    {
        _ when !state.IsMoving() => state,
        null => state,
        { State: OperationState.Cancelling, Kind: var stopped } => EnvironmentOf(stopped, OperationState.Cancelled),
        { Kind: var kind } => EnvironmentOf(last ?? kind, OperationState.Succeeded),
    };

    /// <summary>
    /// Whether the environment is what was asked for, but for what may be broken of it or somebody changed by hand: what may be repaired. What
    /// failed last then asked for nothing else, or did all of it and found at the end that something does not answer.
    /// </summary>
    /// <param name="kind">Of the newest operation.</param>
    /// <param name="isAllDone">Whether each of its steps that does something has succeeded.</param>
    public static bool IsAsSpecified(EnvironmentState state, OperationKind? kind, bool isAllDone) => (state, kind) switch
    {
        (EnvironmentState.Ready, _) => true,
        (EnvironmentState.Failed or EnvironmentState.Cancelled, OperationKind.Restart or OperationKind.RunJob or OperationKind.RevertDrift or OperationKind.Repair) => true,
        (EnvironmentState.Failed or EnvironmentState.Cancelled, OperationKind.Create or OperationKind.Change or OperationKind.Scale or OperationKind.RollBack) => isAllDone,
        _ => false,
    };

    /// <summary>What the environment is while, or after, an operation of that kind is in that state.</summary>
    public static EnvironmentState EnvironmentOf(OperationKind kind, OperationState state) => (kind, state) switch
    {
        (OperationKind.RunJob, OperationState.Failed or OperationState.Cancelled) => EnvironmentState.Ready,
        (_, OperationState.Failed) => EnvironmentState.Failed,
        (_, OperationState.Cancelled) => EnvironmentState.Cancelled,
        (OperationKind.Destroy, OperationState.Succeeded) => EnvironmentState.Destroyed,
        (OperationKind.Destroy, _) => EnvironmentState.Destroying,
        (OperationKind.Undo, OperationState.Succeeded) => EnvironmentState.Cancelled,
        (OperationKind.Sleep, OperationState.Succeeded) => EnvironmentState.Asleep,
        (_, OperationState.Succeeded) => EnvironmentState.Ready,
        (OperationKind.Create, _) => EnvironmentState.Provisioning,
        _ => EnvironmentState.Changing,
    };
}
