using Portal.Core.Provisioning;
using Portal.Core.Rehearsals;

namespace Portal.Stage;

/// <summary>A step as it was carried out, in real time.</summary>
internal sealed record StepTimes(string Name, string Title, StepState State, DateTimeOffset? From, DateTimeOffset? To);

/// <summary>
/// What an act would take on AWS. Of a stack that is what CloudFormation took, from its first to its last word; of everything else what the plan
/// expects, because helm's and our own seconds are no faster than they are on any day, and would count as minutes. Steps begin when all that they
/// depend on is done. Pure.
/// </summary>
internal static class Timeline
{
    public static RehearsedAct Of(
        RehearsalAct act, OperationState state, IEnumerable<StepTimes> steps, IReadOnlyList<(DateTimeOffset At, string State, string Stack)> stacks, double scale)
    {
        var times = steps.ToDictionary(step => step.Name, StringComparer.Ordinal);
        var ends = new Dictionary<string, double>(StringComparer.Ordinal);
        var played = new List<RehearsedStep>();
        foreach (var step in act.Plan.Steps)
        {
            var run = times[step.Name];
            var measured = step.Kind == StepKind.Stack ? Measured(step, run, stacks) * scale : null;
            var seconds = run.From is null ? 0 : measured ?? (run.State == StepState.Succeeded ? step.Expected.Typical : 0);
            var from = step.DependsOn.Select(name => ends.GetValueOrDefault(name)).DefaultIfEmpty(0).Max();
            ends[step.Name] = from + seconds;
            played.Add(new RehearsedStep(step.Name, run.Title, run.State, Math.Round(from), Math.Round(seconds), measured is not null));
        }

        return new RehearsedAct(act.Kind, state, Math.Round(ends.Values.DefaultIfEmpty(0).Max()), played);
    }

    /// <returns>Real seconds; null where CloudFormation said nothing of it.</returns>
    private static double? Measured(PlannedStep step, StepTimes run, IReadOnlyList<(DateTimeOffset At, string State, string Stack)> stacks)
    {
        var said = stacks.Where(one => one.Stack == step.Subject && one.At >= run.From && (run.To is null || one.At <= run.To)).Select(one => one.At).ToList();
        return said.Count > 1 ? (said.Max() - said.Min()).TotalSeconds : null;
    }
}
