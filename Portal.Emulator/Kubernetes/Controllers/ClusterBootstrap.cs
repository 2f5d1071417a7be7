using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>What a new cluster holds before anybody has done anything.</summary>
internal static class ClusterBootstrap
{
    /// <param name="hasDns">Whether DNS is pods, and not a part of each node as in EKS Auto Mode.</param>
    public static void Apply(ClusterStore store, bool hasDns)
    {
        foreach (var name in (ReadOnlySpan<string>)["default", "kube-system", "kube-public", "kube-node-lease"])
            Ensure(store, Kinds.Namespace, null, new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } });

        Ensure(store, Kinds.Service, "default", Service("kubernetes", "default", Allocation.KubernetesAddress, null, Port("https", 443, "TCP")));
        Ensure(store, Kinds.Service, "kube-system", Service("kube-dns", "kube-system", Allocation.DnsAddress, "kube-dns", Port("dns", 53, "UDP"), Port("dns-tcp", 53, "TCP")));
        if (!hasDns)
        {
            if (store.Find(Kinds.Deployment, "kube-system", "coredns") is not null)
                store.Delete(Kinds.Deployment, "kube-system", "coredns", DeleteOptions.Default);
            return;
        }

        foreach (var name in (ReadOnlySpan<string>)["coredns", "aws-node", "kube-proxy"])
            Ensure(store, Kinds.ServiceAccount, "kube-system", new JsonObject { ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "kube-system" } });
        Ensure(store, Kinds.Deployment, "kube-system", CoreDns());
    }

    private static void Ensure(ClusterStore store, ResourceKind kind, string? inNamespace, JsonObject document)
    {
        if (store.Find(kind, inNamespace, document.Name()) is null)
            store.Create(kind, document);
    }

    private static JsonObject Service(string name, string inNamespace, string address, string? app, params JsonNode[] ports)
    {
        var spec = new JsonObject { ["clusterIP"] = address, ["ports"] = new JsonArray(ports) };
        if (app is not null)
            spec["selector"] = new JsonObject { ["k8s-app"] = app };
        return new JsonObject { ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = inNamespace }, ["spec"] = spec };
    }

    private static JsonObject Port(string name, int number, string protocol) =>
        new() { ["name"] = name, ["port"] = number, ["protocol"] = protocol, ["targetPort"] = number };

    private static JsonObject CoreDns() => new()
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = "coredns",
            ["namespace"] = "kube-system",
            ["labels"] = new JsonObject { ["k8s-app"] = "kube-dns", ["eks.amazonaws.com/component"] = "coredns" },
        },
        ["spec"] = new JsonObject
        {
            ["replicas"] = 2,
            ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["k8s-app"] = "kube-dns" } },
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["k8s-app"] = "kube-dns" } },
                ["spec"] = new JsonObject
                {
                    ["serviceAccountName"] = "coredns",
                    ["containers"] = new JsonArray(new JsonObject
                    {
                        ["name"] = "coredns",
                        ["image"] = "602401143452.dkr.ecr.us-east-1.amazonaws.com/eks/coredns:v1.12.4-eksbuild.1",
                        ["ports"] = new JsonArray(
                            new JsonObject { ["name"] = "dns", ["containerPort"] = 53, ["protocol"] = "UDP" },
                            new JsonObject { ["name"] = "dns-tcp", ["containerPort"] = 53, ["protocol"] = "TCP" }),
                        ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["cpu"] = "100m", ["memory"] = "70Mi" } },
                    }),
                },
            },
        },
    };
}
