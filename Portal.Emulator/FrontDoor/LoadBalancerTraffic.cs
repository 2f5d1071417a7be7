using System.Text.RegularExpressions;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.FrontDoor;

/// <summary>An application load balancer with a request in its hands: listener, rule, target.</summary>
internal sealed class LoadBalancerTraffic(ICloudView cloud, PodTraffic pods)
{
    private int _turn;

    public ApiResponse Send(string arn, ApiRequest request, Uri uri, string path, Hops hops)
    {
        var (balancer, state) = cloud.LoadBalancer(arn) ?? throw GatewayException.IntegrationFailed();
        // Nobody listens yet, or not there: the connection is not taken up.
        if (state.State != "active" || balancer.ListenerPort != uri.Port || !string.Equals(balancer.ListenerProtocol, uri.Scheme, StringComparison.OrdinalIgnoreCase))
            throw GatewayException.TimedOut();
        hops.Add("load-balancer", balancer.Name);

        var rule = balancer.Rules.OrderBy(rule => rule.Priority).FirstOrDefault(rule => rule.PathPatterns.Count == 0 || rule.PathPatterns.Any(pattern => Matches(pattern, path)));
        if (rule is null)
            return Answer(balancer.DefaultStatus, "text/plain; charset=utf-8", "");
        hops.Add("rule", rule.Priority.ToString());

        var group = rule.TargetGroup;
        var healthy = group.Targets.Where(target => target.State == "healthy").ToList();
        if (healthy.Count == 0)
            return Answer(503, "text/html", Page("503 Service Temporarily Unavailable"));

        // Round robin, the default of a target group.
        var target = healthy[(int)((uint)Interlocked.Increment(ref _turn) % (uint)healthy.Count)];
        return pods.Answer(balancer.VpcId, group, target, request, path, uri.Host, hops) ?? Answer(502, "text/html", Page("502 Bad Gateway"));
    }

    /// <summary>"*" stands for any characters, "?" for one; case matters (ELB user guide, "Path conditions").</summary>
    internal static bool Matches(string pattern, string path) =>
        Regex.IsMatch(path, $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal)}$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

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
