using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Patching;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>
/// Keeps autoscalers within their bounds and follows the load that pods were told to have ("Horizontal Pod Autoscaling": Algorithm details).
/// Without such a load the number of pods is right as it is.
/// </summary>
internal sealed class AutoscalerController(ControllerContext context, PodMetrics metrics) : IController
{
    private const string Component = "horizontal-pod-autoscaler";
    private const double Tolerance = 0.1;

    private static readonly TimeSpan _stabilization = TimeSpan.FromMinutes(5);
    private static readonly FieldWriter _writer = new("kube-controller-manager", "apps/v1", Subresource: "scale");

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

        var (least, most) = (scaler.Number("spec", "minReplicas") ?? 1, scaler.Number("spec", "maxReplicas") ?? 1);
        if (scaler.Text("spec", "scaleTargetRef", "kind") != "Deployment" || _store.Find(Kinds.Deployment, scaler.Namespace(), scaler.Text("spec", "scaleTargetRef", "name") ?? "") is not { } target)
        {
            Report(scaler, 0, 0, null, document => Conditions.Set(
                document, "AbleToScale", false, "FailedGetScale",
                $"the HPA controller was unable to get the target's current scale: {ApiException.NotFound(Kinds.Deployment, scaler.Text("spec", "scaleTargetRef", "name") ?? "").Message}", context.Timestamp));
            return null;
        }

        var current = target.Number("spec", "replicas") ?? 0;
        var measured = Measure(scaler, target, current);
        var wanted = current == 0 ? 0 : Math.Clamp(measured.Wanted, least, Math.Max(least, most));
        TimeSpan? again = null;
        if (wanted < current && current <= most && measured.Wanted < current)
        {
            // Fewer only after they were enough for a while.
            var left = context.Remaining($"scale-down/{scaler.Uid()}", _stabilization);
            if (left > TimeSpan.Zero)
                (again, wanted) = (left, current);
        }

        if (wanted == current)
            Report(scaler, target.Number("status", "replicas") ?? 0, wanted, measured.Utilization, document => SetConditions(document, measured, least, most));
        else
            Scale(scaler, target, current, wanted, measured);
        return again;
    }

    private void Scale(JsonObject scaler, JsonObject target, int current, int wanted, Measurement measured)
    {
        context.Forget($"scale-down/{scaler.Uid()}");
        _store.Update(
            Kinds.Deployment, target.Namespace(), target.Name(), UpdateScope.Main,
            document =>
            {
                document.Ensure("spec")["replicas"] = wanted;
                return document;
            },
            writer: _writer);
        var reason = wanted == measured.Wanted ? $"cpu resource utilization (percentage of request) {(wanted > current ? "above" : "below")} target"
            : current < wanted ? "Current number of replicas below Spec.MinReplicas"
            : measured.Wanted == current ? "Current number of replicas above Spec.MaxReplicas" : "All metrics below target";
        context.Events.Normal(scaler, Component, "SuccessfulRescale", $"New size: {wanted}; reason: {reason}");
        Report(scaler, target.Number("status", "replicas") ?? 0, wanted, measured.Utilization, document =>
        {
            document.Ensure("status")["lastScaleTime"] = context.Timestamp;
            Conditions.Set(document, "AbleToScale", true, "SucceededRescale", $"the HPA controller was able to update the target scale to {wanted}", context.Timestamp);
        });
    }

    /// <summary>What the pods use of the processor time that they request, and how many of them that calls for.</summary>
    private Measurement Measure(JsonObject scaler, JsonObject target, int current)
    {
        var metric = scaler.Items("spec", "metrics").FirstOrDefault(item => item.Text("resource", "name") == "cpu");
        if (metric.Number("resource", "target", "averageUtilization") is not { } goal)
            return new Measurement(current, null, null);
        if (!metrics.IsServed)
            return new Measurement(current, null, "failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)");

        var selector = LabelSelector.Parse(target.Object("spec", "selector"));
        var pods = _store.List(Kinds.Pod, target.Namespace()).Where(pod => selector.Matches(pod.Labels()) && Conditions.IsReady(pod)).ToList();
        if (pods.Count == 0)
            return new Measurement(current, null, "failed to get cpu utilization: did not receive metrics for targeted pods (pods might be unready)");
        foreach (var pod in pods)
        {
            if (pod.Items("spec", "containers").FirstOrDefault(container => PodMetrics.Requested(container, "cpu") <= 0) is { } without)
                return new Measurement(current, null, $"failed to get cpu utilization: missing request for cpu in container {without.Text("name")} of Pod {pod.Name()}");
        }

        // Pods that were not told a load have the one that their number is right for.
        var utilization = (int)pods.Average(pod => metrics.LoadOf(pod) ?? goal);
        var ratio = (double)utilization / goal;
        return new Measurement(Math.Abs(ratio - 1) <= Tolerance ? current : (int)Math.Ceiling(pods.Count * ratio), utilization, null);
    }

    private void SetConditions(JsonObject document, Measurement measured, int least, int most)
    {
        var now = context.Timestamp;
        Conditions.Set(document, "AbleToScale", true, "ReadyForNewScale", "recommended size matches current size", now);
        if (measured.Problem is { } problem)
        {
            Conditions.Set(document, "ScalingActive", false, "FailedGetResourceMetric", $"the HPA was unable to compute the replica count: {problem}", now);
            return;
        }

        Conditions.Set(document, "ScalingActive", true, "ValidMetricFound", "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)", now);
        var (isLimited, reason, message) = measured.Wanted < least ? (true, "TooFewReplicas", "the desired replica count is less than the minimum replica count")
            : measured.Wanted > most ? (true, "TooManyReplicas", "the desired replica count is more than the maximum replica count")
            : (false, "DesiredWithinRange", "the desired count is within the acceptable range");
        Conditions.Set(document, "ScalingLimited", isLimited, reason, message, now);
    }

    private void Report(JsonObject scaler, int current, int wanted, int? utilization, Action<JsonObject> conditions) =>
        _store.Update(Kinds.HorizontalPodAutoscaler, scaler.Namespace(), scaler.Name(), UpdateScope.Status, document =>
        {
            var status = document.Ensure("status");
            status["currentReplicas"] = current;
            status["desiredReplicas"] = wanted;
            status["currentMetrics"] = utilization is null ? null : new JsonArray(new JsonObject
            {
                ["type"] = "Resource",
                ["resource"] = new JsonObject { ["name"] = "cpu", ["current"] = new JsonObject { ["averageUtilization"] = utilization } },
            });
            conditions(document);
            return document;
        });

    private sealed record Measurement(int Wanted, int? Utilization, string? Problem);
}
