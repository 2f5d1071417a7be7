using Portal.Core.Catalog;
using Portal.Core.Environments;
using Portal.Core.Provisioning;

namespace Portal.Features.Environments;

/// <summary>When a step ran, or is likely to.</summary>
/// <param name="After">The one of those it waited for that ended last: what let it begin; null for none.</param>
/// <param name="IsForeseen">Whether it has not begun.</param>
/// <param name="IsCritical">Whether the end of the whole waits, or waited, for it.</param>
/// <param name="Expected">How long it was expected to take, seconds of the target.</param>
public sealed record TimelineRow(StepInfo Step, TimeSpan Begin, TimeSpan End, string? After, bool IsForeseen, bool IsCritical, DurationRange Expected)
{
    public TimeSpan Took => End - Begin;
}

/// <summary>An operation's steps on one scale, from its first beginning to its last end, foreseen ones included. Pure.</summary>
public sealed class Timeline
{
    private static readonly int[] Distances = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600];

    private static readonly TimeSpan WorthSaying = TimeSpan.FromSeconds(2);

    public Timeline(EnvironmentSnapshot snapshot, DateTimeOffset now)
    {
        var (plan, steps, pace) = (snapshot.Plan, snapshot.Steps, snapshot.Target.Pace);
        Begins = steps.Where(step => step.StartedAt is not null).Select(step => step.StartedAt).Min() ?? now;
        var goesOn = snapshot.Operation is { State: OperationState.Queued or OperationState.Running };
        var rows = new Dictionary<string, TimelineRow>(StringComparer.Ordinal);
        foreach (var planned in plan.Steps)
        {
            if (steps.FirstOrDefault(one => one.Name == planned.Name) is not { } step)
                continue;
            var expected = planned.Expected / pace;
            var before = planned.DependsOn.Select(name => rows.GetValueOrDefault(name)).OfType<TimelineRow>().MaxBy(row => row.End);
            (TimeSpan Begin, TimeSpan End, bool IsForeseen)? span = step switch
            {
                { StartedAt: { } start, FinishedAt: { } end } => (start - Begins, end - Begins, false),
                { StartedAt: { } start, State: StepState.Running } => (start - Begins, Later(now - Begins, start - Begins + TimeSpan.FromSeconds(expected.Typical)), false),
                { State: StepState.Pending } when goesOn => (Later(now - Begins, before?.End ?? TimeSpan.Zero), default, true),
                _ => null,
            };
            if (span is not { } at)
                continue;
            rows[step.Name] = new TimelineRow(step, at.Begin, at.IsForeseen ? at.Begin + TimeSpan.FromSeconds(expected.Typical) : at.End, before?.Step.Name, at.IsForeseen, IsCritical: false, expected);
        }

        for (var last = rows.Values.MaxBy(row => row.End); last is not null; last = last.After is { } after ? rows[after] : null)
            rows[last.Step.Name] = last with { IsCritical = true };
        Rows = rows;
        Total = rows.Values.Select(row => row.End).DefaultIfEmpty(TimeSpan.Zero).Max();
        Now = goesOn && steps.Any(step => step.StartedAt is not null) ? now - Begins : null;
        Ticks = TicksOf(Total);
    }

    public DateTimeOffset Begins { get; }

    /// <summary>By name; without those that never began, and never will by themselves.</summary>
    public IReadOnlyDictionary<string, TimelineRow> Rows { get; }

    /// <summary>From the first beginning to the last end, foreseen or not.</summary>
    public TimeSpan Total { get; }

    /// <summary>Null where nothing goes on.</summary>
    public TimeSpan? Now { get; }

    /// <summary>Six at most, at round distances from the start.</summary>
    public IReadOnlyList<TimeSpan> Ticks { get; }

    public IEnumerable<TimelineRow> CriticalPath => Rows.Values.Where(row => row.IsCritical).OrderBy(row => row.Begin);

    /// <summary>What took, or will take, most of the time of the critical path; the longest first.</summary>
    public IReadOnlyList<(TimelineRow Row, int Percent)> MostOfTheTime =>
        [.. CriticalPath.Where(row => row.Took > WorthSaying).OrderByDescending(row => row.Took).Take(3).Select(row => (row, (int)Math.Round(row.Took / Total * 100)))];

    /// <summary>What was late by most against what was expected of it, and by how much; null where nothing was.</summary>
    public (TimelineRow Row, TimeSpan By)? Latest => CriticalPath.Where(row => !row.IsForeseen && row.Step.State == StepState.Succeeded)
        .Select(row => (Row: row, By: row.Took - TimeSpan.FromSeconds(row.Expected.High)))
        .Where(late => late.By > WorthSaying && late.By > late.Row.Took / 10).OrderByDescending(late => late.By).Select(late => ((TimelineRow, TimeSpan)?)late).FirstOrDefault();

    public double Percent(TimeSpan sinceStart) => Total > TimeSpan.Zero ? Math.Clamp(sinceStart / Total * 100, 0, 100) : 0;

    /// <returns>In percent of the track; never thinner than can be seen.</returns>
    public (double Left, double Width) Bar(TimeSpan begin, TimeSpan end)
    {
        var left = Percent(begin);
        var width = Math.Max(0.4, Percent(end) - left);
        return (Math.Min(left, 100 - width), width);
    }

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static List<TimeSpan> TicksOf(TimeSpan total)
    {
        var distance = Array.Find(Distances, step => total.TotalSeconds / step <= 5) is var found && found > 0 ? found : Distances[^1];
        var ticks = new List<TimeSpan>();
        // The last one would stand on the edge.
        for (var at = 0; at < Math.Max(1, total.TotalSeconds * 0.97) && ticks.Count < 6; at += distance)
            ticks.Add(TimeSpan.FromSeconds(at));
        return ticks;
    }
}
