using System.Collections.Concurrent;
using Portal.Core.Operations;

namespace Portal.Worker.Engine;

/// <summary>
/// Runs the operations that this process owns. A job of Hangfire's claims one and hands it over here, where it waits without a thread, a
/// connection or the job. What is lost with a process is found by the others.
/// </summary>
public sealed partial class OperationHost(
    IOperationClaims claims, OperationRunner runner, IWorkerLease lease, TimeProvider clock, ILogger<OperationHost> logger) : BackgroundService, IOperationDispatch
{
    /// <summary>Each is a few awaits and a plan in memory; more than this wait for another worker, or for one of them to end.</summary>
    private const int MostAtOnce = 200;

    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, Running> _running = new();
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>What runs is interrupted where it waits and given back; another worker goes on with it.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await _stopping.CancelAsync();
        await Task.WhenAll(_running.Values.Select(running => running.Work)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override void Dispose()
    {
        _stopping.Dispose();
        base.Dispose();
    }

    /// <summary>Looks for what others have left.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (lease.Held is not null)
                    await SweepAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogSweepFailed(error.Message);
            }

            await Task.Delay(SweepEvery, clock, stoppingToken);
        }
    }

    public async Task TakeAsync(Guid operationId)
    {
        // Left alone, it is enqueued again in a moment.
        if (_stopping.IsCancellationRequested || _running.Count >= MostAtOnce || _running.ContainsKey(operationId) || lease.Held is not { } held)
            return;
        if (!await claims.ClaimAsync(operationId))
            return;
        // Cancelled when a person wants it, which is another thing than a process that stops.
        var running = new Running();
        if (_running.TryAdd(operationId, running))
            running.Work = RunAsync(operationId, running, held);
    }

    private async Task RunAsync(Guid operationId, Running running, CancellationToken held)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(held, _stopping.Token);
        try
        {
            await runner.RunAsync(operationId, running.Cancel.Token, stop.Token, running.Begun);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The process stops or has lost its lease: the next runner goes on from what is written.
        }
        catch (FencedException error)
        {
            LogFenced(error.Message);
        }
        catch (Exception error)
        {
            // The database, most likely. What is written is written; the next runner goes on from there.
            LogBroken(operationId, error);
        }
        finally
        {
            await GiveBackAsync(operationId);
            _running.TryRemove(operationId, out _);
            running.Cancel.Dispose();
        }
    }

    private async Task GiveBackAsync(Guid operationId)
    {
        try
        {
            await claims.ReleaseAsync(operationId);
        }
        catch (Exception error)
        {
            LogKept(operationId, error.Message);
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        var asked = _running.ToArray();
        var owned = asked.Select(one => one.Key).ToList();
        // While nobody has room, what waits is not enqueued again and again.
        if (owned.Count < MostAtOnce)
        {
            foreach (var id in await claims.EnqueueAbandonedAsync(owned, cancellationToken))
                LogAbandoned(id);
        }

        if (owned.Count == 0)
            return;
        foreach (var fence in await claims.CancellingAsync(owned, cancellationToken))
            asked.First(one => one.Key == fence.OperationId).Value.Ask(fence);
    }

    [LoggerMessage(LogLevel.Information, "{Reason} Stopped here.")]
    private partial void LogFenced(string reason);

    [LoggerMessage(LogLevel.Warning, "Operation {OperationId} was interrupted; it is taken up again.")]
    private partial void LogBroken(Guid operationId, Exception error);

    [LoggerMessage(LogLevel.Information, "Operation {OperationId} could not be given back ({Reason}); the sweep finds it.")]
    private partial void LogKept(Guid operationId, string reason);

    [LoggerMessage(LogLevel.Warning, "The sweep for abandoned operations failed ({Reason}); the next one comes.")]
    private partial void LogSweepFailed(string reason);

    [LoggerMessage(LogLevel.Information, "Nobody ran operation {OperationId}; it is enqueued again.")]
    private partial void LogAbandoned(Guid operationId);

    private sealed class Running
    {
        private Fence? _fence;

        public CancellationTokenSource Cancel { get; } = new();

        public Task Work { get; set; } = Task.CompletedTask;

        public void Begun(Fence fence) => Volatile.Write(ref _fence, fence);

        /// <summary>
        /// A late answer is about the run that it names. One that has begun since read for itself whether it is wanted; somebody may have gone
        /// on with what was cancelled then.
        /// </summary>
        public void Ask(Fence fence)
        {
            if (Volatile.Read(ref _fence) != fence)
                return;
            try
            {
                Cancel.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has just ended by itself.
            }
        }
    }
}
