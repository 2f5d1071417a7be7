namespace Portal.Worker.Aws;

/// <summary>EKS and STS: where a cluster's API is, and who we are to it.</summary>
public interface IClusters
{
    /// <summary>Code of the failure where there is no cluster of that name.</summary>
    const string NotFound = "eks_not_found";

    /// <exception cref="Core.Provisioning.StepFailedException"><see cref="NotFound"/></exception>
    Task<ClusterAccess> DescribeAsync(AwsTarget target, string clusterName, CancellationToken cancellationToken);

    /// <summary>STS GetCallerIdentity: the ARN of the session that the calls to this target are made with.</summary>
    Task<string> CallerArnAsync(AwsTarget target, CancellationToken cancellationToken);
}

/// <param name="Status">EKS's own word: <c>CREATING</c>, <c>ACTIVE</c>, <c>UPDATING</c>, <c>DELETING</c>, <c>FAILED</c>, <c>PENDING</c>.</param>
/// <param name="Endpoint">Null until EKS has made one.</param>
/// <param name="CertificateAuthority">base64 of the CA's PEM; null until EKS has made one.</param>
public sealed record ClusterAccess(string Name, string Arn, string Version, string Status, Uri? Endpoint, string? CertificateAuthority)
{
    /// <summary>Null while the cluster cannot be spoken to.</summary>
    public ClusterConnection? Connect(AwsTarget target) =>
        Endpoint is null || CertificateAuthority is null ? null : new ClusterConnection(target, Name, Endpoint, CertificateAuthority);
}

/// <summary>Bearer tokens for a cluster's API.</summary>
public interface IEksTokens
{
    /// <summary>A token that holds for at least one more minute; made anew only when the last one is about to end.</summary>
    Task<string> CreateAsync(AwsTarget target, string clusterName, CancellationToken cancellationToken);
}

/// <summary>How to reach one cluster's API.</summary>
/// <param name="Endpoint">May have a path in front of <c>/api</c>.</param>
/// <param name="CertificateAuthority">base64 of the CA's PEM, as EKS returns it: the only CA that is trusted.</param>
public sealed record ClusterConnection(AwsTarget Target, string ClusterName, Uri Endpoint, string CertificateAuthority);
