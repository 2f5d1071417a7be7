using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>
/// What becomes of a node whose kubelet was stopped: it is unreachable, its pods are not ready, and after their toleration they are
/// evicted. They stay Terminating until the node is back or gone, since nobody confirms their end ("Node autoscaling and unreachable nodes").
/// </summary>
internal sealed class NodeLifecycle(ControllerContext context) : IController
{
    public const string Stopped = "portal.emulator/stopped";

    private const string Taint = "node.kubernetes.io/unreachable";
    private const string Unschedulable = "node.kubernetes.io/unschedulable";
    private const int DefaultToleration = 300;

    private readonly ClusterStore _store = context.Store;

    public static bool IsStopped(JsonObject node) => node.Annotation(Stopped) is not null;

    /// <summary>Keys are names of nodes.</summary>
    public IEnumerable<string> Concerned(StoreChange change)
    {
        if (change.Kind == Kinds.Node && change.Type != ChangeType.Deleted)
            yield return change.Object.Name();
    }

    public TimeSpan? Reconcile(string key)
    {
        if (_store.Find(Kinds.Node, null, key) is not { } node)
            return null;

        MarkCordon(node);
        var isTainted = node.Items("spec", "taints").Any(taint => taint.Text("key") == Taint);
        if (!IsStopped(node))
        {
            if (isTainted)
                Return(node);
            return null;
        }

        if (!isTainted)
            Lose(node);
        return Evict(node);
    }

    /// <summary>A cordoned node bears a taint, for those who look for one.</summary>
    private void MarkCordon(JsonObject node)
    {
        var isMarked = node.Items("spec", "taints").Any(taint => taint.Text("key") == Unschedulable);
        if (isMarked == (node.Flag("spec", "unschedulable") == true))
            return;

        Change(node, UpdateScope.All, document =>
        {
            var taints = document.Items("spec", "taints").Where(taint => taint.Text("key") != Unschedulable).Select(taint => (JsonNode?)taint.DeepClone()).ToJsonArray();
            if (!isMarked)
                taints.Add(new JsonObject { ["key"] = Unschedulable, ["effect"] = "NoSchedule", ["timeAdded"] = context.Timestamp });
            if (taints.Count > 0)
                document.Ensure("spec")["taints"] = taints;
            else
                document.Object("spec")?.Remove("taints");
        });
        context.Events.Normal(node, "kubelet", isMarked ? "NodeSchedulable" : "NodeNotSchedulable", $"Node {node.Name()} status is now: {(isMarked ? "NodeSchedulable" : "NodeNotSchedulable")}");
    }

    private void Lose(JsonObject node)
    {
        Change(node, UpdateScope.All, document =>
        {
            Conditions.Set(document, "Ready", false, "NodeStatusUnknown", "Kubelet stopped posting node status.", context.Timestamp);
            Conditions.Find(document, "Ready")!["status"] = "Unknown";
            document.Ensure("spec")["taints"] = new JsonArray(
                new JsonObject { ["key"] = Taint, ["effect"] = "NoSchedule", ["timeAdded"] = context.Timestamp },
                new JsonObject { ["key"] = Taint, ["effect"] = "NoExecute", ["timeAdded"] = context.Timestamp });
        });
        context.Events.Normal(node, "node-controller", "NodeNotReady", $"Node {node.Name()} status is now: NodeNotReady");
        foreach (var pod in Guests(node))
        {
            _store.Update(Kinds.Pod, pod.Namespace(), pod.Name(), UpdateScope.Status, document =>
            {
                Conditions.Set(document, "Ready", false, null, null, context.Timestamp);
                return document;
            });
            context.Events.Warning(pod, "node-controller", "NodeNotReady", "Node is not ready");
        }
    }

    private void Return(JsonObject node)
    {
        foreach (var pod in Guests(node))
            context.Forget($"evict/{pod.Uid()}");
        Change(node, UpdateScope.All, document =>
        {
            document.Object("spec")?.Remove("taints");
            Conditions.Set(document, "Ready", true, "KubeletReady", "kubelet is posting ready status", context.Timestamp);
        });
        context.Events.Normal(node, "kubelet", "NodeReady", $"Node {node.Name()} status is now: NodeReady");
    }

    private TimeSpan? Evict(JsonObject node)
    {
        TimeSpan? next = null;
        foreach (var pod in Guests(node).Where(pod => !pod.IsDeleting()))
        {
            if (TolerationOf(pod) is not { } toleration)
                continue;

            var left = context.Remaining($"evict/{pod.Uid()}", toleration, isKept: true);
            if (left > TimeSpan.Zero)
            {
                next = next is { } earlier && earlier < left ? earlier : left;
                continue;
            }

            context.Forget($"evict/{pod.Uid()}");
            context.Events.Normal(pod, "taint-eviction-controller", "TaintManagerEviction", $"Marking for deletion Pod {ControllerContext.KeyOf(pod)}");
            _store.Delete(Kinds.Pod, pod.Namespace(), pod.Name(), DeleteOptions.Default);
        }

        return next;
    }

    /// <summary>Null where the pod stays for ever. Admission gives every pod 300 seconds that does not say otherwise.</summary>
    private static TimeSpan? TolerationOf(JsonObject pod)
    {
        var own = pod.Items("spec", "tolerations").FirstOrDefault(item =>
            item.Text("key") is null or Taint && item.Text("effect") is null or "NoExecute" && (item.Text("key") is not null || item.Text("operator") == "Exists"));
        if (own is null)
            return TimeSpan.FromSeconds(DefaultToleration);
        return own.Number("tolerationSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
    }

    private List<JsonObject> Guests(JsonObject node) => [.. _store.List(Kinds.Pod).Where(pod => pod.Text("spec", "nodeName") == node.Name())];

    private void Change(JsonObject node, UpdateScope scope, Action<JsonObject> change) => _store.Update(Kinds.Node, null, node.Name(), scope, document =>
    {
        change(document);
        return document;
    });
}
