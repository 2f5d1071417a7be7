namespace Portal.Emulator.Contracts;

/// <summary>ELBv2, as the load balancer controller of the Kubernetes half uses it.</summary>
public interface ILoadBalancers
{
    /// <summary>Null where there is none of that name.</summary>
    LoadBalancerDescription? Find(string name);

    /// <summary>Makes the load balancer of that name be as described, creating it if need be (it is provisioning for a while).</summary>
    /// <exception cref="LoadBalancingException">ELBv2 refuses the description; nothing has changed.</exception>
    LoadBalancerState Reconcile(LoadBalancerDescription wanted);

    void Delete(string name);
}

/// <summary>An error of ELBv2's API.</summary>
public sealed class LoadBalancingException(string code, string message) : Exception(message)
{
    public string Code => code;
}

public sealed record LoadBalancerDescription
{
    /// <summary>At most 32 characters.</summary>
    public required string Name { get; init; }

    /// <summary><c>internal</c> or <c>internet-facing</c>.</summary>
    public string Scheme { get; init; } = "internal";

    public required string VpcId { get; init; }

    /// <summary>In different zones, two at least.</summary>
    public IReadOnlyList<string> SubnetIds { get; init; } = [];

    public IReadOnlyList<string> SecurityGroupIds { get; init; } = [];

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Those that differ from ELBv2's defaults.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<ListenerDescription> Listeners { get; init; } = [];

    /// <summary>Each once, however many rules lead to it.</summary>
    public IReadOnlyList<TargetGroupDescription> TargetGroups { get; init; } = [];
}

/// <param name="Protocol"><c>HTTP</c> or <c>HTTPS</c>.</param>
/// <param name="Certificates">ARNs, the default one first; none of an HTTP listener.</param>
/// <param name="SslPolicy">Null of an HTTP listener.</param>
/// <param name="DefaultStatus">HTTP status where no rule matches (404).</param>
/// <param name="Rules">In the order of their priorities.</param>
public sealed record ListenerDescription(
    int Port, string Protocol, IReadOnlyList<string> Certificates, string? SslPolicy, int DefaultStatus, IReadOnlyList<ListenerRule> Rules)
{
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

/// <param name="Conditions">All of them have to hold.</param>
/// <param name="Transforms">One of each type at most.</param>
/// <param name="TargetGroup">Name of the target group, or null: then it answers 503 with <paramref name="Message"/>.</param>
public sealed record ListenerRule(
    int Priority, IReadOnlyList<RuleCondition> Conditions, IReadOnlyList<RuleTransform> Transforms, string? TargetGroup, string Message = "")
{
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

/// <param name="Field"><c>path-pattern</c>, <c>host-header</c>, <c>http-header</c>, <c>http-request-method</c>, <c>query-string</c> or <c>source-ip</c>.</param>
/// <param name="Values">Any of them may match. Of a query string: <c>key=value</c>, or <c>=value</c> for any key.</param>
/// <param name="IsRegex">Whether they are regular expressions, or have the wildcards * and ?.</param>
/// <param name="Header">Name of the header, of <c>http-header</c>.</param>
public sealed record RuleCondition(string Field, IReadOnlyList<string> Values, bool IsRegex = false, string? Header = null);

/// <param name="Type"><c>url-rewrite</c> or <c>host-header-rewrite</c>.</param>
/// <param name="Replace">What the match is replaced by; $1 is the first group.</param>
public sealed record RuleTransform(string Type, string Regex, string Replace);

/// <param name="Attributes">Those that differ from ELBv2's defaults.</param>
public sealed record TargetGroupDescription(
    string Name, int Port, HealthCheck HealthCheck, IReadOnlyDictionary<string, string> Tags, IReadOnlyList<TargetDescription> Targets)
{
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();

    /// <summary><c>ip</c> or <c>instance</c>.</summary>
    public string TargetType { get; init; } = "ip";
}

/// <param name="Port">A number, or <c>traffic-port</c>.</param>
/// <param name="SuccessCodes">HTTP codes and ranges of them, for example <c>200,301-302</c>.</param>
public sealed record HealthCheck(
    string Path, string Protocol = "HTTP", string Port = "traffic-port", string SuccessCodes = "200", int IntervalSeconds = 15, int TimeoutSeconds = 5,
    int HealthyThreshold = 2, int UnhealthyThreshold = 2);

/// <param name="Id">The pod's IP address.</param>
/// <param name="State"><c>initial</c>, <c>healthy</c>, <c>unhealthy</c> or <c>draining</c>.</param>
/// <param name="Reason">ELBv2's code of why it is not healthy.</param>
public sealed record TargetDescription(string Id, int Port, string State, string? Reason = null);

/// <param name="State"><c>provisioning</c>, <c>active</c> or <c>failed</c>.</param>
public sealed record LoadBalancerState(string Arn, string DnsName, string State);
