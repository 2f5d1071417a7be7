using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Faults;

/// <summary>How the kubelet reports containers that cannot start or do not stay up.</summary>
internal sealed class FailingContainers(ControllerContext context)
{
    private const string Component = "kubelet";

    // The kubelet doubles its back-off from 10 seconds to 5 minutes.
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(5);

    public void CannotPull(JsonObject pod)
    {
        if (pod.Items("status", "containerStatuses").Any(status => status.Text("state", "waiting", "reason") == PodFaults.ImagePull))
            return;

        foreach (var container in pod.Items("spec", "containers"))
        {
            var image = container.Text("image");
            context.Events.Warning(pod, Component, "Failed", $"Failed to pull image \"{image}\": rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {image}: not found");
            context.Events.Warning(pod, Component, "Failed", "Error: ErrImagePull");
            context.Events.Normal(pod, Component, "BackOff", $"Back-off pulling image \"{image}\"");
            context.Events.Warning(pod, Component, "Failed", "Error: ImagePullBackOff");
        }

        SetStatuses(pod, status => status["state"] = Waiting(PodFaults.ImagePull, $"Back-off pulling image \"{status.Text("image")}\""));
    }

    /// <summary>The readiness probes fail: the pod runs, and gets no traffic.</summary>
    public void Unready(JsonObject pod)
    {
        context.Events.Warning(pod, Component, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503");
        SetStatuses(pod, status => status["ready"] = false);
    }

    /// <summary>The container ends, once more, and waits for its next start.</summary>
    /// <returns>Real time until that start.</returns>
    public TimeSpan Crash(JsonObject pod)
    {
        var restarts = pod.Items("status", "containerStatuses").Select(status => status.Number("restartCount") ?? 0).DefaultIfEmpty(0).Max();
        var wait = $"backoff/{pod.Uid()}";
        if (!IsBackingOff(pod))
        {
            context.Forget(wait);
            End(pod, PodFaults.CrashLoop, BackOff(restarts));
            restarts++;
        }

        var left = context.Remaining(wait, BackOff(restarts - 1), isKept: true);
        if (left > TimeSpan.Zero)
            return left;

        // It starts again, and ends again at once.
        context.Forget(wait);
        End(pod, PodFaults.CrashLoop, BackOff(restarts));
        return context.Remaining(wait, BackOff(restarts), isKept: true);
    }

    /// <summary>The container ends and is started again.</summary>
    public void CrashOnce(JsonObject pod)
    {
        context.Forget($"probe/{pod.Uid()}");
        End(pod, null, TimeSpan.Zero);
    }

    public static bool IsBackingOff(JsonObject pod) =>
        pod.Items("status", "containerStatuses").Any(status => status.Text("state", "waiting", "reason") == PodFaults.CrashLoop);

    private void End(JsonObject pod, string? waitsFor, TimeSpan backOff)
    {
        var now = context.Timestamp;
        var changed = SetStatuses(pod, status =>
        {
            var id = status.Text("containerID");
            var restarts = (status.Number("restartCount") ?? 0) + 1;
            status["lastState"] = new JsonObject
            {
                ["terminated"] = new JsonObject
                {
                    ["containerID"] = id,
                    ["exitCode"] = 1,
                    ["reason"] = "Error",
                    ["startedAt"] = status.Text("state", "running", "startedAt") ?? now,
                    ["finishedAt"] = now,
                },
            };
            status["restartCount"] = restarts;
            status["ready"] = false;
            status["started"] = waitsFor is null;
            status["containerID"] = "containerd://" + Seeded.Hex($"{pod.Uid()}/{status.Text("name")}/{restarts}", 64);
            status["state"] = waitsFor is null
                ? new JsonObject { ["running"] = new JsonObject { ["startedAt"] = now } }
                : Waiting(waitsFor, $"back-off {Text(backOff)} restarting failed container={status.Text("name")} pod={pod.Name()}_{pod.Namespace()}({pod.Uid()})");
        });
        foreach (var container in changed.Items("spec", "containers"))
        {
            if (waitsFor is null)
                context.Events.Normal(pod, Component, "Started", $"Started container {container.Text("name")}");
            else
                context.Events.Warning(pod, Component, "BackOff", $"Back-off restarting failed container {container.Text("name")} in pod {pod.Name()}_{pod.Namespace()}({pod.Uid()})");
        }
    }

    private JsonObject SetStatuses(JsonObject pod, Action<JsonObject> change) => context.Store.Update(Kinds.Pod, pod.Namespace(), pod.Name(), UpdateScope.Status, document =>
    {
        foreach (var status in document.Items("status", "containerStatuses"))
            change(status);
        var names = string.Join(' ', document.Items("spec", "containers").Select(container => container.Text("name")));
        foreach (var condition in (ReadOnlySpan<string>)["Ready", "ContainersReady"])
            Conditions.Set(document, condition, false, "ContainersNotReady", $"containers with unready status: [{names}]", context.Timestamp);
        return document;
    });

    private static JsonObject Waiting(string reason, string message) =>
        new() { ["waiting"] = new JsonObject { ["reason"] = reason, ["message"] = message } };

    private static TimeSpan BackOff(int restarts)
    {
        var doubled = TimeSpan.FromSeconds(10) * Math.Pow(2, Math.Clamp(restarts, 0, 10));
        return doubled < _longest ? doubled : _longest;
    }

    private static string Text(TimeSpan time) =>
        time < TimeSpan.FromMinutes(1) ? $"{time.TotalSeconds}s" : $"{(int)time.TotalMinutes}m{time.Seconds}s";
}
