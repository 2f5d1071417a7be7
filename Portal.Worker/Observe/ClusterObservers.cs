using Microsoft.Extensions.Logging;
using Portal.Worker.Aws;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Observe;

/// <summary>One observer a cluster, for every environment of the target whose cluster is there.</summary>
internal sealed class ClusterObservers(
    AwsTarget target, ObserverClaim claim, IKubernetes kubernetes, IClusters clusters, ObservedWriter writer, Sights sights, HealthKeeper health, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    /// <summary>A sight that says the same is written no more often than this.</summary>
    private static readonly TimeSpan SightEvery = TimeSpan.FromSeconds(10);

    private readonly Dictionary<Guid, Running> _running = [];
    private readonly Dictionary<Guid, ClusterSight> _told = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();

    /// <summary>Faults with the first observer that cannot write any more.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts what is missing and stops what is no longer there.</summary>
    public void Follow(IReadOnlyList<ObservedEnvironment> environments)
    {
        var wanted = environments.Where(environment => environment.ClusterOutputs is not null).ToDictionary(environment => environment.Id);
        lock (_gate)
        {
            foreach (var (id, running) in _running.ToList())
            {
                if (wanted.TryGetValue(id, out var environment) && Connect(environment) == running.Observer.Cluster)
                    running.Observer.Environment = environment;
                else
                    End(id);
            }

            foreach (var environment in wanted.Values.Where(environment => !_running.ContainsKey(environment.Id)))
            {
                var observer = new ClusterObserver(environment, Connect(environment), claim, kubernetes, clusters, writer, health, clock, logger);
                var stop = new CancellationTokenSource();
                _running[environment.Id] = new Running(observer, stop, RunAsync(observer, stop.Token));
            }
        }
    }

    /// <summary>Writes which clusters are seen and which are not.</summary>
    public async Task TellAsync(CancellationToken cancellationToken)
    {
        List<ClusterSight> news;
        lock (_gate)
            news = [.. _running.Values.Select(running => running.Observer.Sight).OfType<ClusterSight>().Where(IsNews)];
        await sights.SaveAsync(claim, news, cancellationToken);
        foreach (var sight in news)
        {
            var before = _told.GetValueOrDefault(sight.EnvironmentId);
            if (before is null || before.IsGone != sight.IsGone || before.SeenAt is null != sight.SeenAt is null)
                health.Mark(sight.EnvironmentId);
            _told[sight.EnvironmentId] = sight;
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<Task> work;
        lock (_gate)
        {
            work = [.. _running.Values.Select(running => running.Work)];
            foreach (var id in _running.Keys.ToList())
                End(id);
        }

        await Task.WhenAll(work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private bool IsNews(ClusterSight sight) =>
        !_told.TryGetValue(sight.EnvironmentId, out var told) || told.Trouble != sight.Trouble || told.IsGone != sight.IsGone || sight.SeenAt - told.SeenAt >= SightEvery;

    private async Task RunAsync(ClusterObserver observer, CancellationToken cancellationToken)
    {
        try
        {
            await observer.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Nobody wants it any more.
        }
        catch (Exception error)
        {
            _ended.TrySetException(error);
        }
    }

    private void End(Guid id)
    {
        _running.Remove(id, out var running);
        running!.Stop.Cancel();
        running.Stop.Dispose();
        _told.Remove(id);
    }

    private ClusterConnection Connect(ObservedEnvironment environment) => new(
        target, environment.ClusterOutputs!["ClusterName"], new Uri(environment.ClusterOutputs["ClusterEndpoint"]), environment.ClusterOutputs["ClusterCertificateAuthority"]);

    private sealed record Running(ClusterObserver Observer, CancellationTokenSource Stop, Task Work);
}
