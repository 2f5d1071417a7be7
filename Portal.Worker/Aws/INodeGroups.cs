namespace Portal.Worker.Aws;

/// <summary>EKS: the managed node groups of a cluster, as they are.</summary>
public interface INodeGroups
{
    /// <summary>How many nodes the cluster's groups are to have now, whoever said so last; 0 where there is no group, or no cluster.</summary>
    Task<int> NodesAsync(AwsTarget target, string clusterName, CancellationToken cancellationToken);
}
