using System.Globalization;
using System.Text.Json;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Tokens;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Api;

/// <summary>
/// Events as they come, as Server-Sent Events: each has its number as id, so that who was cut off goes on where they were (Last-Event-ID). A
/// beat at least every 15 seconds; the token is asked about anew with each, so that one that was revoked sees no more.
/// </summary>
internal sealed class EventStream(EnvironmentQueries environments, OperationQueries operations, EnvironmentFeed feed, TokenQueries tokens, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    private static readonly TimeSpan s_beat = TimeSpan.FromSeconds(15);

    private static readonly JsonSerializerOptions s_line = new(Bodies.Json) { WriteIndented = false };

    /// <param name="after">Number of the last event that was read; 0 for all.</param>
    /// <param name="operation">Only what happened in it, up to its end, with which the stream ends; null for all, until somebody hangs up.</param>
    public async Task WriteAsync(HttpContext context, Guid environmentId, long after, Guid? operation)
    {
        // A portal that goes does not wait for who only listens.
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var (response, cancellation) = (context.Response, ends.Token);
        var (token, actor) = (TokenHandler.TokenOf(context.Request)!, TokenHandler.HolderOf(context).Actor);
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-store";
        // Proxies that gather what they pass on would gather for ever.
        response.Headers["X-Accel-Buffering"] = "no";
        using var changes = feed.Watch(environmentId);
        try
        {
            while (true)
            {
                // Its state first: what it did before its end is read then.
                var isOver = operation is { } id && await IsOverAsync(actor, id, cancellation);
                after = await WriteNewAsync(response, actor, environmentId, after, operation, cancellation);
                if (isOver)
                {
                    await response.WriteAsync("event: end\ndata: {}\n\n", cancellation);
                    return;
                }

                await response.Body.FlushAsync(cancellation);
                if (await ChangesAsync(changes, cancellation))
                    continue;
                if (await tokens.FindAsync(token, cancellation) is null)
                    return;
                await response.WriteAsync(": still there\n\n", cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // Whoever listened has gone, or the portal goes.
        }
    }

    private async Task<long> WriteNewAsync(HttpResponse response, Actor actor, Guid environmentId, long after, Guid? operation, CancellationToken cancellation)
    {
        while (true)
        {
            // Numbers have no gaps, so that the next hundred are those up to the hundredth from here.
            var (rows, _) = await environments.EventsAsync(actor, environmentId, new EventFilter(), after + EnvironmentQueries.MaxPageSize, 0, EnvironmentQueries.MaxPageSize, cancellation);
            var fresh = rows.Where(row => row.Number > after).OrderBy(row => row.Number).ToList();
            if (fresh.Count == 0)
                return after;
            var wanted = operation is null ? fresh : await OfAsync(actor, environmentId, operation.Value, fresh, cancellation);
            foreach (var row in wanted)
            {
                var data = JsonSerializer.Serialize(row.ToAnswer(), s_line);
                await response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"id: {row.Number}\nevent: {row.Kind}\ndata: {data}\n\n"), cancellation);
            }

            after = fresh[^1].Number;
        }
    }

    private async Task<IReadOnlyList<EventInfo>> OfAsync(Actor actor, Guid environmentId, Guid operation, List<EventInfo> fresh, CancellationToken cancellation)
    {
        var (rows, _) = await environments.EventsAsync(
            actor, environmentId, new EventFilter { Operation = operation }, fresh[^1].Number, 0, EnvironmentQueries.MaxPageSize, cancellation);
        return [.. rows.Where(row => row.Number >= fresh[0].Number).OrderBy(row => row.Number)];
    }

    private async Task<bool> IsOverAsync(Actor actor, Guid operation, CancellationToken cancellation) =>
        await operations.FindAsync(actor, operation, cancellation) is not { Summary.Operation.State: OperationState.Queued or OperationState.Running or OperationState.Cancelling };

    /// <returns>False where nothing changed for as long as a beat.</returns>
    private async Task<bool> ChangesAsync(Subscription<EnvironmentSnapshot?> changes, CancellationToken cancellation)
    {
        using var beat = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var timer = clock.CreateTimer(_ => beat.Cancel(), null, s_beat, Timeout.InfiniteTimeSpan);
        try
        {
            await changes.Values.ReadAsync(beat.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
