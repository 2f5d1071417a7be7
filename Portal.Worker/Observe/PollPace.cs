namespace Portal.Worker.Observe;

/// <summary>How soon a target's stacks and load balancers are listed again.</summary>
/// <param name="Quick">While something moves.</param>
/// <param name="Slow">While nothing does.</param>
internal sealed record PollPace(TimeSpan Quick, TimeSpan Slow)
{
    // What AWS tolerates and people find quick; divided by the target's pace.
    private static readonly TimeSpan QuickOnAws = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Quickest = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan SlowOnAws = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan QuickestSlow = TimeSpan.FromSeconds(5);

    // Each end that is told of is a look as well.
    private static readonly TimeSpan ToldOnAws = TimeSpan.FromSeconds(120);

    // A stack's events are read at its end; before it only where nobody tells of them, or told of none for long.
    private static readonly TimeSpan EventsOnAws = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan QuickestEvents = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SilenceOnAws = TimeSpan.FromMinutes(5);

    // An event of each resource would be a read of each; those of a second are one.
    private static readonly TimeSpan GatherOnAws = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ShortestGather = TimeSpan.FromMilliseconds(50);

    public static PollPace Of(double pace) => new(AtPace(QuickOnAws, pace, Quickest), AtPace(SlowOnAws, pace, QuickestSlow))
    {
        Told = AtPace(ToldOnAws, pace, QuickestSlow),
        Events = AtPace(EventsOnAws, pace, QuickestEvents),
        Silence = AtPace(SilenceOnAws, pace, QuickestSlow),
        Gather = AtPace(GatherOnAws, pace, ShortestGather),
    };

    /// <summary>While what moves is told of.</summary>
    public TimeSpan Told { get; private init; }

    /// <summary>How often the events of a stack that moves are read where nobody tells of them.</summary>
    public TimeSpan Events { get; private init; }

    /// <summary>How long nothing is told of a stack that moves until its events are read all the same.</summary>
    public TimeSpan Silence { get; private init; }

    /// <summary>How long news is gathered before it is taken in.</summary>
    public TimeSpan Gather { get; private init; }

    /// <summary>Until the stacks are listed again.</summary>
    /// <param name="isMoving">Whether the poll saw something that moves.</param>
    /// <param name="isTold">Whether changes are told of.</param>
    /// <param name="polled">When that was.</param>
    /// <param name="took">How long it took. What had to wait for its turn comes more rarely: half of the time is left to what is told of, or asked for.</param>
    public TimeSpan After(bool isMoving, bool isTold, IReadOnlyCollection<ObservedEnvironment> environments, DateTimeOffset polled, TimeSpan took) =>
        TimeSpan.FromTicks(Math.Max(took.Ticks, After(isMoving, isTold, environments, polled).Ticks));

    private TimeSpan After(bool isMoving, bool isTold, IReadOnlyCollection<ObservedEnvironment> environments, DateTimeOffset polled)
    {
        if (!isMoving && !environments.Any(environment => environment.IsBusy))
            return Slow;
        if (!isTold)
            return Quick;
        // The event of an end is the one that work waits for: should it be lost, a poll comes when it was expected.
        return environments.Select(environment => environment.NextFinish - polled).Where(rest => rest >= Quick && rest < Told).Min() ?? Told;
    }

    /// <summary>Until the load balancers are listed again: nobody tells of them.</summary>
    public TimeSpan LoadBalancersAfter(bool isMoving, IReadOnlyCollection<ObservedEnvironment> environments) =>
        isMoving || environments.Any(environment => environment.AwaitsUntold) ? Quick : Slow;

    private static TimeSpan AtPace(TimeSpan onAws, double pace, TimeSpan least) => TimeSpan.FromTicks(Math.Max(least.Ticks, (long)(onAws.Ticks / pace)));
}
