using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Observe;

namespace Portal.Worker.Steps.LoadBalancers;

/// <summary>
/// Waits for the load balancer that the controller makes from the Ingress rules, or until it has taken it away again; its state is what the
/// observer sees.
/// </summary>
public sealed class LoadBalancerStep(ILoadBalancers loadBalancers, IObservations observations, IObservationHub hub) : IStepExecutor
{
    public bool Handles(PlannedStep step) => step.Kind == StepKind.Wait;

    /// <summary>It only waits.</summary>
    public bool CanBeBrokenOff => true;

    public async Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context, CancellationToken cancellationToken)
    {
        var name = context.Step.Subject;
        // CloudFormation has no part in it and will not tell of it.
        await observations.LookAsync(context.Target.Name, cancellationToken);
        if (context.Step.Action == PlanAction.Remove)
        {
            // One that was never seen is never seen to go.
            if (await loadBalancers.FindAsync(context.Target, name, cancellationToken) is not null)
                await hub.WaitAsync(context.Target.Name, ObservationKinds.LoadBalancer, name, observation => observation.State == ObservationKinds.Gone, cancellationToken);
            return new Dictionary<string, string>();
        }

        var seen = await hub.WaitAsync(context.Target.Name, ObservationKinds.LoadBalancer, name,
            observation => observation.State is "active" or "active_impaired" or "failed", cancellationToken);
        return seen.State == "failed"
            ? throw new StepFailedException(new Failure("load_balancer_failed", $"Load balancer {name} failed.", seen.Reason))
            : seen.Data;
    }
}
