using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>One watch: a line of JSON for each change, until the client leaves, the time is over, or it falls too far behind.</summary>
internal sealed class WatchHandler(ClusterStore store, EmulatorClock clock)
{
    private const int DefaultTimeoutSeconds = 30 * 60;
    private static readonly TimeSpan _bookmarkEvery = TimeSpan.FromMinutes(1);

    public async Task HandleAsync(HttpContext context, ApiPath path, ListQuery query, Shape shape)
    {
        context.Response.ContentType = "application/json";
        var lines = new WatchWriter(context.Response, path.Kind, shape, clock, context.Request.Query["includeObject"]);
        using var subscription = await StartAsync(path, query, lines, context.RequestAborted);
        if (subscription is null)
            return;

        await context.Response.Body.FlushAsync(context.RequestAborted);
        var timeout = TimeSpan.FromSeconds(query.TimeoutSeconds > 0 ? query.TimeoutSeconds : DefaultTimeoutSeconds);
        using var ended = new CancellationTokenSource(timeout, clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ended.Token, context.RequestAborted);
        try
        {
            while (await NextAsync(subscription.Changes.WaitToReadAsync(either.Token).AsTask(), query, lines, either.Token))
            {
                while (subscription.Changes.TryRead(out var change))
                    await SendAsync(change, query, lines, either.Token);
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            // The end that the client asked for: the stream closes without a word.
            await context.Response.CompleteAsync();
        }
    }

    private async Task<WatchSubscription?> StartAsync(ApiPath path, ListQuery query, WatchWriter lines, CancellationToken cancellationToken)
    {
        if (query.ResourceVersion is "" or "0" || query.SendsInitialEvents)
        {
            var (items, version, live) = store.ListAndWatch(path.Kind, path.Namespace);
            foreach (var item in items.Where(query.Matches))
                await lines.SendAsync("ADDED", item, cancellationToken);
            if (query.SendsInitialEvents && query.AllowsBookmarks)
                await lines.BookmarkAsync(version, isInitialEnd: true, cancellationToken);
            return live;
        }

        if (!long.TryParse(query.ResourceVersion, out var since))
            throw ApiException.BadRequest($"resourceVersion: Invalid value: \"{query.ResourceVersion}\": strconv.ParseUint: parsing \"{query.ResourceVersion}\": invalid syntax");
        ListQuery.CheckNotInFuture(since, store);
        if (store.Watch(path.Kind, path.Namespace, since) is not { } watch)
        {
            // As the API server's watch cache does: status 200, and the refusal as the only event.
            await lines.ErrorAsync(ApiException.Expired($"too old resource version: {since} ({store.Version})"), cancellationToken);
            return null;
        }

        foreach (var change in watch.Backlog)
            await SendAsync(change, query, lines, cancellationToken);
        return watch.Live;
    }

    /// <param name="next">The wait for a change: false where the subscription was completed, and the client lists again.</param>
    internal async Task<bool> NextAsync(Task<bool> next, ListQuery query, WatchWriter lines, CancellationToken cancellationToken)
    {
        // One cancellation ends the pause and then the wait. In between there is nothing to go round for: some dozens of watches that did so
        // when their clients left together held every thread that the end of the wait needs.
        while (query.AllowsBookmarks && !next.IsCompleted && !cancellationToken.IsCancellationRequested)
        {
            // Taken before the wait: nothing up to it is still on its way.
            var version = store.Version;
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var pause = Task.Delay(_bookmarkEvery, clock.Time, waiting.Token);
            if (await Task.WhenAny(next, pause) == pause && !cancellationToken.IsCancellationRequested)
                await lines.BookmarkAsync(version, isInitialEnd: false, cancellationToken);
            await waiting.CancelAsync();
        }

        return await next;
    }

    /// <summary>A change into or out of the selection is an arrival or a departure to the watcher.</summary>
    private static Task SendAsync(StoreChange change, ListQuery query, WatchWriter lines, CancellationToken cancellationToken)
    {
        var matched = change.Previous is not null && change.Type != ChangeType.Added && query.Matches(change.Previous);
        var matches = change.Type != ChangeType.Deleted && query.Matches(change.Object);
        return (matched, matches) switch
        {
            (false, true) => lines.SendAsync("ADDED", change.Object, cancellationToken),
            (true, true) => lines.SendAsync("MODIFIED", change.Object, cancellationToken),
            (true, false) => lines.SendAsync("DELETED", change.Object, cancellationToken),
            _ => Task.CompletedTask,
        };
    }
}
