using System.Threading.Channels;
using Portal.Core.Persistence;

namespace Portal.Infrastructure.SignIn;

/// <summary>
/// The sessions that have a page open in this process. One query looks at all of them whenever a session ended or changed
/// anywhere, and every few seconds besides: for those that end by the clock, and for a notification that was lost.
/// </summary>
internal sealed partial class OpenSessions(SessionStore store, TimeProvider clock, ILogger<OpenSessions> logger) : BackgroundService, INotificationHandler
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, List<Action<Session?>>> _watchers = [];
    private readonly Channel<bool> _look = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public IReadOnlyCollection<string> Channels => [Core.Persistence.Channels.Session];

    /// <summary>Tells what became of the session, null once it has ended, at every look and on any thread, until disposed.</summary>
    public IDisposable Watch(Guid session, Action<Session?> tell)
    {
        lock (_gate)
        {
            if (!_watchers.TryGetValue(session, out var watchers))
                _watchers.Add(session, watchers = []);
            watchers.Add(tell);
        }

        return new Watcher(this, session, tell);
    }

    public void Notified(string channel, string payload)
    {
        lock (_gate)
        {
            if (!Guid.TryParse(payload, out var id) || !_watchers.ContainsKey(id))
                return;
        }

        _look.Writer.TryWrite(true);
    }

    public void Connected() => _look.Writer.TryWrite(true);

    public void Disconnected()
    {
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var timer = clock.CreateTimer(_ => _look.Writer.TryWrite(true), null, Interval, Interval);
        await foreach (var _ in _look.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                // Nobody is put out because the database is away; it is asked again before anything is done.
                LogAway(logger, error.Message);
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        Guid[] ids;
        lock (_gate)
            ids = [.. _watchers.Keys];
        if (ids.Length == 0)
            return;
        var alive = (await store.FindAsync(ids, cancellationToken)).ToDictionary(session => session.Id);
        foreach (var id in ids)
        {
            Action<Session?>[] watchers;
            lock (_gate)
                watchers = _watchers.TryGetValue(id, out var found) ? [.. found] : [];
            foreach (var tell in watchers)
                tell(alive.GetValueOrDefault(id));
        }
    }

    private void Leave(Guid session, Action<Session?> tell)
    {
        lock (_gate)
        {
            if (_watchers.TryGetValue(session, out var watchers) && watchers.Remove(tell) && watchers.Count == 0)
                _watchers.Remove(session);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sessions of open pages could not be looked at ({Reason}).")]
    private static partial void LogAway(ILogger logger, string reason);

    private sealed class Watcher(OpenSessions owner, Guid session, Action<Session?> tell) : IDisposable
    {
        public void Dispose() => owner.Leave(session, tell);
    }
}
