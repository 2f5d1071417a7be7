namespace Portal.Tests.Fixtures;

/// <summary>A clock for concurrent code: stands until it is moved, and lets a test wait until somebody waits for it.</summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];
    private TaskCompletionSource _awaited = New();
    private DateTimeOffset _now = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var entry = new Entry(this, callback, state);
        entry.Change(dueTime, period);
        return entry;
    }

    /// <summary>Completes as soon as some code waits for the clock.</summary>
    public Task SomebodyWaitsAsync()
    {
        lock (_gate)
            return _awaited.Task;
    }

    public void Move(TimeSpan by)
    {
        List<Entry> due;
        lock (_gate)
        {
            _now += by;
            due = _entries.Where(entry => entry.Due <= _now).OrderBy(entry => entry.Due).ToList();
            foreach (var entry in due)
                Set(entry, entry.Period > TimeSpan.Zero ? _now + entry.Period : null);
        }

        foreach (var entry in due)
            entry.Fire();
    }

    private void Set(Entry entry, DateTimeOffset? due)
    {
        lock (_gate)
        {
            entry.Due = due;
            _entries.Remove(entry);
            if (due is not null)
                _entries.Add(entry);
            if (_entries.Count > 0)
                _awaited.TrySetResult();
            else if (_awaited.Task.IsCompleted)
                _awaited = New();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Entry(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset? Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Period = period > TimeSpan.Zero ? period : TimeSpan.Zero;
            clock.Set(this, dueTime == Timeout.InfiniteTimeSpan ? null : clock.GetUtcNow() + dueTime);
            return true;
        }

        public void Dispose() => clock.Set(this, null);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
