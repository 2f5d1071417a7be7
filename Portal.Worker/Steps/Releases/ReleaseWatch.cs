using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Steps.Releases;

/// <summary>Looks at a release's pods while helm waits for them, and says why they do not start.</summary>
public sealed class ReleaseWatch(IKubernetes kubernetes, IPodDiagnostics diagnostics, TimeProvider clock)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(3);

    // Karpenter's and Auto Mode's word for a node that is on its way to the pod.
    private const string NodeIsComing = "Nominated";

    // The cluster autoscaler's words. Of a pod that will fit on a node that comes already, it says nothing.
    private const string NoNodeComes = "NotTriggerScaleUp";
    private const string IsAtMost = "max node group size reached";

    /// <param name="growsTo">The most nodes that a cluster autoscaler adds up to; null where there is none.</param>
    /// <param name="step">The release as it was planned; null where it is not known.</param>
    /// <param name="answered">Told whenever the cluster answers.</param>
    /// <param name="run">What the release runs once; null where its pods are to go on running.</param>
    /// <returns>Why a pod will not start, or how the run has failed; comes back only with that.</returns>
    public async Task<Failure> UntilHopelessAsync(
        ClusterConnection cluster, string kubernetesNamespace, string release, JobRun? run, int? growsTo, PlannedStep? step, Func<Task> answered, CancellationToken cancellationToken)
    {
        var judge = new PodJudge(clock);
        while (true)
        {
            try
            {
                var pods = await kubernetes.ListAsync(cluster, ObjectKind.Pod, kubernetesNamespace, cancellationToken);
                await answered();
                if (run is not null && run.LastOfFailed(pods.Items) is { } ended)
                    return await ExplainAsync(cluster, ended, run, cancellationToken);
                if (judge.Judge(pods.Items, release) is { } pod && await ExplainAsync(cluster, pod, release, growsTo, step, judge, cancellationToken) is { } failure)
                    return failure;
            }
            catch (Exception error) when (error is StepFailedException or WatchExpiredException)
            {
                // Helm meets the same, and says so.
            }

            await Task.Delay(LookEvery, clock, cancellationToken);
        }
    }

    /// <summary>Why a run will not begin; null where it may, and while that cannot be said. One look: whoever waits looks again, with the same judge.</summary>
    /// <inheritdoc cref="UntilHopelessAsync"/>
    internal Task<Failure?> HopelessAsync(ClusterConnection cluster, string kubernetesNamespace, string release, JobRun run, int? growsTo, PlannedStep step, PodJudge judge, CancellationToken cancellationToken) => OfRunAsync(
        cluster, kubernetesNamespace, run, pods => judge.Judge([.. pods], release), pod => ExplainAsync(cluster, pod, release, growsTo, step, judge, cancellationToken), cancellationToken);

    /// <summary>How a run that has failed did so; null where no pod of it is left that could tell.</summary>
    public Task<Failure?> FailureOfAsync(ClusterConnection cluster, string kubernetesNamespace, JobRun run, CancellationToken cancellationToken) => OfRunAsync(
        cluster, kubernetesNamespace, run, pods => pods.Where(pod => ((PodStatus)pod.Status).Phase == "Failed").MaxBy(pod => pod.CreatedAt), async pod => await ExplainAsync(cluster, pod, run, cancellationToken), cancellationToken);

    private async Task<Failure?> OfRunAsync(
        ClusterConnection cluster, string kubernetesNamespace, JobRun run, Func<IEnumerable<ClusterObject>, ClusterObject?> find, Func<ClusterObject, Task<Failure?>> explain, CancellationToken cancellationToken)
    {
        try
        {
            var pods = await kubernetes.ListAsync(cluster, ObjectKind.Pod, kubernetesNamespace, cancellationToken);
            return find(pods.Items.Where(run.IsOf)) is { } pod ? await explain(pod) : null;
        }
        catch (Exception error) when (error is StepFailedException or WatchExpiredException)
        {
            return null;
        }
    }

    /// <summary>What of the release is not ready, for a helm that has waited in vain.</summary>
    /// <inheritdoc cref="UntilHopelessAsync"/>
    public async Task<IReadOnlyList<Evidence>> EvidenceAsync(
        ClusterConnection cluster, string kubernetesNamespace, string release, JobRun? run, CancellationToken cancellationToken)
    {
        try
        {
            var pods = await kubernetes.ListAsync(cluster, ObjectKind.Pod, kubernetesNamespace, cancellationToken);
            var unready = pods.Items.FirstOrDefault(pod => PodJudge.IsOf(pod, release) && (run is null ? pod.Status is PodStatus { IsReady: false } : run.IsOf(pod)));
            return unready is null ? [] : Evidence(unready, await diagnostics.DiagnoseAsync(cluster, kubernetesNamespace, unready.Name, cancellationToken));
        }
        catch (Exception error) when (error is StepFailedException or WatchExpiredException)
        {
            return [];
        }
    }

    /// <summary>A run that has failed: what it wrote last says why.</summary>
    private async Task<Failure> ExplainAsync(ClusterConnection cluster, ClusterObject pod, JobRun run, CancellationToken cancellationToken)
    {
        var report = await diagnostics.DiagnoseAsync(cluster, pod.Namespace, pod.Name, cancellationToken);
        var cause = report.Log.Count > 0 ? report.Log[^1] : ((PodStatus)pod.Status).Message ?? report.Events.LastOrDefault(said => said.IsWarning)?.Message;
        var how = report.ExitCode is { } code ? $" with exit code {code}" : "";
        return new Failure(
            "job_failed", $"The job {run.Job} ended{how}{(run.Retries > 0 ? $", for the {run.Retries + 1}. time" : "")}. {run.Meanwhile}",
            cause is null ? null : Core.Provisioning.Evidence.Presentable(cause))
        { Evidence = Evidence(pod, report) };
    }

    /// <returns>Null where a node is on its way, the pod's image, or what its volumes wait for.</returns>
    private async Task<Failure?> ExplainAsync(ClusterConnection cluster, ClusterObject pod, string release, int? growsTo, PlannedStep? step, PodJudge judge, CancellationToken cancellationToken)
    {
        var status = (PodStatus)pod.Status;
        var report = await diagnostics.DiagnoseAsync(cluster, pod.Namespace, pod.Name, cancellationToken);
        var trouble = PodJudge.Of(status);
        if (trouble == PodJudge.Trouble.NoNode && MayComeYet(report, growsTo))
            return null;
        var mount = MountTrouble.Of(report.Events);
        if (trouble == PodJudge.Trouble.Starting)
        {
            var (kind, told) = mount is null ? ("", "") : MountTrouble.Explain(mount.Message, release, step);
            if (mount is null || (MountTrouble.MayPass(kind) && !judge.HasWaited(pod)))
            {
                // Its events are not asked for again at each look.
                judge.Spare(pod);
                return null;
            }

            return new Failure(kind, told, null) { Evidence = [Core.Provisioning.Evidence.Of("Why the volume is not there", [MountTrouble.CauseOf(mount.Message)]), .. Evidence(pod, report)] };
        }

        var warning = report.Events.LastOrDefault(said => said.IsWarning && said.Message.Length > 40)?.Message;
        var (code, sentence, cause) = trouble switch
        {
            PodJudge.Trouble.Image => ("pods_image", $"The image {status.Image} of {release} cannot be pulled ({status.Reason}).",
                report.Events.LastOrDefault(said => said.IsWarning && said.Message.Contains("pull", StringComparison.OrdinalIgnoreCase))?.Message ?? status.Message),
            PodJudge.Trouble.Crash => ("pods_crash",
                $"The container of {release} ends soon after each start{(report.ExitCode is { } code1 ? $", with exit code {code1}" : "")} ({status.Restarts} restarts, CrashLoopBackOff).",
                report.Log.Count > 0 ? report.Log[^1] : status.Message),
            PodJudge.Trouble.NoNode when growsTo is { } most && LastOfAutoscaler(report)?.Message.Contains(IsAtMost, StringComparison.Ordinal) == true => ("pods_unschedulable",
                $"No node has room for a pod of {release}, and there are {most} nodes, the most that there may be. Raise the most nodes, or ask for fewer or smaller pods.", status.Message ?? warning),
            PodJudge.Trouble.NoNode => ("pods_unschedulable", $"No node has room for a pod of {release} (Unschedulable).", status.Message ?? warning),
            _ => ("pods_configuration", $"The container of {release} cannot be made ({status.Reason}).", status.Message ?? warning),
        };
        return new Failure(code, sentence, cause is null ? null : Core.Provisioning.Evidence.Presentable(cause)) { Evidence = Evidence(pod, report) };
    }

    private static bool MayComeYet(PodReport report, int? growsTo) =>
        report.Events.Any(said => said.Reason == NodeIsComing) || (growsTo is not null && LastOfAutoscaler(report)?.Reason != NoNodeComes);

    private static PodEvent? LastOfAutoscaler(PodReport report) => report.Events.LastOrDefault(said => said.Reason is NoNodeComes or "TriggeredScaleUp");

    private static IReadOnlyList<Evidence> Evidence(ClusterObject pod, PodReport report)
    {
        var status = (PodStatus)pod.Status;
        List<Evidence> evidence =
        [
            Core.Provisioning.Evidence.Of($"Pod {pod.Name}: {status.Reason ?? status.Phase}, {status.Restarts} restarts", status.Message is { } message ? [message] : []),
        ];
        if (report.Events.Count > 0)
        {
            evidence.Add(Core.Provisioning.Evidence.Of($"Last events of pod {pod.Name}",
                report.Events.Select(said => $"{said.At.UtcDateTime:HH:mm:ss} {said.Reason}{(said.Count > 1 ? $" (×{said.Count})" : "")}: {said.Message}")));
        }

        if (report.Log.Count > 0)
            evidence.Add(Core.Provisioning.Evidence.Of($"Last lines that pod {pod.Name} wrote", report.Log));
        return evidence;
    }
}
