using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Steps.Releases;

/// <summary>
/// Restarts a service's pods, has them go, or has them come again: at its Deployment, or CronJob, because neither is a part of what the
/// release's values say, and a later release leaves it as it is.
/// </summary>
public sealed class DeploymentStep(IKubernetes kubernetes, IWorkloads workloads, IClusters clusters) : IStepExecutor
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    public bool Handles(PlannedStep step) => step is { Kind: StepKind.Release, Action: PlanAction.Restart or PlanAction.Sleep or PlanAction.Wake };

    /// <summary>Kubernetes goes on with what it was asked for; whoever looks next finds it as it is then.</summary>
    public bool CanBeBrokenOff => true;

    /// <summary>
    /// What is not there rests already, and waking up is not repairing: an environment that can neither sleep nor wake up because somebody
    /// deleted a Deployment, or the whole cluster, could only be destroyed. Its health says what is missing.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context, CancellationToken cancellationToken)
    {
        try
        {
            await BringAboutAsync(context, cancellationToken);
        }
        catch (StepFailedException error) when (error.Failure.Code == ClusterErrors.NotFound)
        {
            if (context.Step.Action == PlanAction.Restart)
                throw Missing(context.Step);
        }
        catch (StepFailedException error) when (error.Failure.Silent == Correspondents.Cluster && context.Step.Action != PlanAction.Restart)
        {
            // Who does not answer is waited for, unless there is nobody any more.
            if (!await IsClusterGoneAsync(context, cancellationToken))
                throw;
        }

        return None;
    }

    private async Task<bool> IsClusterGoneAsync(StepContext context, CancellationToken cancellationToken)
    {
        try
        {
            await clusters.DescribeAsync(context.Target, context.Cluster().ClusterName, cancellationToken);
            return false;
        }
        catch (StepFailedException error) when (error.Failure.Code == IClusters.NotFound)
        {
            return true;
        }
    }

    private async Task BringAboutAsync(StepContext context, CancellationToken cancellationToken)
    {
        var step = context.Step;
        var cluster = context.Cluster();
        if (WorkloadValues.KindOf(step) == WorkloadValues.Schedule)
        {
            // Nothing is waited for: what runs goes on, and what is to run comes with its time.
            await workloads.SuspendAsync(cluster, step.Namespace!, step.Subject, step.Action == PlanAction.Sleep, cancellationToken);
            return;
        }

        if (step.Action == PlanAction.Restart)
            // The operation's id: asked for again after a crash, it is the same restart.
            await workloads.RestartAsync(cluster, step.Namespace!, step.Subject, context.Work.OperationId.ToString(), cancellationToken);
        else
            await workloads.ScaleAsync(cluster, step.Namespace!, step.Subject, step.Action == PlanAction.Sleep ? 0 : Replicas(step), cancellationToken);
        await SettledAsync(cluster, step, cancellationToken);
    }

    private static int Replicas(PlannedStep step) => step.Values?["replicas"]?.GetValue<int>() ?? 1;

    private async Task SettledAsync(ClusterConnection cluster, PlannedStep step, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var list = await kubernetes.ListAsync(cluster, ObjectKind.Deployment, step.Namespace!, cancellationToken);
                if (list.Items.FirstOrDefault(item => item.Name == step.Subject) is not { } deployment)
                    throw Gone(step);
                if (IsSettled(deployment, step))
                    return;
                await foreach (var change in kubernetes.WatchAsync(cluster, ObjectKind.Deployment, step.Namespace!, list.ResourceVersion, cancellationToken))
                {
                    if (change.Object is not { } changed || changed.Name != step.Subject)
                        continue;
                    if (change.IsDeleted)
                        throw Gone(step);
                    if (IsSettled(changed, step))
                        return;
                }
            }
            catch (WatchExpiredException)
            {
                // The list is read again.
            }
        }
    }

    private static bool IsSettled(ClusterObject deployment, PlannedStep step)
    {
        var status = (DeploymentStatus)deployment.Status;
        if (status is { IsObserved: true, IsProgressing: false } && step.Action != PlanAction.Sleep)
            throw new StepFailedException(new Failure("rollout_stuck", $"The pods of {step.Subject} do not become ready.", status.Message ?? status.Reason, CanRetry: true));
        return status.IsRolledOut;
    }

    private static StepFailedException Gone(PlannedStep step) => new(ClusterErrors.NotFound, $"The Deployment {step.Namespace}/{step.Subject} is not in the cluster any more.");

    private static StepFailedException Missing(PlannedStep step) => new("deployment_missing",
        $"The Deployment {step.Namespace}/{step.Subject} is not in the cluster any more. Repair the environment to bring it back.");
}
