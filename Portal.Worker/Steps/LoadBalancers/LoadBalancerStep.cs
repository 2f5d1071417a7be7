using Portal.Core.Provisioning;
using Portal.Worker.Engine;
using Portal.Worker.Observe;

namespace Portal.Worker.Steps.LoadBalancers;

/// <summary>Waits for the load balancer that the controller makes from the Ingress rules; its state is what the observer sees.</summary>
public sealed class LoadBalancerStep(ObservationHub hub) : IStepExecutor
{
    public bool Handles(PlannedStep step) => step.Kind == StepKind.Wait;

    public async Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context, CancellationToken cancellationToken)
    {
        var seen = await hub.WaitAsync(context.Target.Name, ObservationKinds.LoadBalancer, context.Step.Subject,
            observation => observation.State is "active" or "active_impaired" or "failed", cancellationToken);
        return seen.State == "failed"
            ? throw new StepFailedException(new Failure("load_balancer_failed", $"Load balancer {context.Step.Subject} failed.", seen.Reason))
            : seen.Data;
    }
}
