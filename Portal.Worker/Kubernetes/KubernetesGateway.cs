using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Portal.Core.Inquiries;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Worker.Kubernetes;

/// <summary>A cluster's API through the typed client: https://kubernetes.io/docs/reference/using-api/api-concepts/.</summary>
internal sealed class KubernetesGateway(ClusterClients clients, TimeProvider clock) : IKubernetes, IPodDiagnostics, IPodLogs, IWorkloads
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingLimit = TimeSpan.FromSeconds(5);

    /// <summary>For how long a run that a person began can be looked at in the cluster.</summary>
    private static readonly TimeSpan KeptAfterItsEnd = TimeSpan.FromHours(1);

    /// <summary>An API server sends a bookmark about every minute; after more silence than this the connection counts as dead.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(100);

    public async Task<ObjectList> ListAsync(ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, CancellationToken cancellationToken)
    {
        var watched = WatchedKind.Of(kind);
        var items = new List<ClusterObject>();
        string? next = null;
        while (true)
        {
            var page = await CallAsync(cluster, (api, token) => watched.PageAsync(api, kubernetesNamespace, next, token), cancellationToken);
            items.AddRange(page.Items);
            next = page.Metadata.ContinueProperty;
            if (string.IsNullOrEmpty(next))
                return new ObjectList(items, page.Metadata.ResourceVersion ?? "");
        }
    }

    public async IAsyncEnumerable<ObjectChange> WatchAsync(
        ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, string resourceVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Exception? fault = null;
        using var silence = new LinkedLimit(Silence, clock, cancellationToken);
        await using var changes = WatchedKind.Of(kind)
            .WatchAsync(clients.For(cluster), kubernetesNamespace, resourceVersion, error => fault ??= error, silence.Token)
            .GetAsyncEnumerator(silence.Token);
        while (await MoveNextAsync(changes, silence, cluster, cancellationToken))
            yield return changes.Current;
        // The client tells of what ended a watch and then ends as if nothing had been.
        if (fault is not null && !cancellationToken.IsCancellationRequested && !silence.IsCancellationRequested)
            throw Explain(fault, cluster);
    }

    public Task PingAsync(ClusterConnection cluster, CancellationToken cancellationToken) =>
        CallAsync(cluster, (api, token) => api.Version.GetCodeAsync(cancellationToken: token), cancellationToken, PingLimit);

    public Task ScaleAsync(ClusterConnection cluster, string kubernetesNamespace, string deployment, int replicas, CancellationToken cancellationToken) => CallAsync(
        cluster,
        (api, token) => api.AppsV1.PatchNamespacedDeploymentScaleAsync(Merge(new { spec = new { replicas } }), deployment, kubernetesNamespace, cancellationToken: token),
        cancellationToken);

    public Task RestartAsync(ClusterConnection cluster, string kubernetesNamespace, string deployment, string by, CancellationToken cancellationToken) => CallAsync(
        cluster,
        (api, token) => api.AppsV1.PatchNamespacedDeploymentAsync(
            Merge(new { spec = new { template = new { metadata = new { annotations = new Dictionary<string, string>(StringComparer.Ordinal) { ["portal/restarted-by"] = by } } } } }),
            deployment, kubernetesNamespace, cancellationToken: token),
        cancellationToken);

    public Task SuspendAsync(ClusterConnection cluster, string kubernetesNamespace, string schedule, bool suspended, CancellationToken cancellationToken) => CallAsync(
        cluster,
        (api, token) => api.BatchV1.PatchNamespacedCronJobAsync(Merge(new { spec = new { suspend = suspended } }), schedule, kubernetesNamespace, cancellationToken: token),
        cancellationToken);

    // As kubectl create job --from=cronjob/… makes it, annotation included. But the CronJob only owns it and does not control it: a schedule of every
    // minute would count it in its history, and take it away before anybody has read how it ended. It goes by its own time instead.
    public Task RunAsync(ClusterConnection cluster, string kubernetesNamespace, string schedule, string job, CancellationToken cancellationToken) => CallAsync(
        cluster,
        async (api, token) =>
        {
            var from = await api.BatchV1.ReadNamespacedCronJobAsync(schedule, kubernetesNamespace, cancellationToken: token);
            var template = from.Spec.JobTemplate;
            template.Spec.TtlSecondsAfterFinished ??= (int)KeptAfterItsEnd.TotalSeconds;
            var annotations = new Dictionary<string, string>(template.Metadata?.Annotations ?? new Dictionary<string, string>(), StringComparer.Ordinal) { ["cronjob.kubernetes.io/instantiate"] = "manual" };
            var body = new V1Job
            {
                Metadata = new V1ObjectMeta
                {
                    Name = job,
                    Annotations = annotations,
                    Labels = template.Metadata?.Labels,
                    OwnerReferences = [new V1OwnerReference { ApiVersion = "batch/v1", Kind = "CronJob", Name = schedule, Uid = from.Metadata.Uid }],
                },
                Spec = template.Spec,
            };
            try
            {
                return await api.BatchV1.CreateNamespacedJobAsync(body, kubernetesNamespace, cancellationToken: token);
            }
            catch (HttpOperationException error) when (error.Response.StatusCode == HttpStatusCode.Conflict)
            {
                return null;
            }
        },
        cancellationToken);

    public Task<JobEnd?> FindEndAsync(ClusterConnection cluster, string kubernetesNamespace, string job, CancellationToken cancellationToken) => CallAsync(
        cluster,
        async (api, token) =>
        {
            try
            {
                var conditions = (await api.BatchV1.ReadNamespacedJobStatusAsync(job, kubernetesNamespace, cancellationToken: token)).Status?.Conditions ?? [];
                if (conditions.FirstOrDefault(condition => condition is { Type: "Failed", Status: "True" }) is { } failed)
                    return new JobEnd(HasFailed: true, IsLate: failed.Reason == "DeadlineExceeded", failed.Message);
                return conditions.Any(condition => condition is { Type: "Complete", Status: "True" }) ? new JobEnd(HasFailed: false, IsLate: false, null) : null;
            }
            catch (HttpOperationException error) when (error.Response.StatusCode == HttpStatusCode.NotFound)
            {
                return new JobEnd(HasFailed: true, IsLate: false, "Somebody deleted it before its end.");
            }
        },
        cancellationToken);

    public Task DeleteJobAsync(ClusterConnection cluster, string kubernetesNamespace, string job, CancellationToken cancellationToken) => CallAsync(
        cluster,
        async (api, token) =>
        {
            try
            {
                // In the foreground, so that it is there for as long as one of its pods is.
                return await api.BatchV1.DeleteNamespacedJobAsync(job, kubernetesNamespace, propagationPolicy: "Foreground", cancellationToken: token);
            }
            catch (HttpOperationException error) when (error.Response.StatusCode == HttpStatusCode.NotFound)
            {
                return null;
            }
        },
        cancellationToken);

    private static V1Patch Merge(object patch) => new(JsonSerializer.Serialize(patch), V1Patch.PatchType.MergePatch);

    public Task DeleteSecretAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken) => CallAsync(
        cluster,
        async (api, token) =>
        {
            try
            {
                return await api.CoreV1.DeleteNamespacedSecretAsync(name, kubernetesNamespace, cancellationToken: token);
            }
            catch (HttpOperationException error) when (error.Response.StatusCode == HttpStatusCode.NotFound)
            {
                return null;
            }
        },
        cancellationToken);

    public async Task<PodReport> DiagnoseAsync(ClusterConnection cluster, string kubernetesNamespace, string pod, CancellationToken cancellationToken)
    {
        var report = PodReport.Empty;
        try
        {
            report = report with { Events = await CallAsync(cluster, (api, token) => PodDiagnostics.EventsAsync(api, kubernetesNamespace, pod, token), cancellationToken) };
            var (log, exitCode) = await CallAsync(cluster, (api, token) => PodDiagnostics.LogAsync(api, kubernetesNamespace, pod, token), cancellationToken);
            return report with { Log = log, ExitCode = exitCode };
        }
        catch (StepFailedException)
        {
            // A cluster that does not tell why is no reason to hide that it failed.
            return report;
        }
    }

    public Task<PodLog> TailAsync(ClusterConnection cluster, string kubernetesNamespace, string pod, CancellationToken cancellationToken) =>
        CallAsync(cluster, (api, token) => PodDiagnostics.TailAsync(api, kubernetesNamespace, pod, token), cancellationToken);

    /// <summary>False at the end of the watch, also where the connection has gone quiet: the caller watches again.</summary>
    private static async Task<bool> MoveNextAsync(
        IAsyncEnumerator<ObjectChange> changes, LinkedLimit silence, ClusterConnection cluster, CancellationToken cancellationToken)
    {
        try
        {
            silence.CancelAfter(Silence);
            return await changes.MoveNextAsync();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (HttpRequestException error) when (error.InnerException is EndOfStreamException)
        {
            // How the client says that a watch ended without a single event.
            return false;
        }
        catch (Exception error) when (ClusterErrors.IsOfTheCluster(error) && !cancellationToken.IsCancellationRequested)
        {
            throw Explain(error, cluster);
        }
    }

    private async Task<T> CallAsync<T>(ClusterConnection cluster, Func<k8s.IKubernetes, CancellationToken, Task<T>> call, CancellationToken cancellationToken, TimeSpan? limitedTo = null)
    {
        using var limit = new LinkedLimit(limitedTo ?? CallLimit, clock, cancellationToken);
        try
        {
            return await call(clients.For(cluster), limit.Token);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested && (error is OperationCanceledException || ClusterErrors.IsOfTheCluster(error)))
        {
            throw Explain(error, cluster);
        }
    }

    private static Exception Explain(Exception error, ClusterConnection cluster) => error switch
    {
        HttpOperationException { Response.StatusCode: HttpStatusCode.Gone } gone => new WatchExpiredException(gone.Response.Content ?? "The version is too old."),
        KubernetesException { Status.Code: (int)HttpStatusCode.Gone } expired => new WatchExpiredException(expired.Message),
        _ => ClusterErrors.Of(error, cluster),
    };

    /// <summary>Cancelled by the caller or by the clock, which the framework's own linked source cannot be given.</summary>
    private sealed class LinkedLimit : CancellationTokenSource
    {
        private readonly CancellationTokenRegistration _link;

        public LinkedLimit(TimeSpan time, TimeProvider clock, CancellationToken cancellationToken) : base(time, clock) =>
            _link = cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), this);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _link.Dispose();
            base.Dispose(disposing);
        }
    }
}
