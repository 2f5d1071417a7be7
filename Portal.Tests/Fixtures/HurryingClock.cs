namespace Portal.Tests.Fixtures;

/// <summary>A clock on which whoever waits for a while has waited at once: the time is moved on to the end of it. What is due later than that, such as a time limit, never comes.</summary>
/// <param name="longest">The longest wait that passes.</param>
internal sealed class HurryingClock(TimeSpan longest) : TimeProvider
{
    private readonly Lock _gate = new();
    private DateTimeOffset _now = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan || dueTime > longest)
            return new Timer();
        lock (_gate)
            _now += dueTime;
        ThreadPool.QueueUserWorkItem(_ => callback(state));
        return new Timer();
    }

    private sealed class Timer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
            // It has fired, or never will.
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
