using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Binds pending pods to ready nodes with room, the emptiest first.</summary>
internal sealed class Scheduler(ControllerContext context) : IController
{
    private const string Component = "default-scheduler";

    private readonly ClusterStore _store = context.Store;

    public IEnumerable<string> Concerned(StoreChange change)
    {
        if (change.Kind == Kinds.Pod && change.Type != ChangeType.Deleted && IsWaiting(change.Object))
            return [ControllerContext.KeyOf(change.Object)];

        // Room appears with a node and where a pod leaves one.
        var makesRoom = (change.Kind == Kinds.Node && change.Type != ChangeType.Deleted)
            || (change.Kind == Kinds.Pod && change.Type == ChangeType.Deleted && change.Object.Text("spec", "nodeName") is not null);
        return makesRoom ? _store.List(Kinds.Pod).Where(IsWaiting).Select(ControllerContext.KeyOf) : [];
    }

    public TimeSpan? Reconcile(string key)
    {
        if (context.Find(Kinds.Pod, key) is not { } pod || !IsWaiting(pod))
            return null;

        var nodes = _store.List(Kinds.Node);
        var refusals = new List<string>();
        var candidates = new List<(JsonObject Node, int Pods)>();
        foreach (var node in nodes)
        {
            var guests = _store.List(Kinds.Pod).Where(other => other.Text("spec", "nodeName") == node.Name()).ToList();
            if (Refusal(node, pod, guests) is { } refusal)
                refusals.Add(refusal);
            else
                candidates.Add((node, guests.Count));
        }

        if (candidates.Count == 0)
            Refuse(pod, nodes.Count, refusals);
        else
            Bind(pod, candidates.OrderBy(candidate => candidate.Pods).ThenBy(candidate => candidate.Node.Name(), StringComparer.Ordinal).First().Node);
        return null;
    }

    private static bool IsWaiting(JsonObject pod) => pod.Text("spec", "nodeName") is null && !pod.IsDeleting();

    /// <summary>Null, or why the pod cannot go to the node that has those guests.</summary>
    internal static string? Refusal(JsonObject node, JsonObject pod, List<JsonObject> guests)
    {
        if (!Conditions.IsReady(node))
            return "node(s) had untolerated taint {node.kubernetes.io/not-ready: }";
        if (node.Flag("spec", "unschedulable") == true)
            return "node(s) were unschedulable";
        if (node.Items("spec", "taints").FirstOrDefault(taint => !IsTolerated(pod, taint)) is { } repelling)
            return $"node(s) had untolerated taint {{{repelling.Text("key")}: {repelling.Text("value")}}}";
        if (!LabelSelector.OfMap(pod.Texts("spec", "nodeSelector")).Matches(node.Labels()))
            return "node(s) didn't match Pod's node affinity/selector";
        if (guests.Count >= Quantity.Parse(node.At("status", "allocatable", "pods")?.ToString()))
            return "Too many pods";
        foreach (var resource in (ReadOnlySpan<string>)["cpu", "memory"])
        {
            var used = guests.Sum(guest => Requested(guest, resource));
            if (used + Requested(pod, resource) > Quantity.Parse(node.Text("status", "allocatable", resource)))
                return "Insufficient " + resource;
        }

        return null;
    }

    // Kubernetes documentation, "Taints and Tolerations"; PreferNoSchedule keeps nobody away here.
    private static bool IsTolerated(JsonObject pod, JsonObject taint) =>
        taint.Text("effect") == "PreferNoSchedule" || pod.Items("spec", "tolerations").Any(toleration =>
            toleration.Text("effect") is var effect && (string.IsNullOrEmpty(effect) || effect == taint.Text("effect"))
            && (toleration.Text("operator") == "Exists"
                ? toleration.Text("key") is not { Length: > 0 } key || key == taint.Text("key")
                : toleration.Text("key") == taint.Text("key") && (toleration.Text("value") ?? "") == (taint.Text("value") ?? "")));

    private static double Requested(JsonObject pod, string resource) =>
        pod.Items("spec", "containers").Sum(container => Quantity.Parse((container.At("resources", "requests", resource) ?? container.At("resources", "limits", resource))?.ToString()));

    private void Bind(JsonObject pod, JsonObject node)
    {
        var bound = _store.Update(Kinds.Pod, pod.Namespace(), pod.Name(), UpdateScope.All, document =>
        {
            document.Ensure("spec")["nodeName"] = node.Name();
            Conditions.Set(document, "PodScheduled", true, null, null, context.Timestamp);
            return document;
        });
        context.Events.Normal(bound, Component, "Scheduled", $"Successfully assigned {ControllerContext.KeyOf(pod)} to {node.Name()}");
    }

    private void Refuse(JsonObject pod, int nodes, List<string> refusals)
    {
        var why = nodes == 0
            ? "no nodes available to schedule pods"
            : $"0/{nodes} nodes are available: {string.Join(", ", refusals.GroupBy(text => text).Select(group => $"{group.Count()} {group.Key}"))}.";
        if (Conditions.Find(pod, "PodScheduled").Text("message") == why)
            return;

        _store.Update(Kinds.Pod, pod.Namespace(), pod.Name(), UpdateScope.Status, document =>
        {
            Conditions.Set(document, "PodScheduled", false, "Unschedulable", why, context.Timestamp);
            return document;
        });
        context.Events.Warning(pod, Component, "FailedScheduling", why);
    }
}
