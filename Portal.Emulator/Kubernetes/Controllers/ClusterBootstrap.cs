using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.SecretsStore;
using Portal.Emulator.Kubernetes.Security;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>What a new cluster holds before anybody has done anything.</summary>
internal static class ClusterBootstrap
{
    public const string MetricsServerName = "metrics-server";

    private const string RbacGroup = "rbac.authorization.k8s.io";
    private const string BootstrapLabel = "kubernetes.io/bootstrapping";

    /// <param name="hasDns">Whether DNS is pods, and not a part of each node as in EKS Auto Mode.</param>
    public static void Apply(ClusterStore store, bool hasDns)
    {
        foreach (var name in (ReadOnlySpan<string>)["default", "kube-system", "kube-public", "kube-node-lease"])
            Ensure(store, Kinds.Namespace, null, new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } });

        Ensure(store, Kinds.Service, "default", Service("kubernetes", "default", Allocation.KubernetesAddress, null, Port("https", 443, "TCP")));
        Ensure(store, Kinds.Service, "kube-system", Service("kube-dns", "kube-system", Allocation.DnsAddress, "kube-dns", Port("dns", 53, "UDP"), Port("dns-tcp", 53, "TCP")));
        foreach (var (name, rules) in (ReadOnlySpan<(string, IReadOnlyList<AccessRule>)>)[("cluster-admin", AccessPolicies.ClusterAdmin), ("admin", AccessPolicies.Admin), ("edit", AccessPolicies.Edit), ("view", AccessPolicies.View)])
            Ensure(store, Kinds.ClusterRole, null, Role(name, rules));
        Ensure(store, Kinds.ClusterRoleBinding, null, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "cluster-admin", ["labels"] = new JsonObject { [BootstrapLabel] = "rbac-defaults" } },
            ["roleRef"] = new JsonObject { ["apiGroup"] = RbacGroup, ["kind"] = "ClusterRole", ["name"] = "cluster-admin" },
            ["subjects"] = new JsonArray(new JsonObject { ["apiGroup"] = RbacGroup, ["kind"] = "Group", ["name"] = "system:masters" }),
        });
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

    /// <summary>Runs an add-on's pods or ends them; of those that the templates install, metrics-server is the one that has any of its own here, and the one for secrets brings kinds.</summary>
    public static void SetAddon(ClusterStore store, string addon, bool isInstalled)
    {
        if (addon == SecretsStoreKinds.Addon)
            SecretsStoreKinds.Set(store, isInstalled);
        if (addon != MetricsServerName)
            return;
        if (isInstalled)
            Ensure(store, Kinds.Deployment, "kube-system", MetricsServer());
        else if (store.Find(Kinds.Deployment, "kube-system", addon) is not null)
            store.Delete(Kinds.Deployment, "kube-system", addon, DeleteOptions.Default);
    }

    private static JsonObject Role(string name, IReadOnlyList<AccessRule> rules) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { [BootstrapLabel] = "rbac-defaults" } },
        ["rules"] = rules.Select(rule =>
        {
            var item = new JsonObject();
            foreach (var (field, texts) in (ReadOnlySpan<(string, IReadOnlyList<string>)>)[("apiGroups", rule.Groups), ("resources", rule.Resources), ("nonResourceURLs", rule.Paths), ("verbs", rule.Verbs)])
            {
                if (texts.Count > 0)
                    item[field] = texts.Select(text => (JsonNode?)text).ToJsonArray();
            }

            return (JsonNode?)item;
        }).ToJsonArray(),
    };

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

    // As the EKS community add-on has it: two pods that may go wherever critical ones may.
    private static JsonObject MetricsServer() => new()
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = MetricsServerName,
            ["namespace"] = "kube-system",
            ["labels"] = new JsonObject { ["app.kubernetes.io/name"] = "metrics-server", ["app.kubernetes.io/managed-by"] = "EKS" },
        },
        ["spec"] = new JsonObject
        {
            ["replicas"] = 2,
            ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app.kubernetes.io/name"] = "metrics-server" } },
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app.kubernetes.io/name"] = "metrics-server" } },
                ["spec"] = new JsonObject
                {
                    ["tolerations"] = new JsonArray(new JsonObject { ["key"] = "CriticalAddonsOnly", ["operator"] = "Exists" }),
                    ["containers"] = new JsonArray(new JsonObject
                    {
                        ["name"] = MetricsServerName,
                        ["image"] = "602401143452.dkr.ecr.us-east-1.amazonaws.com/eks/metrics-server:v0.8.1-eksbuild.6",
                        ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["containerPort"] = 10251, ["protocol"] = "TCP" }),
                        ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["cpu"] = "100m", ["memory"] = "200Mi" } },
                    }),
                },
            },
        },
    };

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
