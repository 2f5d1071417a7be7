namespace Portal.Core.Accounts;

/// <summary>What an account may have only so many of.</summary>
/// <param name="Id">Kebab-case; it stands in the database.</param>
/// <param name="Service">What Service Quotas calls the service.</param>
/// <param name="Code">What it calls the quota, and what AWS is asked to raise.</param>
/// <param name="One">One of them, for people.</param>
/// <param name="Many">Several of them.</param>
/// <param name="Standard">As many AWS gives an account that has not asked for more.</param>
public sealed record AccountQuota(string Id, string Service, string Code, string One, string Many, int Standard);

/// <summary>
/// The quotas that an environment may meet before anything else. Names, codes and standards: "Amazon VPC quotas" (VPC user guide), "Amazon EKS endpoints
/// and quotas" (AWS General Reference) and "Quotas for your Application Load Balancers" (its user guide), read 2026-11; those pages link each quota by
/// its code, but for the rules', which was seen in what other people's ListAWSDefaultServiceQuotas answered.
/// </summary>
public static class AccountQuotas
{
    public static readonly AccountQuota Vpcs = new("vpcs", "vpc", "L-F678F1CE", "VPC", "VPCs", 5);
    public static readonly AccountQuota Addresses = new("addresses", "ec2", "L-0263D0A3", "Elastic IP address", "Elastic IP addresses", 5);

    /// <summary>In each availability zone.</summary>
    public static readonly AccountQuota NatGateways = new("nat-gateways", "vpc", "L-FE5A380F", "NAT gateway", "NAT gateways", 5);
    public static readonly AccountQuota Clusters = new("clusters", "eks", "L-1194D53C", "EKS cluster", "EKS clusters", 100);
    public static readonly AccountQuota LoadBalancers = new("load-balancers", "elasticloadbalancing", "L-53DA6B97", "Application Load Balancer", "Application Load Balancers", 50);

    /// <summary>Of one load balancer, its default rules not counted.</summary>
    public static readonly AccountQuota Rules = new("rules", "elasticloadbalancing", "L-7EED9B64", "rule of a load balancer", "rules of a load balancer", 100);

    public static IReadOnlyList<AccountQuota> All { get; } = [Vpcs, Addresses, NatGateways, Clusters, LoadBalancers, Rules];
}
