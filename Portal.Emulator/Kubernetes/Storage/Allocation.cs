using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Storage;

/// <summary>Service addresses, from EKS' default range 172.20.0.0/16.</summary>
internal static class Allocation
{
    public const string KubernetesAddress = "172.20.0.1";
    public const string DnsAddress = "172.20.0.10";

    public static void Apply(ResourceKind kind, JsonObject document, ClusterStore store)
    {
        if (kind != Kinds.Service || document.Text("spec", "type") == "ExternalName")
            return;

        var spec = document.Ensure("spec");
        var used = store.List(Kinds.Service).Select(service => service.Text("spec", "clusterIP")).ToHashSet();
        if (spec.Text("clusterIP") is { Length: > 0 } wanted)
        {
            if (wanted != "None" && used.Contains(wanted))
                throw ApiException.Invalid(kind, document.Name(), ("spec.clusterIPs", "FieldValueInvalid", $"Invalid value: [\"{wanted}\"]: failed to allocate IP {wanted}: provided IP is already allocated"));
        }
        else
        {
            var attempt = 0;
            string address;
            do
            {
                var number = 256 + store.Random.Below($"{document.Uid()}/{attempt++}", 65_000);
                address = $"172.20.{number / 256}.{number % 256}";
            }
            while (used.Contains(address));
            spec["clusterIP"] = address;
        }

        spec["clusterIPs"] = new JsonArray(spec.Text("clusterIP"));
        OpenPorts(document, store);
    }

    /// <summary>A Service of type NodePort or LoadBalancer gets a port on every node, from Kubernetes' default range 30000 to 32767.</summary>
    public static void OpenPorts(JsonObject document, ClusterStore store)
    {
        if (document.Text("spec", "type") is not ("NodePort" or "LoadBalancer") || document.Flag("spec", "allocateLoadBalancerNodePorts") == false)
            return;

        var used = store.List(Kinds.Service).Where(service => service.Uid() != document.Uid()).SelectMany(service => service.Items("spec", "ports")).Select(port => port.Number("nodePort")).ToHashSet();
        foreach (var port in document.Items("spec", "ports"))
        {
            for (var attempt = 0; port.Number("nodePort") is null; attempt++)
            {
                var number = 30_000 + store.Random.Below($"{document.Uid()}/{port.Number("port")}/{attempt}", 2_768);
                if (used.Add(number))
                    port["nodePort"] = number;
            }
        }
    }

    /// <summary>A replaced Service keeps its address where the client left it out.</summary>
    public static void Carry(ResourceKind kind, JsonObject current, JsonObject next)
    {
        if (kind != Kinds.Service || next.Text("spec", "type") == "ExternalName")
            return;

        foreach (var field in (ReadOnlySpan<string>)["clusterIP", "clusterIPs"])
        {
            if (current.At("spec", field) is not { } value)
                continue;

            var wanted = next.At("spec", field);
            if (wanted is null || (wanted is JsonValue text && text.TryGetValue<string>(out var empty) && empty.Length == 0))
                next.Ensure("spec")[field] = value.DeepClone();
            else if (!JsonNode.DeepEquals(wanted, value) && field == "clusterIP")
                throw ApiException.Invalid(kind, next.Name(), ("spec.clusterIPs[0]", "FieldValueInvalid", $"Invalid value: [\"{wanted}\"]: may not change once set"));
        }
    }
}
