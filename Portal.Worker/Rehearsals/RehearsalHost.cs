using Microsoft.Extensions.Options;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Rehearsals;
using Portal.Worker.Engine;

namespace Portal.Worker.Rehearsals;

/// <summary>
/// Plays rehearsals, one at a time a process. A job of Hangfire's claims one and hands it over here; whoever has ended one takes the next that
/// waits. What is lost with a process is found by <see cref="RehearsalUpkeep"/>.
/// </summary>
public sealed partial class RehearsalHost(
    RehearsalStore store, IStage stage, IStageDatabases databases, IWorkerLease lease, IOptions<RehearsalOptions> options, TimeProvider clock, ILogger<RehearsalHost> logger)
    : IHostedService, IPlayRehearsal, IDisposable
{
    private static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private Task _playing = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What is played is given back; another worker plays it.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await PlayedAsync().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stopping.Dispose();

    public Task TakeAsync(Guid rehearsalId)
    {
        lock (_gate)
        {
            // Who is busy looks for the next one when he has ended.
            if (_playing.IsCompleted && !_stopping.IsCancellationRequested && lease.Held is { } held)
                _playing = PlayAllAsync(rehearsalId, held);
        }

        return Task.CompletedTask;
    }

    /// <summary>Completes when nothing is played any more.</summary>
    internal Task PlayedAsync()
    {
        lock (_gate)
            return _playing;
    }

    private async Task PlayAllAsync(Guid first, CancellationToken held)
    {
        // What Hangfire waits for is the handing over.
        await Task.Yield();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(held, _stopping.Token);
        try
        {
            for (var next = await store.ClaimAsync(first, stop.Token); next is not null; next = await store.ClaimAsync(null, stop.Token))
                await PlayAsync(next, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The process stops, or has lost its lease.
        }
        catch (Exception error)
        {
            // The database, most likely. Whatever is open is silent from now on, and taken up again.
            LogBroken(error.Message);
        }
    }

    private async Task PlayAsync(HeldRehearsal held, CancellationToken stop)
    {
        try
        {
            if (await EndOfAsync(held, stop) is { } end)
                await store.EndAsync(held, end, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await store.GiveBackAsync(held, CancellationToken.None);
            throw;
        }
    }

    /// <returns>Null for one that is not ours any more.</returns>
    private async Task<RehearsalEnd?> EndOfAsync(HeldRehearsal held, CancellationToken stop)
    {
        if (await store.ScriptAsync(held, stop) is not { } script)
            return new RehearsalEnd(RehearsalState.Cancelled, Trouble: "the request did not wait for a decision any more when its turn came");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(options.Value.TimeLimit);
        try
        {
            var connectionString = await databases.CreateAsync(held.Id, stop);
            return await PlayAsync(held, script, connectionString, limit);
        }
        catch (StageException error)
        {
            LogFailed(held.Id, error);
            return Failed(error.Message.TrimEnd('.'));
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            return Failed($"it took longer than {options.Value.TimeLimit.TotalMinutes:0} minutes, and was stopped");
        }
        catch (Exception error) when (error is not OperationCanceledException && !DatabaseFaults.IsAway(error))
        {
            LogFailed(held.Id, error);
            return Failed($"the portal met a fault of its own ({Evidence.Presentable(error.Message).TrimEnd('.')})");
        }
        finally
        {
            await DropAsync(held.Id);
        }
    }

    private async Task<RehearsalEnd?> PlayAsync(HeldRehearsal held, RehearsalScript script, string connectionString, CancellationTokenSource limit)
    {
        RehearsalProgress? progress = null;
        // Whatever ends this ends the play, which is waited for: nothing of it goes on behind our back.
        using var play = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
        var playing = stage.PlayAsync(script, connectionString, seen => Volatile.Write(ref progress, seen), play.Token);
        try
        {
            while (!playing.IsCompleted)
            {
                await Task.WhenAny(playing, Task.Delay(BeatEvery, clock, limit.Token));
                var beat = await store.BeatAsync(held, Volatile.Read(ref progress), limit.Token);
                if (beat != Beat.GoOn && !playing.IsCompleted)
                    return beat == Beat.Cancel ? new RehearsalEnd(RehearsalState.Cancelled) : null;
            }
        }
        finally
        {
            await play.CancelAsync();
            await ((Task)playing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        var report = await playing;
        return new RehearsalEnd(report.Failure is null ? RehearsalState.Succeeded : RehearsalState.Failed, report);
    }

    private async Task DropAsync(Guid id)
    {
        try
        {
            await databases.DropAsync(id, CancellationToken.None);
        }
        catch (Exception error)
        {
            LogLeft(id, error.Message);
        }
    }

    private static RehearsalEnd Failed(string trouble) => new(RehearsalState.Failed, Trouble: trouble);

    [LoggerMessage(LogLevel.Warning, "Rehearsals were interrupted ({Reason}); what is open is taken up again.")]
    private partial void LogBroken(string reason);

    [LoggerMessage(LogLevel.Warning, "Rehearsal {Id} has no result.")]
    private partial void LogFailed(Guid id, Exception error);

    [LoggerMessage(LogLevel.Warning, "The database of rehearsal {Id} could not be dropped ({Reason}); the next sweep does it.")]
    private partial void LogLeft(Guid id, string reason);
}
