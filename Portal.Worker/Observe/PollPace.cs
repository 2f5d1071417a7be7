namespace Portal.Worker.Observe;

/// <summary>How soon a target's stacks are listed again.</summary>
/// <param name="Quick">While something moves.</param>
/// <param name="Slow">While nothing does, or what does is told of.</param>
internal sealed record PollPace(TimeSpan Quick, TimeSpan Slow)
{
    // What AWS tolerates and people find quick; divided by the target's pace.
    private static readonly TimeSpan QuickOnAws = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Quickest = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan SlowOnAws = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan QuickestSlow = TimeSpan.FromSeconds(5);

    // An event of each resource would be a read of each; those of a second are one.
    private static readonly TimeSpan GatherOnAws = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ShortestGather = TimeSpan.FromMilliseconds(50);

    public static PollPace Of(double pace) => new(AtPace(QuickOnAws, pace, Quickest), AtPace(SlowOnAws, pace, QuickestSlow)) { Gather = AtPace(GatherOnAws, pace, ShortestGather) };

    /// <summary>How long news is gathered before it is read.</summary>
    public TimeSpan Gather { get; private init; }

    /// <param name="isMoving">Whether the poll saw something that moves.</param>
    /// <param name="isTold">Whether changes are told of.</param>
    public TimeSpan After(bool isMoving, bool isTold, IReadOnlyCollection<ObservedEnvironment> environments, DateTimeOffset now)
    {
        if (!isMoving && !environments.Any(environment => environment.IsBusy))
            return Slow;
        if (!isTold || environments.Any(environment => environment.AwaitsUntold))
            return Quick;
        // The event of an end is the one that work waits for: should it be lost, a poll comes when it was expected.
        return environments.Select(environment => environment.NextFinish - now).Where(rest => rest >= Quick && rest < Slow).Min() ?? Slow;
    }

    private static TimeSpan AtPace(TimeSpan onAws, double pace, TimeSpan least) => TimeSpan.FromTicks(Math.Max(least.Ticks, (long)(onAws.Ticks / pace)));
}
