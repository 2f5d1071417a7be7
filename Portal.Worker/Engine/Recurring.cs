using Hangfire;
using Hangfire.Storage;
using Portal.Core.Operations;

namespace Portal.Worker.Engine;

/// <summary>Something that is done again and again, once at each time for all workers together.</summary>
public interface IRecurring
{
    /// <summary>Kebab-case; it stands in the dashboard and in the database.</summary>
    string Id { get; }

    /// <summary>Cron, five fields, UTC.</summary>
    string Schedule { get; }

    /// <summary>Looks at what is due by the database, so that a run that was missed is made up for by the next, and two at once do nothing twice.</summary>
    Task RunAsync(CancellationToken cancellationToken);
}

/// <summary>What the recurring jobs call.</summary>
public sealed class RecurringRun(IEnumerable<IRecurring> recurring)
{
    // A run that fails is made up for by the next; ten more tries of the old one would only stand in its way.
    [AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Fail)]
    [JobDisplayName("{0}")]
    public Task RunAsync(string id, CancellationToken cancellationToken) =>
        recurring.First(one => one.Id == id).RunAsync(cancellationToken);
}

/// <summary>
/// Has Hangfire's schedule say what this version of the worker does: every <see cref="IRecurring"/>, and nothing that another version left.
/// However many runs were missed while no worker was there, one follows.
/// </summary>
public sealed partial class RecurringSchedule(
    IRecurringJobManager jobs, JobStorage storage, IEnumerable<IRecurring> recurring, TimeProvider clock, ILogger<RecurringSchedule> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                Say();
                return;
            }
            catch (Exception error)
            {
                // The database, which may come and go at any moment, this one included.
                LogUnsaid(error.Message);
            }

            await Task.Delay(Pause, clock, stoppingToken);
        }
    }

    internal void Say()
    {
        var wanted = recurring.ToDictionary(one => one.Id, StringComparer.Ordinal);
        using (var connection = storage.GetConnection())
        {
            foreach (var left in connection.GetRecurringJobs().Where(job => !wanted.ContainsKey(job.Id)))
                jobs.RemoveIfExists(left.Id);
        }

        foreach (var (id, one) in wanted)
        {
            jobs.AddOrUpdate<RecurringRun>(id, JobStorageSettings.DefaultQueue, run => run.RunAsync(id, CancellationToken.None), one.Schedule,
                new RecurringJobOptions { TimeZone = TimeZoneInfo.Utc, MisfireHandling = MisfireHandlingMode.Relaxed });
        }
    }

    [LoggerMessage(LogLevel.Warning, "What recurs could not be put on the schedule ({Reason}); trying again.")]
    private partial void LogUnsaid(string reason);
}
