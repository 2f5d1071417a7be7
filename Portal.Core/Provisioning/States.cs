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

    /// <summary>Everything is as it was specified; whether it is healthy is observed.</summary>
    Ready,

    /// <summary>It exists, and an operation changes it.</summary>
    Changing,

    /// <summary>Its nodes and databases rest, and nothing of it is lost.</summary>
    Asleep,

    /// <summary>The newest operation failed; what exists is in the deployments.</summary>
    Failed,

    /// <summary>Somebody stopped the newest operation; what exists is in the deployments.</summary>
    Cancelled,
    Destroying,
    Destroyed,
}

/// <summary>Whether what exists of an environment is observed to work; its state only says what was last done to it.</summary>
public enum Health
{
    /// <summary>Nobody has looked yet.</summary>
    Unknown,
    Healthy,
    Degraded,
}

public enum RequestState
{
    Submitted,
    Approved,
    Rejected,

    /// <summary>Who asked took it back.</summary>
    Withdrawn,

    /// <summary>Nobody decided on it for too long.</summary>
    Expired,
}

public enum RequestKind
{
    Create,

    /// <summary>Another version of the specification.</summary>
    Change,
    Destroy,
}

public enum OperationKind
{
    Create,
    Change,
    Destroy,

    /// <summary>What the failed branch of the operation before left half done is undone; the rest of it stays, and so the environment is not as specified.</summary>
    Undo,

    /// <summary>The same, where that is all the operation before had begun: the environment is again what it was.</summary>
    TakeBack,

    /// <summary>A service's pods are replaced by new ones of the same kind.</summary>
    Restart,

    /// <summary>A service gets another number of pods.</summary>
    Scale,

    /// <summary>A service goes back to the image it had before.</summary>
    RollBack,
    Sleep,
    Wake,

    /// <summary>What was changed behind the portal's back is made as it was planned.</summary>
    RevertDrift,

    /// <summary>A scheduled job runs once now. Whatever comes of it, the environment is what it was.</summary>
    RunJob,

    /// <summary>All that it consists of is made as it was planned, what has gone missing included.</summary>
    Repair,
}

/// <summary>What may be said of every state of a kind.</summary>
public static class StateExtensions
{
    /// <summary>States that nothing leads out of but a person.</summary>
    public static bool IsSettled(this StepState state) => state is not (StepState.Pending or StepState.Running);

    /// <inheritdoc cref="IsSettled(StepState)"/>
    public static bool IsSettled(this OperationState state) => state is OperationState.Succeeded or OperationState.Failed or OperationState.Cancelled;

    /// <summary>Whether an operation is about to change it, or does.</summary>
    public static bool IsMoving(this EnvironmentState state) => state is EnvironmentState.Provisioning or EnvironmentState.Changing or EnvironmentState.Destroying;

    /// <summary>Whether its name and network are still taken.</summary>
    public static bool Exists(this EnvironmentState state) => state is not (EnvironmentState.Rejected or EnvironmentState.Destroyed);
}
