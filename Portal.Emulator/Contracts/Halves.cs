namespace Portal.Emulator.Contracts;

/// <summary>The Kubernetes half, as the AWS half (EKS resources of CloudFormation) sees it. All calls are idempotent.</summary>
public interface IKubernetesFleet
{
    /// <summary>Starts to serve the cluster's API, or switches Auto Mode of one that is there. The endpoint is stable across restarts of the emulator.</summary>
    /// <param name="autoMode">Null where nodes come from node groups.</param>
    ClusterApi CreateCluster(ClusterIdentity cluster, AutoMode? autoMode = null);

    /// <summary>Stops the API and forgets every object of the cluster.</summary>
    void DeleteCluster(string clusterName);

    /// <summary>
    /// Makes the node group's nodes exist, change in number, or (size 0) leave. Where it is told what it was told before, their number stays what
    /// the cluster autoscaler has made of it.
    /// </summary>
    void SetNodeGroup(NodeGroup nodeGroup);

    /// <summary>How many nodes the group is to have now: its Auto Scaling group's desired capacity. Null where there is no such group, or it has none.</summary>
    int? NodesOf(string clusterName, string nodeGroup);

    /// <summary>Runs the pods of an add-on, or ends them.</summary>
    void SetAddon(string clusterName, string addon, bool isInstalled);

    /// <summary>Number of load balancers that the cluster's controller still holds in the VPC.</summary>
    int LoadBalancersInVpc(string vpcId);
}

/// <param name="VpcId">Where the cluster's load balancers will live.</param>
public sealed record ClusterIdentity(string Name, string Arn, string Version, string VpcId, string Region);

/// <summary>EKS Auto Mode: nodes as the pods need them, and a load balancing controller outside the cluster.</summary>
/// <param name="NodePools">Those of EKS's own that are on: <c>general-purpose</c>, <c>system</c>.</param>
/// <param name="SubnetIds">Where the nodes start: the cluster's subnets.</param>
/// <param name="NodeRole">Name of the nodes' role; empty where no pool of EKS's own is on.</param>
public sealed record AutoMode(IReadOnlyList<string> NodePools, IReadOnlyList<string> SubnetIds, string NodeRole);

/// <param name="Endpoint">https URL as a kubeconfig's <c>server</c> wants it.</param>
/// <param name="CertificateAuthority">base64 of the CA's PEM, as EKS returns it.</param>
public sealed record ClusterApi(string Endpoint, string CertificateAuthority);

/// <param name="Size">How many nodes there are to be.</param>
public sealed record NodeGroup(string ClusterName, string Name, string InstanceType, int Size, IReadOnlyList<string> SubnetIds)
{
    public int MinSize { get; init; }

    public int MaxSize { get; init; }
}

/// <summary>The AWS half's answer to "who is this?", as the Kubernetes half asks it of every request.</summary>
public interface IEksAuthenticator
{
    /// <summary>Verifies a <c>k8s-aws-v1.</c> token (a presigned STS GetCallerIdentity URL) and the cluster's access entries.</summary>
    EksCaller Authenticate(string clusterName, string bearerToken);
}

/// <param name="PrincipalArn">Null where the token is not valid: the API answers 401.</param>
/// <param name="IsAllowed">Whether an access entry admits the principal: the API answers 401 without one, as EKS does.</param>
public sealed record EksCaller(string? PrincipalArn, bool IsAllowed, string? Reason)
{
    /// <summary>The access entry's user name, by which Kubernetes' own roles are bound.</summary>
    public string Username { get; init; } = PrincipalArn ?? "";

    /// <summary>The access entry's Kubernetes groups.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    public IReadOnlyList<EksAccessPolicy> Policies { get; init; } = [];
}

/// <param name="Name">For example <c>AmazonEKSViewPolicy</c>.</param>
/// <param name="Namespaces">Where it holds; null for the whole cluster. A <c>*</c> at the end stands for anything.</param>
public sealed record EksAccessPolicy(string Name, IReadOnlyList<string>? Namespaces)
{
    public const string ClusterAdmin = "AmazonEKSClusterAdminPolicy";
}
