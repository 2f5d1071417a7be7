using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Faults;
using Portal.Emulator.Kubernetes.Network;
using Portal.Emulator.Kubernetes.SecretsStore;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Starts the containers of scheduled pods, makes them ready, and ends them. No program runs.</summary>
internal sealed class Kubelet(ControllerContext context, PodFaults faults, SecretMounts mounts, StoreCalls stores) : IController
{
    /// <summary>Annotation that tells the kubelet to end the pod's containers once; its value tells one telling from the next.</summary>
    public const string Crash = "portal.emulator/crash";

    private const string Component = "kubelet";

    // How much of a pod's start is the pull of its images; the rest is until its readiness probe succeeds.
    private const double PullShare = 0.7;

    private static readonly TimeSpan _programRuns = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan _mountAgain = TimeSpan.FromSeconds(15);

    private readonly ClusterStore _store = context.Store;
    private readonly FailingContainers _failing = new(context);

    public IEnumerable<string> Concerned(StoreChange change)
    {
        if (change.Kind == Kinds.Pod && change.Type != ChangeType.Deleted && change.Object.Text("spec", "nodeName") is not null)
            return [ControllerContext.KeyOf(change.Object)];
        if (change.Kind == Kinds.Node && (change.Type == ChangeType.Deleted || (change.Previous is not null && Conditions.IsReady(change.Object) != Conditions.IsReady(change.Previous))))
            return _store.List(Kinds.Pod).Where(pod => pod.Text("spec", "nodeName") == change.Object.Name()).Select(ControllerContext.KeyOf);
        return [];
    }

    public TimeSpan? Reconcile(string key)
    {
        if (context.Find(Kinds.Pod, key) is not { } pod || pod.Text("spec", "nodeName") is not { } nodeName)
            return null;
        if (_store.Find(Kinds.Node, null, nodeName) is not { } node)
        {
            Remove(pod);
            return null;
        }

        if (NodeLifecycle.IsStopped(node))
            return null;

        return pod.IsDeleting() ? Stop(pod) : Start(pod, node);
    }

    private TimeSpan? Start(JsonObject pod, JsonObject node)
    {
        if (pod.Annotation(Crash) is not null)
            pod = EndOnce(pod);
        var crashes = faults.Concerns(PodFaults.CrashLoop, pod);
        var unready = faults.Concerns(PodFaults.Readiness, pod) && pod.Items("spec", "containers").Any(container => container.Object("readinessProbe") is not null);
        if (Conditions.IsReady(pod) && !crashes && !unready)
            return EndsByItself(pod) ? Complete(pod) : null;
        if (pod.Text("status", "phase") is "Succeeded" or "Failed")
            return null;
        if (pod.Text("status", "podIP") is null)
        {
            if (mounts.Mount(pod) is { } fault)
                return Unmounted(pod, fault);
            pod = Begin(pod, node);
        }

        var whole = context.Durations.Create(ActivityDurations.PodStart, pod.Uid());
        if (pod.Text("status", "phase") == "Pending")
        {
            var pulling = context.Remaining($"pull/{pod.Uid()}", whole * PullShare, isKept: true);
            if (pulling > TimeSpan.Zero)
                return pulling;

            if (faults.Concerns(PodFaults.ImagePull, pod))
            {
                _failing.CannotPull(pod);
                return null;
            }

            context.Forget($"pull/{pod.Uid()}");
            pod = Run(pod);
        }

        if (crashes)
            return EndsByItself(pod) ? Fail(pod) : _failing.Crash(pod);
        if (unready)
        {
            _failing.Unready(pod);
            return null;
        }

        if (FailingContainers.IsBackingOff(pod))
            pod = Run(pod);

        var initialDelay = TimeSpan.FromSeconds(pod.Items("spec", "containers").Max(container => container.Number("readinessProbe", "initialDelaySeconds") ?? 0));
        var usual = whole * (1 - PullShare);
        var probing = context.Remaining($"probe/{pod.Uid()}", initialDelay > usual ? initialDelay : usual, isKept: true);
        if (probing > TimeSpan.Zero)
            return probing;

        context.Forget($"probe/{pod.Uid()}");
        SetStatus(pod, document =>
        {
            foreach (var status in document.Items("status", "containerStatuses"))
                status["ready"] = true;
            Conditions.Set(document, "ContainersReady", true, null, null, context.Timestamp);
            Conditions.Set(document, "Ready", true, null, null, context.Timestamp);
        });
        return null;
    }

    /// <summary>A program that is not to be started again (of a Job, of a test of Helm's) is one that ends.</summary>
    private static bool EndsByItself(JsonObject pod) => pod.Text("spec", "restartPolicy") is "Never" or "OnFailure";

    private TimeSpan? Complete(JsonObject pod)
    {
        var left = context.Remaining($"run/{pod.Uid()}", _programRuns, isKept: true);
        if (left > TimeSpan.Zero)
            return left;

        context.Forget($"run/{pod.Uid()}");
        if (stores.Refusal(pod) is { } refusal)
            return Fail(pod, refusal);
        End(pod, "Succeeded", "PodCompleted", 0, "Completed");
        return null;
    }

    private TimeSpan? Fail(JsonObject pod, string? said = null)
    {
        End(pod, "Failed", "PodFailed", 1, "Error", said);
        return null;
    }

    /// <param name="said">The program's last words.</param>
    private void End(JsonObject pod, string phase, string condition, int exitCode, string reason, string? said = null) => SetStatus(pod, document =>
    {
        document.Ensure("status")["phase"] = phase;
        foreach (var status in document.Items("status", "containerStatuses"))
        {
            status["ready"] = false;
            status["started"] = false;
            status["state"] = new JsonObject
            {
                ["terminated"] = new JsonObject
                {
                    ["containerID"] = status["containerID"]?.DeepClone(),
                    ["exitCode"] = exitCode,
                    ["reason"] = reason,
                    ["startedAt"] = status.Text("state", "running", "startedAt") ?? context.Timestamp,
                    ["finishedAt"] = context.Timestamp,
                },
            };
            if (said is not null)
                status["state"]!["terminated"]!["message"] = said;
        }

        foreach (var type in (ReadOnlySpan<string>)["Ready", "ContainersReady"])
            Conditions.Set(document, type, false, condition, null, context.Timestamp);
        if (phase == "Succeeded")
            Conditions.Set(document, "Initialized", true, condition, null, context.Timestamp);
    });

    private JsonObject EndOnce(JsonObject pod)
    {
        if (pod.Text("status", "phase") == "Running")
            _failing.CrashOnce(pod);
        return _store.Update(Kinds.Pod, pod.Namespace(), pod.Name(), UpdateScope.Main, document =>
        {
            document.Object("metadata", "annotations")?.Remove(Crash);
            return document;
        });
    }

    /// <summary>Volumes come before everything else of a pod, and are tried again and again.</summary>
    private TimeSpan? Unmounted(JsonObject pod, string fault)
    {
        context.Events.Warning(pod, Component, "FailedMount", fault);
        if (pod.Array("status", "containerStatuses") is null)
            SetStatus(pod, document => document.Ensure("status")["containerStatuses"] = Creating(document));
        return context.Clock.ToReal(_mountAgain);
    }

    private static JsonArray Creating(JsonObject pod) => pod.Items("spec", "containers").Select(container => (JsonNode?)new JsonObject
    {
        ["name"] = container.Text("name"),
        ["image"] = container.Text("image"),
        ["imageID"] = "",
        ["ready"] = false,
        ["started"] = false,
        ["restartCount"] = 0,
        ["lastState"] = new JsonObject(),
        ["state"] = new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "ContainerCreating" } },
    }).ToJsonArray();

    private JsonObject Begin(JsonObject pod, JsonObject node)
    {
        var address = PodAddresses.ForPod(context, pod, node);
        var begun = SetStatus(pod, document =>
        {
            var status = document.Ensure("status");
            status["hostIP"] = node.Items("status", "addresses").FirstOrDefault(item => item.Text("type") == "InternalIP").Text("address");
            status["podIP"] = address;
            status["podIPs"] = new JsonArray(new JsonObject { ["ip"] = address });
            status["startTime"] = context.Timestamp;
            status["containerStatuses"] = Creating(document);
            Conditions.Set(document, "PodReadyToStartContainers", true, null, null, context.Timestamp);
            Conditions.Set(document, "Initialized", true, null, null, context.Timestamp);
            Conditions.Set(document, "Ready", false, "ContainersNotReady", NotReady(document), context.Timestamp);
            Conditions.Set(document, "ContainersReady", false, "ContainersNotReady", NotReady(document), context.Timestamp);
        });
        foreach (var container in pod.Items("spec", "containers"))
            context.Events.Normal(pod, Component, "Pulling", $"Pulling image \"{container.Text("image")}\"");
        return begun;
    }

    private JsonObject Run(JsonObject pod)
    {
        foreach (var container in pod.Items("spec", "containers"))
        {
            context.Events.Normal(pod, Component, "Pulled", $"Successfully pulled image \"{container.Text("image")}\"");
            context.Events.Normal(pod, Component, "Created", $"Created container: {container.Text("name")}");
            context.Events.Normal(pod, Component, "Started", $"Started container {container.Text("name")}");
        }

        return SetStatus(pod, document =>
        {
            document.Ensure("status")["phase"] = "Running";
            foreach (var status in document.Items("status", "containerStatuses"))
            {
                status["started"] = true;
                status["containerID"] = "containerd://" + Seeded.Hex($"{document.Uid()}/{status.Text("name")}", 64);
                status["imageID"] = ImageId(status.Text("image") ?? "");
                status["state"] = new JsonObject { ["running"] = new JsonObject { ["startedAt"] = context.Timestamp } };
            }
        });
    }

    /// <summary>Name and digest: its own where the image is named by it, else one made up of what it is called.</summary>
    private static string ImageId(string image)
    {
        var name = image.Split('@')[0];
        var tag = name.LastIndexOf(':') is var colon && colon > name.LastIndexOf('/') ? colon : name.Length;
        return $"{name[..tag]}@{(image.Contains('@') ? image[(image.IndexOf('@') + 1)..] : $"sha256:{Seeded.Hex(image, 64)}")}";
    }

    private TimeSpan? Stop(JsonObject pod)
    {
        var grace = TimeSpan.FromSeconds(pod.Number("metadata", "deletionGracePeriodSeconds") ?? 0);
        var usual = context.Durations.Delete(ActivityDurations.PodStart);
        if (Conditions.IsReady(pod))
        {
            foreach (var container in pod.Items("spec", "containers"))
                context.Events.Normal(pod, Component, "Killing", $"Stopping container {container.Text("name")}");
            SetStatus(pod, document =>
            {
                Conditions.Set(document, "Ready", false, "ContainersNotReady", NotReady(document), context.Timestamp);
                Conditions.Set(document, "ContainersReady", false, "ContainersNotReady", NotReady(document), context.Timestamp);
            });
        }

        var left = context.Remaining($"stop/{pod.Uid()}", grace < usual ? grace : usual, isKept: true);
        if (left > TimeSpan.Zero)
            return left;

        context.Forget($"stop/{pod.Uid()}");
        Remove(pod);
        return null;
    }

    private void Remove(JsonObject pod)
    {
        foreach (var wait in (ReadOnlySpan<string>)["pull", "probe", "backoff", "evict"])
            context.Forget($"{wait}/{pod.Uid()}");
        _store.Delete(Kinds.Pod, pod.Namespace(), pod.Name(), DeleteOptions.Now with { Uid = pod.Uid() });
    }

    private static string NotReady(JsonObject pod) =>
        $"containers with unready status: [{string.Join(' ', pod.Items("spec", "containers").Select(container => container.Text("name")))}]";

    private JsonObject SetStatus(JsonObject pod, Action<JsonObject> change) =>
        _store.Update(Kinds.Pod, pod.Namespace(), pod.Name(), UpdateScope.Status, document =>
        {
            change(document);
            return document;
        });
}
