using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;

namespace Portal.Tests.Simulation;

/// <summary>
/// The tables as the statements of Lifecycle, Deployments, OperationStore and OperationClaims leave them: a call is a transaction. Beside
/// them it knows what must hold at every commit.
/// </summary>
internal sealed partial class SimulatedDatabase(Simulator simulator, Dice dice, SimulatedWorld world, Mutation mutation, Action<Guid> enqueue, Action<string> trace)
{
    private static readonly TimeSpan LeaseLasts = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, DateTimeOffset> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, SimulatedOperation> _operations = [];
    private readonly Dictionary<string, (Deployment Row, long Created)> _deployments = new(StringComparer.Ordinal);
    private readonly HashSet<(StepKind Kind, string Subject)> _known = [];
    private long _created;

    public Guid EnvironmentId { get; } = dice.Id();

    public EnvironmentState Environment { get; private set; } = EnvironmentState.Requested;

    public int Commits { get; private set; }

    public IReadOnlyList<Deployment> Deployed => StepOrder.Sort(
        [.. _deployments.Values.OrderBy(row => row.Created).Select(row => row.Row)], deployment => deployment.Step, deployment => deployment.Plan.DependsOn);

    public SimulatedOperation Operation(Guid id) => _operations[id];

    public SimulatedOperation Newest { get; private set; } = null!;

    public bool IsKnown(StepKind kind, string subject) => _known.Contains((kind, subject));

    public Deployment? Deployment(string step) => _deployments.TryGetValue(step, out var row) ? row.Row : null;

    public Guid? Queue(OperationKind kind, Plan plan)
    {
        var to = Transitions.EnvironmentOf(kind, OperationState.Queued);
        if (!Transitions.Allows(Environment, to) || _operations.Values.Any(operation => operation.IsUnsettled))
            return null;
        Environment = to;
        var operation = new SimulatedOperation(dice.Id(), kind, plan, simulator.Now);
        _operations.Add(operation.Id, operation);
        Newest = operation;
        Committed($"{kind} queued");
        enqueue(operation.Id);
        return operation.Id;
    }

    public bool Requeue(Guid id)
    {
        var operation = _operations[id];
        if (!TryMove(operation, OperationState.Queued))
            return false;
        foreach (var step in operation.Steps.Values.Where(step => Transitions.Allows(step.State, StepState.Pending)))
            step.State = StepState.Pending;
        operation.EnqueuedAt = simulator.Now;
        Committed("requeued");
        enqueue(id);
        return true;
    }

    public void Cancel(Guid id)
    {
        var operation = _operations[id];
        if (!(operation.State == OperationState.Queued && TryMove(operation, OperationState.Cancelled)) && !(operation.State == OperationState.Running && TryMove(operation, OperationState.Cancelling)))
            return;
        Committed($"a person cancels: {operation.State}");
        if (operation.State.IsSettled())
            Next(operation);
    }

    public bool Renew(string worker, bool isHeld)
    {
        if (isHeld && !IsAlive(worker))
            return false;
        _workers[worker] = simulator.Now;
        return true;
    }

    public bool Claim(string worker, Guid id)
    {
        var operation = _operations[id];
        if (!operation.IsUnsettled || (operation.Owner is { } owner && owner != worker && IsAlive(owner)))
            return false;
        operation.Owner = worker;
        return true;
    }

    public bool Release(string worker, Guid id)
    {
        var operation = _operations[id];
        if (!operation.IsUnsettled || operation.Owner != worker)
            return false;
        Enqueue(operation);
        return true;
    }

    public IReadOnlyList<Fence> Cancelling(IReadOnlyCollection<Guid> running) =>
        [.. running.Select(id => _operations[id]).Where(operation => operation.State == OperationState.Cancelling).Select(operation => new Fence(operation.Id, operation.Epoch))];

    public IReadOnlyList<Guid> EnqueueAbandoned(string worker, IReadOnlyCollection<Guid> running)
    {
        var abandoned = _operations.Values.Where(operation => operation.IsUnsettled && operation.Owner switch
        {
            null => operation.EnqueuedAt < simulator.Now - TimeSpan.FromSeconds(4),
            var owner when owner == worker => !running.Contains(operation.Id),
            var owner => !IsAlive(owner),
        }).ToList();
        abandoned.ForEach(Enqueue);
        return [.. abandoned.Select(operation => operation.Id)];
    }

    public OperationWork? TakeOver(Guid id)
    {
        var operation = _operations[id];
        var to = operation.State == OperationState.Cancelling ? OperationState.Cancelling : OperationState.Running;
        if (!TryMove(operation, to))
            return null;
        operation.Epoch++;
        Committed($"{operation.Kind} taken over, epoch {operation.Epoch}");
        return new OperationWork(
            new Fence(id, operation.Epoch), EnvironmentId, operation.Plan.Environment, operation.Kind, operation.Plan, SimulatedWorld.Target, 1,
            operation.Steps.ToDictionary(step => step.Key, step => new StepProgress(step.Value.State, step.Value.Attempt, step.Value.Waiting), StringComparer.Ordinal),
            Deployed.ToDictionary(deployment => deployment.Step, StringComparer.Ordinal))
        {
            IsCancelling = to == OperationState.Cancelling,
        };
    }

    public void Move(OperationWork work, PlannedStep step, StepState to, int? attempt = null, IReadOnlyDictionary<string, string>? outputs = null)
    {
        var operation = Hold(work);
        var row = operation.Steps[step.Name];
        if (!Transitions.Allows(row.State, to))
            throw new FencedException(operation.Id);
        if (to == StepState.Running && mutation != Mutation.IntentIsNotSaved)
        {
            Begin(step, operation.Id);
            foreach (var wait in work.Plan.BroughtAboutBy(step).Where(wait => !_deployments.ContainsKey(wait.Deployment)))
                Begin(wait, operation.Id);
        }

        if (to == StepState.Succeeded)
            Complete(step, outputs!);
        (row.State, row.Attempt) = (to, attempt ?? row.Attempt);
        if (to != StepState.Running)
            row.Waiting = null;
        Committed($"{operation.Kind} {step.Name}: {to} {attempt} (epoch {work.Fence.Epoch})", work);
        if (to == StepState.Succeeded)
            world.CheckDone(step, work, outputs!);
    }

    public void Note(OperationWork work, PlannedStep step, Action<SimulatedStep>? change)
    {
        var row = Hold(work).Steps[step.Name];
        change?.Invoke(row);
        Committed(null, work);
    }

    public void Finish(OperationWork work, OperationState state)
    {
        var operation = Hold(work);
        if (!TryMove(operation, state))
            throw new FencedException(operation.Id);
        Committed($"{operation.Kind} {state}", work);
        if (operation.Steps.FirstOrDefault(step => !step.Value.State.IsSettled()) is { Key: { } left })
            throw new InvariantException($"{operation.Kind} is {state} and its step {left} is not at an end.");
        CheckEnd(operation);
        Next(operation);
    }

    private SimulatedOperation Hold(OperationWork work)
    {
        var operation = _operations[work.OperationId];
        return operation.Epoch == work.Fence.Epoch || mutation == Mutation.FenceIsNotChecked ? operation : throw new FencedException(operation.Id);
    }

    private bool TryMove(SimulatedOperation operation, OperationState to)
    {
        if (!Transitions.Allows(operation.State, to))
            return false;
        var environment = Transitions.EnvironmentOf(operation.Kind, to);
        if (!Transitions.Allows(Environment, environment))
            throw new InvariantException($"The environment cannot go from {Environment} to {environment} with {operation.Kind}.");
        (operation.State, Environment) = (to, environment);
        if (to.IsSettled() || to == OperationState.Queued)
            operation.Owner = null;
        return true;
    }

    private void Begin(PlannedStep step, Guid operation)
    {
        var before = _deployments.TryGetValue(step.Deployment, out var row) ? row : default;
        if (step.Action == PlanAction.Sleep && before.Row is not null)
            _deployments[step.Deployment] = (before.Row with { IsAsleep = true, OperationId = operation, ChangedAt = simulator.Now }, before.Created);
        if (step.Action is not (PlanAction.Ensure or PlanAction.Remove))
            return;
        _deployments[step.Deployment] = (new Deployment(
            before.Row is null || step is { Action: PlanAction.Ensure, RevertsDrift: false } ? step.AsDeployed() : before.Row.Plan,
            before.Row?.Outputs ?? new Dictionary<string, string>(), false, before.Row is { IsAsleep: true }, operation, simulator.Now)
        { LeftOut = before.Row?.LeftOut ?? [] }, before.Row is null ? ++_created : before.Created);
        Know();
    }

    private void Complete(PlannedStep step, IReadOnlyDictionary<string, string> outputs)
    {
        if (step.Action == PlanAction.Remove)
            _deployments.Remove(step.Deployment);
        else if (step.Action == PlanAction.Ensure && _deployments.TryGetValue(step.Deployment, out var row))
            _deployments[step.Deployment] = (row.Row with { IsComplete = true, LeftOut = [], Outputs = outputs, ChangedAt = simulator.Now }, row.Created);
        else if (step.Action == PlanAction.Wake && _deployments.TryGetValue(step.Deployment, out var asleep))
            _deployments[step.Deployment] = (asleep.Row with { IsAsleep = false, LeftOut = [], ChangedAt = simulator.Now }, asleep.Created);
        Know();
    }

    private void Know()
    {
        _known.Clear();
        foreach (var (row, _) in _deployments.Values)
            _known.Add((row.Plan.Kind, row.Plan.Subject));
    }

    private bool IsAlive(string worker) => _workers.TryGetValue(worker, out var seen) && simulator.Now - seen < LeaseLasts;

    private void Enqueue(SimulatedOperation operation)
    {
        (operation.Owner, operation.EnqueuedAt) = (null, simulator.Now);
        enqueue(operation.Id);
    }

    private void Committed(string? what, OperationWork? by = null)
    {
        Commits++;
        if (by is not null && by.Fence.Epoch != _operations[by.OperationId].Epoch)
            throw new InvariantException($"A runner of epoch {by.Fence.Epoch} wrote in epoch {_operations[by.OperationId].Epoch}: {what}.");
        if (what is not null)
            trace(what);
        world.CheckKnown();
        CheckLine();
    }
}
