namespace Portal.Infrastructure.Hosting;

/// <summary>
/// What a portal does by itself now and then, any number of portals beside each other: at once, and again after each interval. What fails is
/// logged, and tried again at its next turn.
/// </summary>
internal abstract partial class Upkeep(TimeSpan interval, TimeProvider clock, ILogger logger) : BackgroundService
{
    /// <summary>What could not be done, for example "Ended sessions could not be removed".</summary>
    protected abstract string Failure { get; }

    protected abstract Task WorkAsync(CancellationToken cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, clock);
        do
        {
            try
            {
                await WorkAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogAway(logger, Failure, error.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Failure} ({Reason}).")]
    private static partial void LogAway(ILogger logger, string failure, string reason);
}
