using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Why a pod may not run on a node, in the words of the scheduler's plug-ins; null where it may.</summary>
/// <param name="guests">All pods that are on nodes, by the name of their node.</param>
internal sealed class Placement(IReadOnlyList<JsonObject> nodes, ILookup<string, JsonObject> guests)
{
    private const string Hostname = "kubernetes.io/hostname";

    public string? Refusal(JsonObject node, JsonObject pod)
    {
        if (node.Flag("spec", "unschedulable") == true && !Tolerates(pod, "node.kubernetes.io/unschedulable", null, "NoSchedule"))
            return "node(s) were unschedulable";
        if (node.Items("spec", "taints").FirstOrDefault(taint => taint.Text("effect") is "NoSchedule" or "NoExecute"
            && taint.Text("key") != "node.kubernetes.io/unschedulable" && !Tolerates(pod, taint.Text("key"), taint.Text("value"), taint.Text("effect"))) is { } unbearable)
            return $"node(s) had untolerated taint {{{unbearable.Text("key")}: {unbearable.Text("value")}}}";
        if (!Conditions.IsReady(node))
            return "node(s) had untolerated taint {node.kubernetes.io/not-ready: }";
        if (!IsWanted(node, pod))
            return "node(s) didn't match Pod's node affinity/selector";
        return Room(node, pod) ?? Spread(node, pod) ?? Neighbours(node, pod);
    }

    private static bool Tolerates(JsonObject pod, string? key, string? value, string? effect) => pod.Items("spec", "tolerations").Any(toleration =>
        (toleration.Text("effect") is null or "" || toleration.Text("effect") == effect)
        && (toleration.Text("key") is null or "" ? toleration.Text("operator") == "Exists" : toleration.Text("key") == key)
        && (toleration.Text("operator") == "Exists" || (toleration.Text("value") ?? "") == (value ?? "")));

    private static bool IsWanted(JsonObject node, JsonObject pod)
    {
        if (!LabelSelector.OfMap(pod.Texts("spec", "nodeSelector")).Matches(node.Labels()))
            return false;

        var terms = pod.Items("spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms").ToList();
        return terms.Count == 0 || terms.Exists(term => LabelSelector.Parse(term).Matches(node.Labels()));
    }

    private string? Room(JsonObject node, JsonObject pod)
    {
        var here = guests[node.Name()].Where(guest => guest.Text("status", "phase") is not ("Succeeded" or "Failed")).ToList();
        if (here.Count >= Quantity.Parse(node.At("status", "allocatable", "pods")?.ToString()))
            return "Too many pods";
        foreach (var resource in (ReadOnlySpan<string>)["cpu", "memory"])
        {
            if (here.Sum(guest => Requested(guest, resource)) + Requested(pod, resource) > Quantity.Parse(node.Text("status", "allocatable", resource)))
                return "Insufficient " + resource;
        }

        return null;
    }

    private string? Spread(JsonObject node, JsonObject pod)
    {
        foreach (var constraint in pod.Items("spec", "topologySpreadConstraints").Where(item => item.Text("whenUnsatisfiable") == "DoNotSchedule"))
        {
            var key = constraint.Text("topologyKey") ?? Hostname;
            if (!node.Labels().TryGetValue(key, out var domain))
                return "node(s) didn't match pod topology spread constraints (missing required label)";

            var selector = SelectorOf(constraint, pod);
            var counts = nodes.Where(other => other.Labels().ContainsKey(key) && IsWanted(other, pod)).GroupBy(other => other.Labels()[key])
                .ToDictionary(group => group.Key, group => group.Sum(other => Count(other, pod.Namespace(), selector)));
            var self = selector.Matches(pod.Labels()) ? 1 : 0;
            if (counts.GetValueOrDefault(domain) + self - counts.Values.DefaultIfEmpty(0).Min() > (constraint.Number("maxSkew") ?? 1))
                return "node(s) didn't match pod topology spread constraints";
        }

        return null;
    }

    private string? Neighbours(JsonObject node, JsonObject pod)
    {
        const string Required = "requiredDuringSchedulingIgnoredDuringExecution";
        foreach (var term in pod.Items("spec", "affinity", "podAntiAffinity", Required))
        {
            if (InDomain(node, term, pod) > 0)
                return "node(s) didn't match pod anti-affinity rules";
        }

        foreach (var term in pod.Items("spec", "affinity", "podAffinity", Required))
        {
            // The first of a group that wants to be together may start anywhere.
            var selector = LabelSelector.Parse(term.Object("labelSelector"));
            if (InDomain(node, term, pod) == 0 && !(selector.Matches(pod.Labels()) && nodes.Sum(other => Count(other, pod.Namespace(), selector)) == 0))
                return "node(s) didn't match pod affinity rules";
        }

        return null;
    }

    private int InDomain(JsonObject node, JsonObject term, JsonObject pod)
    {
        var key = term.Text("topologyKey") ?? Hostname;
        var selector = LabelSelector.Parse(term.Object("labelSelector"));
        return node.Labels().TryGetValue(key, out var domain)
            ? nodes.Where(other => other.Labels().GetValueOrDefault(key) == domain).Sum(other => Count(other, pod.Namespace(), selector))
            : 0;
    }

    private int Count(JsonObject node, string inNamespace, LabelSelector selector) =>
        guests[node.Name()].Count(guest => guest.Namespace() == inNamespace && !guest.IsDeleting() && selector.Matches(guest.Labels()));

    /// <summary>With matchLabelKeys: only pods that have the same values as this one.</summary>
    private static LabelSelector SelectorOf(JsonObject constraint, JsonObject pod)
    {
        var selector = constraint.Object("labelSelector")?.Copy() ?? [];
        foreach (var key in constraint.Array("matchLabelKeys") ?? [])
        {
            if (pod.Labels().TryGetValue(key!.GetValue<string>(), out var value))
                selector.Ensure("matchLabels")[key.GetValue<string>()] = value;
        }

        return LabelSelector.Parse(selector);
    }

    private static double Requested(JsonObject pod, string resource) =>
        pod.Items("spec", "containers").Sum(container => Quantity.Parse((container.At("resources", "requests", resource) ?? container.At("resources", "limits", resource))?.ToString()));
}
