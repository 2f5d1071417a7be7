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
        var guests = _store.List(Kinds.Pod).Where(other => other.Text("spec", "nodeName") is not null).ToLookup(other => other.Text("spec", "nodeName")!);
        var placement = new Placement(nodes, guests);
        var refusals = new List<string>();
        var candidates = new List<(JsonObject Node, int Pods)>();
        foreach (var node in nodes)
        {
            if (placement.Refusal(node, pod) is { } refusal)
                refusals.Add(refusal);
            else
                candidates.Add((node, guests[node.Name()].Count()));
        }

        if (candidates.Count == 0)
            Refuse(pod, nodes.Count, refusals);
        else
            Bind(pod, candidates.OrderBy(candidate => candidate.Pods).ThenBy(candidate => candidate.Node.Name(), StringComparer.Ordinal).First().Node);
        return null;
    }

    private static bool IsWaiting(JsonObject pod) => pod.Text("spec", "nodeName") is null && !pod.IsDeleting();

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
            : $"0/{nodes} nodes are available: {Counted(refusals)}. preemption: 0/{nodes} nodes are available: {Counted(refusals.Select(Preemption))}.";
        if (Conditions.Find(pod, "PodScheduled").Text("message") == why)
            return;

        _store.Update(Kinds.Pod, pod.Namespace(), pod.Name(), UpdateScope.Status, document =>
        {
            Conditions.Set(document, "PodScheduled", false, "Unschedulable", why, context.Timestamp);
            return document;
        });
        context.Events.Warning(pod, Component, "FailedScheduling", why);
    }

    private static string Counted(IEnumerable<string> texts) =>
        string.Join(", ", texts.GroupBy(text => text).Select(group => $"{group.Count()} {group.Key}").Order(StringComparer.Ordinal));

    /// <summary>Whether the removal of other pods would help: there are no priorities here, so it never does.</summary>
    private static string Preemption(string refusal) =>
        refusal.StartsWith("Insufficient", StringComparison.Ordinal) || refusal == "Too many pods" ? "No preemption victims found for incoming pod" : "Preemption is not helpful for scheduling";
}
