using System.Globalization;
using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Worker.Aws;

namespace Portal.Worker.Engine;

/// <summary>What a worker learns of all others with its renewal, so that a fleet with nothing to do asks for nothing more.</summary>
/// <param name="IsAnythingUnderWay">Whether any operation is queued or runs, wherever.</param>
/// <param name="IsAnyTargetFree">Whether a target is observed by nobody, or by a worker that has been silent for a while.</param>
/// <param name="Observed">How many targets this worker has claimed.</param>
/// <param name="Workers">How many are alive.</param>
public sealed record FleetSight(bool IsAnythingUnderWay, bool IsAnyTargetFree, int Observed, int Workers)
{
    /// <summary>Whether people are to be told of something, or something is due to be sent to them.</summary>
    public bool IsAnythingToTell { get; init; }
}

/// <summary>
/// What this process may do: it owns operations for as long as its row in <c>workers</c> is fresh. Renewed every second, lost
/// after three, by the database's clock. A process that was paused or cut off finds its lease lost and stops what it ran; whoever is
/// alive has taken it over by then.
/// </summary>
public sealed partial class WorkerLease(NpgsqlDataSource database, TimeProvider clock, ILogger<WorkerLease> logger) : BackgroundService, IWorkerLease, IFleet
{
    /// <summary>A worker is alive whose row says so; for SQL that has a worker's id in <c>owner</c>.</summary>
    public const string IsAlive = "select from workers w where w.id = owner and w.seen_at > clock_timestamp() - interval '3 seconds'";

    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private CancellationTokenSource? _held;
    private FleetSight? _fleet;

    /// <summary>Unique to the process, also in containers, where every process has the same number.</summary>
    public string Id { get; } = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid():N}");

    public CancellationToken? Held
    {
        get
        {
            lock (_gate)
                return _held?.Token;
        }
    }

    /// <summary>As the last renewal found it; null where that is not known, and whoever wants to know has to look.</summary>
    public FleetSight? Fleet => Volatile.Read(ref _fleet);

    public int Workers => Math.Max(1, Fleet?.Workers ?? 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var renewed = clock.GetTimestamp();
        var asked = renewed;
        var answer = Task.FromResult(false);
        var trouble = "Postgres does not answer";
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (answer.IsCompleted)
                    (answer, asked) = (RenewAsync(Held is not null), clock.GetTimestamp());
                // An answer that Postgres owes is not waited for: to break a command off means asking Postgres, and the lease runs out meanwhile.
                var isOurs = await answer.WaitAsync(Held is null ? Patience : Left(renewed), clock, stoppingToken);
                // One that took longer was worth something once.
                if (Left(asked) > TimeSpan.Zero)
                {
                    (renewed, trouble) = (asked, "Postgres does not answer");
                    if (isOurs)
                        Hold();
                    else
                        Lose("it was not renewed in time");
                }
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                if (error is not TimeoutException)
                    trouble = error.Message;
                if (Left(renewed) == TimeSpan.Zero)
                    Lose(trouble);
            }

            await Task.Delay(Renewal, clock, stoppingToken);
        }
    }

    private TimeSpan Left(long since) => clock.GetElapsedTime(since) is var gone && gone < Patience ? Patience - gone : TimeSpan.Zero;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Lose("the process stops");
        try
        {
            await DeleteAsync(cancellationToken).WaitAsync(Patience, clock, cancellationToken);
        }
        catch (Exception error) when (DatabaseFaults.IsAway(error))
        {
            // The lease runs out by itself.
        }
    }

    private async Task DeleteAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync("delete from workers where id = @Id", new { Id });
    }

    /// <returns>False where the lease had run out before: what was owned may be somebody else's.</returns>
    internal async Task<bool> RenewAsync(bool isHeld)
    {
        await using var connection = await database.OpenConnectionAsync();
        if (!isHeld)
        {
            // Whoever was killed left its row. After a day nobody has a use for it, and who begins makes room for its own.
            await connection.ExecuteAsync(new CommandDefinition(
                "delete from workers where seen_at < clock_timestamp() - interval '1 day' and id <> @Id", new { Id }, commandTimeout: (int)Patience.TotalSeconds));
            return await connection.ExecuteAsync(new CommandDefinition(
                """
                insert into workers (id, started_at, seen_at) values (@Id, clock_timestamp(), clock_timestamp())
                on conflict (id) do update set seen_at = excluded.seen_at
                """, new { Id }, commandTimeout: (int)Patience.TotalSeconds)) == 1;
        }

        // One that is silent for two seconds will be lost in the next: whoever looks then finds it at once.
        var (isRenewed, isAnythingUnderWay, isAnyTargetFree, observed, workers, isAnythingToTell) = await connection.QuerySingleAsync<(bool, bool, bool, int, int, bool)>(new CommandDefinition(
            """
            with renewed as (
              update workers set seen_at = clock_timestamp() where id = @Id and seen_at > clock_timestamp() - interval '3 seconds' returning id)
            select exists (select from renewed),
                   exists (select from operations where state in ('Queued', 'Running', 'Cancelling')),
                   exists (select from targets t left join observers o on o.target = t.name
                           where owner is null
                             or (owner <> @Id and not exists (select from workers w where w.id = owner and w.seen_at > clock_timestamp() - interval '2 seconds'))),
                   (select count(*)::int from observers where owner = @Id),
                   (select count(*)::int from workers where seen_at > clock_timestamp() - interval '3 seconds' or id = @Id),
                   exists (select from outbox) or exists (select from deliveries where sent_at is null and given_up_at is null and due_at <= clock_timestamp())
            """, new { Id }, commandTimeout: (int)Patience.TotalSeconds));
        Volatile.Write(ref _fleet, new FleetSight(isAnythingUnderWay, isAnyTargetFree, observed, workers) { IsAnythingToTell = isAnythingToTell });
        return isRenewed;
    }

    private void Hold()
    {
        lock (_gate)
        {
            if (_held is not null)
                return;
            _held = new CancellationTokenSource();
        }

        LogHeld(Id);
    }

    private void Lose(string why)
    {
        CancellationTokenSource? held;
        lock (_gate)
            (held, _held) = (_held, null);
        if (held is null)
            return;
        LogLost(Id, why);
        held.Cancel();
        held.Dispose();
    }

    [LoggerMessage(LogLevel.Information, "Worker {Id} is alive.")]
    private partial void LogHeld(string id);

    [LoggerMessage(LogLevel.Warning, "Worker {Id} gives up what it runs: {Why}.")]
    private partial void LogLost(string id, string why);
}
