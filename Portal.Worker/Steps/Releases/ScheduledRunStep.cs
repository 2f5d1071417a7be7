using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Steps.Releases;

/// <summary>Has a scheduled job run once now, beside its schedule, and waits for its end. Neither the release nor the schedule is touched.</summary>
public sealed class ScheduledRunStep(IWorkloads workloads, ReleaseWatch watch, TimeProvider clock) : IStepExecutor
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(3);

    /// <summary>In which the cluster ends by itself what takes longer than it may.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(5);

    public bool Handles(PlannedStep step) => step is { Kind: StepKind.Release, Action: PlanAction.Run };

    /// <summary>What runs goes on in the cluster while a worker stops; whoever looks next finds it by its name.</summary>
    public bool CanBeBrokenOff => true;

    public Task BreakOffAsync(StepContext context, CancellationToken cancellationToken) =>
        workloads.DeleteJobAsync(context.Cluster(), context.Step.Namespace!, JobRun.OfSchedule(context).Job, cancellationToken);

    public async Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context, CancellationToken cancellationToken)
    {
        var (step, cluster, run) = (context.Step, context.Cluster(), JobRun.OfSchedule(context));
        await EndEarlierAsync(context, cluster, cancellationToken);
        await workloads.RunAsync(cluster, step.Namespace!, step.Subject, run.Job, cancellationToken);
        var givesUpAt = clock.GetUtcNow() + Least(run.TimeLimit + Grace, step.Retry.Timeout - LookEvery);
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
                throw await GivenUpAsync(cluster, step, run, hopeless, cancellationToken);
            if (clock.GetUtcNow() >= givesUpAt)
                throw await GivenUpAsync(cluster, step, run, Late(run, "The cluster has not ended it by itself."), cancellationToken);
            await Task.Delay(LookEvery, clock, cancellationToken);
        }
    }

    /// <summary>What an earlier attempt left without knowing its end must not run beside this one.</summary>
    private async Task EndEarlierAsync(StepContext context, ClusterConnection cluster, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt < context.Attempt; attempt++)
        {
            var earlier = JobRun.OfSchedule(context with { Attempt = attempt }).Job;
            while (await workloads.FindEndAsync(cluster, context.Step.Namespace!, earlier, cancellationToken) is null)
            {
                await workloads.DeleteJobAsync(cluster, context.Step.Namespace!, earlier, cancellationToken);
                await Task.Delay(LookEvery, clock, cancellationToken);
            }
        }
    }

    /// <summary>Nobody waits for it any more, so it must not begin, or go on, once nobody expects it to.</summary>
    private async Task<StepFailedException> GivenUpAsync(ClusterConnection cluster, PlannedStep step, JobRun run, Failure why, CancellationToken cancellationToken)
    {
        await workloads.DeleteJobAsync(cluster, step.Namespace!, run.Job, cancellationToken);
        return new StepFailedException(why);
    }

    private static Failure Late(JobRun run, string? cause) =>
        new("job_late", $"The job {run.Job} has not come to its end in {run.TimeLimit.TotalSeconds:0} seconds. {run.Meanwhile}", cause);

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private async Task<Failure> FailureAsync(ClusterConnection cluster, PlannedStep step, JobRun run, JobEnd end, CancellationToken cancellationToken) =>
        end.IsLate
            ? Late(run, end.Message)
            : await watch.FailureOfAsync(cluster, step.Namespace!, run, cancellationToken)
                ?? new Failure("job_failed", $"The job {run.Job} failed. {run.Meanwhile}", end.Message is { Length: > 0 } message ? Evidence.Presentable(message) : null);
}
