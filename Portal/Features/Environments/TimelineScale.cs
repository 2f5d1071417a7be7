using Portal.Core.Environments;

namespace Portal.Features.Environments;

/// <summary>From times to percentages of a track. Pure.</summary>
public sealed class TimelineScale
{
    private static readonly int[] Steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600];

    private readonly DateTimeOffset _start;
    private readonly DateTimeOffset _now;

    public TimelineScale(IReadOnlyList<StepInfo> steps, DateTimeOffset now)
    {
        _now = now;
        var started = steps.Where(step => step.StartedAt is not null).ToList();
        _start = started.Count > 0 ? started.Min(step => step.StartedAt!.Value) : now;
        var end = started.Count > 0 ? started.Max(step => step.FinishedAt ?? now) : now;
        Total = end > _start ? end - _start : TimeSpan.Zero;
        Ticks = TicksOf(Total);
    }

    /// <summary>From the first start to the last end, or to now while something runs.</summary>
    public TimeSpan Total { get; }

    /// <summary>Six at most, at round distances from the start.</summary>
    public IReadOnlyList<TimeSpan> Ticks { get; }

    public double Percent(TimeSpan sinceStart) => Total > TimeSpan.Zero ? Math.Clamp(sinceStart / Total * 100, 0, 100) : 0;

    /// <returns>Null for a step that has not started; never thinner than can be seen.</returns>
    public (double Left, double Width)? Bar(StepInfo step)
    {
        if (step.StartedAt is not { } start)
            return null;
        var left = Percent(start - _start);
        var width = Math.Max(0.4, Percent((step.FinishedAt ?? _now) - _start) - left);
        return (Math.Min(left, 100 - width), width);
    }

    private static List<TimeSpan> TicksOf(TimeSpan total)
    {
        var distance = Array.Find(Steps, step => total.TotalSeconds / step <= 5) is var found && found > 0 ? found : Steps[^1];
        var ticks = new List<TimeSpan>();
        // The last one would stand on the edge.
        for (var at = 0; at < Math.Max(1, total.TotalSeconds * 0.97) && ticks.Count < 6; at += distance)
            ticks.Add(TimeSpan.FromSeconds(at));
        return ticks;
    }
}
