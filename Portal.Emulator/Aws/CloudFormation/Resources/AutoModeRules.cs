using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>
/// What EKS says to a cluster's properties about Auto Mode. Messages as people have reported them: kubernetes-sigs/cluster-api-provider-aws#5278,
/// hashicorp/terraform-provider-aws#40483 and, for pools and role, the service's own validation as quoted in public configurations.
/// </summary>
internal static class AutoModeRules
{
    private static readonly string[] _pools = ["general-purpose", "system"];

    public static bool IsOn(JsonObject cluster) => IsTrue(cluster, "ComputeConfig", "Enabled");

    /// <summary>Null, or why EKS refuses the cluster.</summary>
    public static string? FaultOf(JsonObject cluster)
    {
        bool[] parts = [IsOn(cluster), IsTrue(cluster, "KubernetesNetworkConfig", "ElasticLoadBalancing", "Enabled"), IsTrue(cluster, "StorageConfig", "BlockStorage", "Enabled")];
        var pools = (At(cluster, "ComputeConfig", "NodePools") as JsonArray ?? []).Select(JsonText.ToText).ToList();
        var hasRole = At(cluster, "ComputeConfig", "NodeRoleArn").ToText().Length > 0;
        if (parts.Distinct().Count() > 1)
            return Invalid("For EKS Auto Mode, please ensure that all required configs, including computeConfig, kubernetesNetworkConfig, and blockStorage are all either fully enabled or fully disabled.");
        if (!parts[0])
            return null;
        // The default is true.
        if (At(cluster, "BootstrapSelfManagedAddons").ToText() != "false")
            return Invalid("When EKS Auto Mode is enabled, bootstrapSelfManagedAddons must be set to false.");
        if (hasRole && pools.Count == 0)
            return Invalid("When Compute Config nodeRoleArn is not null or empty, nodePool value(s) must be provided.");
        if (!hasRole && pools.Count > 0)
            return Invalid("When Compute Config nodeRoleArn is null or empty, nodePool list cannot be populated.");
        return pools.Find(pool => !_pools.Contains(pool)) is { } unknown ? Invalid($"The nodePool value {unknown} is not one of {string.Join(", ", _pools)}.") : null;
    }

    private static bool IsTrue(JsonObject cluster, params string[] path) => string.Equals(At(cluster, path).ToText(), "true", StringComparison.OrdinalIgnoreCase);

    private static JsonNode? At(JsonObject cluster, params string[] path) => path.Aggregate((JsonNode?)cluster, (node, name) => (node as JsonObject)?[name]);

    private static string Invalid(string message) => $"{message} (Service: Eks, Status Code: 400, Error Code: InvalidParameterException)";
}
