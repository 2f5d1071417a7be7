using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Core.Operations;

/// <summary>
/// Restarts who reads a secret that was rotated: pods take their variables when they start. What the driver mounted into which pod, by version, is
/// observed as a resource of <see cref="Type"/>; a version that changes in a pod marks it, in the transaction that writes what was seen, so that
/// nothing is lost with a worker. Whoever is marked is restarted once: the mark goes in the transaction that queues the restart. While a restart
/// of the service is under way or in line, marks wait for what it leaves of the pods.
/// </summary>
public sealed class SecretRotations(NpgsqlDataSource database, Transactions transactions, Lifecycle lifecycle)
{
    /// <summary>Of a resource that stands for what is mounted into a pod; it has the pod's name.</summary>
    public const string Type = "Kubernetes::MountedSecrets";

    /// <summary>State of one whose pod started with what it has.</summary>
    public const string Current = "Current";

    /// <summary>How the state of one begins that has something newer than what its pod started with; the aliases of that follow.</summary>
    public const string Rotated = "Rotated:";

    private const int PageSize = 200;

    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        var after = (Environment: Guid.Empty, Step: "");
        while (true)
        {
            List<(Guid Environment, string Step)> page;
            await using (var connection = await database.OpenConnectionAsync(cancellationToken))
            {
                page = (await connection.QueryAsync<(Guid, string)>(new CommandDefinition(
                    """
                    select distinct environment_id, step from resources
                    where type = @Type and state like @like and (environment_id, step) > (@Environment, @Step)
                    order by environment_id, step limit @PageSize
                    """, new { Type, like = Rotated + "%", after.Environment, after.Step, PageSize }, cancellationToken: cancellationToken))).AsList();
            }

            foreach (var (environment, step) in page)
                await transactions.DoWithJobsAsync(work => RestartAsync(work, environment, step, cancellationToken), cancellationToken);
            if (page.Count < PageSize)
                return;
            after = page[^1];
        }
    }

    /// <returns>Whether anything was written.</returns>
    private async Task<bool> RestartAsync(JobWork work, Guid environmentId, string step, CancellationToken cancellationToken)
    {
        await Lifecycle.HoldEnvironmentAsync(work, environmentId);
        // Of pods that are there to stay: those that are on their way out need nobody to restart them.
        var states = (await work.Connection.QueryAsync<string>(
            """
            select m.state from resources m
            join resources p on p.environment_id = m.environment_id and p.step = m.step and p.type = 'Kubernetes::Pod' and p.name = m.name and p.state <> 'Terminating'
            where m.environment_id = @environmentId and m.step = @step and m.type = @Type and m.state like @like
            """, new { environmentId, step, Type, like = Rotated + "%" })).AsList();
        if (states.Count == 0 || await FoundEnvironment.FindAsync(work.Connection, environmentId) is not { } found)
            return false;
        var release = (await Deployments.ReadAsync(work.Connection, environmentId, cancellationToken)).FirstOrDefault(one => one.Step == step)?.Plan;
        if (release is null || WorkloadValues.KindOf(release) is WorkloadValues.Job or WorkloadValues.Schedule)
        {
            // The next run reads the new one by itself.
            await DoneAsync(work, environmentId, step);
            return true;
        }

        if (found.Becomes != EnvironmentState.Ready || await IsRestartedAsync(work, environmentId, step))
            return false;
        var secrets = SecretValues.Called(release, states.SelectMany(state => state[Rotated.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        var what = secrets.Count switch { 0 => "a secret that it reads", _ => string.Join(" and ", secrets) };
        var said = new NewEvent(Actor.System, environmentId, null, step, "restart.asked", EventSeverity.Info,
            $"{release.Service} is restarted, because {what} {(secrets.Count > 1 ? "have new versions" : "has a new version")}: pods read secrets when they start");
        var operation = new NewOperation(environmentId, null, OperationKind.Restart, ServicePlans.Restart(found.Plan, release), Actor.System) { Line = new LinePlace(IsPlannedAnew: true, step) };
        if (await lifecycle.QueueAsync(work, operation, said) is null)
            return false;
        await DoneAsync(work, environmentId, step);
        return true;
    }

    private static Task<bool> IsRestartedAsync(JobWork work, Guid environmentId, string step) => work.Connection.ExecuteScalarAsync<bool>(
        """
        select exists (select from waiting_operations where environment_id = @environmentId and kind = 'Restart' and step = @step)
            or exists (select from operations o join steps s on s.operation_id = o.id
                       where o.environment_id = @environmentId and o.kind = 'Restart' and o.state in ('Queued', 'Running', 'Cancelling') and s.name = @step)
        """, new { environmentId, step });

    private static Task<int> DoneAsync(JobWork work, Guid environmentId, string step) => work.Connection.ExecuteAsync(
        "update resources set state = @Current where environment_id = @environmentId and step = @step and type = @Type and state <> @Current",
        new { environmentId, step, Type, Current });
}
