using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Instances of the node groups join as nodes and leave again.</summary>
internal sealed class NodeController(ControllerContext context, NodeGroups groups, SubnetRanges subnets) : IController
{
    private const string GroupLabel = "eks.amazonaws.com/nodegroup";

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
        foreach (var node in nodes.OrderByDescending(node => node.Annotation("portal.emulator/ordinal"), StringComparer.Ordinal).Take(nodes.Count - wanted))
        {
            context.Events.Normal(node, "node-controller", "RemovingNode", $"Node {node.Name()} event: Removing Node {node.Name()} from Controller");
            _store.Delete(Kinds.Node, null, node.Name(), DeleteOptions.Default);
        }

        if (group is { Size: 0 })
            groups.Remove(key);
        if (group is null)
            return null;

        var present = nodes.Select(node => node.Annotation("portal.emulator/ordinal")).ToHashSet(StringComparer.Ordinal);
        TimeSpan? again = null;
        for (var ordinal = 0; ordinal < wanted; ordinal++)
        {
            if (present.Contains(ordinal.ToString("000")))
                continue;

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

    private void Join(NodeGroup group, int ordinal)
    {
        var subject = $"{context.Cluster.Arn}/{group.Name}/{ordinal}/{_store.Version}";
        var place = ordinal % Math.Max(1, group.SubnetIds.Count);
        var subnet = subnets.Find(group.SubnetIds.ElementAtOrDefault(place));
        var address = PodAddresses.ForNode(context, subject, subnet);
        var region = context.Cluster.Region;
        var zone = subnet.Zone ?? region + (char)('a' + place);
        var suffix = region == "us-east-1" ? "ec2.internal" : $"{region}.compute.internal";
        var name = $"ip-{address.Replace('.', '-')}.{suffix}";
        _store.Create(Kinds.Node, new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["annotations"] = new JsonObject { ["portal.emulator/ordinal"] = ordinal.ToString("000"), [PodAddresses.Range] = subnet.Range },
                ["labels"] = new JsonObject
                {
                    ["kubernetes.io/hostname"] = name,
                    ["kubernetes.io/os"] = "linux",
                    ["kubernetes.io/arch"] = "amd64",
                    ["node.kubernetes.io/instance-type"] = group.InstanceType,
                    ["topology.kubernetes.io/region"] = region,
                    ["topology.kubernetes.io/zone"] = zone,
                    [GroupLabel] = group.Name,
                    ["eks.amazonaws.com/capacityType"] = "ON_DEMAND",
                },
            },
            ["spec"] = new JsonObject { ["providerID"] = $"aws:///{zone}/i-{Seeded.Hex(subject, 17)}" },
        });
        var joined = _store.Update(Kinds.Node, null, name, UpdateScope.Status, node =>
        {
            node["status"] = InstanceTypes.Status(group.InstanceType, address, name, context.Cluster.Version);
            foreach (var pressure in (ReadOnlySpan<string>)["MemoryPressure", "DiskPressure", "PIDPressure"])
                Conditions.Set(node, pressure, false, $"KubeletHas{(pressure == "PIDPressure" ? "Sufficient" : "No")}{pressure}", $"kubelet has no {pressure}", context.Timestamp);
            Conditions.Set(node, "Ready", true, "KubeletReady", "kubelet is posting ready status", context.Timestamp);
            return node;
        });
        context.Events.Normal(joined, "kubelet", "NodeReady", $"Node {name} status is now: NodeReady");
    }
}
