using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Worker.Engine;

namespace Portal.Tests.Simulation;

/// <summary>The tables behind the small operations: the line, what was before, and the report of what is left; and what has to hold when an operation has ended.</summary>
internal sealed partial class SimulatedDatabase
{
    private readonly Queue<(OperationKind Kind, string? Step)> _line = new();
    private int _lined;
    private int _begun;
    private int _dropped;
    private IReadOnlyList<Deployment> _ready = [];

    public IReadOnlyList<OperationKind> Succeeded => [.. _operations.Values.Where(operation => operation.State == OperationState.Succeeded).Select(operation => operation.Kind)];

    /// <summary>ARNs of the residue report.</summary>
    public HashSet<string> Reported { get; } = new(StringComparer.Ordinal);

    /// <summary>What asked the front door when the environment was last brought about.</summary>
    public PlannedStep? Probe => _operations.Values.Where(operation => operation.State == OperationState.Succeeded)
        .Select(operation => operation.Plan.Steps.FirstOrDefault(step => step.Kind == StepKind.Probe)).LastOrDefault(step => step is not null);

    /// <summary>Whether only what was asked at the end, or nothing, keeps the environment from being as specified: what may be repaired.</summary>
    public bool IsAsSpecified => Transitions.IsAsSpecified(Environment, Newest.Kind, Newest.Plan.Steps.All(step => step.Action == PlanAction.Probe || Newest.Steps[step.Name].State == StepState.Succeeded));

    /// <summary>Asks for what is planned from what exists; it waits where another operation is under way.</summary>
    public bool Ask(OperationKind kind, string? step)
    {
        var isUnderWay = Newest.IsUnsettled;
        var becomes = Transitions.Becomes(Environment, (Newest.Kind, Newest.State), _line.Count > 0 ? _line.Last().Kind : null);
        var between = kind is OperationKind.Sleep or OperationKind.Wake && Environment is EnvironmentState.Failed or EnvironmentState.Cancelled && Newest.Kind is OperationKind.Sleep or OperationKind.Wake;
        if (becomes != Transitions.BeginsFrom(kind) && !between && !(kind == OperationKind.Repair && IsAsSpecified))
            return false;
        if (!isUnderWay)
            return Of(kind, step) is { } plan && Queue(kind, plan) is not null;
        _line.Enqueue((kind, step));
        _lined++;
        trace($"{kind} waits in line");
        return true;
    }

    private Plan? Of(OperationKind kind, string? step) => ServicePlans.Of(kind, Newest.Plan, [.. Deployed.Select(one => one.Plan)], step, Probe);

    private void Next(SimulatedOperation ended)
    {
        while (_line.TryDequeue(out var due))
        {
            if (Environment == Transitions.BeginsFrom(due.Kind) && Of(due.Kind, due.Step) is { } plan)
            {
                _begun++;
                if (Queue(due.Kind, plan) is null)
                    throw new InvariantException($"{due.Kind} has its turn after {ended.Kind}, and cannot begin.");
                return;
            }

            _dropped++;
        }
    }

    private void CheckLine()
    {
        if (_lined != _begun + _dropped + _line.Count)
            throw new InvariantException($"Of {_lined} that waited in line {_begun} began, {_dropped} were dropped and {_line.Count} wait.");
        if (_operations.Values.Count(operation => operation.IsUnsettled) > 1)
            throw new InvariantException("Two operations are under way at once.");
    }

    /// <summary>What rolling the newest operation's failed branch back would do, as UndoOperation reads it.</summary>
    public (OperationKind Kind, Plan Plan)? Undo()
    {
        var failed = Newest;
        if (!UndoPlan.IsPossible(failed.Kind))
            return null;
        var halfDone = Deployed.Where(one => !one.IsComplete && one.OperationId == failed.Id)
            .Where(one => failed.Steps.GetValueOrDefault(one.Step)?.State is StepState.Failed or StepState.Cancelled or StepState.Skipped).Select(one => one.Plan).ToList();
        var plan = UndoPlan.Of(failed.Plan, halfDone, [.. halfDone.Select(step => LastComplete(step.Name, failed)).OfType<PlannedStep>()]);
        if (plan.Steps.Count == 0)
            return null;
        var before = _operations.Values.TakeWhile(operation => operation != failed).LastOrDefault();
        var isWhole = UndoPlan.IsWhole(
            before is null ? null : Transitions.EnvironmentOf(before.Kind, before.State), plan, halfDone, failed.Steps.ToDictionary(step => step.Key, step => step.Value.State, StringComparer.Ordinal));
        return (isWhole ? OperationKind.TakeBack : OperationKind.Undo, plan);
    }

    /// <summary>Somebody chooses that what keeps a stack from going back is left out on the way, as WayBackWithout keeps it.</summary>
    public void LeaveOut()
    {
        foreach (var (name, _) in Newest.Steps.Where(step => step.Value.State == StepState.Failed))
        {
            var step = Newest.Plan.Step(name);
            if (step.Kind == StepKind.Stack && world.Find(step.Subject) is { IsStuck: true, Status: "UPDATE_ROLLBACK_FAILED" } && _deployments.TryGetValue(step.Deployment, out var row))
                _deployments[step.Deployment] = (row.Row with { LeftOut = [SimulatedWorld.Stuck] }, row.Created);
        }
    }

    private PlannedStep? LastComplete(string name, SimulatedOperation failed) => _operations.Values
        .Where(operation => operation != failed && operation.Steps.GetValueOrDefault(name) is { State: StepState.Succeeded })
        .Select(operation => operation.Plan.Step(name)).LastOrDefault(step => step.Action is PlanAction.Ensure or PlanAction.Remove) is { Action: PlanAction.Ensure } last ? last : null;

    public void Report(OperationWork work, IReadOnlyList<Residue> residues)
    {
        Hold(work);
        Reported.Clear();
        Reported.UnionWith(residues.Select(residue => residue.Id));
        Committed(null, work);
    }

    private void CheckEnd(SimulatedOperation operation)
    {
        if (operation.State != OperationState.Succeeded)
            return;
        switch (Environment)
        {
            case EnvironmentState.Destroyed:
                world.CheckEmpty();
                break;
            case EnvironmentState.Ready:
                world.CheckReady();
                if (operation.Kind == OperationKind.Repair)
                    world.CheckRepaired();
                if (operation.Kind == OperationKind.TakeBack && Deployed.FirstOrDefault(one => _ready.FirstOrDefault(before => before.Step == one.Step) is not { } was || !SimulatedShop.IsSame(one.Plan, was.Plan)) is { } other)
                    throw new InvariantException($"It is taken back, and {other.Step} is not what it was.");
                _ready = Deployed;
                break;
            case EnvironmentState.Asleep when Deployed.FirstOrDefault(one => one is { IsAsleep: false, Plan.Rest: not null }) is { } awake:
                throw new InvariantException($"The environment is asleep, and {awake.Step} is awake.");
        }
    }
}
