using Microsoft.Extensions.Logging;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Worker.Observe;

/// <summary>Lists all load balancers of one target in pages; nobody tells of them.</summary>
internal sealed partial class TargetLoadBalancers(
    AwsTarget target, ObserverClaim claim, ILoadBalancers loadBalancers, ObservationStore observations, ObservedWriter writer, HealthKeeper health, TimeProvider clock, ILogger logger)
{
    private const string LoadBalancerType = "AWS::ElasticLoadBalancingV2::LoadBalancer";

    private readonly TargetHealth _targets = new(target, loadBalancers);

    /// <returns>Whether one is being made.</returns>
    /// <exception cref="StepFailedException">They could not be read.</exception>
    public async Task<bool> PollAsync(IReadOnlyList<ObservedEnvironment> environments, CancellationToken cancellationToken)
    {
        var names = environments.ToDictionary(environment => PlanBuilder.LoadBalancerName(environment.Name), StringComparer.Ordinal);
        if (names.Count == 0)
            return false;
        var began = clock.GetUtcNow();
        var found = new List<LoadBalancer>();
        await foreach (var loadBalancer in loadBalancers.ListAsync(target, cancellationToken))
        {
            if (names.ContainsKey(loadBalancer.Name))
                found.Add(loadBalancer);
        }

        var there = await observations.ThereAsync(target.Name, ObservationKinds.LoadBalancer, cancellationToken);
        var gone = there.Where(seen => !found.Exists(loadBalancer => loadBalancer.Arn == seen.ExternalId)).Select(seen => seen with { State = ObservationKinds.Gone, Reason = null }).ToList();
        foreach (var loadBalancer in gone.Where(seen => names.ContainsKey(seen.Name)))
        {
            await writer.WriteAsync(
                claim, names[loadBalancer.Name].Id, names[loadBalancer.Name].OperationId,
                [new SeenResource(StepNames.LoadBalancer, LoadBalancerType, loadBalancer.Name, loadBalancer.ExternalId, loadBalancer.State, false, null, null) { IsGone = true }], cancellationToken);
        }

        var targets = await TargetsAsync(found, names, cancellationToken);
        var changed = await observations.SaveAsync(claim, [.. found.Select(Observe), .. gone, .. targets], began, cancellationToken);
        foreach (var environment in changed.Select(seen => names.GetValueOrDefault(seen.Name.Split('/')[0])).OfType<ObservedEnvironment>())
            health.Mark(environment.Id);
        foreach (var loadBalancer in found.Where(item => changed.Any(change => change.ExternalId == item.Arn)))
        {
            var environment = names[loadBalancer.Name];
            LogLoadBalancer(logger, loadBalancer.Name, loadBalancer.State);
            await writer.WriteAsync(claim, environment.Id, environment.OperationId,
                [new SeenResource(StepNames.LoadBalancer, LoadBalancerType, loadBalancer.Name, loadBalancer.Arn, loadBalancer.State, loadBalancer.IsActive, loadBalancer.Reason,
                    (EventSeverity.Info, $"Load balancer {loadBalancer.Name} is {loadBalancer.State}"))], cancellationToken);
        }

        return found.Exists(loadBalancer => loadBalancer.State == "provisioning");
    }

    /// <summary>Of load balancers that serve: while an operation is under way, its own probe tells.</summary>
    private async Task<IReadOnlyList<Observation>> TargetsAsync(
        IReadOnlyList<LoadBalancer> found, Dictionary<string, ObservedEnvironment> names, CancellationToken cancellationToken)
    {
        var seen = new List<Observation>();
        foreach (var loadBalancer in found.Where(item => item.IsActive && !names[item.Name].IsBusy))
        {
            try
            {
                seen.AddRange(await _targets.ReadAsync(loadBalancer, cancellationToken));
            }
            catch (StepFailedException error) when (!error.Failure.CanRetry)
            {
                // A role that was made before this was asked for may look at all the rest.
                LogTargetsUnread(logger, loadBalancer.Name, error.Failure.Message);
            }
        }

        return seen;
    }

    private Observation Observe(LoadBalancer loadBalancer) => new(
        target.Name, ObservationKinds.LoadBalancer, loadBalancer.Name, loadBalancer.Arn, loadBalancer.State, loadBalancer.Reason,
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LoadBalancerArn"] = loadBalancer.Arn,
            ["LoadBalancerDnsName"] = loadBalancer.DnsName,
        });

    [LoggerMessage(Level = LogLevel.Warning, Message = "The targets of load balancer {Name} cannot be read: {Reason}")]
    private static partial void LogTargetsUnread(ILogger logger, string name, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Load balancer {Name} is {State}.")]
    private static partial void LogLoadBalancer(ILogger logger, string name, string state);
}
