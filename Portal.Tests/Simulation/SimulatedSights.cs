using Portal.Worker.Aws;
using Portal.Worker.Observe;

namespace Portal.Tests.Simulation;

/// <summary>The observer, its table, and those who wait for what stands there. What is seen may come late, twice or not at all until somebody looks again.</summary>
internal sealed class SimulatedSights
{
    private static readonly TimeSpan RereadEvery = TimeSpan.FromSeconds(15);

    private readonly Simulator _simulator;
    private readonly Dice _dice;
    private readonly SimulatedWorld _world;
    private readonly double _faults;
    private readonly Func<bool> _isCalm;
    private readonly Dictionary<(string Kind, string Name), (Observation Seen, DateTimeOffset At)> _table = [];
    private readonly Dictionary<string, (string Id, string Status)> _known = new(StringComparer.Ordinal);

    public SimulatedSights(Simulator simulator, Dice dice, SimulatedWorld world, double faults, Func<bool> isCalm)
    {
        (_simulator, _dice, _world, _faults, _isCalm) = (simulator, dice, world, faults, isCalm);
        simulator.After(TimeSpan.FromSeconds(1), null, Poll);
    }

    public Task<Observation> WaitAsync(SimulatedProcess by, string kind, string name, Func<Observation, bool> until, CancellationToken cancellationToken)
    {
        var found = new TaskCompletionSource<Observation>();
        var registration = cancellationToken.UnsafeRegister(static (state, token) => ((TaskCompletionSource<Observation>)state!).TrySetCanceled(token), found);
        Look();
        return found.Task;

        void Look()
        {
            // A notification that is lost is made up for by the next reading.
            var delay = !_isCalm() && _dice.Chance(_faults) ? RereadEvery : _dice.Between(0.01, 2);
            _simulator.After(delay, by, () =>
            {
                if (_table.TryGetValue((kind, name), out var row) && until(row.Seen))
                {
                    registration.Dispose();
                    found.TrySetResult(row.Seen);
                }
                else
                {
                    Look();
                }
            }, () => !found.Task.IsCompleted);
        }
    }

    private void Poll()
    {
        var (seenAt, seen) = (_simulator.Now, new List<Observation>());
        foreach (var stack in _world.Stacks)
        {
            // Each id is followed until it is gone; one that is there no more is not read again.
            if (_known.TryGetValue(stack.Id, out var before) && before.Status == stack.Status && stack.IsGone)
                continue;
            _known[stack.Id] = (stack.Id, stack.Status);
            seen.Add(new Observation(SimulatedWorld.Target.Name, ObservationKinds.Stack, stack.Name, stack.Id, stack.Status, null, _world.Snapshot(stack).Outputs));
        }

        if (_world.LoadBalancer is { } state)
            seen.Add(LoadBalancer(state));
        else if (_table.ContainsKey((ObservationKinds.LoadBalancer, _world.LoadBalancerSubject)))
            seen.Add(LoadBalancer(ObservationKinds.Gone));
        var isLost = !_isCalm() && _dice.Chance(_faults);
        var isDoubled = !_isCalm() && _dice.Chance(_faults);
        _simulator.After(_dice.Between(0.05, 3), null, () =>
        {
            // What is not written has to be read again.
            foreach (var one in seen)
            {
                if (isLost)
                    _known.Remove(one.ExternalId);
                else
                    Write(one, seenAt);
            }

            if (isDoubled && !isLost)
                _simulator.After(_dice.Between(1, 10), null, () => seen.ForEach(one => Write(one, seenAt)));
            _simulator.After(_dice.Between(1, 4), null, Poll);
        });
    }

    private Observation LoadBalancer(string state) => new(
        SimulatedWorld.Target.Name, ObservationKinds.LoadBalancer, _world.LoadBalancerSubject, "arn:lb", state, null, _world.LoadBalancerOutputs);

    /// <param name="seenAt">It does not overwrite what was written after that.</param>
    public void Write(Observation one, DateTimeOffset seenAt, bool isExpected = false)
    {
        var key = (one.Kind, one.Name);
        if (!_table.TryGetValue(key, out var row) || (row.At <= seenAt && (isExpected || (row.Seen.ExternalId, row.Seen.State) != (one.ExternalId, one.State))))
            _table[key] = (one, seenAt);
    }
}
