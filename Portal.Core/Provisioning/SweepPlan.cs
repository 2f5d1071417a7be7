using System.Text.Json.Nodes;
using Portal.Core.Catalog;

namespace Portal.Core.Provisioning;

/// <summary>The last step of a destruction: look for what is left in the account. Pure.</summary>
public static class SweepPlan
{
    /// <summary>Values of the step.</summary>
    public const string Cluster = "cluster";

    /// <inheritdoc cref="Cluster"/>
    public const string KeepsSnapshots = "keepsSnapshots";

    // A look takes a moment; what AWS is slow to let go of is looked for again for a while.
    private static readonly DurationRange Expected = new() { Low = 1, Typical = 3, High = 180 };

    /// <summary>Also where nothing is taken away any more: a destruction before this one may have been stopped before anybody looked.</summary>
    public static Plan After(Plan destruction, IReadOnlyList<PlannedStep> existing)
    {
        var sweep = new PlannedStep
        {
            Name = StepNames.Sweep,
            Kind = StepKind.Sweep,
            Action = PlanAction.Probe,
            Title = "What is left",
            DependsOn = [.. destruction.Steps.Select(step => step.Name)],
            Subject = destruction.Environment,
            Values = new JsonObject
            {
                // By its name, which is its stack's: another destruction before this one may have taken it away, and left something of it.
                [Cluster] = StackNames.Of(destruction.Environment, StepNames.Cluster),
                [KeepsSnapshots] = existing.Any(step => step.Inputs.GetValueOrDefault(PlanDifference.FinalSnapshot)?.Value == "true"),
            },
            Expected = Expected,
        };
        IReadOnlyList<PlannedStep> steps = [.. destruction.Steps, sweep];
        return destruction with { Steps = steps, Expected = PlanDifference.CriticalPath(steps) };
    }
}
