using System.Text.Json;
using System.Threading.Channels;
using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Observe;

/// <summary>
/// One observer a target in the whole fleet: the worker that has claimed it, for as long as it holds its lease. What it cannot write any
/// more, because the database is away or another has taken over, ends it; then whoever is alive claims the target.
/// </summary>
public sealed partial class ObserverHost(
    NpgsqlDataSource database, ObserverClaims claims, WorkerLease lease, ICloudFormation stacks, IStackNews stackNews, ILoadBalancers loadBalancers, IKubernetes kubernetes, IClusters clusters,
    ObservationStore observations, ObservedWriter writer, Sights sights, HealthStore healths, TimeProvider clock, ILogger<ObserverHost> logger) : BackgroundService, INotificationHandler
{
    private static readonly TimeSpan ClaimEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan SlowestAfterErrors = TimeSpan.FromMinutes(2);

    private readonly Dictionary<string, (Task Loop, Channel<bool> Wake)> _loops = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    public IReadOnlyCollection<string> Channels { get; } = [Core.Persistence.Channels.Observation];

    public void Notified(string channel, string payload)
    {
        lock (_gate)
        {
            if (_loops.TryGetValue(payload, out var loop))
                loop.Wake.Writer.TryWrite(true);
        }
    }

    public void Connected()
    {
        // Polling goes on by itself; a missed wake-up costs one interval.
    }

    public void Disconnected()
    {
        // The same.
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (lease.Held is { } held)
                    await StartLoopsAsync(held, stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogTargetsFailed(logger, error);
            }

            await Task.Delay(ClaimEvery, clock, stoppingToken);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Task[] loops;
        lock (_gate)
            loops = [.. _loops.Values.Select(loop => loop.Loop)];
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await claims.ReleaseAsync(cancellationToken);
        }
        catch (Exception error)
        {
            // The lease runs out by itself.
            LogTargetsFailed(logger, error);
        }
    }

    private async Task StartLoopsAsync(CancellationToken held, CancellationToken stoppingToken)
    {
        string[] running;
        lock (_gate)
            running = [.. _loops.Where(loop => !loop.Value.Loop.IsCompleted).Select(loop => loop.Key)];
        foreach (var claim in await claims.TakeAsync(running, stoppingToken))
        {
            var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
            lock (_gate)
                _loops[claim.Target] = (LoopAsync(claim, wake.Reader, held, stoppingToken), wake);
        }
    }

    /// <summary>Observes until the lease is lost, something cannot be written or the process stops.</summary>
    private async Task LoopAsync(ObserverClaim claim, ChannelReader<bool> wake, CancellationToken held, CancellationToken stoppingToken)
    {
        LogHolds(logger, claim.Target);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(held, stoppingToken);
        try
        {
            await ObserveAsync(claim, wake, stop);
        }
        catch (OperationCanceledException) when (held.IsCancellationRequested || stoppingToken.IsCancellationRequested)
        {
            // Whoever is alive claims it.
        }
        catch (Exception error)
        {
            LogLost(logger, claim.Target, error);
        }
    }

    private async Task ObserveAsync(ObserverClaim claim, ChannelReader<bool> wake, CancellationTokenSource stop)
    {
        var (target, pace) = await TargetAsync(claim.Target, stop.Token);
        var cursors = await StackCursors.ReadAsync(database, claim.Target, stop.Token);
        var health = new HealthKeeper(claim, healths, clock, logger);
        var observer = new TargetObserver(target, claim, cursors, stacks, loadBalancers, observations, writer, health, clock, logger);
        await using var followed = new ClusterObservers(target, claim, kubernetes, clusters, writer, sights, health, clock, logger);
        var news = new TargetNews(target, stackNews, clock, logger);
        Task[] work =
        [
            PollAsync(claim, observer, news, followed, health, PollPace.Of(pace), wake, stop.Token), TellAsync(followed, health, stop.Token), news.ListenAsync(stop.Token), followed.Ended,
        ];
        var first = await Task.WhenAny(work);
        await stop.CancelAsync();
        await Task.WhenAll(work[..3]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private async Task TellAsync(ClusterObservers followed, HealthKeeper health, CancellationToken cancellationToken)
    {
        while (true)
        {
            await followed.TellAsync(cancellationToken);
            await health.LookAsync(cancellationToken);
            await Task.Delay(TellEvery, clock, cancellationToken);
        }
    }

    private async Task PollAsync(
        ObserverClaim claim, TargetObserver observer, TargetNews news, ClusterObservers followed, HealthKeeper health, PollPace pace, ChannelReader<bool> wake,
        CancellationToken cancellationToken)
    {
        var errors = 0;
        (DateTimeOffset At, string? Trouble) told = default;
        while (true)
        {
            var environments = await EnvironmentsAsync(claim.Target, cancellationToken);
            TimeSpan pause;
            string? trouble = null;
            var throttled = false;
            var began = clock.GetUtcNow();
            try
            {
                var moving = environments.Count > 0 && await observer.PollAsync(environments, cancellationToken);
                errors = 0;
                news.Missed(observer.FoundByPolling);
                pause = pace.After(moving, news.IsTelling, environments, clock.GetUtcNow());
            }
            catch (StepFailedException error)
            {
                errors++;
                trouble = error.Failure.Message;
                throttled = error.Failure.IsThrottling;
                pause = TimeSpan.FromTicks(Math.Min(SlowestAfterErrors.Ticks, pace.Quick.Ticks << Math.Min(errors, 12)));
                LogPollFailed(logger, claim.Target, error.Failure.Message, pause.TotalSeconds);
            }

            followed.Follow(environments);
            health.Follow(environments);
            // To be asked for patience is an answer too; only where it goes on for long nothing is seen.
            if (!throttled && (trouble != told.Trouble || began - told.At >= TellEvery))
            {
                await sights.SaveAsync(claim, began, trouble, cancellationToken);
                told = (began, trouble);
            }

            // Never quicker than quick, however many wake-ups there are: our own writes are among them.
            await ReadNewsAsync(claim, observer, news, pace, pace.Quick, null, cancellationToken);
            if (pause > pace.Quick)
                await ReadNewsAsync(claim, observer, news, pace, pause - pace.Quick, wake, cancellationToken);
        }
    }

    /// <summary>Until the next poll is due, or somebody wakes: what is told of is read.</summary>
    private async Task ReadNewsAsync(
        ObserverClaim claim, TargetObserver observer, TargetNews news, PollPace pace, TimeSpan time, ChannelReader<bool>? wake, CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource(time, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        var woken = wake?.WaitToReadAsync(either.Token).AsTask() ?? Task.Delay(Timeout.InfiniteTimeSpan, clock, either.Token);
        try
        {
            while (await Task.WhenAny(woken, news.Arrived.WaitToReadAsync(either.Token).AsTask()) != woken && !either.IsCancellationRequested)
            {
                await Task.Delay(pace.Gather, clock, either.Token);
                news.Arrived.TryRead(out _);
                await observer.ReadAsync(news.Take(), await EnvironmentsAsync(claim.Target, cancellationToken), cancellationToken);
            }

            wake?.TryRead(out _);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The next poll is due.
        }
        catch (StepFailedException error)
        {
            // The poll reads it, when it is due: whoever asks for patience is not to be asked more.
            LogNewsUnread(logger, claim.Target, error.Failure.Message);
            await woken.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task<(AwsTarget Target, double Pace)> TargetAsync(string name, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleAsync<TargetRow>(
            $"select {AwsTarget.Columns} from targets t where name = @name", new { name });
        return (AwsTarget.Of(row), row.Pace);
    }

    private async Task<IReadOnlyList<ObservedEnvironment>> EnvironmentsAsync(string target, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(Guid Id, string Name, string State, Guid OperationId, string? Outputs, bool AwaitsUntold, DateTime? NextFinish)>(
            """
            select e.id, e.name, e.state, last.operation_id, cluster.outputs::text, coalesce(running.awaits_untold, false), running.next_finish
            from environments e
            join targets t on t.name = e.target
            join lateral (select operation_id from deployments d where d.environment_id = e.id order by d.changed_at desc limit 1) last on true
            left join deployments cluster on cluster.environment_id = e.id and cluster.step = @Cluster and cluster.outputs ? 'ClusterName'
            left join lateral (
              select bool_or(s.kind = @Wait) as awaits_untold,
                     min(s.finish) filter (where s.kind = @Stack and s.finish > clock_timestamp()) as next_finish
              from (select *, started_at + make_interval(secs => expected_seconds / t.pace) as finish from steps) s
              where s.operation_id = last.operation_id and s.state = @Running) running on true
            where e.target = @target
            """, new { target, StepNames.Cluster, Wait = nameof(StepKind.Wait), Stack = nameof(StepKind.Stack), Running = nameof(StepState.Running) });
        return [.. rows.Select(row => new ObservedEnvironment(
            row.Id, row.Name, Enum.Parse<EnvironmentState>(row.State).IsMoving(), row.OperationId,
            row.Outputs is null ? null : JsonSerializer.Deserialize<Dictionary<string, string>>(row.Outputs))
        {
            AwaitsUntold = row.AwaitsUntold,
            NextFinish = row.NextFinish is { } at ? new DateTimeOffset(at, TimeSpan.Zero) : null,
        })];
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Observing target {Target}.")]
    private static partial void LogHolds(ILogger logger, string target);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stopped observing target {Target}; trying again.")]
    private static partial void LogLost(ILogger logger, string target, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Target {Target} could not be observed: {Reason} Next try in {Seconds:0.#} s.")]
    private static partial void LogPollFailed(ILogger logger, string target, string reason, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What was told of target {Target} could not be read and will be polled: {Reason}")]
    private static partial void LogNewsUnread(ILogger logger, string target, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The targets could not be read; trying again.")]
    private static partial void LogTargetsFailed(ILogger logger, Exception error);
}
