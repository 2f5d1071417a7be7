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
    Guid Id, string Name, bool IsBusy, Guid? OperationId, IReadOnlyDictionary<string, string>? ClusterOutputs)
{
    /// <summary>Whether a step waits for something that CloudFormation knows nothing of: the load balancer.</summary>
    public bool AwaitsUntold { get; init; }

    /// <summary>When the next of the stacks that are worked on is expected to be done.</summary>
    public DateTimeOffset? NextFinish { get; init; }
}

/// <summary>
/// Polls all stacks and load balancers of one target in pages, never one poll a stack, and reads events only of stacks that move.
/// Only this writes what is seen there.
/// </summary>
internal sealed partial class TargetObserver(
    AwsTarget target, ObserverClaim claim, Dictionary<string, StackCursor> cursors, ICloudFormation stacks, ILoadBalancers loadBalancers,
    ObservationStore observations, ObservedWriter writer, HealthKeeper health, TimeProvider clock, ILogger logger)
{
    private readonly TargetHealth _targets = new(target, loadBalancers);

    private const string LoadBalancerType = "AWS::ElasticLoadBalancingV2::LoadBalancer";

    /// <summary>As they were last listed or asked for.</summary>
    private readonly Dictionary<string, StackSnapshot> _stacks = new(StringComparer.Ordinal);

    /// <summary>When the oldest thing happened that the last poll was the first to see; null where it saw nothing new.</summary>
    public DateTimeOffset? FoundByPolling { get; private set; }

    /// <returns>Whether anything moves, so that the next poll should come soon.</returns>
    /// <exception cref="StepFailedException">Something could not be read. What could is written, and the next poll goes on from there.</exception>
    public async Task<bool> PollAsync(IReadOnlyList<ObservedEnvironment> environments, CancellationToken cancellationToken)
    {
        var byId = environments.ToDictionary(environment => environment.Id);
        var began = clock.GetUtcNow();
        var moving = false;
        var seen = new List<Observation>();
        var listed = new HashSet<string>(StringComparer.Ordinal);
        StepFailedException? unread = null;
        FoundByPolling = null;
        await foreach (var stack in stacks.ListAsync(target, cancellationToken))
        {
            listed.Add(stack.Id);
            try
            {
                if (await SeeAsync(stack, byId, cancellationToken) is not { } observation)
                    continue;
                moving |= !stack.IsSettled;
                seen.Add(observation);
            }
            catch (StepFailedException error)
            {
                moving |= !stack.IsSettled;
                unread ??= error;
            }
        }

        seen.AddRange(await DeletedAsync(listed, cancellationToken));
        await SaveAsync(seen, began, environments, cancellationToken);
        moving |= await PollLoadBalancersAsync(environments, cancellationToken);
        return unread is null ? moving : throw unread;
    }

    /// <summary>Reads what CloudFormation has told of, and nothing else. Where it told too late, or twice, there is nothing new to read.</summary>
    /// <exception cref="StepFailedException">Something could not be read; the next poll reads it.</exception>
    public async Task ReadAsync(IReadOnlyCollection<StackNews> told, IReadOnlyList<ObservedEnvironment> environments, CancellationToken cancellationToken)
    {
        var byId = environments.ToDictionary(environment => environment.Id);
        var began = clock.GetUtcNow();
        var seen = new List<Observation>();
        foreach (var news in told)
        {
            // Something in a stack that is known to be worked on: its state is the same, and only its events are read.
            if (!news.ChangesStack && _stacks.GetValueOrDefault(news.StackId) is { IsSettled: false } known)
                await SeeAsync(known, byId, cancellationToken);
            else if (await stacks.FindAsync(target, news.StackId, cancellationToken) is { Status: not ObservationKinds.Deleted } stack)
                seen.AddRange(await SeeAsync(stack, byId, cancellationToken) is { } observation ? [observation] : []);
            else
                seen.AddRange(await GoneAsync(there => there.ExternalId == news.StackId, cancellationToken));
        }

        await SaveAsync(seen, began, environments, cancellationToken);
    }

    private async Task SaveAsync(IReadOnlyList<Observation> seen, DateTimeOffset began, IReadOnlyList<ObservedEnvironment> environments, CancellationToken cancellationToken)
    {
        foreach (var changed in await observations.SaveAsync(claim, seen, began, cancellationToken))
        {
            if (_stacks.GetValueOrDefault(changed.ExternalId) is { } stack && StackTags.TryRead(stack.Tags, out var owner, out _))
                health.Mark(owner);
            else
                environments.ToList().ForEach(environment => health.Mark(environment.Id));
        }
    }

    /// <returns>Null for a stack that is no environment's.</returns>
    private async Task<Observation?> SeeAsync(StackSnapshot stack, Dictionary<Guid, ObservedEnvironment> environments, CancellationToken cancellationToken)
    {
        if (!StackTags.TryRead(stack.Tags, out var environmentId, out var step) || !environments.TryGetValue(environmentId, out var environment))
            return null;
        _stacks[stack.Id] = stack;
        // Events before the state: whoever waits for the state finds its resources written.
        // A whole update may have passed since the last look, to the same state as before.
        if (!stack.IsSettled || cursors.GetValueOrDefault(stack.Id) is not { } cursor || cursor.Status != stack.Status || stack.UpdatedAt > cursor.EventAt)
            await ReadEventsAsync(environment, step, stack, cancellationToken);
        return new Observation(target.Name, ObservationKinds.Stack, stack.Name, stack.Id, stack.Status, stack.Reason, stack.Outputs);
    }

    /// <summary>Reads what is new of a stack's events and writes it together with the cursor.</summary>
    private async Task ReadEventsAsync(ObservedEnvironment environment, string step, StackSnapshot stack, CancellationToken cancellationToken)
    {
        var cursor = cursors.GetValueOrDefault(stack.Id);
        var news = new List<StackEvent>();
        await foreach (var stackEvent in stacks.EventsAsync(target, stack.Id, cancellationToken))
        {
            if (cursor?.Covers(stackEvent) == true)
                break;
            news.Add(stackEvent);
        }

        var read = news is [var newest, ..] ? new StackCursor(stack.Id, newest.EventId, newest.At, stack.Status) : new StackCursor(stack.Id, cursor?.EventId, cursor?.EventAt, stack.Status);
        if (read == cursor)
            return;
        news.Reverse();
        if (news is [var oldest, ..] && (FoundByPolling is null || oldest.At < FoundByPolling))
            FoundByPolling = oldest.At;
        await writer.WriteAsync(
            claim, environment.Id, environment.OperationId, [.. news.Where(item => item.PhysicalId != stack.Id).Select(item => Seen(step, item))], cancellationToken, read);
        cursors[stack.Id] = read;
    }

    /// <summary>A list of stacks does not name one that is gone.</summary>
    private Task<IReadOnlyList<Observation>> DeletedAsync(HashSet<string> listed, CancellationToken cancellationToken) =>
        GoneAsync(there => !listed.Contains(there.ExternalId), cancellationToken);

    private async Task<IReadOnlyList<Observation>> GoneAsync(Func<Observation, bool> concerns, CancellationToken cancellationToken)
    {
        var deleted = new List<Observation>();
        foreach (var missing in (await observations.ThereAsync(target.Name, ObservationKinds.Stack, cancellationToken)).Where(concerns))
        {
            // What nobody was seen to delete is asked for by its id: it may have come after the list was made.
            if (missing.State != "DELETE_IN_PROGRESS" && await stacks.FindAsync(target, missing.ExternalId, cancellationToken) is not (null or { Status: ObservationKinds.Deleted }))
                continue;
            await writer.StackGoneAsync(claim, missing.Name, missing.ExternalId, cancellationToken);
            cursors.Remove(missing.ExternalId);
            _stacks.Remove(missing.ExternalId);
            deleted.Add(missing with { State = ObservationKinds.Deleted, Reason = null });
        }

        return deleted;
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
