using Portal.Core.Rehearsals;

namespace Portal.Stage;

/// <summary>How long a rehearsal still takes: AWS's time on the faster clock, and our own work, which is not faster.</summary>
internal static class Estimate
{
    /// <summary>Seconds of our own a step, with two busy cores: helm starts, and most steps write a dozen rows.</summary>
    private const double OfAStep = 0.5;

    /// <param name="done">Steps of the act that have ended.</param>
    /// <param name="after">The acts that come after it.</param>
    /// <param name="isDestroyedAfter">Whether what is there is destroyed at the end, by a plan that there is not yet: as many steps, and about as long as it took to make.</param>
    public static TimeSpan Left(RehearsalAct act, int done, IEnumerable<RehearsalAct> after, bool isDestroyedAfter, double scale)
    {
        List<RehearsalAct> others = [.. after];
        var seconds = Seconds(act, scale) * (1 - (double)done / Math.Max(1, act.Plan.Steps.Count)) + others.Sum(other => Seconds(other, scale));
        if (isDestroyedAfter)
            seconds += others.Append(act).Max(other => Seconds(other, scale)) / 2;
        return TimeSpan.FromSeconds(Math.Max(1, seconds));
    }

    private static double Seconds(RehearsalAct act, double scale) => act.Plan.Expected.Typical / scale + act.Plan.Steps.Count * OfAStep;
}
