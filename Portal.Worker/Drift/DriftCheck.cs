using Dapper;
using Hangfire;
using Npgsql;
using Portal.Core.Drift;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Worker.Aws;

namespace Portal.Worker.Drift;

/// <summary>Compares an environment with its plan, step by step, and writes what differs.</summary>
public sealed class DriftCheck(NpgsqlDataSource database, Transactions transactions, DriftDetector detector, TimeProvider clock) : IDriftCheck
{
    /// <summary>CloudFormation compares on its side; what we ask meanwhile is little.</summary>
    private const int AtOnce = 4;

    [AutomaticRetry(Attempts = 2)]
    public async Task RunAsync(Guid environmentId, CancellationToken cancellationToken)
    {
        if (await FindAsync(environmentId, cancellationToken) is not { } environment)
            return;
        var outcomes = new List<StepDrift>();
        await Parallel.ForEachAsync(environment.Steps, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (step, token) =>
        {
            var outcome = await detector.DetectAsync(environment.Target, environment.Cluster, step, token);
            lock (outcomes)
                outcomes.Add(outcome);
        });
        await transactions.DoAsync(work => WriteAsync(work, environment, outcomes), cancellationToken);
    }

    private async Task<Checked?> FindAsync(Guid environmentId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<TargetRow>(
            $"select {AwsTarget.Columns} from environments e join targets t on t.name = e.target where e.id = @environmentId", new { environmentId });
        if (row is null)
            return null;
        var name = await connection.ExecuteScalarAsync<string>("select name from environments where id = @environmentId", new { environmentId }) ?? "";
        var deployed = await Deployments.ReadAsync(connection, environmentId, cancellationToken);
        var target = AwsTarget.Of(row);
        var outputs = deployed.FirstOrDefault(deployment => deployment.Step == StepNames.Cluster)?.Outputs;
        var cluster = outputs?.ContainsKey("ClusterName") == true
            ? new ClusterConnection(target, outputs["ClusterName"], new Uri(outputs["ClusterEndpoint"]), outputs["ClusterCertificateAuthority"])
            : null;
        return new Checked(environmentId, name, target, cluster, [.. deployed.Where(deployment => deployment.IsComplete).Select(deployment => deployment.Plan)], clock.GetUtcNow());
    }

    private async Task WriteAsync(Work work, Checked environment, List<StepDrift> outcomes)
    {
        var connection = work.Connection;
        // What an operation has changed meanwhile was compared with what it is no more.
        var touched = await connection.ExecuteScalarAsync<bool>(
            """
            select state <> 'Ready' or exists (select from deployments where environment_id = @Id and changed_at > @Began)
            from environments where id = @Id for update
            """, environment);
        var before = await ResourcesAsync(connection, environment.Id);
        if (!touched)
        {
            foreach (var outcome in outcomes.Where(outcome => outcome.Trouble is null))
                await ReplaceAsync(connection, environment.Id, outcome);
            // Of steps that are no more.
            await connection.ExecuteAsync("delete from drifts where environment_id = @Id and step <> all(@steps)", new { environment.Id, steps = environment.Steps.Select(step => step.Name).ToArray() });
        }

        var trouble = touched ? "An operation changed it while it was checked; the result was thrown away." : string.Join(' ', outcomes.Select(outcome => outcome.Trouble).OfType<string>());
        await connection.ExecuteAsync(
            "update drift_checks set started_at = @Began, finished_at = @now, trouble = nullif(@trouble, '') where environment_id = @Id",
            new { environment.Id, environment.Began, now = clock.GetUtcNow(), trouble });
        if (Said(environment, before, await ResourcesAsync(connection, environment.Id)) is { } said)
            await said.AppendAsync(work, clock.GetUtcNow());
        else
            await work.ChangedAsync(environment.Id);
    }

    /// <summary>When something was first found to differ stays with it.</summary>
    private async Task ReplaceAsync(NpgsqlConnection connection, Guid environmentId, StepDrift outcome)
    {
        var now = clock.GetUtcNow();
        await connection.ExecuteAsync(
            "delete from drifts d where environment_id = @environmentId and step = @Step and not exists (select from unnest(@resources, @properties) as f(resource, property) where f.resource = d.resource and f.property = d.property)",
            new { environmentId, outcome.Step, resources = outcome.Findings.Select(finding => finding.Resource).ToArray(), properties = outcome.Findings.Select(finding => finding.Property).ToArray() });
        await connection.ExecuteAsync(
            """
            insert into drifts (environment_id, step, resource, type, property, expected, found, found_at)
            values (@environmentId, @Step, @Resource, @Type, @Property, @Expected, @Found, @now)
            on conflict (environment_id, step, resource, property) do update set type = excluded.type, expected = excluded.expected, found = excluded.found
            """,
            outcome.Findings.Select(finding => new { environmentId, finding.Step, finding.Resource, finding.Type, finding.Property, finding.Expected, finding.Found, now }));
    }

    private static async Task<IReadOnlyList<(string Step, string Resource)>> ResourcesAsync(NpgsqlConnection connection, Guid environmentId) =>
        (await connection.QueryAsync<(string, string)>("select distinct step, resource from drifts where environment_id = @environmentId order by step, resource", new { environmentId })).AsList();

    /// <summary>Only what is new is news.</summary>
    private static NewEvent? Said(Checked environment, IReadOnlyList<(string Step, string Resource)> before, IReadOnlyList<(string Step, string Resource)> after)
    {
        var found = after.Except(before).ToList();
        if (found.Count > 0)
        {
            return new NewEvent(Actor.System, environment.Id, null, found[0].Step, "drift.found", EventSeverity.Warning,
                found.Count == 1 ? $"{found[0].Resource} is not as it was planned" : $"{found.Count} resources are not as they were planned")
            { Body = new { resources = found.Select(item => new { step = item.Step, resource = item.Resource }) } };
        }

        return after.Count == 0 && before.Count > 0
            ? new NewEvent(Actor.System, environment.Id, null, null, "drift.gone", EventSeverity.Success, $"{environment.Name} is as it was planned again")
            : null;
    }

    private sealed record Checked(Guid Id, string Name, AwsTarget Target, ClusterConnection? Cluster, IReadOnlyList<PlannedStep> Steps, DateTimeOffset Began);
}
