using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Addresses of pods and nodes. The emulator does not know the subnets' ranges: it takes 10.0.128.0/17, where the templates' private subnets lie.</summary>
internal static class PodAddresses
{
    private const int Range = 32_512;

    public static string Free(ControllerContext context, JsonObject pod)
    {
        var used = context.Store.List(Kinds.Pod).Select(other => other.Text("status", "podIP"))
            .Concat(context.Store.List(Kinds.Node).SelectMany(node => node.Items("status", "addresses").Select(address => address.Text("address"))))
            .ToHashSet(StringComparer.Ordinal);
        for (var attempt = 0; ; attempt++)
        {
            var address = Of(context.Random.Below($"{pod.Uid()}/{attempt}", Range));
            if (!used.Contains(address))
                return address;
        }
    }

    public static string OfNode(Seeded random, string subject) => Of(random.Below(subject, Range));

    private static string Of(int number) => $"10.0.{128 + (number / 256)}.{number % 256}";
}
