using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Worker.Engine;

/// <summary>
/// Does what one kind of step is planned to do. It looks first, then creates, changes, takes away, adopts or waits on, so that it may be
/// called again after a crash at any point.
/// </summary>
public interface IStepExecutor
{
    bool Handles(PlannedStep step);

    /// <summary>
    /// Whether an execution may be broken off where it waits, because what it began can be taken up or taken away as it is then. Where not,
    /// a cancelled operation waits for its end.
    /// </summary>
    bool CanBeBrokenOff { get; }

    /// <returns>The step's outputs; none of a step that takes something away.</returns>
    /// <exception cref="StepFailedException">Classified by the gateway that met it.</exception>
    Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context, CancellationToken cancellationToken);

    /// <summary>Ends what a cancelled execution has set going and what nobody would take up: it must not do its work after the cancellation.</summary>
    /// <exception cref="StepFailedException">Whoever had to be told did not answer.</exception>
    Task BreakOffAsync(StepContext context, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>What a step may know while it runs.</summary>
/// <param name="Attempt">From 1.</param>
public sealed record StepContext(OperationWork Work, PlannedStep Step, int Attempt, OutputResolver Outputs)
{
    /// <summary>Derived, never random: the same attempt after a crash is the same request to the cloud. At most 128 characters.</summary>
    public string Token => $"{Work.OperationId:N}-{Step.Name}-{Attempt}";

    public AwsTarget Target => Work.Target;

    /// <summary>
    /// To be called when what was asked for has been taken: whoever was silent before answers again, though the step may yet take its time.
    /// </summary>
    public Func<Task> AnsweredAsync { get; init; } = () => Task.CompletedTask;
}

/// <summary>An operation as its runner holds it.</summary>
/// <param name="Fence">Every write shows it.</param>
/// <param name="Pace">How many times faster than AWS the target is.</param>
/// <param name="Deployed">What existed of the environment when the runner took over, by step.</param>
public sealed record OperationWork(
    Fence Fence, Guid EnvironmentId, string Environment, OperationKind Kind, Plan Plan, AwsTarget Target, double Pace,
    IReadOnlyDictionary<string, StepProgress> Steps, IReadOnlyDictionary<string, Deployment> Deployed)
{
    public Guid OperationId => Fence.OperationId;

    /// <summary>Whether somebody wants it cancelled.</summary>
    public bool IsCancelling { get; init; }

    /// <summary>Whether the plan still has the hash that was approved.</summary>
    public bool IsAsApproved { get; init; } = true;
}

/// <summary>Where a step stood when the runner took over.</summary>
/// <param name="Waiting">Who kept it waiting then.</param>
public sealed record StepProgress(StepState State, int Attempt, StepWaiting? Waiting = null);
