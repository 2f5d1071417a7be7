using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>
/// Moves every stack's operation on when its time has come. All state stands in the operation itself, so going on after
/// a restart is the same as going on after a pause. One lock guards all stacks; nothing waits while it is held.
/// </summary>
internal sealed class StackEngine : IHostedService, IDisposable
{
    private readonly Lock _gate = new();
    private readonly StackStore _stacks;
    private readonly Provisioner _provisioner;
    private readonly StackPhases _phases;
    private readonly EmulatorClock _clock;
    private readonly ITimer _timer;
    private readonly PriorityQueue<Stack, DateTimeOffset> _wakes = new();
    private bool _stopped;

    public StackEngine(StackStore stacks, Provisioner provisioner, StackPhases phases, EmulatorClock clock)
    {
        (_stacks, _provisioner, _phases, _clock) = (stacks, provisioner, phases, clock);
        _timer = clock.Time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes up what was in flight when the process ended.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            foreach (var stack in _stacks.All.Where(stack => stack.Operation is not null).ToList())
                Advance(stack);
            Settle();
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        // A timer that has fired already may still come: it must not write after the database is closed.
        lock (_gate)
            _stopped = true;
        return Task.CompletedTask;
    }

    public T Read<T>(Func<StackStore, T> read)
    {
        lock (_gate)
            return read(_stacks);
    }

    /// <summary>Changes stacks; what the function changed is durable when this returns.</summary>
    /// <param name="change">Answers the stack to move on as well, or null.</param>
    public Stack? Change(Func<StackStore, Stack?> change)
    {
        lock (_gate)
        {
            var stack = change(_stacks);
            if (stack is not null)
                Advance(stack);
            Settle();
            return stack;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Wake()
    {
        lock (_gate)
        {
            if (_stopped)
                return;
            while (_wakes.TryPeek(out var stack, out var at) && at <= _clock.Now)
            {
                _wakes.Dequeue();
                Advance(stack);
            }

            Settle();
        }
    }

    private void Settle()
    {
        _stacks.Commit();
        if (!_wakes.TryPeek(out _, out var at))
            return;
        // Timers count whole milliseconds and may fire early; zero would spin.
        var wait = at - _clock.Now;
        // They reach some weeks at most, and what stalls waits for ever: it is looked at again in a day.
        _timer.Change(wait < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : wait > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : wait, Timeout.InfiniteTimeSpan);
    }

    private void Advance(Stack stack)
    {
        // The step that finds nothing to do and the search for the next moment see the same time: a start that
        // came due in between would be missed by both, and the stack would wait for ever.
        var now = _clock.Now;
        while (stack.Operation is { } operation && Step(stack, operation, now))
        {
            _stacks.OperationChanged(stack);
            now = _clock.Now;
        }

        if (stack.Operation is { } waiting && NextMoment(waiting, now) is { } at)
            _wakes.Enqueue(stack, at);
    }

    private bool Step(Stack stack, Operation operation, DateTimeOffset now)
    {
        if (now < operation.StartAt)
            return false;
        var changed = Due(stack, operation, now);
        if (_phases.EndedByFailure(operation))
        {
            _phases.Fail(stack, operation);
            return true;
        }

        changed |= StartReady(stack, operation);
        if (changed)
            return true;
        if (operation.Works.Exists(work => work.State == WorkState.Running))
            return false;
        if (operation.FinishAt is null)
        {
            operation.FinishAt = now + _phases.FinishOverhead(operation.Phase);
            return true;
        }

        if (now < operation.FinishAt)
            return false;
        _phases.Finish(stack, operation);
        return true;
    }

    private bool Due(Stack stack, Operation operation, DateTimeOffset now)
    {
        var changed = false;
        foreach (var work in operation.Works.Where(work => work.State == WorkState.Running).ToList())
        {
            if (!work.Initiated && work.InitiateAt <= now)
            {
                _provisioner.Initiate(stack, work);
                changed = true;
            }

            if (work.State == WorkState.Running && work.Initiated && work.DueAt <= now)
            {
                _provisioner.Complete(stack, work);
                changed = true;
            }
        }

        return changed;
    }

    private bool StartReady(Stack stack, Operation operation)
    {
        var unfinished = operation.Works.Where(work => work.State != WorkState.Done).Select(work => work.LogicalId).ToHashSet(StringComparer.Ordinal);
        var ready = operation.Works.Where(work => work.State == WorkState.Waiting && !work.DependsOn.Exists(unfinished.Contains)).ToList();
        foreach (var work in ready)
            _provisioner.Start(stack, work);
        return ready.Count > 0;
    }

    private static DateTimeOffset? NextMoment(Operation operation, DateTimeOffset now)
    {
        if (now < operation.StartAt)
            return operation.StartAt;
        var moments = operation.Works.Where(work => work.State == WorkState.Running).Select(work => work.Initiated ? work.DueAt : work.InitiateAt);
        if (operation.FinishAt is { } finish)
            moments = moments.Append(finish);
        return moments.Cast<DateTimeOffset?>().Min();
    }
}
