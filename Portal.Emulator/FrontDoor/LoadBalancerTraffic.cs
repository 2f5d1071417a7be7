using Portal.Emulator.Contracts;

namespace Portal.Emulator.FrontDoor;

/// <summary>An application load balancer with a request in its hands: listener, rule, target.</summary>
internal sealed class LoadBalancerTraffic(ICloudView cloud, PodTraffic pods)
{
    private int _turn;

    /// <param name="uri">Whose scheme and port the caller speaks to.</param>
    public ApiResponse Send(string arn, Uri uri, BackendRequest request, Hops hops)
    {
        var (balancer, state) = cloud.LoadBalancer(arn) ?? throw GatewayException.IntegrationFailed();
        var listener = balancer.Listeners.FirstOrDefault(listener => listener.Port == uri.Port && string.Equals(listener.Protocol, uri.Scheme, StringComparison.OrdinalIgnoreCase));
        // Nobody listens yet, or not there: the connection is not taken up.
        if (state.State != "active" || listener is null)
            throw GatewayException.TimedOut();
        hops.Add("load-balancer", balancer.Name);

        var rule = listener.Rules.FirstOrDefault(rule => RuleMatching.Matches(rule, request));
        if (rule is null)
            return Answer(listener.DefaultStatus, "text/plain; charset=utf-8", "");
        hops.Add("rule", $"{rule.Priority}");
        if (rule.TargetGroup is null)
            return Answer(503, "text/plain; charset=utf-8", rule.Message);

        var group = balancer.TargetGroups.First(group => group.Name == rule.TargetGroup);
        var healthy = group.Targets.Where(target => target.State == "healthy").ToList();
        // "If a target group contains only unhealthy registered targets, the load balancer routes requests to all those targets" (fail open).
        if (healthy.Count == 0)
            healthy = [.. group.Targets.Where(target => target.State == "unhealthy")];
        if (healthy.Count == 0)
            return Answer(503, "text/html", Page("503 Service Temporarily Unavailable"));

        // Round robin, the default of a target group.
        var target = healthy[(int)((uint)Interlocked.Increment(ref _turn) % (uint)healthy.Count)];
        return pods.Answer(balancer.VpcId, group, target, RuleMatching.Transform(rule, request), hops) ?? Answer(502, "text/html", Page("502 Bad Gateway"));
    }

    private static ApiResponse Answer(int status, string type, string body)
    {
        var answer = new ApiResponse(status, type, body);
        // API Gateway passes a backend's Server header on under this name.
        answer.Headers["x-amzn-Remapped-Server"] = "awselb/2.0";
        return answer;
    }

    private static string Page(string title) =>
        $"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n";
}
