using System.Globalization;
using Portal.Core.Operations;
using Portal.Core.Provisioning;

namespace Portal.Tests.Simulation;

/// <summary>A fault that is put into the engine's surroundings, to see that the simulation finds it.</summary>
internal enum Mutation
{
    None,

    /// <summary>A runner that was taken for dead goes on writing.</summary>
    FenceIsNotChecked,

    /// <summary>A step creates without having looked.</summary>
    StacksAreNotLookedFor,

    /// <summary>A step begins before it is written that it does.</summary>
    IntentIsNotSaved,
}

/// <param name="Violation">What must not be and was; null for none.</param>
internal sealed record SimulationResult(int Seed, string? Violation, TimeSpan Lasted, int Faults, int Kills, int Commits, long Happened, ulong Digest, IReadOnlyList<string> Trace)
{
    /// <summary>The kinds of operations that came to a good end, each as often as it did.</summary>
    public IReadOnlyList<OperationKind> Succeeded { get; init; } = [];

    /// <summary>How often a stack went back without what could not.</summary>
    public int WaysBackWithout { get; init; }
}

/// <summary>
/// A shop's whole life, from its creation to its end by people who also change it, send it to sleep, repair it, cancel and try again, on the real host, runner and steps of two
/// workers, in a world where every call can go wrong: a function of its seed.
/// </summary>
internal sealed class Simulation
{
    /// <summary>Faults end after so long.</summary>
    private static readonly TimeSpan Rough = TimeSpan.FromMinutes(40);

    /// <summary>What is not over so long after the last fault is stuck.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(2);

    private readonly int _seed;
    private readonly bool _isTraced;
    private readonly List<string> _trace = [];
    private readonly Simulator _simulator = new();
    private readonly Dice _dice;
    private readonly Dice _people;
    private readonly double _faults;
    private readonly Wire _wire;
    private readonly SimulatedSurroundings _around;
    private readonly SimulatedWorker?[] _workers = new SimulatedWorker?[2];
    private int _kills;
    private int _incarnations;
    private bool _isOver;

    private Simulation(int seed, double faults, Mutation mutation, bool isTraced)
    {
        (_seed, _faults, _isTraced) = (seed, faults, isTraced);
        (_dice, _people) = (new Dice((ulong)seed * 2), new Dice((ulong)seed * 2 + 1));
        _wire = new Wire(_simulator, _dice, faults, Kill, Trace) { CalmFrom = _simulator.Now + Rough };
        var world = new SimulatedWorld(_simulator, _dice, faults, () => _wire.IsCalm, Trace)
        {
            ControllerRelease = SimulatedShop.Created.Step(StepNames.Controller).Subject,
            IngressRelease = SimulatedShop.Created.Step(StepNames.Ingress).Subject,
            LoadBalancerSubject = SimulatedShop.Created.Step(StepNames.LoadBalancer).Subject,
        };
        var database = new SimulatedDatabase(_simulator, _dice, world, mutation, Enqueue, Trace);
        world.Database = database;
        _around = new SimulatedSurroundings(_simulator, _dice, _wire, database, world, new SimulatedSights(_simulator, _dice, world, faults, () => _wire.IsCalm), mutation, Trace);
    }

    /// <param name="faults">How likely it is that a call goes wrong.</param>
    public static SimulationResult Run(int seed, double faults = 0.2, Mutation mutation = Mutation.None, bool isTraced = false) => new Simulation(seed, faults, mutation, isTraced).Run();

    private SimulationResult Run()
    {
        string? violation = null;
        var began = _simulator.Now;
        var outside = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new SimulatedContext(_simulator));
        try
        {
            Start(0);
            Start(1);
            new SimulatedPeople(_simulator, _people, _around.Database, _around.World, _wire, () => _isOver = true).Begin();
            while (!_isOver && violation is null)
            {
                if (!_simulator.Step())
                    violation = "Nothing happens any more, and it is not over.";
                else if (_simulator.Now > began + Rough + Patience)
                    violation = $"It is stuck: {_around.Database.Environment}.";
            }
        }
        catch (InvariantException error)
        {
            violation = error.Message;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outside);
        }

        var result = new SimulationResult(_seed, violation, _simulator.Now - began, _wire.Faults, _kills, _around.Database.Commits, _simulator.Happened, _simulator.Digest, _trace)
        {
            Succeeded = _around.Database.Succeeded,
            WaysBackWithout = _around.World.WaysBackWithout,
        };
        foreach (var worker in _workers)
            worker?.Process.Kill();
        return result;
    }

    private void Start(int place) => _workers[place] = new SimulatedWorker($"worker-{place}.{_incarnations++}", _around);

    private void Kill(SimulatedProcess process)
    {
        var place = Array.FindIndex(_workers, worker => worker?.Process == process);
        if (place < 0)
            return;
        Trace($"{process.Name} is killed");
        _kills++;
        _workers[place] = null;
        process.Kill();
        _simulator.After(_dice.Between(1, 10), null, () => Start(place));
    }

    /// <summary>The job storage: what was committed is delivered, late, twice, or never.</summary>
    private void Enqueue(Guid operation)
    {
        var times = _wire.IsCalm || !_dice.Chance(_faults) ? 1 : 2 * _dice.Below(2);
        for (var time = 0; time < times; time++)
        {
            _simulator.After(!_wire.IsCalm && _dice.Chance(_faults) ? _dice.Between(1, 40) : _dice.Between(0.01, 0.3), null, () => Deliver(operation, 5));
        }
    }

    private void Deliver(Guid operation, int tries)
    {
        if (_workers[_dice.Below(2)] is { } worker)
            worker.Deliver(operation, () => Again());
        else
            Again();

        void Again()
        {
            if (tries > 0)
                _simulator.After(_dice.Between(1, 15), null, () => Deliver(operation, tries - 1));
        }
    }

    private void Trace(string what)
    {
        if (_isTraced)
            _trace.Add(string.Create(CultureInfo.InvariantCulture, $"{_simulator.Now.TimeOfDay:hh\\:mm\\:ss\\.fff} {what}"));
    }
}
