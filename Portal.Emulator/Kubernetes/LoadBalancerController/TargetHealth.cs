using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Controllers;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>A new target is initial until its first health checks have succeeded.</summary>
internal sealed class TargetHealth(ControllerContext context)
{
    // Two checks, 15 s apart, are the controller's default.
    private static readonly TimeSpan _checks = TimeSpan.FromSeconds(30);

    /// <summary>Real time until the next target becomes healthy; null where none waits. Reset by <see cref="Begin"/>.</summary>
    public TimeSpan? Next { get; private set; }

    public void Begin() => Next = null;

    public string StateOf(string targetGroup, JsonObject pod)
    {
        var left = context.Remaining($"target/{targetGroup}/{pod.Uid()}", _checks);
        if (left == TimeSpan.Zero)
            return "healthy";

        Next = Next is { } earlier && earlier < left ? earlier : left;
        return "initial";
    }
}
