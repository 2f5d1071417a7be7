using Dapper;
using Npgsql;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Drift;

/// <summary>
/// Makes what a step made be as it was planned again: what was approved holds, so nobody approves it once more. The whole stack or release:
/// neither CloudFormation nor helm puts a single resource right.
/// </summary>
public sealed class RevertDrift(Transactions transactions, Lifecycle lifecycle)
{
    /// <returns>The operation; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, <see cref="AlreadyDecided"/> where something else is under way.</returns>
    public async Task<Outcome<Guid>> ExecuteAsync(Actor actor, Guid environmentId, string step, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not change anything. Ask for the role {Roles.Engineer}.");
        return await transactions.DoWithJobsAsync<Outcome<Guid>>(async work =>
        {
            await Lifecycle.HoldEnvironmentAsync(work, environmentId);
            var found = await FoundEnvironment.FindAsync(work.Connection, environmentId);
            if (found?.Ownership.Refusal(actor) is { } refusal)
                return refusal;
            var drifted = await work.Connection.ExecuteScalarAsync<int>(
                "select count(distinct resource)::int from drifts where environment_id = @environmentId and step = @step", new { environmentId, step });
            var existing = await Deployments.ReadAsync(work.Connection, environmentId, cancellationToken);
            var deployed = existing.FirstOrDefault(deployment => deployment.Step == step && deployment.IsComplete);
            if (found is not { } environment || deployed is null || drifted == 0)
                return new NotFound("Nothing of it differs any more.");
            if (existing.Any(deployment => deployment.IsAsleep))
                return EnvironmentBusy.Asleep(environment.Name);
            // The environment is called ready when this has succeeded.
            if (environment.State is EnvironmentState.Failed or EnvironmentState.Cancelled && (!environment.IsAsSpecified || existing.Any(deployment => !deployment.IsComplete)))
                return new EnvironmentBusy($"{environment.Name} is not complete: go on with what failed, change it or destroy it.");
            var planned = deployed.Plan;
            var plan = ServicePlans.Revert(environment.Plan, planned) with
            {
                Sentences = [$"{drifted} {(drifted == 1 ? "resource" : "resources")} of {planned.Title} will be as planned again."],
            };
            return await lifecycle.QueueAsync(work, new NewOperation(environmentId, null, OperationKind.RevertDrift, plan, actor),
                new NewEvent(actor, environmentId, null, step, "drift.reverting", EventSeverity.Info, $"{actor.Name} has {planned.Title} made as it was planned")) is { } operation
                ? operation
                : new AlreadyDecided("Something else is being done to it. Try again when that has come to its end.");
        }, outcome => !outcome.IsRefused, cancellationToken);
    }
}
