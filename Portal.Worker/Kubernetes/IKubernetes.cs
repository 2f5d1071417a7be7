using Portal.Worker.Aws;

namespace Portal.Worker.Kubernetes;

/// <summary>A cluster's API, as observer and steps need it: list, then watch from where the list ended.</summary>
public interface IKubernetes
{
    /// <param name="kubernetesNamespace">Means nothing to nodes, which have none.</param>
    /// <exception cref="WatchExpiredException">A long list took so long that the server forgot its version: list again.</exception>
    Task<ObjectList> ListAsync(ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, CancellationToken cancellationToken);

    /// <summary>
    /// Changes after <paramref name="resourceVersion"/>, until the server ends the watch (it does every few minutes):
    /// watch again from the last <see cref="ObjectChange.ResourceVersion"/> then.
    /// </summary>
    /// <exception cref="WatchExpiredException">The server no longer knows that version: list again.</exception>
    IAsyncEnumerable<ObjectChange> WatchAsync(
        ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, string resourceVersion, CancellationToken cancellationToken);

    /// <summary>Completes when the API answers at all; a watch alone does not tell a quiet cluster from one that is cut off.</summary>
    Task PingAsync(ClusterConnection cluster, CancellationToken cancellationToken);

    /// <summary>Removes a Secret; one that does not exist is success.</summary>
    Task DeleteSecretAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken);
}

/// <summary>What is done to a Deployment or CronJob beside its release.</summary>
public interface IWorkloads
{
    /// <summary>Gives a Deployment so many pods. With none its autoscaler rests too.</summary>
    Task ScaleAsync(ClusterConnection cluster, string kubernetesNamespace, string deployment, int replicas, CancellationToken cancellationToken);

    /// <summary>Has a Deployment replace its pods, a few at a time.</summary>
    /// <param name="by">The same again restarts nothing.</param>
    Task RestartAsync(ClusterConnection cluster, string kubernetesNamespace, string deployment, string by, CancellationToken cancellationToken);

    /// <summary>Has a CronJob begin no run any more, or begin them again; what runs goes on.</summary>
    Task SuspendAsync(ClusterConnection cluster, string kubernetesNamespace, string schedule, bool suspended, CancellationToken cancellationToken);

    /// <summary>Begins a run of a CronJob beside its times, with what its template says.</summary>
    /// <param name="job">Name of the Job that it becomes; one that is there already is gone on with.</param>
    Task RunAsync(ClusterConnection cluster, string kubernetesNamespace, string schedule, string job, CancellationToken cancellationToken);

    /// <summary>How a Job has ended; null while it goes on.</summary>
    Task<JobEnd?> FindEndAsync(ClusterConnection cluster, string kubernetesNamespace, string job, CancellationToken cancellationToken);

    /// <summary>Has a Job go, and its pods before it; one that does not exist is success.</summary>
    Task DeleteJobAsync(ClusterConnection cluster, string kubernetesNamespace, string job, CancellationToken cancellationToken);
}

/// <param name="IsLate">Whether it was ended because its time was over.</param>
/// <param name="Message">The cluster's own words.</param>
public sealed record JobEnd(bool HasFailed, bool IsLate, string? Message);

public enum ObjectKind
{
    Pod,
    Deployment,
    Service,
    Ingress,
    Node,
    CronJob,

    /// <summary>What of secrets is mounted into a pod; of clusters with the driver for it only.</summary>
    MountedSecrets,
}

/// <param name="ResourceVersion">Where to watch on from; empty where the cluster does not have that kind.</param>
public sealed record ObjectList(IReadOnlyList<ClusterObject> Items, string ResourceVersion);

/// <param name="ResourceVersion">Where to watch on from after this change.</param>
/// <param name="Object">Null for a bookmark: nothing changed, only the version moved on.</param>
public sealed record ObjectChange(string ResourceVersion, ClusterObject? Object, bool IsDeleted);

public sealed record ClusterObject(
    ObjectKind Kind, string Namespace, string Name, string Uid, string ResourceVersion, DateTimeOffset CreatedAt, bool IsDeleting,
    IReadOnlyDictionary<string, string> Labels, ObjectStatus Status);

/// <summary>What we show of an object: one record a kind.</summary>
public abstract record ObjectStatus;

/// <param name="Phase"><c>Pending</c>, <c>Running</c>, <c>Succeeded</c>, <c>Failed</c> or <c>Unknown</c>.</param>
/// <param name="Reason">For example <c>CrashLoopBackOff</c>, <c>ImagePullBackOff</c> or <c>Unschedulable</c>: why it is not ready.</param>
public sealed record PodStatus(
    string Phase, bool IsReady, int Restarts, string? Reason, string? Message, string? Node, string? PodIp, string? Owner, string? Image) : ObjectStatus;

/// <param name="IsObserved">Whether the counts are about the newest specification.</param>
public sealed record DeploymentStatus(
    int Desired, int Updated, int Ready, int Available, bool IsObserved, bool IsProgressing, string? Reason, string? Message) : ObjectStatus
{
    public bool IsComplete => IsObserved && Updated >= Desired && Available >= Desired;

    /// <summary>Pods there are in all, those of an older specification too.</summary>
    public int Total { get; init; }

    /// <summary>Complete, and no pod of an older specification is left.</summary>
    public bool IsRolledOut => IsComplete && Total <= Desired && Total <= Updated;
}

/// <param name="Active">Runs that go on.</param>
/// <param name="LastRun">When the last one was begun; null before the first.</param>
/// <param name="LastSuccess">When one last came to a good end.</param>
public sealed record CronJobStatus(bool IsSuspended, int Active, DateTimeOffset? LastRun, DateTimeOffset? LastSuccess) : ObjectStatus
{
    /// <summary>Whether the last run has ended, and not well.</summary>
    public bool HasFailed => Active == 0 && LastRun is { } last && (LastSuccess is not { } success || success < last);

    public string Word => this switch
    {
        { IsSuspended: true } => "suspended",
        { Active: > 0 } => "running",
        { LastRun: null } => "has not run yet",
        { HasFailed: true } => "last run failed",
        _ => "last run succeeded",
    };
}

public sealed record ServiceStatus(
    string Type, string? ClusterIp, IReadOnlyList<int> Ports, IReadOnlyDictionary<string, string> Selector) : ObjectStatus;

/// <param name="Hostname">The load balancer's DNS name; null until the controller has made one. Does not mean that it is active.</param>
public sealed record IngressStatus(string? Class, string? Hostname, IReadOnlyList<IngressPath> Paths) : ObjectStatus;

/// <param name="Class">The release's name.</param>
/// <param name="Versions">What the pod has, as <c>alias=version</c>, in order.</param>
public sealed record MountedSecretsStatus(string Class, IReadOnlyList<string> Versions) : ObjectStatus;

public sealed record NodeStatus(bool IsReady, string? Message) : ObjectStatus;

public sealed record IngressPath(string Path, string PathType, string Service, int? Port);

/// <summary>410 Gone: the version to watch from is too old. List again, then watch from that list's version.</summary>
public sealed class WatchExpiredException(string message) : Exception(message);
