using Microsoft.Extensions.Options;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Helm;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Steps.Releases;

/// <summary>Makes a Helm release be as planned and waits until it is ready, or takes it away and waits until its objects are gone.</summary>
public sealed class ReleaseStep(IHelm helm, IClusters clusters, ReleaseWatch watch, IOperationStore store, IChartFiles files, IOptions<ChartOptions> charts, ILoadBalancers loadBalancers, TimeProvider clock) : IStepExecutor
{
    public bool Handles(PlannedStep step) => step.Kind == StepKind.Release;

    /// <summary>A helm that is stopped leaves its release pending, and the next one puts that right.</summary>
    public bool CanBeBrokenOff => true;

    public async Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context, CancellationToken cancellationToken)
    {
        var step = context.Step;
        if (step.Action == PlanAction.Remove)
        {
            await RemoveAsync(context, cancellationToken);
            return new Dictionary<string, string>();
        }

        return step.Unprotects ? await UnprotectAsync(context, cancellationToken) : await MakeAsync(context, cancellationToken);
    }

    /// <summary>Until the load balancer itself says so: an Ingress that goes before that would take with it who could lift it.</summary>
    private async Task<IReadOnlyDictionary<string, string>> UnprotectAsync(StepContext context, CancellationToken cancellationToken)
    {
        // Without a cluster nobody could lift it, and nothing of the cluster's is left to be taken away.
        if (context.Outputs.Find(StepNames.Cluster, "ClusterName") is not { } name || !await IsThereAsync(context, name, cancellationToken))
            return new Dictionary<string, string>();
        var made = await MakeAsync(context, cancellationToken);
        while (await loadBalancers.IsProtectedAsync(context.Target, context.Step.LoadBalancerName, cancellationToken))
            await Task.Delay(LookEvery, clock, cancellationToken);
        return made;
    }

    private async Task<IReadOnlyDictionary<string, string>> MakeAsync(StepContext context, CancellationToken cancellationToken)
    {
        var step = context.Step;
        var run = JobRun.Of(context);
        // What ran before a rollout is not taken back by running once more what ran before that.
        if (run is not null && step.Action == PlanAction.Ensure && context.Work.Kind is (OperationKind.Undo or OperationKind.TakeBack))
            return new Dictionary<string, string>();
        using var unpacked = step.Artifact is null ? null : files.Unpack(await store.ArtifactAsync(step.Artifact, cancellationToken));
        ChartSource chart = step.RepositoryChart is null
            ? new ChartFolder(unpacked!.Path)
            : new RepositoryChart(charts.Value.Of(step.RepositoryChart).Repository, step.RepositoryChart, step.ChartVersion ?? ChartOptions.VersionOfFormat1);
        var release = await EnsureAsync(
            context, run,
            new ReleaseRequest(
                context.Cluster(), step.Namespace!, step.Subject, chart, context.Outputs.Values(step), [], run?.TimeLimit ?? ReleaseTimeout, $"operation {context.Work.OperationId}")
            { Again = step.RevertsDrift, Run = run?.Id },
            cancellationToken);
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Revision"] = release.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["Chart"] = release.Chart,
        };
    }

    /// <summary>Helm waits, and knows nothing of why; so its wait is ended as soon as a pod is seen that will not start.</summary>
    private async Task<ReleaseSnapshot> EnsureAsync(StepContext context, JobRun? run, ReleaseRequest request, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var made = helm.EnsureAsync(request, ended.Token);
        var hopeless = watch.UntilHopelessAsync(request.Cluster, request.Namespace, request.Name, run, NodeGroupSize.GrowsTo(context), context.Step, context.AnsweredAsync, ended.Token);
        var first = await Task.WhenAny(made, hopeless);
        End(ended);
        await Task.WhenAll(made, hopeless).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (first == hopeless && !made.IsCompletedSuccessfully)
            throw new StepFailedException(await hopeless);
        try
        {
            return await made;
        }
        catch (StepFailedException error) when (error.Failure.Code == "helm_timeout")
        {
            var seen = await watch.EvidenceAsync(request.Cluster, request.Namespace, request.Name, run, cancellationToken);
            var failure = run is null ? error.Failure : Late(run);
            throw new StepFailedException(failure with { Evidence = [.. seen, .. error.Failure.Evidence ?? []] }, error);
        }
    }

    // What takes too long once is not begun again without a person's wish.
    private static Failure Late(JobRun run) => new("job_late", $"The job {run.Job} has not come to its end in {run.TimeLimit.TotalSeconds:0} seconds. The service's pods stay as they were.", null);

    // Here and now, so that both have been told when it returns.
    private static void End(CancellationTokenSource waiting) => waiting.Cancel();

    private async Task RemoveAsync(StepContext context, CancellationToken cancellationToken)
    {
        // Without a cluster, its own or one that is still there, there is nothing to take anything out of.
        if (context.Outputs.Find(StepNames.Cluster, "ClusterName") is not { } name || !await IsThereAsync(context, name, cancellationToken))
            return;
        // What the job made elsewhere goes by the job.
        if (context.Step.Withdraws)
            await MakeAsync(context, cancellationToken);
        await helm.UninstallAsync(context.Cluster(), context.Step.Namespace!, context.Step.Subject, ReleaseTimeout, cancellationToken);
    }

    private async Task<bool> IsThereAsync(StepContext context, string name, CancellationToken cancellationToken)
    {
        try
        {
            await clusters.DescribeAsync(context.Target, name, cancellationToken);
            return true;
        }
        catch (StepFailedException error) when (error.Failure.Code == IClusters.NotFound)
        {
            return false;
        }
    }

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(3);

    // A first pull of a large image on a fresh node; the step's own timeout is longer.
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromMinutes(15);
}
