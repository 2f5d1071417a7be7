using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.NodePools;

/// <summary>What EKS Auto Mode puts into a cluster: its kinds, its node class, and those of its node pools that are on.</summary>
internal static class AutoModeBootstrap
{
    private const string ManagedBy = "app.kubernetes.io/managed-by";

    public static void Apply(ClusterStore store, AutoMode mode)
    {
        foreach (var definition in AutoModeKinds.Definitions)
            Ensure(store, Kinds.CustomResourceDefinition, definition);
        Ensure(store, AutoModeKinds.NodeClass, NodeClass(mode.NodeRole));
        foreach (var pool in (string[])["general-purpose", "system"])
        {
            if (mode.NodePools.Contains(pool))
                Ensure(store, AutoModeKinds.NodePool, Pool(pool));
            else if (store.Find(AutoModeKinds.NodePool, null, pool) is not null)
                store.Delete(AutoModeKinds.NodePool, null, pool, DeleteOptions.Default);
        }
    }

    /// <summary>Takes EKS's own pools away, where there are any; the kinds stay.</summary>
    public static void Remove(ClusterStore store)
    {
        foreach (var pool in store.List(AutoModeKinds.NodePool).Where(pool => pool.Labels().GetValueOrDefault(ManagedBy) == "eks"))
            store.Delete(AutoModeKinds.NodePool, null, pool.Name(), DeleteOptions.Default);
    }

    private static void Ensure(ClusterStore store, ResourceKind kind, JsonObject document)
    {
        if (store.Find(kind, null, document.Name()) is not null)
            return;

        store.Create(kind, document);
        if (!kind.IsCustom)
            return;
        store.Update(kind, null, document.Name(), UpdateScope.Status, created =>
        {
            Conditions.Set(created, "Ready", true, "Ready", "", store.Now.Timestamp());
            return created;
        });
    }

    private static JsonObject NodeClass(string role) => new()
    {
        ["metadata"] = Metadata("default"),
        ["spec"] = new JsonObject
        {
            ["role"] = role,
            ["ephemeralStorage"] = new JsonObject { ["size"] = "80Gi", ["iops"] = 3000, ["throughput"] = 125 },
            ["networkPolicy"] = "DefaultAllow",
            ["networkPolicyEventLogs"] = "Disabled",
            ["snatPolicy"] = "Random",
        },
    };

    // As `kubectl get nodepool -o yaml` shows them; EKS user guide, "Enable or Disable Built-in NodePools" and "Create a Node Pool".
    private static JsonObject Pool(string name)
    {
        var isSystem = name == "system";
        var spec = new JsonObject
        {
            ["expireAfter"] = "336h",
            ["nodeClassRef"] = new JsonObject { ["group"] = AutoModeKinds.Eks, ["kind"] = "NodeClass", ["name"] = "default" },
            ["requirements"] = new JsonArray(
                Requirement("karpenter.sh/capacity-type", "In", "on-demand"),
                Requirement("eks.amazonaws.com/instance-category", "In", "c", "m", "r"),
                Requirement("eks.amazonaws.com/instance-generation", "Gt", "4"),
                Requirement("kubernetes.io/arch", "In", isSystem ? ["amd64", "arm64"] : ["amd64"]),
                Requirement("kubernetes.io/os", "In", "linux")),
            ["terminationGracePeriod"] = "24h0m0s",
        };
        if (isSystem)
            spec["taints"] = new JsonArray(new JsonObject { ["key"] = "CriticalAddonsOnly", ["effect"] = "NoSchedule" });
        return new JsonObject
        {
            ["metadata"] = Metadata(name),
            ["spec"] = new JsonObject
            {
                ["disruption"] = new JsonObject
                {
                    ["budgets"] = new JsonArray(new JsonObject { ["nodes"] = "10%" }),
                    ["consolidateAfter"] = "30s",
                    ["consolidationPolicy"] = "WhenEmptyOrUnderutilized",
                },
                ["template"] = new JsonObject { ["metadata"] = new JsonObject(), ["spec"] = spec },
            },
        };
    }

    private static JsonObject Metadata(string name) => new()
    {
        ["name"] = name,
        ["labels"] = new JsonObject { [ManagedBy] = "eks" },
    };

    private static JsonNode Requirement(string key, string operation, params string[] values) => new JsonObject
    {
        ["key"] = key,
        ["operator"] = operation,
        ["values"] = values.Select(value => (JsonNode?)value).ToJsonArray(),
    };
}
