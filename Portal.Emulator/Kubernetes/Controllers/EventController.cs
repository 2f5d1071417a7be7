using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Lets events go an hour after they were last seen, as the API server does (--event-ttl).</summary>
internal sealed class EventController(ControllerContext context) : IController
{
    private static readonly TimeSpan _kept = TimeSpan.FromHours(1);

    // Namespaces that are looked at again in time. What comes later goes later: it needs no look of its own.
    private readonly HashSet<string> _planned = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    public IEnumerable<string> Concerned(StoreChange change)
    {
        if (change.Kind != Kinds.Event)
            return [];
        if (change.Type == ChangeType.Deleted)
            context.Events.Forget(change.Object);
        lock (_gate)
            return change.Type == ChangeType.Added && _planned.Add(change.Object.Namespace()) ? [change.Object.Namespace()] : [];
    }

    /// <summary>Looks at a whole namespace: one timer for all of its events.</summary>
    public TimeSpan? Reconcile(string key)
    {
        // Taken back before the look: an event that comes meanwhile is either seen or brings a look of its own.
        lock (_gate)
            _planned.Remove(key);
        TimeSpan? next = null;
        foreach (var item in context.Store.List(Kinds.Event, key))
        {
            var left = DateTimeOffset.TryParse(item.Text("lastTimestamp"), out var seen) ? seen + _kept - context.Clock.Now : TimeSpan.Zero;
            if (left <= TimeSpan.Zero)
                context.Store.Delete(Kinds.Event, item.Namespace(), item.Name(), DeleteOptions.Default);
            else if (next is null || left < next)
                next = left;
        }

        if (next is not null)
        {
            lock (_gate)
                _planned.Add(key);
        }

        return next;
    }
}
