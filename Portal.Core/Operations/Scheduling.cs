using Portal.Core.Provisioning;

namespace Portal.Core.Operations;

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
