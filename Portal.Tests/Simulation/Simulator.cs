namespace Portal.Tests.Simulation;

/// <summary>The one source of chance: SplitMix64, so that a seed means the same everywhere and always.</summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed * 0x9E3779B97F4A7C15UL + 1;

    public bool Chance(double probability) => Fraction() < probability;

    public int Below(int limit) => (int)(Next() % (ulong)limit);

    /// <summary>Seconds, evenly spread.</summary>
    public TimeSpan Between(double from, double to) => TimeSpan.FromSeconds(from + (to - from) * Fraction());

    public Guid Id()
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, Next());
        BitConverter.TryWriteBytes(bytes[8..], Next());
        return new Guid(bytes);
    }

    private double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    private ulong Next()
    {
        var mixed = _state += 0x9E3779B97F4A7C15UL;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9UL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL;
        return mixed ^ (mixed >> 31);
    }
}

/// <summary>Something that can die or stand still, with all that runs in it.</summary>
internal sealed class SimulatedProcess(string name)
{
    private readonly HashSet<IPending> _calls = [];

    public string Name => name;

    public bool IsDead { get; private set; }

    public DateTimeOffset FrozenUntil { get; set; }

    public void Begin(IPending call) => _calls.Add(call);

    public void End(IPending call) => _calls.Remove(call);

    /// <summary>Nothing of it goes on. What it waited for ends with an error, so that it lets go of what it holds on this machine.</summary>
    public void Kill()
    {
        IsDead = true;
        foreach (var call in _calls.OrderBy(call => call.Number).ToList())
            call.Abandon();
        _calls.Clear();
    }
}

/// <summary>A call whose answer is awaited.</summary>
internal interface IPending
{
    long Number { get; }

    void Abandon();
}

/// <summary>
/// Time and order: one queue of what happens when, on one thread, so that a seed gives one order. When nothing is left to run at a moment, the clock jumps to the next.
/// </summary>
internal sealed class Simulator
{
    private readonly PriorityQueue<Event, (long At, long Number)> _queue = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _numbers;
    private ulong _digest = 14695981039346656037UL;

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public long Happened { get; private set; }

    /// <summary>Of all that happened and when: the same for the same seed.</summary>
    public ulong Digest => _digest;

    public long NextNumber() => ++_numbers;

    /// <param name="owner">Whoever is dead does not do it any more, whoever stands still does it later.</param>
    /// <param name="isWanted">Asked when it is due; time does not move for what nobody wants any more.</param>
    public void After(TimeSpan delay, SimulatedProcess? owner, Action action, Func<bool>? isWanted = null)
    {
        if (Environment.CurrentManagedThreadId != _thread)
            throw new InvalidOperationException("Something of the engine runs on another thread than the simulator's.");
        var at = (Now + delay).Ticks;
        _queue.Enqueue(new Event(owner, action, isWanted), (at, NextNumber()));
    }

    /// <returns>False where nothing will ever happen any more.</returns>
    public bool Step()
    {
        while (_queue.TryDequeue(out var next, out var when))
        {
            if (next.Owner is { IsDead: true } || next.IsWanted?.Invoke() == false)
                continue;
            if (next.Owner is { } owner && owner.FrozenUntil.Ticks > when.At)
            {
                _queue.Enqueue(next, (owner.FrozenUntil.Ticks, when.Number));
                continue;
            }

            Now = new DateTimeOffset(when.At, TimeSpan.Zero);
            Happened++;
            _digest = ((_digest ^ (ulong)when.At) * 1099511628211UL ^ (ulong)when.Number) * 1099511628211UL;
            next.Action();
            return true;
        }

        return false;
    }

    private sealed record Event(SimulatedProcess? Owner, Action Action, Func<bool>? IsWanted);
}

/// <summary>What the engine's awaits go on in: the simulator's queue.</summary>
internal sealed class SimulatedContext(Simulator simulator) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => simulator.After(TimeSpan.Zero, null, () => d(state));

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;
}

/// <summary>The simulator's time, as a process sees it.</summary>
internal sealed class SimulatedClock(Simulator simulator, SimulatedProcess owner) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => simulator.Now;

    public override long GetTimestamp() => simulator.Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(simulator, owner, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(Simulator simulator, SimulatedProcess owner, Action fire) : ITimer
    {
        private int _version;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var version = ++_version;
            if (dueTime != Timeout.InfiniteTimeSpan)
                simulator.After(dueTime, owner, () => Fire(period), () => _version == version);
            return true;
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire(TimeSpan period)
        {
            if (period > TimeSpan.Zero)
                Change(period, period);
            fire();
        }
    }
}
