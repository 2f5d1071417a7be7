using System.Buffers.Binary;
using System.Net;
using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Addresses of nodes and of the pods on them, from the node's subnet.</summary>
internal static class PodAddresses
{
    /// <summary>Annotation of a node: the range that it and its pods have their addresses from.</summary>
    public const string Range = "portal.emulator/subnet-range";

    // AWS keeps the first four addresses of a subnet and the last.
    private const int Reserved = 5;

    public static string ForPod(ControllerContext context, JsonObject pod, JsonObject node) =>
        Free(context, pod.Uid(), node.Annotation(Range) ?? SubnetPlaces.UnknownRange);

    public static string ForNode(ControllerContext context, string subject, SubnetPlace place) => Free(context, subject, place.Range);

    private static string Free(ControllerContext context, string subject, string range)
    {
        var used = context.Store.List(Kinds.Pod).Select(pod => pod.Text("status", "podIP"))
            .Concat(context.Store.List(Kinds.Node).SelectMany(node => node.Items("status", "addresses").Select(address => address.Text("address"))))
            .ToHashSet(StringComparer.Ordinal);
        var network = IPNetwork.Parse(range);
        var size = (1 << (32 - network.PrefixLength)) - Reserved;
        var first = BinaryPrimitives.ReadUInt32BigEndian(network.BaseAddress.GetAddressBytes()) + Reserved - 1;
        for (var attempt = 0; ; attempt++)
        {
            var bytes = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, first + (uint)context.Random.Below($"{subject}/{attempt}", size));
            var address = new IPAddress(bytes).ToString();
            if (!used.Contains(address))
                return address;
            if (attempt > size * 20)
                throw new InvalidOperationException($"No address of {range} is free.");
        }
    }
}
