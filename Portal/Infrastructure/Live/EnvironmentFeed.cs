using System.Globalization;
using Portal.Core.Environments;
using Portal.Core.Persistence;

namespace Portal.Infrastructure.Live;

/// <summary>Reads one environment as it is now; null where there is no such environment.</summary>
public delegate Task<EnvironmentSnapshot?> ReadSnapshot(Guid environmentId, CancellationToken cancellationToken);

/// <summary>Snapshots of the environments that somebody looks at, each read once a change for the whole process.</summary>
public sealed class EnvironmentFeed(ReadSnapshot read, LiveConnection connection, TimeProvider clock, ILogger<EnvironmentFeed> logger) : INotificationHandler
{
    /// <summary>Twenty rereads a second at most.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, WatchedEnvironment> _watched = [];

    public IReadOnlyCollection<string> Channels => [Core.Persistence.Channels.Event];

    /// <summary>The environments that somebody looks at.</summary>
    public IReadOnlyCollection<Guid> Watched
    {
        get
        {
            lock (_gate)
                return [.. _watched.Keys];
        }
    }

    public Subscription<EnvironmentSnapshot?> Watch(Guid environmentId)
    {
        lock (_gate)
        {
            if (!_watched.TryGetValue(environmentId, out var watched))
                _watched.Add(environmentId, watched = new WatchedEnvironment(environmentId, read, connection, clock, logger));
            var subscription = watched.Value.Watch();
            return new Subscription<EnvironmentSnapshot?>(subscription.Values, () => Leave(environmentId, watched, subscription));
        }
    }

    public void Notified(string channel, string payload)
    {
        // "environment id:revision"
        var colon = payload.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0 && Guid.TryParse(payload.AsSpan(0, colon), out var id) && long.TryParse(payload.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var revision))
            Hear(id, revision);
    }

    /// <summary>The environment has that revision, which may have been read already.</summary>
    public void Hear(Guid environmentId, long revision) => Find(environmentId)?.Hear(revision);

    /// <summary>Something is not what it was that no revision tells of.</summary>
    public void Reread(Guid environmentId) => Find(environmentId)?.Value.Changed();

    public void Connected()
    {
        lock (_gate)
        {
            foreach (var watched in _watched.Values)
                watched.Value.Reread();
        }
    }

    public void Disconnected()
    {
    }

    private WatchedEnvironment? Find(Guid environmentId)
    {
        lock (_gate)
            return _watched.GetValueOrDefault(environmentId);
    }

    private void Leave(Guid environmentId, WatchedEnvironment watched, Subscription<EnvironmentSnapshot?> subscription)
    {
        lock (_gate)
        {
            subscription.Dispose();
            if (watched.Value.Watchers == 0 && _watched.GetValueOrDefault(environmentId) == watched)
                _watched.Remove(environmentId);
        }
    }

    private sealed class WatchedEnvironment
    {
        private long _seen = -1;

        public WatchedEnvironment(Guid id, ReadSnapshot read, LiveConnection connection, TimeProvider clock, ILogger logger) =>
            Value = new LiveValue<EnvironmentSnapshot?>(
                async cancellationToken =>
                {
                    var snapshot = await read(id, cancellationToken);
                    Volatile.Write(ref _seen, snapshot?.Environment.Revision ?? -1);
                    return snapshot;
                },
                Pause, connection, clock, logger);

        public LiveValue<EnvironmentSnapshot?> Value { get; }

        // A burst's later notifications are often read already with its first: every change commits together with its revision.
        public void Hear(long revision)
        {
            if (revision > Volatile.Read(ref _seen))
                Value.Changed();
        }
    }
}
