using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Observe;

/// <summary>
/// Pods, deployments, scheduled jobs, services, ingresses and nodes of one environment: one list-then-watch a kind, written in batches, and a call now and then
/// that tells a quiet cluster from one that is cut off or gone.
/// </summary>
internal sealed partial class ClusterObserver(
    ObservedEnvironment environment, ClusterConnection cluster, ObserverClaim claim, IKubernetes kubernetes, IClusters clusters, ObservedWriter writer, HealthKeeper health, TimeProvider clock, ILogger logger)
{
    private const string InstanceLabel = "app.kubernetes.io/instance";

    // https://kubernetes.io/docs/reference/labels-annotations-taints/#batch-kubernetes-io-job-name
    private const string JobLabel = "batch.kubernetes.io/job-name";
    private static readonly TimeSpan BatchWindow = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryWhenGone = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RetryWhenUnknown = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan PingWhenGone = TimeSpan.FromSeconds(15);
    private const int LargestBatch = 200;

    // A writer that cannot keep up slows the watches down instead of filling the memory.
    private readonly Channel<SeenResource> _seen = Channel.CreateBounded<SeenResource>(new BoundedChannelOptions(1000) { SingleReader = true });

    /// <summary>Why a kind is not watched right now; null while it is. A kind that has not been listed yet is not in it.</summary>
    private readonly ConcurrentDictionary<ObjectKind, string?> _watches = new();

    private CancellationTokenSource _watching = new();

    public ClusterConnection Cluster => cluster;

    /// <summary>As of the newest poll of the target.</summary>
    public ObservedEnvironment Environment { get; set; } = environment;

    /// <summary>Null until there is anything to say.</summary>
    public ClusterSight? Sight { get; private set; }

    /// <exception cref="ObserverReplacedException">Another worker observes the target now.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var together = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = Enum.GetValues<ObjectKind>().Select(kind => WatchAsync(kind, together.Token)).Append(WriteAsync(together.Token)).Append(PingAsync(together.Token)).ToList();
        // What one of them cannot do any more, none shall do: the first one's reason is the one that counts.
        var first = await Task.WhenAny(work);
        await together.CancelAsync();
        await Task.WhenAll(work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private async Task WatchAsync(ObjectKind kind, CancellationToken cancellationToken)
    {
        Dictionary<string, string>? known = null;
        var pause = TimeSpan.Zero;
        while (true)
        {
            using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _watching.Token);
            try
            {
                await Task.Delay(pause, clock, watching.Token);
                pause = TimeSpan.Zero;
                known ??= await KnownAsync(kind, cancellationToken);
                var version = await ListAsync(kind, known, watching.Token);
                _watches[kind] = null;
                if (version.Length == 0)
                {
                    // It may come with an add-on.
                    pause = RetryWhenUnknown;
                    continue;
                }

                while (true)
                {
                    await foreach (var change in kubernetes.WatchAsync(cluster, kind, Environment.Name, version, watching.Token))
                    {
                        version = change.ResourceVersion;
                        if (change.Object is { } item)
                            await SeeAsync(known, item, change.IsDeleted, watching.Token);
                    }
                }
            }
            catch (WatchExpiredException)
            {
                LogRelist(logger, kind, Environment.Name);
            }
            catch (StepFailedException error)
            {
                _watches[kind] = error.Failure.Message;
                LogWatchFailed(logger, kind, Environment.Name, error.Failure.Message);
                pause = Sight is { IsGone: true } ? RetryWhenGone : RetryAfter;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The cluster was cut off meanwhile, and a watch may not have noticed.
                _watches.TryRemove(kind, out _);
            }
        }
    }

    /// <summary>Name → step of what was known of the kind, by whichever observer.</summary>
    private async Task<Dictionary<string, string>> KnownAsync(ObjectKind kind, CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (step, name) in await writer.KnownAsync(Environment.Id, Type(kind), cancellationToken))
            known[name] = step;
        return known;
    }

    private async Task<string> ListAsync(ObjectKind kind, Dictionary<string, string> known, CancellationToken cancellationToken)
    {
        var list = await kubernetes.ListAsync(cluster, kind, Environment.Name, cancellationToken);
        var there = list.Items.Select(Name).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, step) in known.Where(item => !there.Contains(item.Key)).ToList())
            await SeeGoneAsync(known, kind, name, step, cancellationToken);
        foreach (var item in list.Items)
            await SeeAsync(known, item, deleted: false, cancellationToken);
        return list.ResourceVersion;
    }

    private async Task SeeAsync(Dictionary<string, string> known, ClusterObject item, bool deleted, CancellationToken cancellationToken)
    {
        var name = Name(item);
        if (deleted)
        {
            await SeeGoneAsync(known, item.Kind, name, known.GetValueOrDefault(name) ?? Step(item), cancellationToken);
            return;
        }

        known[name] = Step(item);
        await _seen.Writer.WriteAsync(Seen(item), cancellationToken);
    }

    private async Task SeeGoneAsync(Dictionary<string, string> known, ObjectKind kind, string name, string step, CancellationToken cancellationToken)
    {
        known.Remove(name);
        await _seen.Writer.WriteAsync(new SeenResource(step, Type(kind), name, null, "Gone", false, null, null) { IsGone = true }, cancellationToken);
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
            if (await writer.WriteAsync(claim, Environment.Id, Environment.OperationId, [.. batch.Values], cancellationToken))
                health.Mark(Environment.Id);
        }
    }

    private async Task PingAsync(CancellationToken cancellationToken)
    {
        var failures = 0;
        while (true)
        {
            var before = Sight;
            var trouble = await TroubleAsync(cancellationToken);
            failures = trouble is null ? 0 : failures + 1;
            if (trouble is null)
                Sight = HasListedAll ? new ClusterSight(Environment.Id, clock.GetUtcNow(), null, IsGone: false) : Sight;
            // One call may fail for any reason.
            else if (failures > 1)
                Sight = new ClusterSight(Environment.Id, Sight?.SeenAt, trouble, await IsGoneAsync(cancellationToken));
            if (Sight is { IsGone: true } && before is not { IsGone: true })
                await SeeAllGoneAsync(cancellationToken);
            if (before is { Trouble: not null } && Sight is { Trouble: null })
                await WatchAnewAsync();
            await Task.Delay(Sight is { IsGone: true } ? PingWhenGone : PingEvery, clock, cancellationToken);
        }
    }

    /// <summary>Only what has been listed has been seen.</summary>
    private bool HasListedAll => _watches.Count == Enum.GetValues<ObjectKind>().Length;

    /// <summary>Why the cluster cannot be seen; null while it can.</summary>
    private async Task<string?> TroubleAsync(CancellationToken cancellationToken)
    {
        try
        {
            await kubernetes.PingAsync(cluster, cancellationToken);
            return _watches.Values.FirstOrDefault(reason => reason is not null);
        }
        catch (StepFailedException error)
        {
            return error.Failure.Message;
        }
    }

    /// <summary>An API that does not answer may be cut off; that it is gone only EKS can say.</summary>
    private async Task<bool> IsGoneAsync(CancellationToken cancellationToken)
    {
        try
        {
            await clusters.DescribeAsync(cluster.Target, cluster.ClusterName, cancellationToken);
            return false;
        }
        catch (StepFailedException error)
        {
            return error.Failure.Code == IClusters.NotFound;
        }
    }

    /// <summary>With the cluster everything in it is gone.</summary>
    private async Task SeeAllGoneAsync(CancellationToken cancellationToken)
    {
        foreach (var kind in Enum.GetValues<ObjectKind>())
        {
            var known = await KnownAsync(kind, cancellationToken);
            foreach (var (name, step) in known.ToList())
                await SeeGoneAsync(known, kind, name, step, cancellationToken);
        }
    }

    private async Task WatchAnewAsync()
    {
        var before = _watching;
        _watching = new CancellationTokenSource();
        // Not disposed: a watch may be about to ask it for its token.
        await before.CancelAsync();
    }

    private static string Type(ObjectKind kind) => $"Kubernetes::{kind}";

    private static string Name(ClusterObject item) => item.Namespace.Length == 0 ? item.Name : $"{item.Namespace}/{item.Name}";

    internal static SeenResource Seen(ClusterObject item)
    {
        // Of what runs to its end, a line a run would be all that is ever read; that one failed is said of its schedule.
        var isOfJob = item.Labels.ContainsKey(JobLabel);
        var (state, ready, reason) = item.Status switch
        {
            PodStatus pod => (item.IsDeleting ? "Terminating" : pod.Reason ?? pod.Phase, pod.IsReady || pod.Phase == "Succeeded", pod.Message),
            DeploymentStatus deployment => ($"{deployment.Ready} of {deployment.Desired} ready", deployment.IsComplete, deployment.Message),
            IngressStatus ingress => (ingress.Hostname is null ? "no load balancer yet" : "has load balancer", ingress.Hostname is not null, null),
            CronJobStatus schedule => (schedule.Word, !schedule.HasFailed, null),
            NodeStatus node => (node.IsReady ? "Ready" : "NotReady", node.IsReady, node.Message),
            MountedSecretsStatus mounted => (SecretRotations.Current, true, string.Join(' ', mounted.Versions)),
            _ => ("Present", true, null),
        };
        (EventSeverity, string)? said = item.Status switch
        {
            PodStatus { IsReady: true } when isOfJob => null,
            CronJobStatus { HasFailed: true } => (EventSeverity.Warning, $"{item.Name}: its last run failed"),
            PodStatus { IsReady: true } => (EventSeverity.Info, $"Pod {item.Name} ready"),
            PodStatus { Reason: "CrashLoopBackOff" or "ImagePullBackOff" or "ErrImagePull" } pod => (EventSeverity.Warning, $"Pod {item.Name}: {pod.Reason}{(pod.Message is null ? "" : $", {pod.Message}")}"),
            NodeStatus { IsReady: true } => (EventSeverity.Info, $"Node {item.Name} joined"),
            _ => null,
        };
        return new SeenResource(Step(item), Type(item.Kind), Name(item), item.Uid, state, ready, reason, said) { IsVersioned = item.Kind == ObjectKind.MountedSecrets };
    }

    private static string Step(ClusterObject item) => item.Kind switch
    {
        ObjectKind.Node => StepNames.Nodes,
        ObjectKind.Ingress => StepNames.Ingress,
        ObjectKind.MountedSecrets => StepNames.Service(((MountedSecretsStatus)item.Status).Class),
        _ => item.Labels.TryGetValue(InstanceLabel, out var release) ? StepNames.Service(release) : StepNames.Cluster,
    };

    [LoggerMessage(Level = LogLevel.Debug, Message = "The watch on {Kind} of {Environment} is too old; listing again.")]
    private static partial void LogRelist(ILogger logger, ObjectKind kind, string environment);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Kind} of {Environment} cannot be watched: {Reason}")]
    private static partial void LogWatchFailed(ILogger logger, ObjectKind kind, string environment, string reason);
}
