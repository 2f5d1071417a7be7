using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Core.Operations;

/// <summary>What exists, or may exist, of one step of an environment.</summary>
/// <param name="Plan">The step as it was carried out.</param>
/// <param name="Outputs">Of its last success; empty before.</param>
/// <param name="IsComplete">Whether it is as planned; else it is half made, half changed or half gone.</param>
/// <param name="IsAsleep">Whether it rests, or may.</param>
/// <param name="OperationId">The operation that made it what it is.</param>
public sealed record Deployment(
    PlannedStep Plan, IReadOnlyDictionary<string, string> Outputs, bool IsComplete, bool IsAsleep, Guid OperationId, DateTimeOffset ChangedAt)
{
    public string Step => Plan.Name;

    /// <summary>Resources of its stack that the way back leaves out, if it comes to that: <see cref="WayBackWithout"/>.</summary>
    public IReadOnlyCollection<string> LeftOut { get; init; } = [];
}

/// <summary>
/// The deployed state of environments: a row before a step's first side effect, completed by its success, gone with what it made.
/// Whoever asks what exists asks here, and not the newest operation, which is only the way from one such state to the next.
/// </summary>
public static class Deployments
{
    /// <summary>In an order in which every step stands after what it depends on.</summary>
    public static async Task<IReadOnlyList<Deployment>> ReadAsync(NpgsqlConnection connection, Guid environmentId, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            """
            select plan::text as Plan, outputs::text as Outputs, complete as Complete, asleep as Asleep, operation_id as OperationId, changed_at as ChangedAt, left_out as LeftOut
            from deployments where environment_id = @environmentId order by created_at, step
            """, new { environmentId }, cancellationToken: cancellationToken));
        return StepOrder.Sort([.. rows.Select(row => row.ToDeployment())], deployment => deployment.Step, deployment => deployment.Plan.DependsOn);
    }

    /// <summary>
    /// How the environment was asked whether it answers when it was last brought about, whatever it said then; null where nothing of it is reached
    /// from outside.
    /// </summary>
    public static async Task<PlannedStep?> ProbeAsync(NpgsqlConnection connection, Guid environmentId)
    {
        var row = await connection.ExecuteScalarAsync<string?>(
            """
            select step::text
            from operations o cross join lateral jsonb_array_elements(o.plan -> 'steps') step
            where o.environment_id = @environmentId and step ->> 'kind' = @kind
              and not exists (select from steps s where s.operation_id = o.id and s.name <> step ->> 'name' and s.state <> 'Succeeded')
            order by o.created_at desc limit 1
            """, new { environmentId, kind = JsonSerializer.SerializeToElement(StepKind.Probe, Specification.Json).GetString() });
        return row is null ? null : JsonSerializer.Deserialize<PlannedStep>(row, Specification.Json);
    }

    /// <summary>What it takes to have nothing of it left.</summary>
    public static Plan Destruction(Plan head, IReadOnlyList<Deployment> deployed)
    {
        IReadOnlyList<PlannedStep> made = [.. deployed.Select(one => one.Plan)];
        return SweepPlan.After(PlanDifference.Destroy(head, made, deployed.Where(one => one.IsAsleep).Select(one => one.Step).ToHashSet(StringComparer.Ordinal)), made);
    }

    /// <summary>
    /// Says, before the first side effect of the step, that something may exist from now on, or may not be what it was: its own subject, and
    /// what only waits for it, which comes about by it whether anybody has begun to wait or not.
    /// </summary>
    /// <param name="plan">That the step belongs to.</param>
    public static IEnumerable<Statement> Begin(Guid environmentId, Guid operationId, Plan plan, PlannedStep step, DateTimeOffset now)
    {
        switch (step.Action)
        {
            case PlanAction.Ensure or PlanAction.Remove:
                yield return Insert(
                    """
                    on conflict (environment_id, step) do update
                      set complete = false, operation_id = excluded.operation_id, changed_at = excluded.changed_at,
                          plan = case when @ensures then excluded.plan else deployments.plan end
                    """, step, ("ensures", step is { Action: PlanAction.Ensure, RevertsDrift: false }));
                break;
            case PlanAction.Sleep:
                yield return new Statement(
                    "update deployments set asleep = true, operation_id = @operation, changed_at = @now where environment_id = @environment and step = @step",
                    ("environment", environmentId), ("operation", operationId), ("step", step.Deployment), ("now", now));
                break;
        }

        // Of what is there nothing is taken back before its own step begins: where that never does, it stays as it was.
        foreach (var wait in plan.BroughtAboutBy(step))
            yield return Insert("on conflict do nothing", wait);

        Statement Insert(string conflict, PlannedStep one, params ReadOnlySpan<(string Name, object? Value)> more) => new(
            $"""
            insert into deployments (environment_id, step, plan, complete, operation_id, created_at, changed_at)
            values (@environment, @step, @plan::jsonb, false, @operation, @now, @now)
            {conflict}
            """,
            [
                ("environment", environmentId), ("step", one.Deployment), ("plan", JsonSerializer.Serialize(one.AsDeployed(), Specification.Json)),
                ("operation", operationId), ("now", now), .. more,
            ]);
    }

    /// <summary>Says what the step's success means for what exists.</summary>
    /// <param name="outputs">Of a step that brings something about.</param>
    public static IEnumerable<Statement> Complete(Guid environmentId, PlannedStep step, IReadOnlyDictionary<string, string> outputs, DateTimeOffset now)
    {
        return step.Action switch
        {
            PlanAction.Ensure => [
                Of("update deployments set complete = true, left_out = '{}', outputs = @outputs::jsonb, changed_at = @now", ("outputs", JsonSerializer.Serialize(outputs)), ("now", now)),
                .. step.RevertsDrift ? [Of("delete from drifts")] : Array.Empty<Statement>(),
            ],
            // What the step made is gone, and what was seen of it.
            PlanAction.Remove => [Of("delete from deployments"), Of("delete from resources"), Of("delete from drifts")],
            PlanAction.Wake => [Of("update deployments set asleep = false, left_out = '{}', changed_at = @now", ("now", now))],
            _ => [],
        };

        Statement Of(string what, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
            new($"{what} where environment_id = @environment and step = @step", [("environment", environmentId), ("step", step.Deployment), .. parameters]);
    }

    private sealed record Row
    {
        public string Plan { get; init; } = "";
        public string Outputs { get; init; } = "";
        public bool Complete { get; init; }
        public bool Asleep { get; init; }
        public Guid OperationId { get; init; }
        public DateTime ChangedAt { get; init; }
        public string[] LeftOut { get; init; } = [];

        public Deployment ToDeployment() => new(
            JsonSerializer.Deserialize<PlannedStep>(Plan, Specification.Json) ?? throw new InvalidDataException("A deployment without its step."),
            JsonSerializer.Deserialize<Dictionary<string, string>>(Outputs) ?? [],
            Complete, Asleep, OperationId, new DateTimeOffset(ChangedAt, TimeSpan.Zero))
        { LeftOut = LeftOut };
    }
}
