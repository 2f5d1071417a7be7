using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Steps.Releases;

/// <summary>Has a scheduled job run once now, beside its schedule, and waits for its end. Neither the release nor the schedule is touched.</summary>
public sealed class ScheduledRunStep(IWorkloads workloads, ReleaseWatch watch, TimeProvider clock) : IStepExecutor
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(3);

    public bool Handles(PlannedStep step) => step is { Kind: StepKind.Release, Action: PlanAction.Run };

    /// <summary>What runs goes on to its end in the cluster; whoever looks next finds it by its name.</summary>
    public bool CanBeBrokenOff => true;

    public async Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context, CancellationToken cancellationToken)
    {
        var (step, cluster, run) = (context.Step, context.Cluster(), JobRun.OfSchedule(context));
        await workloads.RunAsync(cluster, step.Namespace!, step.Subject, run.Job, cancellationToken);
        var judge = new PodJudge(clock);
        while (true)
        {
            var end = await workloads.FindEndAsync(cluster, step.Namespace!, run.Job, cancellationToken);
            await context.AnsweredAsync();
            if (end is { HasFailed: true })
                throw new StepFailedException(await FailureAsync(cluster, step, run, end, cancellationToken));
            if (end is not null)
                return new Dictionary<string, string>(StringComparer.Ordinal) { ["Job"] = run.Job };
            // An image that is not there would be waited for until the job's own time is over.
            if (await watch.HopelessAsync(cluster, step.Namespace!, step.Subject, run, NodeGroupSize.GrowsTo(context), step, judge, cancellationToken) is { } hopeless)
                throw new StepFailedException(hopeless);
            await Task.Delay(LookEvery, clock, cancellationToken);
        }
    }

    private async Task<Failure> FailureAsync(ClusterConnection cluster, PlannedStep step, JobRun run, JobEnd end, CancellationToken cancellationToken) =>
        end.IsLate
            ? new Failure("job_late", $"The job {run.Job} has not come to its end in {run.TimeLimit.TotalSeconds:0} seconds. {run.Meanwhile}", end.Message)
            : await watch.FailureOfAsync(cluster, step.Namespace!, run, cancellationToken)
                ?? new Failure("job_failed", $"The job {run.Job} failed. {run.Meanwhile}", end.Message is { Length: > 0 } message ? Evidence.Presentable(message) : null);
}
