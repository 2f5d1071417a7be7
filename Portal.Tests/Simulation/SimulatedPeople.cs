using Portal.Core.Operations;
using Portal.Core.Provisioning;

namespace Portal.Tests.Simulation;

/// <summary>
/// Who lives with the environment: they make it, change it, send it to sleep, restart, repair and touch what they should not, cancel, try
/// again, roll back, and destroy it in the end. A chain of what they do next.
/// </summary>
internal sealed class SimulatedPeople(Simulator simulator, Dice dice, SimulatedDatabase database, SimulatedWorld world, Wire wire, Action over)
{
    private const int MostActs = 4;

    private int _acts;
    private int _version;

    public void Begin()
    {
        wire.IsYetCalm = dice.Chance(0.5);
        if (database.Queue(OperationKind.Create, SimulatedShop.Created) is null)
            throw new InvariantException("Nothing can be made.");
        Follow();
    }

    /// <summary>What is under way, until nobody goes on with it.</summary>
    private void Follow()
    {
        var operation = database.Newest;
        if (!wire.IsCalm && dice.Chance(0.25))
            simulator.After(dice.Between(0, 300), null, () => database.Cancel(operation.Id));
        // Asked for while something else is under way, it waits for its turn.
        if (operation.Kind != OperationKind.Destroy && dice.Chance(0.2))
            simulator.After(dice.Between(1, 120), null, () => Small(database.Newest.Kind == OperationKind.Sleep ? OperationKind.Wake : Pick(OperationKind.Restart, OperationKind.Sleep, OperationKind.Repair)));
        Watch(operation);
    }

    private void Watch(SimulatedOperation operation) => simulator.After(dice.Between(5, 30), null, () =>
    {
        if (database.Newest != operation)
        {
            Follow();
        }
        else if (operation.IsUnsettled)
        {
            Watch(operation);
        }
        else if (operation.State != OperationState.Succeeded && dice.Chance(0.55))
        {
            if (dice.Chance(0.7))
                database.LeaveOut();
            database.Requeue(operation.Id);
            Follow();
        }
        else
        {
            Act();
        }
    });

    private void Act()
    {
        (wire.IsYetCalm, world.Doomed) = (false, null);
        if (database.Environment == EnvironmentState.Destroyed)
        {
            simulator.After(TimeSpan.FromMinutes(5), null, over);
            return;
        }

        if (_acts++ >= MostActs || wire.IsCalm || dice.Chance(0.25) || !TryAct())
        {
            if (database.Queue(OperationKind.Destroy, Deployments.Destruction(database.Newest.Plan, database.Deployed)) is null)
                throw new InvariantException($"It cannot be destroyed: {database.Environment}.");
        }

        Follow();
    }

    /// <returns>False where nothing else is left to do than to destroy it.</returns>
    private bool TryAct()
    {
        switch (database.Environment)
        {
            case EnvironmentState.Ready when dice.Chance(0.3):
                world.ChangeByHand(dice);
                return dice.Chance(0.5) ? Small(OperationKind.Repair) : world.Touched.Count > 0 && Revert(world.Touched.First());
            case EnvironmentState.Ready:
                return dice.Chance(0.5) ? Small(Pick(OperationKind.Sleep, OperationKind.Sleep, OperationKind.Restart, OperationKind.Repair)) : Change();
            case EnvironmentState.Asleep:
                return Small(OperationKind.Wake);
            case var _ when database.Newest.Kind is OperationKind.Sleep or OperationKind.Wake:
                return Small(Pick(OperationKind.Sleep, OperationKind.Wake, OperationKind.Wake));
            // What is whole afterwards is taken back more often: there is more to be wrong about it.
            case var _ when database.Undo() is { } undo && dice.Chance(undo.Kind == OperationKind.TakeBack ? 0.8 : 0.4):
                if (dice.Chance(0.7))
                    database.LeaveOut();
                return database.Queue(undo.Kind, undo.Plan) is not null;
            case var _ when database.IsAsSpecified && dice.Chance(0.7):
                return Small(OperationKind.Repair);
            default:
                return Change();
        }
    }

    private bool Change()
    {
        // Nobody changes what is asleep, or was when its end began.
        if (database.Deployed.Any(one => one.IsAsleep))
            return false;
        _version = database.Environment == EnvironmentState.Ready || dice.Chance(0.5) ? (_version + 1 + dice.Below(SimulatedShop.Versions - 1)) % SimulatedShop.Versions : _version;
        var plan = SimulatedShop.Change(database.Deployed, _version);
        // What nothing comes of but a failure has to be taken back.
        if (dice.Chance(0.4))
            world.Doomed = plan.Steps.FirstOrDefault(step => step.Action == PlanAction.Ensure && step.Kind is StepKind.Stack or StepKind.Release)?.Subject;
        return plan.Steps.Count > 0 && database.Queue(OperationKind.Change, plan) is not null;
    }

    private bool Revert(string step) =>
        database.IsAsSpecified && database.Deployed.All(one => one.IsComplete || one.Step == step) && database.Deployment(step) is { IsComplete: true } deployed
        && database.Queue(OperationKind.RevertDrift, ServicePlans.Revert(database.Newest.Plan, deployed.Plan)) is not null;

    private bool Small(OperationKind kind) => database.Ask(
        kind, kind == OperationKind.Restart ? database.Deployed.FirstOrDefault(one => WorkloadValues.KindOf(one.Plan) == WorkloadValues.Service)?.Step : null);

    private OperationKind Pick(params OperationKind[] kinds) => kinds[dice.Below(kinds.Length)];
}
