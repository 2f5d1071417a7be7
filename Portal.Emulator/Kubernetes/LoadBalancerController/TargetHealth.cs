using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Controllers;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>A new target is initial until its first health checks have succeeded.</summary>
internal sealed class TargetHealth(ControllerContext context)
{
    // Two checks, 15 s apart, are the controller's default.
    private static readonly TimeSpan _checks = TimeSpan.FromSeconds(30);

    private bool _isRestored;

    /// <summary>Real time until the next target becomes healthy; null where none waits. Reset by <see cref="Begin"/>.</summary>
    public TimeSpan? Next { get; private set; }

    /// <param name="isRestored">Whether the load balancer was there before this run of the emulator.</param>
    public void Begin(bool isRestored) => (Next, _isRestored) = (null, isRestored);

    public string StateOf(string targetGroup, JsonObject pod)
    {
        // Timestamps count whole seconds. A pod that was ready long before the emulator's start has passed its checks in an earlier run.
        var readySince = Conditions.Find(pod, "Ready").Text("lastTransitionTime");
        var isOld = DateTimeOffset.TryParse(readySince, out var at) && context.Clock.Now - at > context.Clock.ToReal(_checks) + TimeSpan.FromSeconds(1);
        var left = isOld && _isRestored ? TimeSpan.Zero : context.Remaining($"target/{targetGroup}/{pod.Uid()}", _checks);
        if (left == TimeSpan.Zero)
            return "healthy";

        Next = Next is { } earlier && earlier < left ? earlier : left;
        return "initial";
    }
}
