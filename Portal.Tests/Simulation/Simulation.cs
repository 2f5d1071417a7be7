using System.Globalization;
using System.Text.RegularExpressions;
using Portal.Core.Catalog;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Provisioning.Changes;
using Portal.Tests.Provisioning;

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
internal sealed record SimulationResult(int Seed, string? Violation, TimeSpan Lasted, int Faults, int Kills, int Commits, long Happened, ulong Digest, IReadOnlyList<string> Trace);

/// <summary>
/// A shop's whole life, created, changed and destroyed by people who cancel and try again, on the real host, runner and steps of two
/// workers, in a world where every call can go wrong: a function of its seed.
/// </summary>
internal sealed partial class Simulation
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
            Outputs = Shop.Outputs,
            Charts = Shop.Charts,
            ControllerRelease = Shop.Created.Step(StepNames.Controller).Subject,
            IngressRelease = Shop.Created.Step(StepNames.Ingress).Subject,
            LoadBalancerSubject = Shop.Created.Step(StepNames.LoadBalancer).Subject,
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
            Live();
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

        var result = new SimulationResult(_seed, violation, _simulator.Now - began, _wire.Faults, _kills, _around.Database.Commits, _simulator.Happened, _simulator.Digest, _trace);
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

    /// <summary>The people, as a chain of what they do next.</summary>
    private void Live()
    {
        var database = _around.Database;
        Begin(OperationKind.Create, Shop.Created, () =>
        {
            if (database.Environment == EnvironmentState.Ready && _people.Chance(0.6))
                Begin(OperationKind.Change, Shop.Changed, Destroy);
            else
                Destroy();
        });

        void Destroy() => Begin(OperationKind.Destroy, Deployments.Destruction(Shop.Created, database.Deployed), () =>
        {
            if (database.Environment == EnvironmentState.Destroyed)
                _simulator.After(TimeSpan.FromMinutes(5), null, () => _isOver = true);
            else
                Destroy();
        });
    }

    private void Begin(OperationKind kind, Plan plan, Action then)
    {
        var id = _around.Database.Queue(kind, plan) ?? throw new InvariantException($"{kind} is not possible: {_around.Database.Environment}.");
        Change();
        Watch();

        void Change()
        {
            if (_wire.IsCalm || !_people.Chance(0.3))
                return;
            _simulator.After(_people.Between(0, 300), null, () => _around.Database.Cancel(id));
        }

        void Watch() => _simulator.After(_people.Between(5, 30), null, () =>
        {
            if (_around.Database.Operation(id).IsUnsettled)
            {
                Watch();
            }
            else if (_around.Database.Operation(id).State != OperationState.Succeeded && _people.Chance(kind == OperationKind.Destroy ? 0.5 : 0.7))
            {
                _around.Database.Requeue(id);
                Change();
                Watch();
            }
            else
            {
                then();
            }
        });
    }

    private void Trace(string what)
    {
        if (_isTraced)
            _trace.Add(string.Create(CultureInfo.InvariantCulture, $"{_simulator.Now.TimeOfDay:hh\\:mm\\:ss\\.fff} {what}"));
    }

    /// <summary>The plans of the seed's example; made once, they are only read.</summary>
    private static partial class Shop
    {
        private static readonly PlannedWork s_created = Samples.Plans.Build(Samples.Shop(), Samples.Target);
        private static readonly PlannedWork s_wanted = Samples.Plans.Build(
            Samples.Shop() with { Services = [Samples.Shop().Services[0] with { Image = "ghcr.io/shop/products:2.0" }, .. Samples.Shop().Services.Skip(1).SkipLast(1)], }, Samples.Target);

        public static Plan Created { get; } = s_created.Plan;

        public static Plan Changed { get; } = PlanDifference.Change(
            s_created.Plan.Steps, new HashSet<string>(), s_wanted.Plan,
            new ChangeEvaluator(UpdateBehaviour.Read(Path.Combine(TemplateSet.Locate(null), "catalog"))).Evaluate(s_created, s_wanted));

        public static IReadOnlySet<string> Charts { get; } = s_created.Plan.Steps.Concat(s_wanted.Plan.Steps)
            .Where(step => step.Kind == StepKind.Release).Select(step => step.Artifact).OfType<string>().ToHashSet(StringComparer.Ordinal);

        /// <summary>Of each step, what others take from it.</summary>
        public static IReadOnlyDictionary<string, IReadOnlyList<string>> Outputs { get; } = Taken().Distinct()
            .GroupBy(pair => pair.Step, pair => pair.Output, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group.Order(StringComparer.Ordinal)], StringComparer.Ordinal);

        private static IEnumerable<(string Step, string Output)> Taken()
        {
            foreach (var output in (string[])["ClusterName", "ClusterEndpoint", "ClusterCertificateAuthority"])
                yield return (StepNames.Cluster, output);
            foreach (var step in s_created.Plan.Steps.Concat(s_wanted.Plan.Steps))
            {
                foreach (var input in step.Inputs.Values.Where(input => input.Step is not null))
                    yield return (input.Step!, input.Output!);
                foreach (Match match in Reference().Matches(step.Values?.ToJsonString() ?? ""))
                    yield return (match.Groups["step"].Value, match.Groups["output"].Value);
            }
        }

        [GeneratedRegex("\"\\$output\":\"(?<step>[^.\"]+)\\.(?<output>[^\"]+)\"", RegexOptions.None, 1000)]
        private static partial Regex Reference();
    }
}
