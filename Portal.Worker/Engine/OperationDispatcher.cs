using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Portal.Core.Persistence;
using Quartz;

namespace Portal.Worker.Engine;

/// <summary>
/// Turns operation rows into Quartz jobs: at once for those it hears of, and in a sweep for those that nobody heard. A row that is
/// Running without a job was left by a worker that stopped in good order or lost its database; it is taken up the same way.
/// </summary>
public sealed partial class OperationDispatcher(
    ISchedulerFactory schedulers, OperationStore store, TimeProvider clock, ILogger<OperationDispatcher> logger) : BackgroundService, INotificationHandler
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(10);

    // One token is enough: whoever takes it reads all open operations.
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    public IReadOnlyCollection<string> Channels { get; } = [Core.Persistence.Channels.Operation];

    public void Notified(string channel, string payload) => _wake.Writer.TryWrite(true);

    public void Connected() => _wake.Writer.TryWrite(true);

    public void Disconnected()
    {
        // Connected() comes after it and sweeps.
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ScheduleOpenAsync(stoppingToken);
            }
            catch (Exception error) when (error is NpgsqlException or SchedulerException or TimeoutException)
            {
                LogSweepFailed(logger, error);
            }

            await WaitAsync(stoppingToken);
        }
    }

    private async Task ScheduleOpenAsync(CancellationToken cancellationToken)
    {
        var scheduler = await schedulers.GetScheduler(cancellationToken);
        foreach (var operationId in await store.OpenAsync(cancellationToken))
        {
            var key = OperationJob.KeyOf(operationId);
            if (await scheduler.Exists(key, cancellationToken))
                continue;
            var job = JobBuilder.Create<OperationJob>().WithIdentity(key).RequestRecovery().Build();
            var trigger = TriggerBuilder.Create().WithIdentity(key.Name, OperationJob.Group).StartNow().Build();
            try
            {
                await scheduler.ScheduleJob(job, trigger, cancellationToken: cancellationToken);
            }
            catch (ObjectAlreadyExistsException)
            {
                LogTaken(logger, operationId);
            }
        }
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var pause = new CancellationTokenSource(SweepEvery, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, pause.Token);
        try
        {
            await _wake.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The sweep is due.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sweep for open operations failed; the next one comes.")]
    private static partial void LogSweepFailed(ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Another worker scheduled operation {OperationId} first.")]
    private static partial void LogTaken(ILogger logger, Guid operationId);
}
