using System.Globalization;
using Portal.Core.Environments;
using Portal.Worker.Aws;

namespace Portal.Worker.Observe;

/// <summary>How many targets of each service a load balancer finds unhealthy.</summary>
internal sealed class TargetHealth(AwsTarget target, ILoadBalancers loadBalancers)
{
    private const string Total = "total";
    private const string Unhealthy = "unhealthy";

    // As the load balancer controller tags them, by itself and as a part of Auto Mode: "namespace/ingress-service:port".
    private static readonly string[] ResourceTags = ["ingress.k8s.aws/resource", "ingress.eks.amazonaws.com/resource"];

    public async Task<IReadOnlyList<Observation>> ReadAsync(LoadBalancer loadBalancer, CancellationToken cancellationToken)
    {
        var seen = new List<Observation>();
        foreach (var group in await loadBalancers.TargetGroupsAsync(target, loadBalancer.Arn, cancellationToken))
        {
            if (ServiceOf(group) is { } service)
                seen.Add(Observe(loadBalancer, service, group.Arn, await loadBalancers.TargetsAsync(target, group.Arn, cancellationToken)));
        }

        return seen;
    }

    /// <summary>Back from what <see cref="ReadAsync"/> made.</summary>
    public static SeenTargets Of(Observation observation) => new(
        observation.Name[(observation.Name.IndexOf('/', StringComparison.Ordinal) + 1)..],
        int.Parse(observation.Data[Total], CultureInfo.InvariantCulture), int.Parse(observation.Data[Unhealthy], CultureInfo.InvariantCulture), observation.Reason);

    private Observation Observe(LoadBalancer loadBalancer, string service, string group, IReadOnlyList<TargetState> targets)
    {
        var unhealthy = targets.Where(one => one.State is "unhealthy" or "unavailable").ToList();
        return new Observation(
            target.Name, ObservationKinds.Targets, $"{loadBalancer.Name}/{service}", group, unhealthy.Count == 0 ? "healthy" : "unhealthy", unhealthy.FirstOrDefault()?.Reason,
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [Total] = targets.Count.ToString(CultureInfo.InvariantCulture),
                [Unhealthy] = unhealthy.Count.ToString(CultureInfo.InvariantCulture),
            });
    }

    /// <summary>Our charts make one Ingress a service and call it the same.</summary>
    private static string? ServiceOf(TargetGroup group)
    {
        var resource = ResourceTags.Select(group.Tags.GetValueOrDefault).FirstOrDefault(value => value is not null);
        if (resource?.Split('/', ':') is not [_, var names, _])
            return null;
        var service = names[..(names.Length / 2)];
        return names == $"{service}-{service}" ? service : null;
    }
}
