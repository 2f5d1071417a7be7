using Portal.Core.Provisioning;

namespace Portal.Features.Requests;

/// <summary>Steps that can start at the same moment, as far as what they wait for is concerned.</summary>
/// <param name="Number">From 1.</param>
public sealed record PlanLevel(int Number, IReadOnlyList<PlanLevelStep> Steps);

/// <param name="WaitsFor">Titles of the steps it needs, without those that another one of them needs already.</param>
public sealed record PlanLevelStep(PlannedStep Step, IReadOnlyList<string> WaitsFor);

/// <summary>The plan's graph as a list one can read: level by level. Pure.</summary>
public static class PlanLevels
{
    public static IReadOnlyList<PlanLevel> Of(Plan plan)
    {
        var steps = plan.Steps.ToDictionary(step => step.Name, StringComparer.Ordinal);
        var before = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        var level = new Dictionary<string, int>(StringComparer.Ordinal);
        // Plan order puts every step after what it depends on.
        foreach (var step in plan.Steps)
        {
            before[step.Name] = [.. step.DependsOn, .. step.DependsOn.SelectMany(name => before[name])];
            level[step.Name] = step.DependsOn.Select(name => level[name]).DefaultIfEmpty(0).Max() + 1;
        }

        return [.. plan.Steps.GroupBy(step => level[step.Name]).OrderBy(group => group.Key)
            .Select(group => new PlanLevel(group.Key, [.. group.Select(step => new PlanLevelStep(step, Nearest(step)))]))];

        IReadOnlyList<string> Nearest(PlannedStep step) =>
            [.. step.DependsOn.Where(name => !step.DependsOn.Any(other => before[other].Contains(name))).Select(name => steps[name].Title)];
    }
}
