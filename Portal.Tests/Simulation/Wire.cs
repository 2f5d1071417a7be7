using Npgsql;
using Portal.Core.Provisioning;

namespace Portal.Tests.Simulation;

/// <summary>Who is called, which says how a call can go wrong.</summary>
internal enum Peer
{
    Database,
    Aws,
    Cluster,

    /// <summary>The database, for what is done every second whether anything happens or not.</summary>
    Lease,

    /// <summary>The cluster, for what only looks.</summary>
    Lookout,

    /// <summary>The environment's own API, as everybody reaches it.</summary>
    Door,
}

/// <summary>A process that is no more waits for nothing.</summary>
internal sealed class DeadProcessException() : NpgsqlException("The process is dead.");

/// <summary>
/// Every call that leaves a process: it takes its time, and may be lost before it has an effect, after it, or with the process on either
/// side of it.
/// </summary>
internal sealed class Wire(Simulator simulator, Dice dice, double faults, Action<SimulatedProcess> kill, Action<string> trace)
{
    /// <summary>When faults end, so that what is stuck then is stuck for good.</summary>
    public DateTimeOffset CalmFrom { get; set; } = DateTimeOffset.MaxValue;

    /// <summary>Whether nothing goes wrong yet: what happens to an environment that is there is reached sooner by it.</summary>
    public bool IsYetCalm { get; set; }

    public bool IsCalm => IsYetCalm || simulator.Now >= CalmFrom;

    public int Faults { get; private set; }

    /// <param name="effect">What the other side does; what it throws is the answer.</param>
    public Task<T> CallAsync<T>(SimulatedProcess by, Peer peer, string what, Func<T> effect, CancellationToken cancellationToken)
    {
        if (by.IsDead)
            return Task.FromException<T>(new DeadProcessException());
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellationToken);
        var fault = Roll(peer);
        var call = new Pending<T>(by, simulator.NextNumber());
        by.Begin(call);
        call.Registration = cancellationToken.UnsafeRegister(static (state, token) => ((Pending<T>)state!).Cancel(token), call);
        // A request that is under way when its process dies or loses interest may still arrive.
        var arrives = dice.Chance(0.5);
        var frozen = by.FrozenUntil > simulator.Now ? by.FrozenUntil - simulator.Now : TimeSpan.Zero;
        simulator.After(frozen + Latency(fault), null, () => Arrive(call, peer, what, fault, arrives, effect));
        return call.Task;
    }

    public Task CallAsync(SimulatedProcess by, Peer peer, string what, Action effect, CancellationToken cancellationToken) => CallAsync(by, peer, what, () =>
    {
        effect();
        return true;
    }, cancellationToken);

    private void Arrive<T>(Pending<T> call, Peer peer, string what, Fault fault, bool arrives, Func<T> effect)
    {
        var by = call.By;
        if ((by.IsDead || call.Task.IsCompleted) && !arrives)
            return;
        if (fault != Fault.None)
        {
            Faults++;
            trace($"{by.Name} {what}: {fault}");
        }

        switch (fault)
        {
            case Fault.KilledBefore when !by.IsDead:
                kill(by);
                return;
            case Fault.Throttled or Fault.Refused:
                simulator.After(TimeSpan.Zero, by, () => call.Fail(Error(peer, fault)));
                return;
        }

        T result;
        try
        {
            result = effect();
        }
        catch (Exception error) when (error is not InvariantException)
        {
            trace($"{by.Name} {what}: {error.Message}");
            simulator.After(Latency(Fault.None), by, () => call.Fail(error));
            return;
        }

        if (fault == Fault.KilledAfter && !by.IsDead)
        {
            kill(by);
            return;
        }

        if (fault == Fault.Frozen)
            by.FrozenUntil = simulator.Now + dice.Between(1, 20);
        simulator.After(Latency(fault), by, () =>
        {
            if (fault == Fault.AnswerLost)
                call.Fail(Error(peer, fault));
            else
                call.Succeed(result);
        });
    }

    private Fault Roll(Peer peer)
    {
        if (IsCalm || !dice.Chance(faults))
            return Fault.None;
        var roll = dice.Below(100);
        return peer switch
        {
            Peer.Database => roll switch { < 12 => Fault.Refused, < 32 => Fault.AnswerLost, < 86 => Fault.Slow, < 90 => Fault.KilledBefore, < 95 => Fault.KilledAfter, _ => Fault.Frozen },
            Peer.Lease or Peer.Lookout or Peer.Door => roll switch { < 12 => Fault.Refused, < 96 => Fault.Slow, < 98 => Fault.AnswerLost, _ => Fault.Frozen },
            _ => roll switch { < 30 => Fault.Throttled, < 50 => Fault.Refused, < 75 => Fault.AnswerLost, < 88 => Fault.Slow, < 91 => Fault.KilledBefore, < 95 => Fault.KilledAfter, _ => Fault.Frozen },
        };
    }

    private TimeSpan Latency(Fault fault) => fault == Fault.Slow ? dice.Between(0.5, 8) : dice.Between(0.001, 0.05);

    private static Exception Error(Peer peer, Fault fault) => peer switch
    {
        Peer.Database or Peer.Lease => new NpgsqlException($"The connection was lost ({fault})."),
        Peer.Aws when fault == Fault.Throttled => new StepFailedException(
            new Failure("cfn_throttled", "CloudFormation asks for patience.", CanRetry: true, RetryAfter: TimeSpan.FromSeconds(5)) { IsThrottling = true, Silent = Correspondents.Aws }),
        Peer.Aws => new StepFailedException(new Failure("cfn_unreachable", "CloudFormation cannot be reached.", CanRetry: true) { Silent = Correspondents.Aws }),
        Peer.Door => new StepFailedException("front_door_unreachable", "The API's address does not answer.", canRetry: true),
        _ => new StepFailedException(new Failure("helm_cluster_unreachable", "Helm cannot reach the cluster.", CanRetry: true) { Silent = Correspondents.Cluster }),
    };

    private enum Fault
    {
        None,
        Slow,
        Throttled,
        Refused,
        AnswerLost,
        KilledBefore,
        KilledAfter,
        Frozen,
    }

    // Continuations run inline, on the simulator's one thread: the order is the simulator's.
    private sealed class Pending<T>(SimulatedProcess by, long number) : TaskCompletionSource<T>, IPending
    {
        public SimulatedProcess By => by;

        public long Number => number;

        public CancellationTokenRegistration Registration { get; set; }

        // An object's own is kept beside it, which costs more than all else that is done with a call.
        public override int GetHashCode() => (int)number;

        public override bool Equals(object? obj) => ReferenceEquals(this, obj);

        public void Succeed(T result)
        {
            Settle();
            TrySetResult(result);
        }

        public void Fail(Exception error)
        {
            Settle();
            TrySetException(error);
        }

        public void Cancel(CancellationToken token)
        {
            by.End(this);
            TrySetCanceled(token);
        }

        public void Abandon()
        {
            Registration.Dispose();
            TrySetException(new DeadProcessException());
        }

        private void Settle()
        {
            Registration.Dispose();
            by.End(this);
        }
    }
}
