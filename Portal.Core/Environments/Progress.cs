using Portal.Core.Provisioning;

namespace Portal.Core.Environments;

/// <summary>How far an operation is, and how long yet. Pure.</summary>
/// <param name="Fraction">0 to 1, by expected time.</param>
/// <param name="RemainingLow">Real time at the target's pace; null where nothing runs.</param>
public sealed record Progress(double Fraction, TimeSpan? RemainingLow, TimeSpan? RemainingHigh, IReadOnlyDictionary<string, double> Steps)
{
    /// <summary>Until when each step that is not settled is expected to be: what it depends on, and itself.</summary>
    public IReadOnlyDictionary<string, (TimeSpan Low, TimeSpan High)> Left { get; init; } = new Dictionary<string, (TimeSpan, TimeSpan)>(StringComparer.Ordinal);

    public static Progress Of(Plan plan, IReadOnlyList<StepInfo> steps, double pace, DateTimeOffset now)
    {
        var rows = steps.ToDictionary(step => step.Name, StringComparer.Ordinal);
        var fractions = plan.Steps.ToDictionary(step => step.Name, step => FractionOf(step, rows.GetValueOrDefault(step.Name), pace, now), StringComparer.Ordinal);
        var total = plan.Steps.Sum(step => step.Expected.Typical);
        var done = plan.Steps.Sum(step => step.Expected.Typical * fractions[step.Name]);
        var low = Remaining(plan, fractions, rows, step => (step.Expected.Low + step.Expected.Typical) / 2);
        var high = Remaining(plan, fractions, rows, step => (step.Expected.High + step.Expected.Typical) / 2);
        return new Progress(total > 0 ? done / total : 0, Longest(low), Longest(high), fractions)
        {
            Left = low.Where(step => step.Value > 0).ToDictionary(step => step.Key, step => (TimeSpan.FromSeconds(step.Value / pace), TimeSpan.FromSeconds(high[step.Key] / pace)), StringComparer.Ordinal),
        };

        TimeSpan Longest(Dictionary<string, double> finish) => TimeSpan.FromSeconds(finish.Values.DefaultIfEmpty(0).Max() / pace);
    }

    private static double FractionOf(PlannedStep step, StepInfo? row, double pace, DateTimeOffset now) => row switch
    {
        { State: StepState.Succeeded } => 1,
        // Never says done before it is: what takes longer than expected stands still at 95 %.
        { State: StepState.Running, StartedAt: { } started } =>
            Math.Clamp((now - started).TotalSeconds * pace / Math.Max(1, step.Expected.Typical), 0, 0.95),
        _ => 0,
    };

    private static Dictionary<string, double> Remaining(Plan plan, Dictionary<string, double> fractions, Dictionary<string, StepInfo> rows, Func<PlannedStep, double> seconds)
    {
        var finish = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var step in plan.Steps)
        {
            var settled = rows.TryGetValue(step.Name, out var row) && row.State.IsSettled();
            var before = step.DependsOn.Select(name => finish[name]).DefaultIfEmpty(0).Max();
            finish[step.Name] = settled ? 0 : before + seconds(step) * (1 - fractions[step.Name]);
        }

        return finish;
    }
}
