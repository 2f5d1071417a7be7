using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Instances of the node groups join as nodes and leave again.</summary>
internal sealed class NodeController(ControllerContext context, NodeGroups groups, SubnetPlaces subnets) : IController
{
    public const string GroupLabel = "eks.amazonaws.com/nodegroup";

    private const string Ordinal = "portal.emulator/ordinal";

    private readonly ClusterStore _store = context.Store;

    /// <summary>Keys are names of node groups.</summary>
    public IEnumerable<string> Concerned(StoreChange change)
    {
        if (change.Kind == Kinds.Node && change.Object.Labels().TryGetValue(GroupLabel, out var group))
            yield return group;
    }

    public TimeSpan? Reconcile(string key)
    {
        var group = groups.Find(key);
        var nodes = _store.List(Kinds.Node).Where(node => node.Labels().GetValueOrDefault(GroupLabel) == key).ToList();
        var wanted = group?.Size ?? 0;
        foreach (var node in nodes.OrderByDescending(node => node.Annotation(Ordinal), StringComparer.Ordinal).Take(nodes.Count - wanted))
            Nodes.Remove(context, node);

        if (group is { Size: 0 })
            groups.RemoveEmpty(key);
        if (group is null)
            return null;

        var present = nodes.Select(node => node.Annotation(Ordinal)).ToHashSet(StringComparer.Ordinal);
        TimeSpan? again = null;
        // An instance that was taken out leaves its ordinal free for the next one.
        foreach (var ordinal in Enumerable.Range(0, wanted + nodes.Count).Where(one => !present.Contains(one.ToString("000"))).Take(wanted - nodes.Count))
        {
            var wait = $"join/{key}/{ordinal}";
            var left = context.Remaining(wait, context.Durations.Create(ActivityDurations.NodeJoin, $"{context.Cluster.Arn}/{wait}"), isKept: true);
            if (left > TimeSpan.Zero)
            {
                again = again is { } earlier && earlier < left ? earlier : left;
                continue;
            }

            context.Forget(wait);
            Join(group, ordinal);
        }

        return again;
    }

    /// <summary>What an instance of the group will be as a node.</summary>
    public static JoiningNode Joining(string subject, NodeGroup group, SubnetPlace place, int ordinal) => new(
        subject, group.InstanceType, place, "Amazon Linux 2023 (emulated)", false,
        new Dictionary<string, string>(StringComparer.Ordinal) { [GroupLabel] = group.Name, ["eks.amazonaws.com/capacityType"] = "ON_DEMAND" })
    {
        Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Ordinal] = ordinal.ToString("000") },
    };

    private void Join(NodeGroup group, int ordinal) =>
        Nodes.Join(context, Joining($"{context.Cluster.Arn}/{group.Name}/{ordinal}/{_store.Version}", group, subnets.Of(group.SubnetIds, ordinal), ordinal));
}
