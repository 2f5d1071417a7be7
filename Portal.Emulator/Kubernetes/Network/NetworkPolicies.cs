using System.Net;
using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Network;

/// <summary>
/// Whether network policies let a connection pass, as https://kubernetes.io/docs/concepts/services-networking/network-policies/ has it:
/// a pod that no policy of a direction selects lets everything pass; one that is selected only what a rule of one of them names. An ipBlock
/// holds for pods too, whose addresses are of the VPC.
/// </summary>
internal static class NetworkPolicies
{
    /// <returns>Null where it passes; else in words which end refuses it.</returns>
    public static string? Refusal(ClusterStore store, JsonObject from, JsonObject to, int port)
    {
        if (!Passes(store, from, to, port, "Egress", "egress", "to"))
            return $"no policy lets {from.Namespace()}/{from.Name()} out to {to.Namespace()}/{to.Name()} on port {port}";
        return Passes(store, to, from, port, "Ingress", "ingress", "from")
            ? null
            : $"no policy lets {from.Namespace()}/{from.Name()} in to {to.Namespace()}/{to.Name()} on port {port}";
    }

    /// <param name="address">Of something in the network that is no pod.</param>
    /// <returns>Null where the pod is let out to it; else in words that nothing does.</returns>
    public static string? Refusal(ClusterStore store, JsonObject from, string address, int port) =>
        Passes(store, from, new JsonObject { ["status"] = new JsonObject { ["podIP"] = address } }, port, "Egress", "egress", "to")
            ? null
            : $"no policy lets {from.Namespace()}/{from.Name()} out to it";

    private static bool Passes(ClusterStore store, JsonObject pod, JsonObject peer, int port, string type, string rules, string peers)
    {
        var policies = store.List(Kinds.NetworkPolicy, pod.Namespace()).Where(policy => Concerns(policy, pod, type)).ToList();
        // Whose port it is: the one that is connected to.
        var listener = type == "Egress" ? peer : pod;
        return policies.Count == 0 || policies.Exists(policy => policy.Items("spec", rules).Any(rule =>
            IsPort(rule, listener, port) && (rule.Array(peers) is not { Count: > 0 } || rule.Items(peers).Any(one => IsPeer(store, policy, one, peer)))));
    }

    private static bool Concerns(JsonObject policy, JsonObject pod, string type)
    {
        var types = policy.Array("spec", "policyTypes") is { Count: > 0 } said
            ? said.Select(one => one!.GetValue<string>()).ToList()
            : policy.Array("spec", "egress") is null ? ["Ingress"] : ["Ingress", "Egress"];
        return types.Contains(type) && LabelSelector.Parse(policy.Object("spec", "podSelector")).Matches(pod.Labels());
    }

    private static bool IsPort(JsonObject rule, JsonObject listener, int port) =>
        rule.Array("ports") is not { Count: > 0 } || rule.Items("ports").Any(one => one.Text("protocol") is null or "TCP" && (one.At("port") switch
        {
            null => true,
            _ when one.Number("port") is { } number => one.Number("endPort") is { } end ? port >= number && port <= end : port == number,
            _ => listener.Items("spec", "containers").SelectMany(container => container.Items("ports")).Any(named => named.Text("name") == one.Text("port") && named.Number("containerPort") == port),
        }));

    private static bool IsPeer(ClusterStore store, JsonObject policy, JsonObject peer, JsonObject pod)
    {
        if (peer.Object("ipBlock") is { } block)
        {
            return IPAddress.TryParse(pod.Text("status", "podIP"), out var address) && IPNetwork.Parse(block.Text("cidr")!).Contains(address)
                && !(block.Array("except") ?? []).Any(except => IPNetwork.Parse(except!.GetValue<string>()).Contains(address));
        }

        var isNamespace = peer.Object("namespaceSelector") is { } namespaces
            ? store.Find(Kinds.Namespace, null, pod.Namespace() ?? "") is { } its && LabelSelector.Parse(namespaces).Matches(its.Labels())
            : pod.Namespace() == policy.Namespace();
        return isNamespace && (peer.Object("podSelector") is not { } pods || LabelSelector.Parse(pods).Matches(pod.Labels()));
    }
}
