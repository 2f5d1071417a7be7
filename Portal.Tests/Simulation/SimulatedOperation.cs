using Portal.Core.Operations;
using Portal.Core.Provisioning;

namespace Portal.Tests.Simulation;

/// <summary>What must never be, is.</summary>
internal sealed class InvariantException(string message) : Exception(message);

internal sealed class SimulatedStep
{
    public StepState State { get; set; }

    public int Attempt { get; set; }

    public StepWaiting? Waiting { get; set; }
}

internal sealed class SimulatedOperation(Guid id, OperationKind kind, Plan plan, DateTimeOffset enqueuedAt)
{
    public Guid Id => id;

    public OperationKind Kind => kind;

    public Plan Plan => plan;

    public OperationState State { get; set; } = OperationState.Queued;

    public long Epoch { get; set; }

    public string? Owner { get; set; }

    public DateTimeOffset EnqueuedAt { get; set; } = enqueuedAt;

    public Dictionary<string, SimulatedStep> Steps { get; } = plan.Steps.ToDictionary(step => step.Name, _ => new SimulatedStep(), StringComparer.Ordinal);

    public bool IsUnsettled => State is OperationState.Queued or OperationState.Running or OperationState.Cancelling;
}
