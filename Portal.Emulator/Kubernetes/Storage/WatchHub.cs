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
internal sealed class WatchHub(int capacity, long firstVersion)
{
    private const int SubscriberCapacity = 4096;

    private readonly Queue<StoreChange> _history = new();
    private readonly List<WatchSubscription> _subscriptions = [];
    private long _forgottenUpTo = firstVersion;

    /// <summary>Changes after <paramref name="version"/>, or null where some of them are forgotten already.</summary>
    public IReadOnlyList<StoreChange>? Since(long version) =>
        version < _forgottenUpTo ? null : [.. _history.Where(change => change.Version > version)];

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
        _history.Enqueue(change);
        while (_history.Count > capacity)
            _forgottenUpTo = _history.Dequeue().Version;

        // A reader that falls behind is completed and lists again, so that no change is silently lost.
        _subscriptions.RemoveAll(subscription => subscription.Concerns(change) && !subscription.TryWrite(change));
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
