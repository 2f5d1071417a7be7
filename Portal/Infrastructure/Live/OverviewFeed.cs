using Portal.Core.Environments;
using Portal.Core.Persistence;

namespace Portal.Infrastructure.Live;

/// <summary>Counts the requests that wait for a decision.</summary>
public delegate Task<int> CountWaiting(CancellationToken cancellationToken);

/// <summary>What lists need: a pulse whenever any environment or request changed, and how many requests wait.</summary>
public sealed class OverviewFeed : INotificationHandler
{
    /// <summary>Each circuit rereads its own page and filter, so lists follow more slowly than a picture does.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly LiveValue<long> _pulse;
    private readonly LiveValue<int> _waiting;
    private long _beats;

    public OverviewFeed(CountWaiting count, LiveConnection connection, TimeProvider clock, ILogger<OverviewFeed> logger)
    {
        _pulse = new LiveValue<long>(_ => Task.FromResult(Interlocked.Increment(ref _beats)), Pause, connection, clock, logger);
        _waiting = new LiveValue<int>(cancellationToken => count(cancellationToken), Pause, connection, clock, logger);
    }

    public IReadOnlyCollection<string> Channels => [Core.Persistence.Channels.Event, Core.Persistence.Channels.Request];

    /// <summary>Beats once at the beginning and after each change.</summary>
    public Subscription<long> WatchChanges() => _pulse.Watch();

    /// <summary>Requests that wait for a decision.</summary>
    public Subscription<int> WatchWaiting() => _waiting.Watch();

    /// <summary>Whether somebody watches the changes.</summary>
    public bool IsWatched => _pulse.Watchers > 0;

    /// <summary>Some environment is not what it was.</summary>
    public void Changed() => _pulse.Changed();

    public void Notified(string channel, string payload)
    {
        _pulse.Changed();
        if (channel == Core.Persistence.Channels.Request)
            _waiting.Changed();
    }

    public void Connected()
    {
        _pulse.Reread();
        _waiting.Reread();
    }

    public void Disconnected()
    {
    }
}
