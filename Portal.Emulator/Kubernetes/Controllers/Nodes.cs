using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>An instance that becomes a node.</summary>
/// <param name="Subject">What its address and instance id are drawn from.</param>
/// <param name="OsImage">As the node reports it.</param>
/// <param name="IsNamedByInstance">Whether the node is called like its instance, or like its address.</param>
internal sealed record JoiningNode(string Subject, string InstanceType, SubnetPlace Place, string OsImage, bool IsNamedByInstance, IReadOnlyDictionary<string, string> Labels)
{
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    public JsonArray Taints { get; init; } = [];
}

/// <summary>Nodes, whoever started them.</summary>
internal static class Nodes
{
    /// <summary>What the node will be, before it is there.</summary>
    public static JsonObject Document(ControllerContext context, JoiningNode joining)
    {
        var address = PodAddresses.ForNode(context, joining.Subject, joining.Place);
        var (name, zone) = (NameOf(context, joining, address), joining.Place.Zone);
        var annotations = new Dictionary<string, string>(joining.Annotations, StringComparer.Ordinal) { [PodAddresses.Range] = joining.Place.Range };
        var labels = new Dictionary<string, string>(joining.Labels, StringComparer.Ordinal)
        {
            ["kubernetes.io/hostname"] = name,
            ["kubernetes.io/os"] = "linux",
            ["kubernetes.io/arch"] = "amd64",
            ["node.kubernetes.io/instance-type"] = joining.InstanceType,
            ["topology.kubernetes.io/region"] = context.Cluster.Region,
            ["topology.kubernetes.io/zone"] = zone,
        };
        var node = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["annotations"] = annotations.ToObject(), ["labels"] = labels.ToObject() },
            ["spec"] = new JsonObject { ["providerID"] = $"aws:///{zone}/{InstanceId(joining)}" },
            ["status"] = InstanceTypes.Status(joining.InstanceType, address, name, context.Cluster.Version, joining.OsImage),
        };
        if (joining.Taints.Count > 0)
            node["spec"]!["taints"] = joining.Taints.DeepClone();
        foreach (var pressure in (ReadOnlySpan<string>)["MemoryPressure", "DiskPressure", "PIDPressure"])
            Conditions.Set(node, pressure, false, $"KubeletHas{(pressure == "PIDPressure" ? "Sufficient" : "No")}{pressure}", $"kubelet has no {pressure}", context.Timestamp);
        Conditions.Set(node, "Ready", true, "KubeletReady", "kubelet is posting ready status", context.Timestamp);
        return node;
    }

    public static JsonObject Join(ControllerContext context, JoiningNode joining)
    {
        var node = Document(context, joining);
        context.Store.Create(Kinds.Node, node);
        var joined = context.Store.Update(Kinds.Node, null, node.Name(), UpdateScope.Status, created =>
        {
            created["status"] = node["status"]!.DeepClone();
            return created;
        });
        context.Events.Normal(joined, "kubelet", "NodeReady", $"Node {node.Name()} status is now: NodeReady");
        return joined;
    }

    public static void Remove(ControllerContext context, JsonObject node)
    {
        context.Events.Normal(node, "node-controller", "RemovingNode", $"Node {node.Name()} event: Removing Node {node.Name()} from Controller");
        context.Store.Delete(Kinds.Node, null, node.Name(), DeleteOptions.Default);
    }

    private static string NameOf(ControllerContext context, JoiningNode joining, string address)
    {
        if (joining.IsNamedByInstance)
            return InstanceId(joining);
        var region = context.Cluster.Region;
        return $"ip-{address.Replace('.', '-')}.{(region == "us-east-1" ? "ec2.internal" : $"{region}.compute.internal")}";
    }

    private static string InstanceId(JoiningNode joining) => $"i-{Seeded.Hex(joining.Subject, 17)}";
}
