using System.Threading.Channels;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Runs a cluster's controllers one key after another, so that they never race with each other.</summary>
internal sealed class ControllerLoop(ControllerContext context, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan _afterFault = TimeSpan.FromSeconds(1);

    private readonly Channel<(IController Controller, string Key)> _queue = Channel.CreateUnbounded<(IController, string)>();
    private readonly HashSet<(IController, string)> _queued = [];
    private readonly Dictionary<(IController Controller, string Key), DateTimeOffset> _planned = [];
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private IReadOnlyList<IController> _controllers = [];
    private Task _running = Task.CompletedTask;
    private int _isStopped;

    /// <summary>Looks at everything that is there, then at what changes.</summary>
    public void Start(IReadOnlyList<IController> controllers)
    {
        _controllers = controllers;
        context.Store.Changed = Notice;
        LookAtAll();
        _running = Task.Run(() => RunAsync(_stop.Token));
    }

    public void LookAtAll()
    {
        foreach (var kind in context.Store.AllKinds)
        {
            foreach (var item in context.Store.List(kind))
                Notice(new StoreChange(0, ChangeType.Added, kind, item, null));
        }
    }

    public void Enqueue(IController controller, string key)
    {
        lock (_gate)
        {
            if (_queued.Add((controller, key)))
                _queue.Writer.TryWrite((controller, key));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isStopped, 1) == 1)
            return;

        context.Store.Changed = null;
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private void Notice(StoreChange change)
    {
        foreach (var controller in _controllers)
        {
            foreach (var key in controller.Concerned(change))
                Enqueue(controller, key);
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var item in _queue.Reader.ReadAllAsync(cancellationToken))
            {
                lock (_gate)
                    _queued.Remove(item);
                if (Reconcile(item.Controller, item.Key) is { } again)
                    Plan(item, again, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            logger.LogDebug("The controllers of {Cluster} stop", context.Cluster.Name);
        }
    }

    private TimeSpan? Reconcile(IController controller, string key)
    {
        try
        {
            return controller.Reconcile(key);
        }
        catch (ApiException refusal) when (refusal.Code is 403 or 404 or 409)
        {
            // Somebody was quicker, or the namespace is going: the next look sees what is left to do.
            logger.LogDebug(refusal, "{Controller} looks at {Key} again", controller.GetType().Name, key);
            return _afterFault;
        }
#pragma warning disable CA1031 // One object that a controller cannot cope with must not stop the cluster.
        catch (Exception error)
#pragma warning restore CA1031
        {
            logger.LogError(error, "{Controller} failed at {Key} of cluster {Cluster}", controller.GetType().Name, key, context.Cluster.Name);
            return _afterFault;
        }
    }

    private void Plan((IController Controller, string Key) item, TimeSpan delay, CancellationToken cancellationToken)
    {
        var due = context.Clock.Now + delay;
        lock (_gate)
        {
            if (_planned.TryGetValue(item, out var earlier) && earlier <= due)
                return;
            _planned[item] = due;
        }

        _ = EnqueueAtAsync(item, due, delay, cancellationToken);
    }

    private async Task EnqueueAtAsync((IController Controller, string Key) item, DateTimeOffset due, TimeSpan delay, CancellationToken cancellationToken)
    {
        // A timer may fire a moment early: one more millisecond spares a look that finds nothing due.
        await Task.Delay(delay + TimeSpan.FromMilliseconds(1), context.Clock.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (cancellationToken.IsCancellationRequested)
            return;

        lock (_gate)
        {
            if (_planned.TryGetValue(item, out var planned) && planned == due)
                _planned.Remove(item);
        }

        Enqueue(item.Controller, item.Key);
    }
}
