using Portal.Core.Environments;

namespace Portal.Infrastructure.Live;

/// <summary>Reads what nobody may have told.</summary>
/// <param name="watched">Environments whose revision is wanted.</param>
/// <param name="all">Whether the revisions of all of them together are.</param>
public delegate Task<Untold> ReadUntold(IReadOnlyCollection<Guid> watched, bool all, CancellationToken cancellationToken);

/// <summary>
/// Tells the pages what nobody else does: that no worker is left who sees an environment, or that one does again; and what a process had
/// committed, and died before it could tell. Whatever has been told and read costs no second read.
/// </summary>
public sealed partial class UntoldWatch(ReadUntold read, EnvironmentFeed environments, OverviewFeed overview, TimeProvider clock, ILogger<UntoldWatch> logger) : BackgroundService
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var before = new Untold(new HashSet<Guid>(), new Dictionary<Guid, long>(), null);
        while (true)
        {
            try
            {
                var now = await read(environments.Watched, overview.IsWatched, stoppingToken);
                Tell(before, now);
                before = now with { All = now.All ?? before.All };
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                // Pages say themselves that the database is away.
                LogFailed(error.Message);
            }

            await Task.Delay(Every, clock, stoppingToken);
        }
    }

    private void Tell(Untold before, Untold now)
    {
        foreach (var (environment, revision) in now.Revisions)
            environments.Hear(environment, revision);
        List<Guid> turned = [.. now.Unseen.Except(before.Unseen), .. before.Unseen.Except(now.Unseen)];
        foreach (var environment in turned)
            environments.Reread(environment);
        if (turned.Count > 0 || (now.All is not null && now.All != before.All))
            overview.Changed();
    }

    [LoggerMessage(LogLevel.Debug, "What nobody tells could not be read ({Reason}); trying again.")]
    private partial void LogFailed(string reason);
}
