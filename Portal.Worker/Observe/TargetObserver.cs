using Microsoft.Extensions.Logging;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Observe;

/// <summary>An environment as its observer needs it.</summary>
/// <param name="OperationId">The operation that last changed what exists of it.</param>
/// <param name="ClusterOutputs">Outputs of the step <c>cluster</c>; null while there is no cluster.</param>
public sealed record ObservedEnvironment(
    Guid Id, string Name, bool IsBusy, Guid? OperationId, IReadOnlyDictionary<string, string>? ClusterOutputs);

/// <summary>
/// Polls all stacks and load balancers of one target in pages, never one poll a stack, and reads events only of stacks that move.
/// Only this writes what is seen there.
/// </summary>
public sealed partial class TargetObserver(
    AwsTarget target, ICloudFormation stacks, ILoadBalancers loadBalancers, ObservationStore observations, ObservedWriter writer,
    TimeProvider clock, ILogger logger)
{
    private readonly Dictionary<string, string> _lastEvent = new(StringComparer.Ordinal);

    /// <summary>Stack id → status at the last poll; a stack that has not moved since costs nothing.</summary>
    private readonly Dictionary<string, string> _lastStatus = new(StringComparer.Ordinal);

    /// <returns>Whether anything moves, so that the next poll should come soon.</returns>
    public async Task<bool> PollAsync(IReadOnlyList<ObservedEnvironment> environments, CancellationToken cancellationToken)
    {
        var byId = environments.ToDictionary(environment => environment.Id);
        var began = clock.GetUtcNow();
        var moving = false;
        var seen = new List<Observation>();
        var moved = new List<(ObservedEnvironment Environment, string Step, StackSnapshot Stack)>();
        var listed = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var stack in stacks.ListAsync(target, cancellationToken))
        {
            listed.Add(stack.Id);
            if (!StackTags.TryRead(stack.Tags, out var environmentId, out var step) || !byId.TryGetValue(environmentId, out var environment))
                continue;
            moving |= !stack.IsSettled;
            var known = _lastStatus.GetValueOrDefault(stack.Id);
            _lastStatus[stack.Id] = stack.Status;
            if (!stack.IsSettled || known != stack.Status)
                moved.Add((environment, step, stack));
            seen.Add(new Observation(target.Name, ObservationKinds.Stack, stack.Name, stack.Id, stack.Status, stack.Reason, stack.Outputs));
        }

        // Events before the state: whoever waits for the state finds its resources written.
        foreach (var environment in moved.GroupBy(item => item.Environment))
        {
            var resources = new List<SeenResource>();
            foreach (var (_, step, stack) in environment)
                resources.AddRange(await NewEventsAsync(step, stack, cancellationToken));
            await writer.WriteAsync(environment.Key.Id, environment.Key.OperationId, resources, cancellationToken);
        }

        // A list of stacks does not name one that is gone; what was being deleted and is no longer named has been.
        var deleted = await observations.ThereAsync(target.Name, ObservationKinds.Stack, "DELETE_IN_PROGRESS", cancellationToken);
        seen.AddRange(deleted.Where(observation => !listed.Contains(observation.ExternalId)).Select(observation => observation with { State = "DELETE_COMPLETE", Reason = null }));
        await observations.SaveAsync(target.Name, seen, began, cancellationToken);
        moving |= await PollLoadBalancersAsync(environments, cancellationToken);
        return moving;
    }

    private async Task<IReadOnlyList<SeenResource>> NewEventsAsync(string step, StackSnapshot stack, CancellationToken cancellationToken)
    {
        var last = _lastEvent.GetValueOrDefault(stack.Id);
        var news = new List<StackEvent>();
        await foreach (var stackEvent in stacks.EventsAsync(target, stack.Id, cancellationToken))
        {
            if (stackEvent.EventId == last)
                break;
            news.Add(stackEvent);
        }

        if (news.Count == 0)
            return [];
        _lastEvent[stack.Id] = news[0].EventId;
        news.Reverse();
        return [.. news.Where(item => item.PhysicalId != stack.Id).Select(item => Seen(step, item))];
    }

    private static SeenResource Seen(string step, StackEvent stackEvent)
    {
        var complete = stackEvent.Status.EndsWith("_COMPLETE", StringComparison.Ordinal);
        var gone = stackEvent.Status == "DELETE_COMPLETE";
        var title = $"{ResourceTitles.Of(stackEvent.ResourceType)} {stackEvent.LogicalId}";
        (EventSeverity, string)? said = stackEvent.Status switch
        {
            "CREATE_COMPLETE" => (EventSeverity.Info, $"{title} ready"),
            "UPDATE_COMPLETE" => (EventSeverity.Info, $"{title} updated"),
            "DELETE_COMPLETE" => (EventSeverity.Info, $"{title} deleted"),
            var status when status.EndsWith("_FAILED", StringComparison.Ordinal) => (EventSeverity.Error, $"{title}: {stackEvent.Reason}"),
            _ => null,
        };
        return new SeenResource(step, stackEvent.ResourceType, stackEvent.LogicalId, stackEvent.PhysicalId, stackEvent.Status, complete && !gone, stackEvent.Reason, said) { IsGone = gone };
    }

    private async Task<bool> PollLoadBalancersAsync(IReadOnlyList<ObservedEnvironment> environments, CancellationToken cancellationToken)
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

        var there = await observations.ThereAsync(target.Name, ObservationKinds.LoadBalancer, "%", cancellationToken);
        var gone = there.Where(seen => seen.State != ObservationKinds.Gone && !found.Exists(loadBalancer => loadBalancer.Arn == seen.ExternalId))
            .Select(seen => seen with { State = ObservationKinds.Gone, Reason = null });
        var changed = await observations.SaveAsync(target.Name, [.. found.Select(Observe), .. gone], began, cancellationToken);
        foreach (var loadBalancer in found.Where(item => changed.Any(change => change.ExternalId == item.Arn)))
        {
            var environment = names[loadBalancer.Name];
            LogLoadBalancer(logger, loadBalancer.Name, loadBalancer.State);
            await writer.WriteAsync(environment.Id, environment.OperationId,
                [new SeenResource(StepNames.LoadBalancer, "AWS::ElasticLoadBalancingV2::LoadBalancer", loadBalancer.Name, loadBalancer.Arn, loadBalancer.State, loadBalancer.IsActive, loadBalancer.Reason,
                    (EventSeverity.Info, $"Load balancer {loadBalancer.Name} is {loadBalancer.State}"))], cancellationToken);
        }

        return found.Exists(loadBalancer => loadBalancer.State == "provisioning");
    }

    private Observation Observe(LoadBalancer loadBalancer) => new(
        target.Name, ObservationKinds.LoadBalancer, loadBalancer.Name, loadBalancer.Arn, loadBalancer.State, loadBalancer.Reason,
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LoadBalancerArn"] = loadBalancer.Arn,
            ["LoadBalancerDnsName"] = loadBalancer.DnsName,
        });

    [LoggerMessage(Level = LogLevel.Information, Message = "Load balancer {Name} is {State}.")]
    private static partial void LogLoadBalancer(ILogger logger, string name, string state);
}
