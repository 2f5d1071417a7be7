using Portal.Worker.Kubernetes;

namespace Portal.Worker.Steps.Releases;

/// <summary>
/// Which pod of a release will not start, however long helm waits for it. Looks only at the newest set of pods: those that an update
/// replaces may have been broken before, and the update may be what mends them.
/// </summary>
internal sealed class PodJudge(TimeProvider clock)
{
    private const string InstanceLabel = "app.kubernetes.io/instance";

    // Long enough for a registry's hiccup or a start before a database is there, and under a minute with the time it takes to show.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    // Pods of before, for as long as the update has not made its own.
    private static readonly TimeSpan GraceOfOld = TimeSpan.FromSeconds(45);

    // What adds nodes needs a moment to say that it does.
    private static readonly TimeSpan GraceWithoutNode = TimeSpan.FromSeconds(50);

    // A new node's daemon sets, and rights that were just given, take a minute or two to be there.
    private static readonly TimeSpan GraceOfPassing = TimeSpan.FromSeconds(150);

    private readonly Dictionary<string, DateTimeOffset> _since = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _passing = new(StringComparer.Ordinal);
    private HashSet<string>? _old;

    /// <summary>Why a pod does not start.</summary>
    public enum Trouble
    {
        None,
        Image,
        Crash,
        Configuration,
        NoNode,

        /// <summary>Its containers are not made yet: their image is on its way, or a volume cannot be mounted, which only its events tell.</summary>
        Starting,
    }

    /// <param name="pods">All of the namespace.</param>
    /// <returns>The pod to give up for; null while there is hope.</returns>
    public ClusterObject? Judge(IReadOnlyList<ClusterObject> pods, string release)
    {
        var own = pods.Where(pod => IsOf(pod, release)).ToList();
        _old ??= [.. own.Select(pod => pod.Uid)];
        var owner = own.MaxBy(pod => pod.CreatedAt) is { } last ? Status(last).Owner : null;
        var newest = own.Where(pod => Status(pod).Owner == owner).ToList();
        foreach (var pod in newest.Where(pod => Of(Status(pod)) == Trouble.None))
        {
            _since.Remove(pod.Uid);
            _passing.Remove(pod.Uid);
        }

        return newest.Find(pod => Of(Status(pod)) is var trouble and not Trouble.None && HasLasted(pod.Uid, trouble));
    }

    /// <summary>There is hope for the pod after all: it is asked about again after a while.</summary>
    public void Spare(ClusterObject pod) => _since.Remove(pod.Uid);

    /// <returns>Whether the pod has waited long enough for what passes by itself as a rule.</returns>
    public bool HasWaited(ClusterObject pod)
    {
        var now = clock.GetUtcNow();
        if (!_passing.TryGetValue(pod.Uid, out var since))
            _passing[pod.Uid] = since = _since.GetValueOrDefault(pod.Uid, now);
        return now - since >= GraceOfPassing;
    }

    public static bool IsOf(ClusterObject pod, string release) => pod.Labels.GetValueOrDefault(InstanceLabel) == release && !pod.IsDeleting;

    public static Trouble Of(PodStatus pod) => pod.IsReady ? Trouble.None : pod.Reason switch
    {
        "ImagePullBackOff" or "ErrImagePull" or "InvalidImageName" or "ErrImageNeverPull" or "ImageInspectError" or "RegistryUnavailable" => Trouble.Image,
        // The first end may be a dependency that was not there yet.
        "CrashLoopBackOff" when pod.Restarts > 1 => Trouble.Crash,
        "CreateContainerConfigError" or "CreateContainerError" or "RunContainerError" or "PreCreateHookError" => Trouble.Configuration,
        "Unschedulable" => Trouble.NoNode,
        "ContainerCreating" => Trouble.Starting,
        _ => Trouble.None,
    };

    private bool HasLasted(string uid, Trouble trouble)
    {
        if (!_since.TryGetValue(uid, out var since))
            _since[uid] = since = clock.GetUtcNow();
        var grace = trouble == Trouble.NoNode ? GraceWithoutNode : _old!.Contains(uid) ? GraceOfOld : Grace;
        return clock.GetUtcNow() - since >= grace;
    }

    private static PodStatus Status(ClusterObject pod) => (PodStatus)pod.Status;
}
