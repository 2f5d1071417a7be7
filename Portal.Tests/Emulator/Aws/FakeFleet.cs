using Portal.Emulator.Contracts;

namespace Portal.Tests.Emulator.Aws;

/// <summary>Remembers what the AWS half asked of the Kubernetes half.</summary>
internal sealed class FakeFleet : IKubernetesFleet
{
    public Dictionary<string, ClusterIdentity> Clusters { get; } = [];

    public Dictionary<string, NodeGroup> NodeGroups { get; } = [];

    public int HeldLoadBalancers { get; set; }

    public Dictionary<string, AutoMode> AutoModes { get; } = [];

    public ClusterApi CreateCluster(ClusterIdentity cluster, AutoMode? autoMode = null)
    {
        Clusters[cluster.Name] = cluster;
        AutoModes.Remove(cluster.Name);
        if (autoMode is not null)
            AutoModes[cluster.Name] = autoMode;
        return new ClusterApi($"https://127.0.0.1:4567/clusters/{cluster.Name}", "Q0E=");
    }

    public void DeleteCluster(string clusterName) => Clusters.Remove(clusterName);

    public int? NodesOf(string clusterName, string nodeGroup) => NodeGroups.GetValueOrDefault(nodeGroup)?.Size;

    public void SetNodeGroup(NodeGroup nodeGroup) => NodeGroups[nodeGroup.Name] = nodeGroup;

    public HashSet<string> Addons { get; } = [];

    public void SetAddon(string clusterName, string addon, bool isInstalled)
    {
        if (isInstalled)
            Addons.Add($"{clusterName}/{addon}");
        else
            Addons.Remove($"{clusterName}/{addon}");
    }

    public int LoadBalancersInVpc(string vpcId) => HeldLoadBalancers;
}
