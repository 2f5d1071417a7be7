using System.Text.Json.Nodes;

namespace Portal.Core.Provisioning.Changes;

/// <summary>What an upgrade of a release would do, by which of its values change. A value nobody knows here is taken to restart the pods.</summary>
internal static class ReleaseComparison
{
    // Of the chart microservice: what the autoscaler reads, not the pods.
    private static readonly HashSet<string> ScaleValues = new(StringComparer.Ordinal) { "replicas", "autoscaling" };

    // Of the charts microservice and namespace: what only objects beside the pods are made of.
    private static readonly HashSet<string> QuietValues = new(StringComparer.Ordinal) { "network", "autoMode" };

    // Of the chart microservice: what the load balancer and the pods have to agree on, while each changes at its own pace.
    private static readonly HashSet<string> SharedValues = new(StringComparer.Ordinal) { "port", "servicePort", "path" };

    // Of the chart environment: what makes another load balancer of it. Its controller changes everything else in place.
    private static readonly HashSet<string> LoadBalancerValues = new(StringComparer.Ordinal) { "autoMode", "name", "scheme", "groupName" };

    public static (ReleaseEffect Effect, IReadOnlyList<string> Changed) Compare(PlannedStep before, JsonObject old, PlannedStep after, JsonObject next)
    {
        var changed = Changed(old, next);
        if (before.Subject != after.Subject || before.Namespace != after.Namespace)
            return (ReleaseEffect.Reinstall, changed);
        if (IsEnvironment(next))
        {
            var balancer = Changed(old["loadBalancer"]!.AsObject(), next["loadBalancer"]!.AsObject());
            if (balancer.Any(LoadBalancerValues.Contains) || (IsApart(old, next, "subnets") && IsApart(old, next, "securityGroups")))
                return (ReleaseEffect.NewLoadBalancer, changed);
            if (HasCertificate(old) != HasCertificate(next))
                return (ReleaseEffect.NewListener, changed);
            return (changed.Count == 0 && before.Artifact == after.Artifact ? ReleaseEffect.None : ReleaseEffect.Reconfigure, changed);
        }

        if (changed.Contains("kind"))
            return (ReleaseEffect.AnotherKind, changed);
        if (next["kind"]?.GetValue<string>() is WorkloadValues.Job or WorkloadValues.Schedule)
            return (changed.Count == 0 && before.Artifact == after.Artifact ? ReleaseEffect.None : ReleaseEffect.NextRun, changed);
        if (before.Artifact != after.Artifact || before.RepositoryChart != after.RepositoryChart)
            return (ReleaseEffect.RollingRestart, ["the chart", .. changed]);
        if (changed.Count == 0)
            return (ReleaseEffect.None, changed);
        if (changed.TrueForAll(ScaleValues.Contains))
            return (ReleaseEffect.Scale, changed);
        if (changed.TrueForAll(value => ScaleValues.Contains(value) || QuietValues.Contains(value)))
            return (ReleaseEffect.Reconfigure, changed);
        return (changed.Exists(SharedValues.Contains) ? ReleaseEffect.InterruptingRestart : ReleaseEffect.RollingRestart, changed);
    }

    public static bool IsEnvironment(JsonObject values) => values["loadBalancer"] is JsonObject;

    // A load balancer can change its subnets but not leave its VPC, of which nothing of its network comes along.
    private static bool IsApart(JsonObject old, JsonObject next, string what) =>
        old["loadBalancer"]![what] is JsonArray { Count: > 0 } before && next["loadBalancer"]![what] is JsonArray { Count: > 0 } after
        && !before.Any(one => after.Any(other => JsonNode.DeepEquals(one, other)));

    private static bool HasCertificate(JsonObject values) => values["loadBalancer"]!["certificateArn"]?.GetValue<string>() is { Length: > 0 };

    private static List<string> Changed(JsonObject old, JsonObject next) =>
        [.. old.Select(pair => pair.Key).Union(next.Select(pair => pair.Key)).Where(key => !JsonNode.DeepEquals(old[key], next[key]))];
}
