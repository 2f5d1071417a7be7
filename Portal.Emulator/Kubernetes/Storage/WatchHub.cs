using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Portal.Emulator.Kubernetes.Storage;

internal enum ChangeType
{
    Added,
    Modified,
    Deleted,
}

/// <param name="Previous">The object before the change, for watchers whose selector it matched.</param>
internal sealed record StoreChange(long Version, ChangeType Type, ResourceKind Kind, JsonObject Object, JsonObject? Previous);

/// <summary>
/// A bounded memory of changes and those who listen to them. Not synchronised: the store calls it under its lock.
/// </summary>
internal sealed class WatchHub(int capacity, long firstVersion, TimeProvider time)
{
    // As the API server has etcd compact its history (--etcd-compaction-interval).
    private static readonly TimeSpan _remembered = TimeSpan.FromMinutes(5);

    private const int SubscriberCapacity = 4096;

    private readonly Queue<(StoreChange Change, long At)> _history = new();
    private readonly List<WatchSubscription> _subscriptions = [];
    private long _forgottenUpTo = firstVersion;

    /// <summary>Changes after <paramref name="version"/>, or null where some of them are forgotten already.</summary>
    public IReadOnlyList<StoreChange>? Since(long version) =>
        version < _forgottenUpTo ? null : [.. _history.Select(entry => entry.Change).Where(change => change.Version > version)];

    public WatchSubscription Subscribe((string Group, string Plural) kind, string? inNamespace, Action<WatchSubscription> leave)
    {
        var subscription = new WatchSubscription(
            Channel.CreateBounded<StoreChange>(new BoundedChannelOptions(SubscriberCapacity) { SingleReader = true }), kind, inNamespace, leave);
        _subscriptions.Add(subscription);
        return subscription;
    }

    public void Unsubscribe(WatchSubscription subscription) => _subscriptions.Remove(subscription);

    public void Publish(StoreChange change)
    {
        _history.Enqueue((change, time.GetTimestamp()));
        while (_history.Count > capacity)
            _forgottenUpTo = _history.Dequeue().Change.Version;

        // A reader that falls behind is completed and lists again, so that no change is silently lost.
        _subscriptions.RemoveAll(subscription => subscription.Concerns(change) && !subscription.TryWrite(change));
    }

    /// <summary>Forgets what is older than clients may ask for.</summary>
    public void Trim()
    {
        while (_history.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At) > _remembered)
            _forgottenUpTo = _history.Dequeue().Change.Version;
    }

    public void Complete()
    {
        foreach (var subscription in _subscriptions)
            subscription.Complete();
        _subscriptions.Clear();
    }
}

internal sealed class WatchSubscription(
    Channel<StoreChange> channel, (string Group, string Plural) kind, string? inNamespace, Action<WatchSubscription> leave) : IDisposable
{
    public ChannelReader<StoreChange> Changes => channel.Reader;

    public bool Concerns(StoreChange change) =>
        change.Kind.StorageKey == kind && (inNamespace is null || change.Object.Namespace() == inNamespace);

    public bool TryWrite(StoreChange change)
    {
        if (channel.Writer.TryWrite(change))
            return true;

        channel.Writer.TryComplete();
        return false;
    }

    public void Complete() => channel.Writer.TryComplete();

    public void Dispose() => leave(this);
}
