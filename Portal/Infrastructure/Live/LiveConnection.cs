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

/// <param name="Since">When it became so.</param>
public sealed record LiveStatus(LiveState State, DateTimeOffset Since);

/// <summary>Whether this process hears of changes; what the header shows and /health/ready asks.</summary>
public sealed class LiveConnection : INotificationHandler
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly List<Action> _listeners = [];
    private bool _listening;
    private int _behind;

    public LiveConnection(TimeProvider clock)
    {
        _clock = clock;
        Status = new LiveStatus(LiveState.Disconnected, clock.GetUtcNow());
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

    public void Notified(string channel, string payload)
    {
    }

    public void Connected() => Change(() => _listening = true);

    public void Disconnected() => Change(() => _listening = false);

    private void Change(Action change)
    {
        Action[] listeners;
        lock (_gate)
        {
            change();
            var state = !_listening ? LiveState.Disconnected : _behind > 0 ? LiveState.CatchingUp : LiveState.Live;
            if (state == Status.State)
                return;
            Status = new LiveStatus(state, _clock.GetUtcNow());
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
