namespace Portal.Infrastructure.SignIn;

/// <summary>Removes what has ended, a little at a time; any number of portals do it beside each other.</summary>
internal sealed partial class SessionUpkeep(SessionStore sessions, TimeProvider clock, ILogger<SessionUpkeep> logger) : BackgroundService
{
    private const int Bite = 500;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                await sessions.RemoveEndedAsync(Bite, stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogAway(logger, error.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Ended sessions could not be removed ({Reason}).")]
    private static partial void LogAway(ILogger logger, string reason);
}
