using System.Text.RegularExpressions;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.LoadBalancing;

/// <summary>
/// What ELBv2 refuses: quotas and limits of its user guide ("Quotas for your Application Load Balancers") and of the parameters in its
/// API reference (CreateRule, RewriteConfig, CreateTargetGroup, ModifyLoadBalancerAttributes).
/// </summary>
internal static class DescriptionRules
{
    private const int MostConditionValues = 5;
    private const int LongestConditionValue = 128;
    private const int LongestRewrite = 1024;

    /// <param name="mostRules">Of a load balancer, in the account.</param>
    /// <exception cref="LoadBalancingException">The first thing that is wrong.</exception>
    public static void Check(LoadBalancerDescription wanted, int mostRules)
    {
        foreach (var key in wanted.Attributes.Keys.Where(key => !DefaultAttributes.OfLoadBalancer.ContainsKey(key)))
            throw Invalid($"Load balancer attribute key '{key}' is not recognized");
        foreach (var listener in wanted.Listeners)
            Check(listener);
        if (wanted.Listeners.Sum(listener => listener.Rules.Count) > mostRules)
            throw new LoadBalancingException("TooManyRules", "You've reached the limit on the number of rules per load balancer.");
        foreach (var rule in wanted.Listeners.SelectMany(listener => listener.Rules))
            Check(rule);
        foreach (var group in wanted.TargetGroups)
            Check(group);
    }

    /// <summary>The pattern as ELBv2 understands it: linear in time, hence without lookaround, backreferences and atomic groups.</summary>
    /// <exception cref="ArgumentException">It is not one.</exception>
    /// <exception cref="NotSupportedException">It has what ELBv2 leaves out.</exception>
    public static Regex Compile(string pattern) => pattern.Contains("\\p{", StringComparison.Ordinal)
        ? throw new NotSupportedException(pattern)
        : new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static void Check(ListenerDescription listener)
    {
        if (listener.Protocol != "HTTPS")
            return;
        if (listener.Certificates.Count == 0)
            throw Invalid("A certificate must be specified for HTTPS listeners");
        foreach (var arn in listener.Certificates.Where(arn => !Regex.IsMatch(arn, "^arn:aws[a-z-]*:(acm:[a-z0-9-]+:[0-9]{12}:certificate/.+|iam::[0-9]{12}:server-certificate/.+)$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))))
            throw Invalid($"Certificate ARN '{arn}' is not valid");
        if (listener.SslPolicy is not { } policy || !policy.StartsWith("ELBSecurityPolicy-", StringComparison.Ordinal))
            throw new LoadBalancingException("SSLPolicyNotFound", $"SSL policy '{listener.SslPolicy}' not found");
    }

    private static void Check(ListenerRule rule)
    {
        if (rule.Conditions.Sum(condition => condition.Values.Count) > MostConditionValues)
            throw Invalid($"A rule can only have '{MostConditionValues}' condition values");
        foreach (var value in rule.Conditions.SelectMany(condition => condition.Values).Where(value => value.Length > LongestConditionValue))
            throw Invalid($"Condition value '{value}' contains more than '{LongestConditionValue}' characters");
        foreach (var condition in rule.Conditions.Where(condition => condition.IsRegex))
        {
            foreach (var pattern in condition.Values)
                CheckPattern(pattern);
        }

        if (rule.Transforms.GroupBy(transform => transform.Type, StringComparer.Ordinal).FirstOrDefault(type => type.Count() > 1) is { } twice)
            throw Invalid($"A rule can have only one transform of type '{twice.Key}' with one rewrite");
        foreach (var transform in rule.Transforms)
        {
            if (transform.Regex.Length > LongestRewrite || transform.Replace.Length > LongestRewrite)
                throw Invalid($"A rewrite can have '{LongestRewrite}' characters at most");
            CheckPattern(transform.Regex);
        }
    }

    private static void CheckPattern(string pattern)
    {
        try
        {
            Compile(pattern);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw Invalid($"The regular expression '{pattern}' is not valid");
        }
    }

    private static void Check(TargetGroupDescription group)
    {
        var check = group.HealthCheck;
        Range("Health check interval", check.IntervalSeconds, 5, 300);
        Range("Health check timeout", check.TimeoutSeconds, 2, 120);
        Range("Healthy threshold count", check.HealthyThreshold, 2, 10);
        Range("Unhealthy threshold count", check.UnhealthyThreshold, 2, 10);
        if (check.TimeoutSeconds > check.IntervalSeconds)
            throw Invalid($"Health check timeout '{check.TimeoutSeconds}' must be smaller than or equal to the interval '{check.IntervalSeconds}'");
        if (!Regex.IsMatch(check.SuccessCodes, "^[2-4][0-9]{2}(-[2-4][0-9]{2})?(,[2-4][0-9]{2}(-[2-4][0-9]{2})?)*$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)))
            throw Invalid("Health check matcher HTTP code must be within '200-499'");
        foreach (var key in group.Attributes.Keys.Where(key => !DefaultAttributes.OfTargetGroup.ContainsKey(key)))
            throw Invalid($"Target group attribute key '{key}' is not recognized");
    }

    private static void Range(string what, int value, int low, int high)
    {
        if (value < low || value > high)
            throw Invalid($"{what} must be between '{low}' and '{high}'");
    }

    private static LoadBalancingException Invalid(string message) => new("ValidationError", message);
}
