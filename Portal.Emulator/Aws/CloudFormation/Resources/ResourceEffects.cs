using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Aws.LoadBalancing;
using Portal.Emulator.Aws.Logs;
using Portal.Emulator.Aws.Queues;
using Portal.Emulator.Contracts;
using Portal.Emulator.FrontDoor;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>What a resource does beyond being in the inventory: clusters and nodes of the Kubernetes half.</summary>
internal sealed class ResourceEffects(IKubernetesFleet fleet, LoadBalancers loadBalancers, Inventory inventory, MessageStore messages, LogGroups logGroups, EmulatorOptions options)
{
    /// <summary>Carries out the effect of a creation or update. Idempotent: after a crash it is asked for again.</summary>
    /// <returns>Attributes only the effect can supply.</returns>
    public JsonObject Apply(CloudResource resource)
    {
        switch (resource.Type)
        {
            case "AWS::EKS::Cluster":
                var api = fleet.CreateCluster(new ClusterIdentity(
                    resource.PhysicalId, resource.Attributes["Arn"].ToText(), Text(resource, "Version", "1.35"), VpcOf(resource), options.Region), AutoModeOf(resource));
                // AWS takes a cluster's add-ons away with it, and a change set that reverts drift brings them back. Here they stay in the inventory.
                foreach (var addon in inventory.OfType("AWS::EKS::Addon").Where(addon => Text(addon, "ClusterName", "") == resource.PhysicalId))
                    fleet.SetAddon(resource.PhysicalId, Text(addon, "AddonName", ""), isInstalled: true);
                return new JsonObject { ["Endpoint"] = api.Endpoint, ["CertificateAuthorityData"] = api.CertificateAuthority };
            case "AWS::EKS::Nodegroup":
                fleet.SetNodeGroup(NodeGroupOf(resource, DesiredSize(resource)));
                return [];
            case "AWS::EKS::Addon":
                fleet.SetAddon(Text(resource, "ClusterName", ""), Text(resource, "AddonName", ""), isInstalled: true);
                return [];
            case "AWS::ApiGateway::Deployment":
                // Taken once: what a deployment serves never changes after.
                return new JsonObject
                {
                    [ApiSnapshot.Attribute] = inventory.ByKey(resource.Key)?.Attributes[ApiSnapshot.Attribute]?.DeepClone()
                        ?? ApiSnapshot.Take(new CloudView(inventory, loadBalancers), resource.Properties["RestApiId"].ToText()),
                };
            default:
                return [];
        }
    }

    public void Remove(CloudResource resource)
    {
        if (resource.Type == "AWS::EKS::Cluster")
            fleet.DeleteCluster(resource.PhysicalId);
        else if (resource.Type == "AWS::EKS::Nodegroup")
            fleet.SetNodeGroup(NodeGroupOf(resource, 0));
        else if (resource.Type == "AWS::EKS::Addon" && Text(resource, "PreserveOnDelete", "") != "true")
            fleet.SetAddon(Text(resource, "ClusterName", ""), Text(resource, "AddonName", ""), isInstalled: false);
        else if (resource.Type == Queue.Type)
            messages.Forget(Queue.Of(resource), default, all: true);
    }

    /// <summary>What a service makes again when it has been deleted; not of what never came about.</summary>
    public void LeaveBehind(CloudResource resource)
    {
        if (resource.Type == LogGroups.Type)
            logGroups.Deleted(resource.PhysicalId);
    }

    private static AutoMode? AutoModeOf(CloudResource cluster) => AutoModeRules.IsOn(cluster.Properties)
        ? new AutoMode(Strings(cluster.Properties["ComputeConfig"]?["NodePools"]), Strings(cluster.Properties["ResourcesVpcConfig"]?["SubnetIds"]),
            cluster.Properties["ComputeConfig"]?["NodeRoleArn"].ToText().Split('/')[^1] ?? "")
        : null;

    /// <summary>Without a number, as many as there are; there have to be some to begin with.</summary>
    private int DesiredSize(CloudResource nodeGroup)
    {
        var scaling = nodeGroup.Properties["ScalingConfig"];
        return scaling?["DesiredSize"] is null && Split(nodeGroup) is var (cluster, name) && fleet.NodesOf(cluster, name) is { } present
            ? present
            : Number(scaling?["DesiredSize"] ?? scaling?["MinSize"], 2);
    }

    private static NodeGroup NodeGroupOf(CloudResource resource, int size)
    {
        var (cluster, name) = Split(resource);
        var type = (resource.Properties["InstanceTypes"] as JsonArray)?.FirstOrDefault().ToText();
        var scaling = resource.Properties["ScalingConfig"];
        return new NodeGroup(cluster, name, string.IsNullOrEmpty(type) ? "t3.medium" : type, size, Strings(resource.Properties["Subnets"]))
        {
            MinSize = Number(scaling?["MinSize"], 1),
            MaxSize = Number(scaling?["MaxSize"], 2),
        };
    }

    private static (string Cluster, string Name) Split(CloudResource nodeGroup) =>
        nodeGroup.PhysicalId.Split('/') is [var first, .., var last] ? (first, last) : ("", nodeGroup.PhysicalId);

    private static int Number(JsonNode? node, int fallback) => int.TryParse(node?.ToText(), out var number) ? number : fallback;

    private string VpcOf(CloudResource cluster)
    {
        var subnet = Strings(cluster.Properties["ResourcesVpcConfig"]?["SubnetIds"]).FirstOrDefault();
        return inventory.Find("AWS::EC2::Subnet", subnet)?.Properties["VpcId"].ToText() ?? "";
    }

    private static string Text(CloudResource resource, string property, string fallback) =>
        resource.Properties[property] is { } value ? value.ToText() : fallback;

    private static List<string> Strings(JsonNode? node) => node is JsonArray list ? [.. list.Select(JsonText.ToText)] : [];
}
