using Portal.Core.Operations;
using Portal.Core.Provisioning;

namespace Portal.Core.Environments;

/// <summary>Something that was written while an operation was under way, or before it.</summary>
public abstract record Recorded(DateTimeOffset At);

/// <param name="Step">What became of the event's step; null where nothing did.</param>
/// <param name="Operation">What became of the operation; null where nothing did.</param>
/// <param name="Environment">What became of the environment; null where nothing did.</param>
public sealed record RecordedEvent(EventInfo Event, StepChange? Step, OperationState? Operation, EnvironmentState? Environment) : Recorded(Event.At);

/// <param name="Attempt">Null where it stayed.</param>
/// <param name="Waiting">Null where nobody keeps it waiting.</param>
public sealed record StepChange(string Name, StepState? State, int? Attempt, Failure? Failure, StepWaiting? Waiting);

/// <param name="Resource">How it was seen; null where it was gone.</param>
public sealed record RecordedResource(DateTimeOffset At, string Step, string Type, string Name, ResourceInfo? Resource) : Recorded(At);

/// <param name="Deployed">What existed of the step; null where nothing did.</param>
public sealed record RecordedDeployment(DateTimeOffset At, string Step, DeployedStep? Deployed) : Recorded(At);

/// <summary>
/// An operation as it went, to be looked at as of any of its moments: each is a snapshot like the one that pages show of now. Immutable, and pure.
/// </summary>
public sealed class Recording
{
    private readonly EnvironmentSnapshot _frame;
    private readonly IReadOnlyList<Recorded> _entries;

    /// <param name="frame">The operation with its plan and steps; what changes while it runs is not looked at.</param>
    /// <param name="entries">What happened, the oldest first. What is before the beginning says how things stood then.</param>
    /// <param name="begins">When it was queued.</param>
    /// <param name="ends">When it ended, or now while it runs.</param>
    public Recording(EnvironmentSnapshot frame, IReadOnlyList<Recorded> entries, DateTimeOffset begins, DateTimeOffset ends)
    {
        (_frame, _entries, Begins, Ends) = (frame, entries, begins, ends > begins ? ends : begins);
        Events = [.. entries.OfType<RecordedEvent>().Where(entry => entry.At >= begins)];
    }

    public OperationInfo Operation => _frame.Operation!;

    public DateTimeOffset Begins { get; }

    public DateTimeOffset Ends { get; }

    public TimeSpan Length => Ends - Begins;

    /// <summary>Of its time, the oldest first.</summary>
    public IReadOnlyList<RecordedEvent> Events { get; }

    /// <summary>Whether more happened than is kept to be shown: then its end is the last moment that is whole.</summary>
    public bool IsCut { get; init; }

    /// <summary>How everything stood then. Health and drift are not recorded, and so not said.</summary>
    public EnvironmentSnapshot At(TimeSpan sinceBeginning)
    {
        var moment = Begins + TimeSpan.FromTicks(Math.Clamp(sinceBeginning.Ticks, 0, Length.Ticks));
        var steps = _frame.Steps.ToDictionary(step => step.Name, Fresh, StringComparer.Ordinal);
        var resources = new Dictionary<(string, string, string), ResourceInfo>();
        var deployed = new Dictionary<string, DeployedStep>(StringComparer.Ordinal);
        var events = new List<EventInfo>();
        var (operation, environment, startedAt, finishedAt) = (OperationState.Queued, Transitions.EnvironmentOf(Operation.Kind, OperationState.Queued), (DateTimeOffset?)null, (DateTimeOffset?)null);
        foreach (var entry in _entries)
        {
            if (entry.At > moment)
                break;
            switch (entry)
            {
                case RecordedResource { Resource: { } seen } resource:
                    resources[(resource.Step, resource.Type, resource.Name)] = seen;
                    break;
                case RecordedResource gone:
                    resources.Remove((gone.Step, gone.Type, gone.Name));
                    break;
                case RecordedDeployment { Deployed: { } exists } deployment:
                    deployed[deployment.Step] = deployed.TryGetValue(deployment.Step, out var before) ? exists with { CreatedAt = before.CreatedAt } : exists;
                    break;
                case RecordedDeployment gone:
                    deployed.Remove(gone.Step);
                    break;
                case RecordedEvent happened:
                    events.Add(happened.Event);
                    if (happened.Step is { } change && steps.TryGetValue(change.Name, out var step))
                        steps[change.Name] = Changed(step, change, happened.At);
                    if (happened.Operation is { } state)
                    {
                        operation = state;
                        startedAt ??= state == OperationState.Running ? happened.At : null;
                        finishedAt = state.IsSettled() ? happened.At : null;
                        if (state == OperationState.Queued)
                            steps = steps.ToDictionary(one => one.Key, one => one.Value.State is StepState.Failed or StepState.Skipped or StepState.Cancelled ? Fresh(one.Value) : one.Value, StringComparer.Ordinal);
                    }

                    environment = happened.Environment ?? environment;
                    break;
            }
        }

        return _frame with
        {
            Environment = _frame.Environment with
            {
                State = environment,
                LastEvent = events.Count > 0 ? events[^1].Number : 0,
                Health = Health.Unknown,
                HealthSince = null,
                HealthReasons = [],
                DestroyedAfter = null,
            },
            Operation = Operation with { State = operation, StartedAt = startedAt, FinishedAt = finishedAt },
            Line = [],
            Steps = [.. _frame.Steps.Select(step => steps[step.Name])],
            Deployed = [.. deployed.Values.OrderBy(step => step.CreatedAt).ThenBy(step => step.Name, StringComparer.Ordinal)],
            Resources = [.. resources.Values.OrderBy(row => row.Step, StringComparer.Ordinal).ThenBy(row => row.Type, StringComparer.Ordinal).ThenBy(row => row.Name, StringComparer.Ordinal)],
            Drift = null,
            Unseen = null,
            Residues = [],
            Events = [.. events.AsEnumerable().Reverse().Take(EnvironmentQueries.RecentEvents)],
        };
    }

    private static StepInfo Fresh(StepInfo step) => step with
    {
        State = StepState.Pending,
        Attempt = 0,
        StartedAt = null,
        FinishedAt = null,
        Failure = null,
        Waiting = null,
        Outputs = new Dictionary<string, string>(),
    };

    private static StepInfo Changed(StepInfo step, StepChange change, DateTimeOffset at) => step with
    {
        State = change.State ?? step.State,
        Attempt = change.Attempt ?? step.Attempt,
        StartedAt = change.State == StepState.Running ? step.StartedAt ?? at : step.StartedAt,
        FinishedAt = change.State is { } state ? state.IsSettled() ? at : null : step.FinishedAt,
        Failure = change.State is null ? step.Failure : change.Failure,
        Waiting = change.Waiting,
    };
}
