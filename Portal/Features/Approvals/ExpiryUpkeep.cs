using Portal.Core.Requests;

namespace Portal.Features.Approvals;

/// <summary>Ends requests that nobody decides on. A portal does it, because the rules say how long they wait, and a worker has no templates; any number do it beside each other.</summary>
internal sealed partial class ExpiryUpkeep(ExpireRequests expire, TimeProvider clock, ILogger<ExpiryUpkeep> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await expire.SweepAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogAway(logger, error.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Requests that have waited too long could not be ended ({Reason}).")]
    private static partial void LogAway(ILogger logger, string reason);
}
