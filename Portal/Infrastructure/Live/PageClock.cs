using Portal.Components.Shared;
using Portal.Core;

namespace Portal.Infrastructure.Live;

/// <summary>
/// A circuit's one timer, and how its reader has times told: beats every second while somebody listens, for percentages and "12 s ago". Reads nothing.
/// </summary>
public sealed class PageClock(TimeProvider clock) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Action> _listeners = [];
    private ITimer? _timer;

    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>In the zone of whoever looks; UTC where their browser has not said which that is.</summary>
    public Times Times { get; private set; } = Times.Utc;

    /// <summary>The day that it is for whoever looks.</summary>
    public DateOnly Today => Times.Zone.DayOf(Now);

    /// <summary>Before anything is rendered: a page has one zone.</summary>
    public void ReadIn(TimeZoneInfo zone) => Times = new Times(zone);

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
