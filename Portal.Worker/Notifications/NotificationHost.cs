using Microsoft.Extensions.Options;
using Portal.Core.Notifications;
using Portal.Core.Persistence;
using Portal.Worker.Engine;

namespace Portal.Worker.Notifications;

/// <summary>
/// Tells people of what has happened, in every worker: takes events out of the outbox, and sends what is due. It looks when the worker's lease has
/// seen that there is something, and then until there is nothing; who takes something has it alone.
/// </summary>
public sealed partial class NotificationHost(
    SpreadNotices spread, Deliveries deliveries, NoticeChoices choices, IEnumerable<IMessenger> messengers, WorkerLease lease, IOptions<NotificationOptions> options, TimeProvider clock,
    ILogger<NotificationHost> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // As many as a lease lasts for, should all of them take as long as they may.
    private const int AtOnce = 20;
    private const int Beside = 4;

    private readonly Dictionary<DeliveryChannel, IMessenger> _messengers = messengers.ToDictionary(messenger => messenger.Channel);
    private readonly NoticeRoutes _routes = options.Value.Routes;
    private bool _said;
    private bool _failed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!_said)
                    await choices.SayRoutesAsync(_routes, stoppingToken);
                _said = true;
                if (lease.Fleet?.IsAnythingToTell ?? true)
                    await WorkAsync(stoppingToken);
                _failed = false;
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                // Said once: the database may be away for long.
                if (!_failed)
                    LogFailed(error.Message);
                _failed = true;
            }

            await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>All that there is to tell now.</summary>
    internal async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (await spread.RunAsync(_routes, cancellationToken) > 0)
        {
        }

        while (await deliveries.TakeAsync(AtOnce, cancellationToken) is { Count: > 0 } taken)
            await Parallel.ForEachAsync(taken, new ParallelOptions { MaxDegreeOfParallelism = Beside, CancellationToken = cancellationToken }, async (one, token) => await SendAsync(one, token));
    }

    private async Task SendAsync(Delivery one, CancellationToken cancellationToken)
    {
        var trouble = await TryAsync(one, cancellationToken);
        if (trouble is null)
            await deliveries.SentAsync(one, cancellationToken);
        else if (await deliveries.FailedAsync(one, trouble, cancellationToken))
            LogGivenUp(one.Id, one.Channel, one.Attempt, trouble.Trouble);
    }

    private async Task<DeliveryTrouble?> TryAsync(Delivery one, CancellationToken cancellationToken)
    {
        try
        {
            await _messengers[one.Channel].SendAsync(one, cancellationToken);
            return null;
        }
        catch (DeliveryFailedException failed)
        {
            return failed.Trouble;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // A fault of ours must not keep all others from being sent. What it says may have an address in it.
            LogFault(one.Id, error.GetType().Name);
            return new DeliveryTrouble("The portal could not send it; its worker's log names the fault.");
        }
    }

    [LoggerMessage(LogLevel.Warning, "What has happened could not be told ({Reason}); trying again.")]
    private partial void LogFailed(string reason);

    [LoggerMessage(LogLevel.Warning, "Delivery {Id} ({Channel}) is given up after {Attempts} tries: {Trouble}")]
    private partial void LogGivenUp(Guid id, DeliveryChannel channel, int attempts, string trouble);

    [LoggerMessage(LogLevel.Error, "Delivery {Id} met a {Fault}.")]
    private partial void LogFault(Guid id, string fault);
}
