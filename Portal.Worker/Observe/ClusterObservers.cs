using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Observe;

/// <summary>One list-then-watch per cluster and kind, for every environment of the target whose cluster is there.</summary>
internal sealed class ClusterObservers(AwsTarget target, IKubernetes kubernetes, ObservedWriter writer, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    private readonly Dictionary<Guid, (CancellationTokenSource Stop, Task Work)> _running = [];

    /// <summary>Starts what is missing and stops what is no longer there.</summary>
    public void Follow(IReadOnlyList<ObservedEnvironment> environments)
    {
        var wanted = environments.Where(environment => environment.ClusterOutputs is not null).ToDictionary(environment => environment.Id);
        foreach (var gone in _running.Keys.Where(id => !wanted.ContainsKey(id)).ToList())
        {
            _running[gone].Stop.Cancel();
            _running.Remove(gone);
        }

        foreach (var environment in wanted.Values.Where(environment => !_running.ContainsKey(environment.Id)))
        {
            var stop = new CancellationTokenSource();
            var observer = new ClusterObserver(environment, Connect(environment.ClusterOutputs!), kubernetes, writer, clock, logger);
            _running[environment.Id] = (stop, Task.Run(() => observer.RunAsync(stop.Token), stop.Token));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (stop, _) in _running.Values)
            await stop.CancelAsync();
        await Task.WhenAll(_running.Values.Select(item => item.Work)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var (stop, _) in _running.Values)
            stop.Dispose();
    }

    private ClusterConnection Connect(IReadOnlyDictionary<string, string> outputs) =>
        new(target, outputs["ClusterName"], new Uri(outputs["ClusterEndpoint"]), outputs["ClusterCertificateAuthority"]);
}

/// <summary>Pods, deployments, services, ingresses and nodes of one environment, written in batches.</summary>
internal sealed partial class ClusterObserver(
    ObservedEnvironment environment, ClusterConnection cluster, IKubernetes kubernetes, ObservedWriter writer, TimeProvider clock, ILogger logger)
{
    private const string InstanceLabel = "app.kubernetes.io/instance";
    private static readonly TimeSpan BatchWindow = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);
    private const int LargestBatch = 200;

    // A writer that cannot keep up slows the watches down instead of filling the memory.
    private readonly Channel<SeenResource> _seen = Channel.CreateBounded<SeenResource>(new BoundedChannelOptions(1000) { SingleReader = true });

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var watches = Enum.GetValues<ObjectKind>().Select(kind => WatchAsync(kind, cancellationToken)).ToList();
        await Task.WhenAll([.. watches, WriteAsync(cancellationToken)]);
    }

    private async Task WatchAsync(ObjectKind kind, CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, ClusterObject>(StringComparer.Ordinal);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var version = await ListAsync(kind, known, cancellationToken);
                while (true)
                {
                    await foreach (var change in kubernetes.WatchAsync(cluster, kind, environment.Name, version, cancellationToken))
                    {
                        version = change.ResourceVersion;
                        if (change.Object is { } item)
                            await SeeAsync(known, item, change.IsDeleted, cancellationToken);
                    }
                }
            }
            catch (WatchExpiredException)
            {
                LogRelist(logger, kind, environment.Name);
            }
            catch (StepFailedException error)
            {
                LogWatchFailed(logger, kind, environment.Name, error.Failure.Message);
                await Task.Delay(RetryAfter, clock, cancellationToken);
            }
        }
    }

    private async Task<string> ListAsync(ObjectKind kind, Dictionary<string, ClusterObject> known, CancellationToken cancellationToken)
    {
        var list = await kubernetes.ListAsync(cluster, kind, environment.Name, cancellationToken);
        var there = list.Items.Select(Name).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in known.Values.Where(item => !there.Contains(Name(item))).ToList())
            await SeeAsync(known, gone, deleted: true, cancellationToken);
        foreach (var item in list.Items)
            await SeeAsync(known, item, deleted: false, cancellationToken);
        return list.ResourceVersion;
    }

    private async Task SeeAsync(Dictionary<string, ClusterObject> known, ClusterObject item, bool deleted, CancellationToken cancellationToken)
    {
        if (deleted)
            known.Remove(Name(item));
        else
            known[Name(item)] = item;
        await _seen.Writer.WriteAsync(Seen(item) with { IsGone = deleted }, cancellationToken);
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        while (await _seen.Reader.WaitToReadAsync(cancellationToken))
        {
            await Task.Delay(BatchWindow, clock, cancellationToken);
            // Of several changes to one object only the last counts.
            var batch = new Dictionary<(string, string), SeenResource>();
            while (batch.Count < LargestBatch && _seen.Reader.TryRead(out var seen))
                batch[(seen.Type, seen.Name)] = seen;
            for (var written = false; !written;)
            {
                try
                {
                    await writer.WriteAsync(environment.Id, environment.OperationId, [.. batch.Values], cancellationToken);
                    written = true;
                }
                catch (Npgsql.NpgsqlException error)
                {
                    LogWriteFailed(logger, environment.Name, error);
                    await Task.Delay(RetryAfter, clock, cancellationToken);
                }
            }
        }
    }

    private static string Name(ClusterObject item) => item.Namespace.Length == 0 ? item.Name : $"{item.Namespace}/{item.Name}";

    private static SeenResource Seen(ClusterObject item)
    {
        var (state, ready, reason) = item.Status switch
        {
            PodStatus pod => (item.IsDeleting ? "Terminating" : pod.Reason ?? pod.Phase, pod.IsReady, pod.Message),
            DeploymentStatus deployment => ($"{deployment.Ready} of {deployment.Desired} ready", deployment.IsComplete, deployment.Message),
            IngressStatus ingress => (ingress.Hostname is null ? "no load balancer yet" : "has load balancer", ingress.Hostname is not null, null),
            NodeStatus node => (node.IsReady ? "Ready" : "NotReady", node.IsReady, node.Message),
            _ => ("Present", true, null),
        };
        (EventSeverity, string)? said = item.Status switch
        {
            PodStatus { IsReady: true } => (EventSeverity.Info, $"Pod {item.Name} ready"),
            PodStatus { Reason: "CrashLoopBackOff" or "ImagePullBackOff" or "ErrImagePull" } pod => (EventSeverity.Warning, $"Pod {item.Name}: {pod.Reason}{(pod.Message is null ? "" : $", {pod.Message}")}"),
            NodeStatus { IsReady: true } => (EventSeverity.Info, $"Node {item.Name} joined"),
            _ => null,
        };
        return new SeenResource(Step(item), $"Kubernetes::{item.Kind}", Name(item), item.Uid, state, ready, reason, said);
    }

    private static string Step(ClusterObject item) => item.Kind switch
    {
        ObjectKind.Node => StepNames.Nodes,
        ObjectKind.Ingress => StepNames.Ingress,
        _ => item.Labels.TryGetValue(InstanceLabel, out var release) ? StepNames.Service(release) : StepNames.Cluster,
    };

    [LoggerMessage(Level = LogLevel.Debug, Message = "The watch on {Kind} of {Environment} is too old; listing again.")]
    private static partial void LogRelist(ILogger logger, ObjectKind kind, string environment);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Kind} of {Environment} cannot be watched: {Reason}")]
    private static partial void LogWatchFailed(ILogger logger, ObjectKind kind, string environment, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What was seen of {Environment} could not be written; trying again.")]
    private static partial void LogWriteFailed(ILogger logger, string environment, Exception error);
}
