using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Operations;

/// <summary>
/// Makes an environment be as it was planned again, all of it: what differs is put right, what is gone is made anew, the rest stays. What was
/// approved holds, so that nobody approves it once more. Data that went with a store does not come back by it.
/// </summary>
public sealed class RepairEnvironment(Transactions transactions, Lifecycle lifecycle)
{
    /// <returns>The operation's id, or that of its place in the line; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, <see cref="EnvironmentBusy"/>.</returns>
    public async Task<Outcome<Guid>> ExecuteAsync(Actor actor, Guid environmentId, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not change anything. Ask for the role {Roles.Engineer}.");
        return await transactions.DoWithJobsAsync<Outcome<Guid>>(async work =>
        {
            await Lifecycle.HoldEnvironmentAsync(work, environmentId);
            if (await FoundEnvironment.FindAsync(work.Connection, environmentId) is not { } environment)
                return new NotFound("There is no such environment.");
            if (environment.Ownership.Refusal(actor) is { } refusal)
                return refusal;
            if (environment.Becomes == EnvironmentState.Asleep)
                return EnvironmentBusy.Asleep(environment.Name);
            if (environment.Becomes != EnvironmentState.Ready && !environment.IsAsSpecified)
                return new EnvironmentBusy($"{environment.Name} is not complete: go on with what failed, change it or destroy it.");
            var deployed = await Deployments.ReadAsync(work.Connection, environmentId, cancellationToken);
            if (ServicePlans.Of(OperationKind.Repair, environment.Plan, [.. deployed.Select(one => one.Plan)], null, await Deployments.ProbeAsync(work.Connection, environmentId)) is not { } plan)
                return new NotFound($"Nothing of {environment.Name} exists.");
            var operation = new NewOperation(environmentId, null, OperationKind.Repair, plan, actor) { Line = new LinePlace(IsPlannedAnew: true) };
            var said = new NewEvent(actor, environmentId, null, null, "repair.asked", EventSeverity.Info, $"{actor.Name} has {environment.Name} repaired");
            return await lifecycle.QueueAsync(work, operation, said) is { } id ? id : EnvironmentBusy.LineIsFull;
        }, outcome => !outcome.IsRefused, cancellationToken);
    }
}
