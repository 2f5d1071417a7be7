using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Lets events go an hour after they were last seen, as the API server does (--event-ttl).</summary>
internal sealed class EventController(ControllerContext context) : IController
{
    private static readonly TimeSpan _kept = TimeSpan.FromHours(1);

    public IEnumerable<string> Concerned(StoreChange change)
    {
        if (change.Kind != Kinds.Event)
            return [];
        if (change.Type == ChangeType.Deleted)
            context.Events.Forget(change.Object);
        return change.Type == ChangeType.Added ? [change.Object.Namespace() + "/"] : [];
    }

    /// <summary>Looks at a whole namespace: one timer for all of its events.</summary>
    public TimeSpan? Reconcile(string key)
    {
        TimeSpan? next = null;
        foreach (var item in context.Store.List(Kinds.Event, key.TrimEnd('/')))
        {
            var left = DateTimeOffset.TryParse(item.Text("lastTimestamp"), out var seen) ? seen + _kept - context.Clock.Now : TimeSpan.Zero;
            if (left <= TimeSpan.Zero)
                context.Store.Delete(Kinds.Event, item.Namespace(), item.Name(), DeleteOptions.Default);
            else if (next is null || left < next)
                next = left;
        }

        return next;
    }
}
