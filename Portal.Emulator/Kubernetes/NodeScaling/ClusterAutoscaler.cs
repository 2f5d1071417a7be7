using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.NodeScaling;

/// <summary>
/// The cluster autoscaler of kubernetes/autoscaler on AWS, where one runs: it raises a node group's size for pods that no node has room for, and
/// takes nodes out that have stood empty for long enough. That it also empties nodes that are of little use is not done.
/// </summary>
internal sealed class ClusterAutoscaler(
    ControllerContext context, NodeGroups groups, AutoscalerDeployment deployment, SubnetPlaces subnets, Action<string> resized) : IController
{
    /// <summary>All groups are looked at together, since a pod may go to any of them.</summary>
    public const string Key = "node-groups";

    private const string Component = "cluster-autoscaler";

    // Of kubernetes/autoscaler, core/scaleup/orchestrator/skippedreasons.go.
    private const string IsAtMost = "max node group size reached";

    private readonly ClusterStore _store = context.Store;

    public IEnumerable<string> Concerned(StoreChange change)
    {
        if (change.Kind == Kinds.Node || (change.Kind == Kinds.Deployment && AutoscalerDeployment.Is(change.Object)))
            return [Key];
        if (change.Kind != Kinds.Pod)
            return [];
        // A node that had a guest until now is of no use from now on only.
        if (change.Type == ChangeType.Deleted && change.Object.Text("spec", "nodeName") is { } left)
        {
            context.Forget(UnneededWait(left));
            return [Key];
        }

        // A guest that comes, or has done its work, decides whether its node is needed.
        return IsUnschedulable(change.Object) || change.Object.Text("spec", "nodeName") is not null ? [Key] : [];
    }

    public TimeSpan? Reconcile(string key)
    {
        var growing = groups.All().Where(group => group.MaxSize > group.MinSize).ToList();
        if (growing.Count == 0 || deployment.Find() is not { } autoscaler)
            return null;
        var found = growing.Where(group => autoscaler.Tags.All(TagsOf(group).Contains)).ToList();
        return Earlier(ScaleUp(found, autoscaler), ScaleDown(found, autoscaler));
    }

    /// <summary>Those that EKS gives the Auto Scaling group of a managed node group.</summary>
    private HashSet<string> TagsOf(NodeGroup group) =>
    [
        "k8s.io/cluster-autoscaler/enabled", $"k8s.io/cluster-autoscaler/{group.ClusterName}", $"kubernetes.io/cluster/{group.ClusterName}", "eks:cluster-name", "eks:nodegroup-name",
    ];

    private TimeSpan? ScaleUp(List<NodeGroup> found, RunningAutoscaler autoscaler)
    {
        const string Scan = "autoscaler/scan";
        var homeless = Homeless(found);
        if (homeless.Count == 0)
        {
            context.Forget(Scan);
            return null;
        }

        var left = context.Remaining(Scan, autoscaler.ScanInterval);
        if (left > TimeSpan.Zero)
            return left;
        context.Forget(Scan);
        var reasons = homeless.ToDictionary(pod => pod.Uid(), _ => new List<string>(), StringComparer.Ordinal);
        foreach (var group in found)
        {
            var nodes = Fill(group, homeless, group.MaxSize - group.Size, reasons);
            if (nodes.Count == 0)
                continue;
            groups.Resize(group.Name, group.Size + nodes.Count);
            foreach (var pod in nodes.SelectMany(node => node))
                context.Events.Normal(pod, Component, "TriggeredScaleUp", $"pod triggered scale-up: [{{{AutoScalingGroup(group)} {group.Size}->{group.Size + nodes.Count} (max: {group.MaxSize})}}]");
            resized(group.Name);
            // With a new node on its way, those that are left are looked at again.
            return TimeSpan.Zero;
        }

        foreach (var pod in homeless)
            context.Events.Normal(pod, Component, "NotTriggerScaleUp", $"pod didn't trigger scale-up: {string.Join(", ", reasons[pod.Uid()].GroupBy(reason => reason).Select(same => $"{same.Count()} {same.Key}"))}");
        return null;
    }

    /// <summary>Pods that no node has room for, neither one that is there nor one that comes.</summary>
    private List<JsonObject> Homeless(List<NodeGroup> found)
    {
        var waiting = _store.List(Kinds.Pod).Where(IsUnschedulable).ToList();
        if (waiting.Count == 0)
            return [];
        var nodes = _store.List(Kinds.Node);
        var guests = _store.List(Kinds.Pod).Where(pod => pod.Text("spec", "nodeName") is not null).ToLookup(pod => pod.Text("spec", "nodeName")!);
        var room = nodes.Select(node => (Node: node, Guests: guests[node.Name()].ToList())).ToList();
        foreach (var group in found)
        {
            for (var coming = nodes.Count(node => node.Labels().GetValueOrDefault(NodeController.GroupLabel) == group.Name); coming < group.Size; coming++)
                room.Add((NewNode(group, coming), []));
        }

        return [.. waiting.Where(pod => !room.Exists(place => Place(pod, place.Node, place.Guests) is null))];
    }

    /// <summary>The pods that new nodes of the group would take, node by node; those go out of the list, of the others stands why.</summary>
    private List<List<JsonObject>> Fill(NodeGroup group, List<JsonObject> homeless, int most, Dictionary<string, List<string>> reasons)
    {
        var nodes = new List<(JsonObject Node, List<JsonObject> Guests)>();
        foreach (var pod in homeless.ToList())
        {
            var (node, guests) = nodes.Find(place => Place(pod, place.Node, place.Guests) is null);
            if (node is not null)
            {
                homeless.Remove(pod);
                continue;
            }

            (node, guests) = (NewNode(group, group.Size + nodes.Count), []);
            if (Place(pod, node, guests) is { } refusal)
            {
                reasons[pod.Uid()].Add(refusal);
            }
            else if (nodes.Count >= most)
            {
                reasons[pod.Uid()].Add(IsAtMost);
            }
            else
            {
                nodes.Add((node, guests));
                homeless.Remove(pod);
            }
        }

        return [.. nodes.Select(place => place.Guests)];
    }

    private TimeSpan? ScaleDown(List<NodeGroup> found, RunningAutoscaler autoscaler)
    {
        TimeSpan? next = null;
        foreach (var group in found.Select(group => groups.Find(group.Name)!))
        {
            var spare = group.Size - group.MinSize;
            foreach (var node in _store.List(Kinds.Node).Where(node => spare > 0 && node.Labels().GetValueOrDefault(NodeController.GroupLabel) == group.Name))
            {
                var wait = UnneededWait(node.Name());
                if (!IsEmpty(node))
                {
                    context.Forget(wait);
                    continue;
                }

                var left = context.Remaining(wait, autoscaler.UnneededTime, isKept: true);
                if (left > TimeSpan.Zero)
                {
                    next = Earlier(next, left);
                    continue;
                }

                context.Forget(wait);
                spare--;
                context.Events.Normal(node, Component, "ScaleDown", "nodes removed by cluster autoscaler");
                // TerminateInstanceInAutoScalingGroup with a smaller desired capacity.
                groups.Resize(group.Name, group.MinSize + spare);
                Nodes.Remove(context, node);
            }
        }

        return next;
    }

    private bool IsEmpty(JsonObject node) => !_store.List(Kinds.Pod).Any(pod => pod.Text("spec", "nodeName") == node.Name()
        && pod.Text("status", "phase") is not ("Succeeded" or "Failed") && !pod.Items("metadata", "ownerReferences").Any(owner => owner.Text("kind") == "DaemonSet"));

    private JsonObject NewNode(NodeGroup group, int ordinal) =>
        Nodes.Document(context, NodeController.Joining($"{context.Cluster.Arn}/{group.Name}/{ordinal}/to-be", group, subnets.Of(group.SubnetIds, ordinal), ordinal));

    // As EKS calls them: eks-, the group's name, an id.
    private string AutoScalingGroup(NodeGroup group)
    {
        var id = Seeded.Hex($"{context.Cluster.Arn}/{group.Name}/asg", 32);
        return $"eks-{group.Name}-{id[..8]}-{id[8..12]}-{id[12..16]}-{id[16..20]}-{id[20..]}";
    }

    /// <returns>Null where it has room, and is a guest from now on.</returns>
    private static string? Place(JsonObject pod, JsonObject node, List<JsonObject> guests)
    {
        var refusal = new Placement([node], guests.ToLookup(_ => node.Name())).Refusal(node, pod);
        if (refusal is null)
            guests.Add(pod);
        return refusal;
    }

    private static string UnneededWait(string node) => $"autoscaler/unneeded/{node}";

    private static bool IsUnschedulable(JsonObject pod) =>
        pod.Text("spec", "nodeName") is null && !pod.IsDeleting() && Conditions.Find(pod, "PodScheduled").Text("reason") == "Unschedulable";

    private static TimeSpan? Earlier(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other ?? one : one;
}
