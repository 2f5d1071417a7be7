namespace Portal.Worker.Aws;

/// <summary>Elastic Load Balancing v2, to see what the load balancer controller made.</summary>
public interface ILoadBalancers
{
    IAsyncEnumerable<LoadBalancer> ListAsync(AwsTarget target, CancellationToken cancellationToken);

    /// <summary>Null where there is none of that name.</summary>
    Task<LoadBalancer?> FindAsync(AwsTarget target, string name, CancellationToken cancellationToken);

    /// <summary>Whether it is protected from deletion; false where there is none of that name.</summary>
    Task<bool> IsProtectedAsync(AwsTarget target, string name, CancellationToken cancellationToken);

    /// <summary>The rules of all its listeners, by listener port, then by priority, the default rule last.</summary>
    Task<IReadOnlyList<ListenerRule>> RulesAsync(AwsTarget target, string loadBalancerArn, CancellationToken cancellationToken);

    Task<IReadOnlyList<TargetGroup>> TargetGroupsAsync(AwsTarget target, string loadBalancerArn, CancellationToken cancellationToken);

    /// <summary>The targets that are registered in a group.</summary>
    Task<IReadOnlyList<TargetState>> TargetsAsync(AwsTarget target, string targetGroupArn, CancellationToken cancellationToken);
}

public sealed record TargetGroup(string Arn, string Name, IReadOnlyDictionary<string, string> Tags);

/// <param name="State"><c>initial</c>, <c>healthy</c>, <c>unhealthy</c>, <c>unused</c>, <c>draining</c> or <c>unavailable</c>.</param>
/// <param name="Reason">For example <c>Target.FailedHealthChecks</c>.</param>
public sealed record TargetState(string Id, string State, string? Reason);

/// <param name="State"><c>provisioning</c>, <c>active</c>, <c>active_impaired</c> or <c>failed</c>.</param>
/// <param name="Scheme"><c>internal</c> or <c>internet-facing</c>.</param>
public sealed record LoadBalancer(
    string Name, string Arn, string DnsName, string Scheme, string State, string? Reason, string VpcId, DateTimeOffset CreatedAt)
{
    public bool IsActive => State is "active" or "active_impaired";
}

/// <param name="Priority">A number, or <c>default</c>.</param>
/// <param name="PathPatterns">For example <c>/products</c> and <c>/products/*</c>; empty for the default rule.</param>
public sealed record ListenerRule(
    string Arn, string ListenerArn, int Port, string Protocol, string Priority, bool IsDefault,
    IReadOnlyList<string> PathPatterns, IReadOnlyList<string> TargetGroupArns);
