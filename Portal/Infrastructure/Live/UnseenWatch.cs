using Portal.Core.Environments;
using Portal.Core.Persistence;

namespace Portal.Infrastructure.Live;

/// <summary>The environments that are not seen right now.</summary>
public delegate Task<IReadOnlySet<Guid>> ReadUnseen(CancellationToken cancellationToken);

/// <summary>
/// Tells the pages when an environment is not seen any more, or is again. The observers tell that themselves while there are any; that no worker
/// is left nobody tells, so each portal looks.
/// </summary>
public sealed partial class UnseenWatch(ReadUnseen read, IEnumerable<INotificationHandler> pages, TimeProvider clock, ILogger<UnseenWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        IReadOnlySet<Guid> before = new HashSet<Guid>();
        while (true)
        {
            try
            {
                var now = await read(stoppingToken);
                foreach (var changed in now.Except(before).Concat(before.Except(now)))
                    Tell(changed);
                before = now;
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                // Pages say themselves that the database is away.
                LogFailed(error.Message);
            }

            await Task.Delay(Every, clock, stoppingToken);
        }
    }

    private void Tell(Guid environment)
    {
        foreach (var page in pages.Where(page => page.Channels.Contains(Channels.Event)))
            page.Notified(Channels.Event, $"{environment}:0");
    }

    [LoggerMessage(LogLevel.Debug, "What is not seen could not be read ({Reason}); trying again.")]
    private partial void LogFailed(string reason);
}
