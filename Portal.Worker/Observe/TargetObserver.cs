using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Worker.Observe;

/// <summary>An environment as its observer needs it.</summary>
/// <param name="OperationId">The operation that last changed what exists of it.</param>
/// <param name="ClusterOutputs">Outputs of the step <c>cluster</c>; null while there is no cluster.</param>
public sealed record ObservedEnvironment(
    Guid Id, string Name, bool IsBusy, Guid? OperationId, IReadOnlyDictionary<string, string>? ClusterOutputs)
{
    /// <summary>Whether a step waits for something that CloudFormation knows nothing of: the load balancer.</summary>
    public bool AwaitsUntold { get; init; }

    /// <summary>When the next of the stacks that are worked on is expected to be done at the latest.</summary>
    public DateTimeOffset? NextFinish { get; init; }
}

/// <summary>
/// Sees to it that the stacks of one target stand in the database as they are, with as few reads as that takes: all of them in pages, one that
/// is told to have come to its end by itself, and the events of one that moves only where nobody tells of them. Only this writes what is seen.
/// </summary>
internal sealed class TargetObserver(
    AwsTarget target, ObserverClaim claim, StackHistory history, ICloudFormation stacks, ObservationStore observations, ObservedWriter writer, HealthKeeper health, PollPace pace, TimeProvider clock)
{
    // So many stacks DescribeStacks gives in a page.
    private const int PageSize = 100;

    /// <summary>As they were last listed or asked for.</summary>
    private readonly Dictionary<string, StackSnapshot> _stacks = new(StringComparer.Ordinal);

    /// <summary>What steps have asked for and nobody has looked at yet.</summary>
    private readonly Dictionary<string, StackOwner> _expected = new(StringComparer.Ordinal);

    /// <summary>Stacks in the same account that are nobody's here; what is told of them is not looked at.</summary>
    private readonly HashSet<string> _others = new(StringComparer.Ordinal);

    /// <summary>When something was last told or read of a stack that moves.</summary>
    private readonly Dictionary<string, DateTimeOffset> _heard = new(StringComparer.Ordinal);

    /// <summary>How many stacks the account had, whoever they belong to.</summary>
    private int _listed;

    /// <summary>When the oldest thing happened that the last poll was the first to see; null where it saw nothing new.</summary>
    public DateTimeOffset? FoundByPolling { get; private set; }

    /// <summary>When all stacks had last been looked at, how long that took, and whether any of them moved.</summary>
    public (DateTimeOffset At, TimeSpan Took, bool IsMoving)? Polled { get; private set; }

    /// <param name="isTold">Whether what happens in stacks is told.</param>
    /// <exception cref="StepFailedException">Something could not be read. What could is written, and the next poll goes on from there.</exception>
    public async Task PollAsync(IReadOnlyList<ObservedEnvironment> environments, bool isTold, CancellationToken cancellationToken)
    {
        var byId = environments.ToDictionary(environment => environment.Id);
        var began = clock.GetUtcNow();
        var listed = new HashSet<string>(StringComparer.Ordinal);
        var mine = new List<(StackSnapshot Stack, StackOwner Owner)>();
        FoundByPolling = null;
        _others.Clear();
        await foreach (var stack in stacks.ListAsync(target, cancellationToken))
        {
            listed.Add(stack.Id);
            if (Know(stack, byId) is { } owner)
                mine.Add((stack, owner));
        }

        _listed = listed.Count;
        // What needs no more reading first: somebody waits for it.
        var unread = mine.ToLookup(one => HasToBeRead(one.Stack, isTold));
        var seen = unread[false].Select(one => Seen(one.Stack)).Concat(await GoneAsync(there => !listed.Contains(there.ExternalId), began, cancellationToken)).ToList();
        await SaveAsync(seen, began, environments, cancellationToken);
        StepFailedException? fault = null;
        foreach (var (stack, owner) in unread[true].OrderByDescending(one => one.Stack.IsSettled))
        {
            try
            {
                Found(await ReadAsync(stack, owner, cancellationToken));
                await SaveAsync([Seen(stack)], began, environments, cancellationToken);
            }
            catch (StepFailedException error)
            {
                fault ??= error;
            }
        }

        var now = clock.GetUtcNow();
        Polled = (now, now - began, mine.Exists(one => !one.Stack.IsSettled));
        if (fault is not null)
            throw fault;
    }

    /// <summary>Takes in what CloudFormation has told, and reads what that leaves open. Where it told too late, or twice, there is nothing new.</summary>
    /// <exception cref="StepFailedException">Something could not be read; the next poll reads it.</exception>
    public async Task TakeInAsync(IReadOnlyList<ToldStack> told, IReadOnlyList<ObservedEnvironment> environments, CancellationToken cancellationToken)
    {
        var byId = environments.ToDictionary(environment => environment.Id);
        if (told.Any(news => !_stacks.ContainsKey(news.StackId) && !_expected.ContainsKey(news.StackId) && !_others.Contains(news.StackId)))
            await ExpectAsync(byId, cancellationToken);
        var open = new List<string>();
        foreach (var news in told.Where(news => !_others.Contains(news.StackId)))
        {
            // At its end a stack's events are read, but of one that is gone there are none to read.
            var isLeaving = _stacks.GetValueOrDefault(news.StackId) is { Status: "DELETE_IN_PROGRESS" };
            var isDone = (!news.Changes || isLeaving) && await WriteAsync(news, byId, cancellationToken);
            if (news.Changes || !isDone)
                open.Add(news.StackId);
        }

        // A list of all is no dearer than a look at each, and puts off the next poll.
        if (open.Count > _listed / PageSize)
            await PollAsync(environments, isTold: true, cancellationToken);
        else
            await LookAsync(open, environments, cancellationToken);
    }

    /// <summary>Somebody has asked for something. What is known already to have come to an end is looked at once more: it may have been asked for since.</summary>
    /// <exception cref="StepFailedException">Something could not be read; the next poll reads it.</exception>
    public async Task CatchUpAsync(IReadOnlyList<ObservedEnvironment> environments, CancellationToken cancellationToken) =>
        await LookAsync(await ExpectAsync(environments.ToDictionary(environment => environment.Id), cancellationToken), environments, cancellationToken);

    /// <returns>Those that are said to be worked on, and were known to be settled.</returns>
    private async Task<List<string>> ExpectAsync(Dictionary<Guid, ObservedEnvironment> environments, CancellationToken cancellationToken)
    {
        var settled = new List<string>();
        foreach (var moving in await observations.MovingAsync(target.Name, cancellationToken))
        {
            if (_stacks.TryGetValue(moving.ExternalId, out var known))
                settled.AddRange(known.IsSettled ? [known.Id] : []);
            else if (StackTags.TryRead(moving.Data, out var environmentId, out var step) && environments.TryGetValue(environmentId, out var environment))
                _expected.TryAdd(moving.ExternalId, new StackOwner(environment, step));
        }

        return settled;
    }

    private async Task LookAsync(IReadOnlyCollection<string> stackIds, IReadOnlyList<ObservedEnvironment> environments, CancellationToken cancellationToken)
    {
        var byId = environments.ToDictionary(environment => environment.Id);
        foreach (var id in stackIds)
        {
            var began = clock.GetUtcNow();
            if (await stacks.FindAsync(target, id, cancellationToken) is not { Status: not ObservationKinds.Deleted } stack)
            {
                await SaveAsync(await GoneAsync(there => there.ExternalId == id, null, cancellationToken), began, environments, cancellationToken);
                continue;
            }

            if (Know(stack, byId) is not { } owner)
                continue;
            if (HasToBeRead(stack, isTold: true))
                await ReadAsync(stack, owner, cancellationToken);
            await SaveAsync([Seen(stack)], began, environments, cancellationToken);
        }
    }

    /// <returns>Whether that is all there is to do about it.</returns>
    private async Task<bool> WriteAsync(ToldStack told, Dictionary<Guid, ObservedEnvironment> environments, CancellationToken cancellationToken)
    {
        var known = _stacks.GetValueOrDefault(told.StackId);
        if (known is { IsSettled: true })
            return told.Resources.Count > 0 && history.Covers(told);
        if ((known is null ? _expected.GetValueOrDefault(told.StackId) : OwnerOf(known, environments)) is not { } owner)
            // That one begins which nobody here asked for is soon enough seen when it goes on.
            return known is not null || told.Resources.Count == 0;
        if (told.Resources.Count == 0)
            return true;
        if (await history.WriteAsync(owner.Environment, owner.Step, told, known?.Status ?? "CREATE_IN_PROGRESS", cancellationToken))
            _heard[told.StackId] = clock.GetUtcNow();
        else if (known is not null)
            await ReadAsync(known, owner, cancellationToken);
        else
            return false;
        return true;
    }

    private async Task<DateTimeOffset?> ReadAsync(StackSnapshot stack, StackOwner owner, CancellationToken cancellationToken)
    {
        var untold = await history.ReadAsync(owner.Environment, owner.Step, stack, cancellationToken);
        if (stack.IsSettled)
            _heard.Remove(stack.Id);
        else
            _heard[stack.Id] = clock.GetUtcNow();
        return untold;
    }

    private void Found(DateTimeOffset? at)
    {
        if (at < (FoundByPolling ?? DateTimeOffset.MaxValue))
            FoundByPolling = at;
    }

    /// <summary>Of a settled stack before its state is written: whoever waits for the state finds its resources written.</summary>
    private bool HasToBeRead(StackSnapshot stack, bool isTold)
    {
        if (stack.IsSettled)
            return !history.IsRead(stack);
        var now = clock.GetUtcNow();
        // What is told of is not read until nothing was told for long.
        var heard = _heard.TryGetValue(stack.Id, out var at) ? at : isTold ? _heard[stack.Id] = now : DateTimeOffset.MinValue;
        return now - heard >= (isTold ? pace.Silence : pace.Events);
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

    /// <param name="listed">When the list was begun that does not name it; null where it was asked for by its id.</param>
    private async Task<IReadOnlyList<Observation>> GoneAsync(Func<Observation, bool> concerns, DateTimeOffset? listed, CancellationToken cancellationToken)
    {
        var deleted = new List<Observation>();
        foreach (var missing in (await observations.ThereAsync(target.Name, ObservationKinds.Stack, cancellationToken, listed)).Where(concerns))
        {
            // What nobody was seen to delete is asked for by its id: it may have come after the list was made.
            if (listed is not null && missing.State != "DELETE_IN_PROGRESS" && await stacks.FindAsync(target, missing.ExternalId, cancellationToken) is not (null or { Status: ObservationKinds.Deleted }))
                continue;
            await writer.StackGoneAsync(claim, missing.Name, missing.ExternalId, cancellationToken);
            history.Forget(missing.ExternalId);
            _stacks.Remove(missing.ExternalId);
            _expected.Remove(missing.ExternalId);
            _heard.Remove(missing.ExternalId);
            deleted.Add(missing with { State = ObservationKinds.Deleted, Reason = null });
        }

        return deleted;
    }

    private Observation Seen(StackSnapshot stack) => new(target.Name, ObservationKinds.Stack, stack.Name, stack.Id, stack.Status, stack.Reason, stack.Outputs);

    /// <returns>Null for a stack that is no environment's.</returns>
    private StackOwner? Know(StackSnapshot stack, Dictionary<Guid, ObservedEnvironment> environments)
    {
        if (!StackTags.TryRead(stack.Tags, out _, out _))
            _others.Add(stack.Id);
        if (OwnerOf(stack, environments) is not { } owner)
            return null;
        _stacks[stack.Id] = stack;
        _expected.Remove(stack.Id);
        return owner;
    }

    private static StackOwner? OwnerOf(StackSnapshot stack, Dictionary<Guid, ObservedEnvironment> environments) =>
        StackTags.TryRead(stack.Tags, out var environmentId, out var step) && environments.TryGetValue(environmentId, out var environment) ? new StackOwner(environment, step) : null;

    private sealed record StackOwner(ObservedEnvironment Environment, string Step);
}
