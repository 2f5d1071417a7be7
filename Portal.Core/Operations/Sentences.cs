using Portal.Core.Provisioning;

namespace Portal.Core.Operations;

/// <summary>What is said of operations and steps in events.</summary>
public static class Sentences
{
    public static string Of(OperationKind kind, string environment) => kind switch
    {
        OperationKind.Create => $"Provisioning of {environment}",
        OperationKind.Destroy => $"Destruction of {environment}",
        OperationKind.Undo or OperationKind.TakeBack => $"Roll-back of what failed in {environment}",
        OperationKind.Restart => $"Restart in {environment}",
        OperationKind.RunJob => $"Run of a job in {environment}",
        OperationKind.Scale => $"Scaling in {environment}",
        OperationKind.RollBack => $"Roll-back in {environment}",
        OperationKind.Sleep => $"Sleep of {environment}",
        OperationKind.Wake => $"Waking of {environment}",
        OperationKind.RevertDrift => $"Putting {environment} right",
        OperationKind.Repair => $"Repair of {environment}",
        _ => $"Change of {environment}",
    };

    public static string Finished(OperationKind kind, string environment, OperationState state, Failure? failure) => (kind, state) switch
    {
        (OperationKind.Destroy, OperationState.Succeeded) => $"{environment} is destroyed",
        (OperationKind.Undo, OperationState.Succeeded) => $"What failed in {environment} is rolled back; what had succeeded stays",
        (OperationKind.Sleep, OperationState.Succeeded) => $"{environment} is asleep",
        (OperationKind.RunJob, OperationState.Succeeded) => $"A job in {environment} ran to its end",
        (_, OperationState.Succeeded) => $"{environment} is ready",
        (_, OperationState.Cancelled) => $"{Of(kind, environment)} was cancelled",
        (OperationKind.Create, _) => $"{environment} failed: {failure?.Message}",
        _ => $"{Of(kind, environment)} failed: {failure?.Message}",
    };

    public static string Started(PlannedStep step) => step.Action switch
    {
        PlanAction.Remove => $"{step.Title} is being removed",
        PlanAction.Restart => $"{step.Title}: pods restart",
        PlanAction.Run => $"{step.Title}: runs now",
        PlanAction.Sleep => $"{step.Title}: goes to sleep",
        PlanAction.Wake => $"{step.Title}: wakes up",
        PlanAction.Probe when step.Kind == StepKind.Sweep => "Looking for what is left in the account",
        PlanAction.Probe => $"{step.Title} is asked for every service",
        _ => $"{step.Title} started",
    };

    /// <param name="what">Is not there any more, and has nothing to do with the portal's operations.</param>
    public static string Missing(PlannedStep step, string what) =>
        $"{what} of {step.Title} is gone: it was deleted, and not by an operation of the portal. {(step.Action == PlanAction.Sleep ? "The rest goes to sleep" : "The rest wakes up")} without it; " +
        "Repair makes it anew, without the data it had, and a destruction does not miss it";

    public static string Succeeded(PlannedStep step) => step.Action switch
    {
        PlanAction.Remove => $"{step.Title} is gone",
        PlanAction.Restart => $"{step.Title}: pods restarted",
        PlanAction.Run => $"{step.Title}: ran to its end",
        PlanAction.Sleep => $"{step.Title}: asleep",
        PlanAction.Probe when step.Kind == StepKind.Sweep => "The account has been looked through",
        PlanAction.Probe => $"{step.Title} answers for every service",
        _ => $"{step.Title} ready",
    };
}
