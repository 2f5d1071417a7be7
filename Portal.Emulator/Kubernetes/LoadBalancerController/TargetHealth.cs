using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Controllers;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>
/// A new target is initial until its first health checks have succeeded, or failed: a pod answers 200 over HTTP. Reasons are those of
/// ELBv2's TargetHealth.
/// </summary>
internal sealed class TargetHealth(ControllerContext context)
{
    private bool _isRestored;

    /// <summary>Real time until the next target becomes healthy; null where none waits. Reset by <see cref="Begin"/>.</summary>
    public TimeSpan? Next { get; private set; }

    /// <param name="isRestored">Whether the load balancer was there before this run of the emulator.</param>
    public void Begin(bool isRestored) => (Next, _isRestored) = (null, isRestored);

    public TargetDescription Of(string targetGroup, JsonObject pod, int port, HealthCheck check)
    {
        var (state, reason) = StateOf(targetGroup, pod, check);
        return new TargetDescription(pod.Text("status", "podIP") ?? "", port, state, reason);
    }

    private (string State, string? Reason) StateOf(string targetGroup, JsonObject pod, HealthCheck check)
    {
        var isWell = check.Protocol == "HTTP" && Matches(check.SuccessCodes, 200);
        var checks = TimeSpan.FromSeconds(check.IntervalSeconds * (isWell ? check.HealthyThreshold : check.UnhealthyThreshold));
        // Timestamps count whole seconds. A pod that was ready long before the emulator's start has passed its checks in an earlier run.
        var readySince = Conditions.Find(pod, "Ready").Text("lastTransitionTime");
        var isOld = DateTimeOffset.TryParse(readySince, out var at) && context.Clock.Now - at > context.Clock.ToReal(checks) + TimeSpan.FromSeconds(1);
        var left = isOld && _isRestored ? TimeSpan.Zero : context.Remaining($"target/{targetGroup}/{pod.Uid()}", checks);
        if (left == TimeSpan.Zero)
            return isWell ? ("healthy", null) : ("unhealthy", check.Protocol == "HTTP" ? "Target.ResponseCodeMismatch" : "Target.FailedHealthChecks");

        Next = Next is { } earlier && earlier < left ? earlier : left;
        return ("initial", "Elb.RegistrationInProgress");
    }

    /// <summary>Codes and ranges of codes, "200,301-302".</summary>
    private static bool Matches(string codes, int code) => codes.Split(',', StringSplitOptions.TrimEntries).Any(part =>
        part.Split('-', 2) is var ends && int.TryParse(ends[0], out var low) && int.TryParse(ends[^1], out var high) && code >= low && code <= high);
}
