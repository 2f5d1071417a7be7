namespace Portal.Emulator.Contracts;

/// <summary>The Kubernetes half, as the AWS half (EKS resources of CloudFormation) sees it. All calls are idempotent.</summary>
public interface IKubernetesFleet
{
    /// <summary>Starts to serve the cluster's API. The endpoint is stable across restarts of the emulator.</summary>
    ClusterApi CreateCluster(ClusterIdentity cluster);

    /// <summary>Stops the API and forgets every object of the cluster.</summary>
    void DeleteCluster(string clusterName);

    /// <summary>Makes the node group's nodes exist, change in number, or (size 0) leave.</summary>
    void SetNodeGroup(NodeGroup nodeGroup);

    /// <summary>Number of load balancers that the cluster's controller still holds in the VPC.</summary>
    int LoadBalancersInVpc(string vpcId);
}

/// <param name="VpcId">Where the cluster's load balancers will live.</param>
public sealed record ClusterIdentity(string Name, string Arn, string Version, string VpcId, string Region);

/// <param name="Endpoint">https URL as a kubeconfig's <c>server</c> wants it.</param>
/// <param name="CertificateAuthority">base64 of the CA's PEM, as EKS returns it.</param>
public sealed record ClusterApi(string Endpoint, string CertificateAuthority);

public sealed record NodeGroup(string ClusterName, string Name, string InstanceType, int Size, IReadOnlyList<string> SubnetIds);

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

/// <summary>ELBv2, as the load balancer controller of the Kubernetes half uses it.</summary>
public interface ILoadBalancers
{
    /// <summary>Makes the load balancer of that name be as described, creating it if need be (it is provisioning for a while).</summary>
    LoadBalancerState Reconcile(LoadBalancerDescription wanted);

    void Delete(string name);
}

/// <param name="Name">At most 32 characters.</param>
/// <param name="Scheme"><c>internal</c> or <c>internet-facing</c>.</param>
/// <param name="DefaultStatus">HTTP status of the listener's default action where no rule matches (404).</param>
public sealed record LoadBalancerDescription(
    string Name, string Scheme, string VpcId, IReadOnlyList<string> SubnetIds, IReadOnlyList<string> SecurityGroupIds,
    IReadOnlyDictionary<string, string> Tags, int ListenerPort, string ListenerProtocol, int DefaultStatus,
    IReadOnlyList<ListenerRule> Rules);

/// <param name="PathPatterns">For example <c>/products</c> and <c>/products/*</c>.</param>
public sealed record ListenerRule(int Priority, IReadOnlyList<string> PathPatterns, TargetGroupDescription TargetGroup);

public sealed record TargetGroupDescription(
    string Name, int Port, string HealthCheckPath, IReadOnlyDictionary<string, string> Tags, IReadOnlyList<TargetDescription> Targets);

/// <param name="Id">The pod's IP address.</param>
/// <param name="State"><c>initial</c>, <c>healthy</c>, <c>unhealthy</c> or <c>draining</c>.</param>
public sealed record TargetDescription(string Id, int Port, string State);

/// <param name="State"><c>provisioning</c>, <c>active</c> or <c>failed</c>.</param>
public sealed record LoadBalancerState(string Arn, string DnsName, string State);
