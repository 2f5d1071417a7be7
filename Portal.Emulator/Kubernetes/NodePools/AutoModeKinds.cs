using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.NodePools;

/// <summary>
/// The kinds that EKS Auto Mode adds to a cluster, those of them that a client of these environments meets. Names and columns:
/// Karpenter's definitions (karpenter.sh/v1) and the EKS user guide's pages on node pools, node classes and ingress classes.
/// </summary>
internal static class AutoModeKinds
{
    public const string Karpenter = "karpenter.sh";
    public const string Eks = "eks.amazonaws.com";

    public static readonly ResourceKind NodePool = new(Karpenter, "v1", "NodePool", "nodepools", false) { HasStatus = true, IsCustom = true };
    public static readonly ResourceKind NodeClaim = new(Karpenter, "v1", "NodeClaim", "nodeclaims", false) { HasStatus = true, IsCustom = true };
    public static readonly ResourceKind NodeClass = new(Eks, "v1", "NodeClass", "nodeclasses", false) { HasStatus = true, IsCustom = true };

    public static IEnumerable<JsonObject> Definitions =>
    [
        Definition(NodePool, ("NodeClass", ".spec.template.spec.nodeClassRef.name"), ("Nodes", ".status.resources.nodes"), Ready),
        Definition(NodeClaim, ("Type", ".metadata.labels.node\\.kubernetes\\.io/instance-type"), ("Capacity", ".metadata.labels.karpenter\\.sh/capacity-type"),
            ("Zone", ".metadata.labels.topology\\.kubernetes\\.io/zone"), ("Node", ".status.nodeName"), Ready),
        Definition(NodeClass, ("Role", ".spec.role"), Ready),
        Definition(new ResourceKind(Eks, "v1", "IngressClassParams", "ingressclassparams", false) { ListKind = "IngressClassParamsList" },
            ("Group-Name", ".spec.group.name"), ("Scheme", ".spec.scheme"), ("IP-Address-Type", ".spec.ipAddressType")),
    ];

    private static (string, string) Ready => ("Ready", ".status.conditions[?(@.type==\"Ready\")].status");

    private static JsonObject Definition(ResourceKind kind, params (string Name, string Path)[] columns) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = kind.QualifiedPlural },
        ["spec"] = new JsonObject
        {
            ["group"] = kind.Group,
            ["names"] = new JsonObject { ["kind"] = kind.Kind, ["listKind"] = kind.ListKind, ["plural"] = kind.Plural, ["singular"] = kind.Singular },
            ["scope"] = "Cluster",
            ["versions"] = new JsonArray(new JsonObject
            {
                ["name"] = kind.Version,
                ["served"] = true,
                ["storage"] = true,
                ["schema"] = new JsonObject { ["openAPIV3Schema"] = new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true } },
                ["subresources"] = new JsonObject { ["status"] = new JsonObject() },
                ["additionalPrinterColumns"] = columns.Select(column => (JsonNode?)new JsonObject
                {
                    ["name"] = column.Name,
                    ["type"] = "string",
                    ["jsonPath"] = column.Path,
                }).ToJsonArray(),
            }),
        },
    };
}
