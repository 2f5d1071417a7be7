using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Worker.Engine;

/// <summary>
/// Makes one kind of step true. "Execute" means ensure: it looks first, then creates, adopts or waits on, so that it may be called
/// again after a crash at any point.
/// </summary>
public interface IStepExecutor
{
    bool Handles(PlannedStep step);

    /// <returns>The step's outputs.</returns>
    /// <exception cref="StepFailedException">Classified by the gateway that met it.</exception>
    Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context, CancellationToken cancellationToken);
}

/// <summary>What a step may know while it runs.</summary>
/// <param name="Attempt">From 1.</param>
public sealed record StepContext(OperationWork Work, PlannedStep Step, int Attempt, OutputResolver Outputs)
{
    /// <summary>Derived, never random: the same attempt after a crash is the same request to the cloud. At most 128 characters.</summary>
    public string Token => $"{Work.OperationId:N}-{Step.Name}-{Attempt}";

    public AwsTarget Target => Work.Target;
}

/// <summary>An operation as its runner holds it.</summary>
/// <param name="Epoch">The fence: every write carries it.</param>
/// <param name="Pace">How many times faster than AWS the target is.</param>
public sealed record OperationWork(
    Guid OperationId, Guid EnvironmentId, string Environment, string Owner, long Request, long Epoch, Plan Plan, AwsTarget Target, double Pace,
    IReadOnlyDictionary<string, StepProgress> Steps);

/// <summary>Where a step stood when the runner took over.</summary>
public sealed record StepProgress(StepState State, int Attempt, IReadOnlyDictionary<string, string> Outputs);
