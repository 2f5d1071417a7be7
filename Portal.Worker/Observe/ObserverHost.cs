using System.Text.Json;
using System.Threading.Channels;
using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Observe;

/// <summary>
/// One observer a target in the whole fleet: whoever holds the target's advisory lock. The lock goes with its connection, so that
/// another worker takes over when this one dies.
/// </summary>
public sealed partial class ObserverHost(
    NpgsqlDataSource database, ICloudFormation stacks, ILoadBalancers loadBalancers, IKubernetes kubernetes, ObservationStore observations,
    ObservedWriter writer, TimeProvider clock, ILogger<ObserverHost> logger) : BackgroundService, INotificationHandler
{
    private static readonly TimeSpan LookForTargetsEvery = TimeSpan.FromSeconds(5);

    // What AWS tolerates and people find quick; divided by the target's pace.
    private static readonly TimeSpan QuickOnAws = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Quickest = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SlowestAfterErrors = TimeSpan.FromMinutes(2);

    private readonly Dictionary<string, (Task Loop, Channel<bool> Wake)> _loops = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    public IReadOnlyCollection<string> Channels { get; } = [Core.Persistence.Channels.Observation, Core.Persistence.Channels.Operation];

    public void Notified(string channel, string payload)
    {
        lock (_gate)
        {
            foreach (var (target, loop) in _loops)
            {
                if (channel == Core.Persistence.Channels.Operation || target == payload)
                    loop.Wake.Writer.TryWrite(true);
            }
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
                await StartLoopsAsync(stoppingToken);
            }
            catch (Exception error) when (error is NpgsqlException or TimeoutException)
            {
                LogTargetsFailed(logger, error);
            }

            await Task.Delay(LookForTargetsEvery, clock, stoppingToken);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Task[] loops;
        lock (_gate)
            loops = [.. _loops.Values.Select(loop => loop.Loop)];
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task StartLoopsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var names = await connection.QueryAsync<string>(new CommandDefinition("select name from targets", cancellationToken: cancellationToken));
        lock (_gate)
        {
            foreach (var name in names.Where(name => !_loops.TryGetValue(name, out var loop) || loop.Loop.IsCompleted))
            {
                var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
                _loops[name] = (Task.Run(() => LoopAsync(name, wake.Reader, cancellationToken), cancellationToken), wake);
            }
        }
    }

    /// <summary>Holds the lock as long as it can; ends when another holds it or the connection is lost, and is then started again.</summary>
    private async Task LoopAsync(string name, ChannelReader<bool> wake, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            if (!await connection.ExecuteScalarAsync<bool>("select pg_try_advisory_lock(hashtextextended('observe:' || @name, 0))", new { name }))
                return;
            LogHolds(logger, name);
            try
            {
                await ObserveAsync(connection, name, wake, cancellationToken);
            }
            finally
            {
                // The pool would keep the session, and the lock with it.
                NpgsqlConnection.ClearPool(connection);
            }
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException or InvalidOperationException)
        {
            LogLost(logger, name, error);
        }
    }

    private async Task ObserveAsync(NpgsqlConnection holder, string name, ChannelReader<bool> wake, CancellationToken cancellationToken)
    {
        var (target, pace) = await TargetAsync(holder, name);
        var observer = new TargetObserver(target, stacks, loadBalancers, observations, writer, clock, logger);
        await using var clusters = new ClusterObservers(target, kubernetes, writer, clock, logger);
        var quick = TimeSpan.FromTicks(Math.Max(Quickest.Ticks, (long)(QuickOnAws.Ticks / pace)));
        var errors = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            // Read on the connection that holds the lock: where that is lost, so is the right to write.
            var environments = await EnvironmentsAsync(holder, name);
            TimeSpan pause;
            try
            {
                var moving = environments.Count > 0 && await observer.PollAsync(environments, cancellationToken);
                clusters.Follow(environments);
                errors = 0;
                pause = moving || environments.Any(environment => environment.IsBusy) ? quick : Slow;
            }
            catch (StepFailedException error)
            {
                errors++;
                pause = TimeSpan.FromTicks(Math.Min(SlowestAfterErrors.Ticks, quick.Ticks << Math.Min(errors, 12)));
                LogPollFailed(logger, name, error.Failure.Message, pause.TotalSeconds);
            }

            await PauseAsync(wake, pause, quick, cancellationToken);
        }
    }

    private async Task PauseAsync(ChannelReader<bool> wake, TimeSpan pause, TimeSpan quick, CancellationToken cancellationToken)
    {
        // Never quicker than quick, however many wake-ups there are: our own writes are among them.
        await Task.Delay(quick, clock, cancellationToken);
        if (pause <= quick)
            return;
        using var timeout = new CancellationTokenSource(pause - quick, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await wake.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The next poll is due.
        }
    }

    private static async Task<(AwsTarget Target, double Pace)> TargetAsync(NpgsqlConnection connection, string name)
    {
        var row = await connection.QuerySingleAsync<TargetRow>(
            """
            select name, account_id as AccountId, region, role_arn as RoleArn, endpoint_url as EndpointUrl, api_access_cidrs as ApiAccessCidrs, pace
            from targets where name = @name
            """, new { name });
        return (new AwsTarget(row.Name, row.AccountId, row.Region, row.RoleArn, row.EndpointUrl), row.Pace);
    }

    private static async Task<IReadOnlyList<ObservedEnvironment>> EnvironmentsAsync(NpgsqlConnection connection, string target)
    {
        var rows = await connection.QueryAsync<(Guid Id, string Name, string State, Guid OperationId, string? Outputs)>(
            """
            select e.id, e.name, e.state, last.operation_id, cluster.outputs::text
            from environments e
            join lateral (select operation_id from deployments d where d.environment_id = e.id order by d.changed_at desc limit 1) last on true
            left join deployments cluster on cluster.environment_id = e.id and cluster.step = @Cluster and cluster.outputs ? 'ClusterName'
            where e.target = @target
            """, new { target, StepNames.Cluster });
        return [.. rows.Select(row => new ObservedEnvironment(
            row.Id, row.Name, Enum.Parse<EnvironmentState>(row.State) is EnvironmentState.Provisioning or EnvironmentState.Changing or EnvironmentState.Destroying, row.OperationId,
            row.Outputs is null ? null : JsonSerializer.Deserialize<Dictionary<string, string>>(row.Outputs)))];
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Observing target {Target}.")]
    private static partial void LogHolds(ILogger logger, string target);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stopped observing target {Target}; trying again.")]
    private static partial void LogLost(ILogger logger, string target, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Target {Target} could not be observed: {Reason} Next try in {Seconds:0.#} s.")]
    private static partial void LogPollFailed(ILogger logger, string target, string reason, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The targets could not be read; trying again.")]
    private static partial void LogTargetsFailed(ILogger logger, Exception error);
}
