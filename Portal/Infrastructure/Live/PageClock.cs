namespace Portal.Infrastructure.Live;

/// <summary>A circuit's one timer: beats every second while somebody listens, for percentages and "12 s ago". Reads nothing.</summary>
public sealed class PageClock(TimeProvider clock) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Action> _listeners = [];
    private ITimer? _timer;

    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>Calls back every second, outside of the circuit, until disposed.</summary>
    public IDisposable EverySecond(Action listener)
    {
        lock (_gate)
        {
            _listeners.Add(listener);
            _timer ??= clock.CreateTimer(_ => Beat(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        }

        return new Listener(this, listener);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _listeners.Clear();
            _timer?.Dispose();
            _timer = null;
        }
    }

    private void Beat()
    {
        Action[] listeners;
        lock (_gate)
            listeners = [.. _listeners];
        foreach (var listener in listeners)
            listener();
    }

    private void Remove(Action listener)
    {
        lock (_gate)
        {
            _listeners.Remove(listener);
            if (_listeners.Count > 0)
                return;
            _timer?.Dispose();
            _timer = null;
        }
    }

    private sealed class Listener(PageClock owner, Action listener) : IDisposable
    {
        public void Dispose() => owner.Remove(listener);
    }
}
