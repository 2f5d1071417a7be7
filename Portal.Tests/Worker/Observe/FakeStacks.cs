using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Tests.Worker.Observe;

/// <summary>An account whose stacks do what a test says, one event after another.</summary>
internal sealed class FakeStacks(TimeProvider clock) : ICloudFormation
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (StackSnapshot Stack, List<StackEvent> Events)> _stacks = new(StringComparer.Ordinal);
    private int _events;

    /// <summary>What a list is answered with.</summary>
    public StepFailedException? Refusal { get; set; }

    /// <summary>How often all were listed.</summary>
    public int Lists { get; private set; }

    /// <summary>Ids of the stacks that were asked for by themselves, and of those whose events were read.</summary>
    public List<string> Finds { get; } = [];

    public List<string> EventReads { get; } = [];

    public string Add(string name, Guid environment, string step, IReadOnlyDictionary<string, string>? outputs = null)
    {
        var id = $"arn:{name}";
        lock (_gate)
        {
            var tags = new Dictionary<string, string> { [StackTags.EnvironmentId] = environment.ToString(), [StackTags.Step] = step };
            _stacks[id] = (new StackSnapshot(id, name, "CREATE_IN_PROGRESS", null, outputs ?? new Dictionary<string, string>(), tags, clock.GetUtcNow(), null), []);
        }

        return id;
    }

    /// <returns>What CloudFormation tells of it.</returns>
    public StackNews Resource(string id, string logicalId, string status, string? physicalId = null)
    {
        var happened = Happen(id, logicalId, physicalId ?? $"phys-{logicalId}", "AWS::SSM::Parameter", status);
        return new StackNews(id, false, new ToldResource($"told-{happened.EventId}", logicalId, happened.PhysicalId, happened.ResourceType, status, null, happened.At));
    }

    public StackNews Stack(string id, string status)
    {
        lock (_gate)
        {
            var (stack, events) = _stacks[id];
            _stacks[id] = (stack with { Status = status, UpdatedAt = status.StartsWith("UPDATE_IN", StringComparison.Ordinal) ? clock.GetUtcNow() : stack.UpdatedAt }, events);
        }

        Happen(id, _stacks[id].Stack.Name, id, "AWS::CloudFormation::Stack", status);
        return new StackNews(id, !status.EndsWith("E_IN_PROGRESS", StringComparison.Ordinal));
    }

    public Task<StackSnapshot?> FindAsync(AwsTarget target, string stackName, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Finds.Add(stackName);
            return Task.FromResult(_stacks.Values.Select(pair => pair.Stack).FirstOrDefault(stack => stack.Id == stackName || stack.Name == stackName));
        }
    }

    public async IAsyncEnumerable<StackSnapshot> ListAsync(AwsTarget target, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<StackSnapshot> all;
        lock (_gate)
        {
            Lists++;
            if (Refusal is { } refusal)
                throw refusal;
            all = [.. _stacks.Values.Select(pair => pair.Stack).Where(stack => stack.Status != "DELETE_COMPLETE")];
        }

        await Task.CompletedTask;
        foreach (var stack in all)
            yield return stack;
    }

    public async IAsyncEnumerable<StackEvent> EventsAsync(AwsTarget target, string stackId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<StackEvent> newestFirst;
        lock (_gate)
        {
            EventReads.Add(stackId);
            newestFirst = [.. Enumerable.Reverse(_stacks[stackId].Events)];
        }

        await Task.CompletedTask;
        foreach (var one in newestFirst)
            yield return one;
    }

    public Task<string> CreateAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<StackUpdate> UpdateAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<StackUpdate> RevertDriftAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ContinueRollbackAsync(AwsTarget target, string stackName, IReadOnlyCollection<string> leftOut, string token, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DeleteAsync(AwsTarget target, string stackName, string token, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<StackResource>> ResourcesAsync(AwsTarget target, string stackId, CancellationToken cancellationToken) => throw new NotSupportedException();

    private StackEvent Happen(string id, string logicalId, string physicalId, string type, string status)
    {
        lock (_gate)
        {
            var happened = new StackEvent($"e-{++_events}", logicalId, physicalId, type, status, null, clock.GetUtcNow(), null);
            _stacks[id].Events.Add(happened);
            return happened;
        }
    }
}

/// <summary>No load balancer anywhere.</summary>
internal sealed class NoLoadBalancers : ILoadBalancers
{
    /// <summary>How often they were listed.</summary>
    public int Lists { get; private set; }

    public async IAsyncEnumerable<LoadBalancer> ListAsync(AwsTarget target, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Lists++;
        await Task.CompletedTask;
        yield break;
    }

    public Task<LoadBalancer?> FindAsync(AwsTarget target, string name, CancellationToken cancellationToken) => Task.FromResult<LoadBalancer?>(null);

    /// <summary>How often it is still said to be protected.</summary>
    public int Protected { get; set; }

    public Task<bool> IsProtectedAsync(AwsTarget target, string name, CancellationToken cancellationToken) => Task.FromResult(Protected-- > 0);

    public Task<IReadOnlyList<ListenerRule>> RulesAsync(AwsTarget target, string loadBalancerArn, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<ListenerRule>>([]);

    public Task<IReadOnlyList<TargetGroup>> TargetGroupsAsync(AwsTarget target, string loadBalancerArn, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<TargetGroup>>([]);

    public Task<IReadOnlyList<TargetState>> TargetsAsync(AwsTarget target, string targetGroupArn, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<TargetState>>([]);
}
