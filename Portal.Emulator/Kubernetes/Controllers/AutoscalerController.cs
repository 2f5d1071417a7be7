using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Keeps autoscalers within their bounds. There is no load to measure: a target inside its bounds keeps its size.</summary>
internal sealed class AutoscalerController(ControllerContext context) : IController
{
    private readonly ClusterStore _store = context.Store;

    public IEnumerable<string> Concerned(StoreChange change)
    {
        if (change.Kind == Kinds.HorizontalPodAutoscaler)
            return [ControllerContext.KeyOf(change.Object)];
        if (change.Kind != Kinds.Deployment)
            return [];
        return _store.List(Kinds.HorizontalPodAutoscaler, change.Object.Namespace())
            .Where(item => item.Text("spec", "scaleTargetRef", "name") == change.Object.Name()).Select(ControllerContext.KeyOf);
    }

    public TimeSpan? Reconcile(string key)
    {
        if (context.Find(Kinds.HorizontalPodAutoscaler, key) is not { } scaler || scaler.IsDeleting())
            return null;

        var target = _store.Find(Kinds.Deployment, scaler.Namespace(), scaler.Text("spec", "scaleTargetRef", "name") ?? "");
        var current = target.Number("spec", "replicas") ?? 0;
        var desired = current == 0 ? 0 : Math.Clamp(current, scaler.Number("spec", "minReplicas") ?? 1, Math.Max(scaler.Number("spec", "maxReplicas") ?? 1, scaler.Number("spec", "minReplicas") ?? 1));
        if (target is not null && desired != current)
        {
            _store.Update(Kinds.Deployment, target.Namespace(), target.Name(), UpdateScope.Main, document =>
            {
                document.Ensure("spec")["replicas"] = desired;
                return document;
            });
            context.Events.Normal(scaler, "horizontal-pod-autoscaler", "SuccessfulRescale", $"New size: {desired}; reason: Current number of replicas {(current < desired ? "below Spec.MinReplicas" : "above Spec.MaxReplicas")}");
        }

        _store.Update(Kinds.HorizontalPodAutoscaler, scaler.Namespace(), scaler.Name(), UpdateScope.Status, document =>
        {
            var status = document.Ensure("status");
            status["currentReplicas"] = target.Number("status", "replicas") ?? 0;
            status["desiredReplicas"] = desired;
            Conditions.Set(document, "AbleToScale", target is not null, target is null ? "FailedGetScale" : "ReadyForNewScale", target is null ? "the HPA controller was unable to get the target's current scale" : "recommended size matches current size", context.Timestamp);
            return document;
        });
        return null;
    }
}
