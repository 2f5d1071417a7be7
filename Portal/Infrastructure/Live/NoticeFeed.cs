using Portal.Core.Persistence;

namespace Portal.Infrastructure.Live;

/// <summary>Counts what somebody has been told and not read.</summary>
public delegate Task<int> CountUnread(string subject, CancellationToken cancellationToken);

/// <summary>How much each person at an open page has not read, read once a change for all of their pages.</summary>
public sealed class NoticeFeed(CountUnread count, LiveConnection connection, TimeProvider clock, ILogger<NoticeFeed> logger) : INotificationHandler
{
    /// <summary>A bell may lag a moment behind.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LiveValue<int>> _watched = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Channels => [Core.Persistence.Channels.Notice];

    public Subscription<int> Watch(string subject)
    {
        lock (_gate)
        {
            if (!_watched.TryGetValue(subject, out var value))
                _watched.Add(subject, value = new LiveValue<int>(token => count(subject, token), Pause, connection, clock, logger));
            var subscription = value.Watch();
            return new Subscription<int>(subscription.Values, () => Leave(subject, value, subscription));
        }
    }

    public void Notified(string channel, string payload) => Each(payload.Length == 0 ? null : payload, value => value.Changed());

    public void Connected() => Each(null, value => value.Reread());

    public void Disconnected()
    {
    }

    /// <param name="subject">Null for everybody.</param>
    private void Each(string? subject, Action<LiveValue<int>> act)
    {
        lock (_gate)
        {
            if (subject is null)
            {
                foreach (var value in _watched.Values)
                    act(value);
            }
            else if (_watched.TryGetValue(subject, out var value))
            {
                act(value);
            }
        }
    }

    private void Leave(string subject, LiveValue<int> value, Subscription<int> subscription)
    {
        lock (_gate)
        {
            subscription.Dispose();
            if (value.Watchers == 0 && _watched.GetValueOrDefault(subject) == value)
                _watched.Remove(subject);
        }
    }
}
