using Portal.Core.Persistence;

namespace Portal.Infrastructure.Live;

public enum LiveState
{
    /// <summary>Changes arrive as they happen.</summary>
    Live,

    /// <summary>Connected, but something on a page still has to be reread.</summary>
    CatchingUp,

    /// <summary>Changes do not arrive.</summary>
    Disconnected,
}

/// <param name="Since">When <paramref name="State"/> became so.</param>
/// <param name="AwaySince">Since when the database does not answer; null while it does.</param>
public sealed record LiveStatus(LiveState State, DateTimeOffset Since, DateTimeOffset? AwaySince);

/// <summary>Whether this process hears of changes and the database answers it; what the header shows and /health/ready asks.</summary>
public sealed class LiveConnection : INotificationHandler
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly List<Action> _listeners = [];
    private bool _listening;
    private bool _lost;
    private int _behind;
    private int _unanswered;

    public LiveConnection(TimeProvider clock)
    {
        _clock = clock;
        Status = new LiveStatus(LiveState.Disconnected, clock.GetUtcNow(), null);
    }

    public IReadOnlyCollection<string> Channels => [];

    public LiveStatus Status { get; private set; }

    /// <summary>Calls back after each change of <see cref="Status"/>, on any thread, until disposed.</summary>
    public IDisposable OnChange(Action listener)
    {
        lock (_gate)
            _listeners.Add(listener);
        return new Ticket(() =>
        {
            lock (_gate)
                _listeners.Remove(listener);
        });
    }

    /// <summary>Something is being reread until the ticket is disposed.</summary>
    public IDisposable CatchUp()
    {
        Change(() => _behind++);
        return new Ticket(() => Change(() => _behind--));
    }

    /// <summary>Something could not be read, and waits for the database until the ticket is disposed.</summary>
    public IDisposable Unanswered()
    {
        Change(() => _unanswered++);
        return new Ticket(() => Change(() => _unanswered--));
    }

    public void Notified(string channel, string payload)
    {
    }

    public void Connected() => Change(() => (_listening, _lost) = (true, false));

    public void Disconnected() => Change(() => (_listening, _lost) = (false, true));

    private void Change(Action change)
    {
        Action[] listeners;
        lock (_gate)
        {
            change();
            var now = _clock.GetUtcNow();
            var state = !_listening ? LiveState.Disconnected : _behind + _unanswered > 0 ? LiveState.CatchingUp : LiveState.Live;
            var away = _lost || _unanswered > 0 ? Status.AwaySince ?? now : (DateTimeOffset?)null;
            if (state == Status.State && away == Status.AwaySince)
                return;
            Status = new LiveStatus(state, state == Status.State ? Status.Since : now, away);
            listeners = [.. _listeners];
        }

        foreach (var listener in listeners)
            listener();
    }

    private sealed class Ticket(Action end) : IDisposable
    {
        private Action? _end = end;

        public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
    }
}
