using System.Text.Json;
using System.Threading.Channels;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
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
    NpgsqlDataSource database, ObserverClaims claims, WorkerLease lease, [FromKeyedServices(ICloudFormation.Patient)] ICloudFormation stacks, IStackNews stackNews, ILoadBalancers loadBalancers, IKubernetes kubernetes, IClusters clusters,
    ObservationStore observations, ObservedWriter writer, Sights sights, HealthStore healths, TimeProvider clock, ILogger<ObserverHost> logger) : BackgroundService, INotificationHandler
{
    private static readonly TimeSpan ClaimEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(1);

    // As many stacks take longer than is typical as take less: only what is late is looked for.
    private const double Patience = 1.25;

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
        var (target, speed) = await TargetAsync(claim.Target, stop.Token);
        var cursors = await StackCursors.ReadAsync(database, claim.Target, stop.Token);
        var pace = PollPace.Of(speed);
        var health = new HealthKeeper(claim, healths, clock, logger);
        var observer = new TargetObserver(target, claim, new StackHistory(target, claim, cursors, stacks, writer), stacks, observations, writer, health, pace, clock);
        var balancers = new TargetLoadBalancers(target, claim, loadBalancers, observations, writer, health, clock, logger);
        await using var followed = new ClusterObservers(target, claim, kubernetes, clusters, writer, sights, health, clock, logger);
        var news = new TargetNews(target, stackNews, clock, logger);
        var rounds = new TargetRounds(claim, observer, balancers, news, pace, token => FollowAsync(claim.Target, followed, health, token), sights, clock, logger);
        Task[] work = [rounds.GoOnAsync(wake, stop.Token), TellAsync(followed, health, stop.Token), news.ListenAsync(stop.Token), followed.Ended];
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

    private async Task<IReadOnlyList<ObservedEnvironment>> FollowAsync(string target, ClusterObservers followed, HealthKeeper health, CancellationToken cancellationToken)
    {
        var environments = await EnvironmentsAsync(target, cancellationToken);
        followed.Follow(environments);
        health.Follow(environments);
        return environments;
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
              from (select *, started_at + make_interval(secs => @Patience * expected_seconds / t.pace) as finish from steps) s
              where s.operation_id = last.operation_id and s.state = @Running) running on true
            where e.target = @target
            """, new { target, Patience, StepNames.Cluster, Wait = nameof(StepKind.Wait), Stack = nameof(StepKind.Stack), Running = nameof(StepState.Running) });
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "The targets could not be read; trying again.")]
    private static partial void LogTargetsFailed(ILogger logger, Exception error);
}
