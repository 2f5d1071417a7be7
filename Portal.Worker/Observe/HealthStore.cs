using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Environments;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Worker.Aws;

namespace Portal.Worker.Observe;

/// <summary>An environment, what is written of its health, and what is known that decides it.</summary>
public sealed record SeenEnvironment(
    Guid Id, string Name, EnvironmentState State, Health Health, IReadOnlyList<HealthReason> Reasons, HealthFacts Facts);

/// <summary>The health of environments in the database: what decides it, for many at once, and what was found.</summary>
public sealed class HealthStore(NpgsqlDataSource database, Transactions transactions, TimeProvider clock)
{
    public async Task<IReadOnlyList<SeenEnvironment>> ReadAsync(string target, IReadOnlyCollection<Guid> environments, CancellationToken cancellationToken)
    {
        var ids = environments.ToArray();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var answers = await connection.QueryMultipleAsync(new CommandDefinition(
            """
            select e.id, e.name, e.state, e.health, e.health_reasons::text, c.seen_at is not null, coalesce(c.gone, false)
            from environments e left join cluster_sights c on c.environment_id = e.id where e.id = any(@ids);

            select environment_id as EnvironmentId, step as Name, plan ->> 'kind' as Kind, plan ->> 'title' as Title, plan ->> 'service' as Service, plan ->> 'subject' as Subject,
              case when jsonb_typeof(plan -> 'values' -> 'replicas') = 'number' then (plan -> 'values' ->> 'replicas')::int end as Replicas,
              (plan -> 'inputs' -> case when plan -> 'inputs' -> 'NodesGrow' ->> 'value' = 'true' then 'MinNodes' else 'DesiredNodes' end ->> 'value')::int as Nodes,
              (plan -> 'inputs' -> case when plan -> 'inputs' -> 'NodesGrow' ->> 'value' = 'true' then 'MaxNodes' else 'DesiredNodes' end ->> 'value')::int as MostNodes, asleep as IsAsleep, plan -> 'values' ->> 'path' is distinct from '' as IsPublic,
              coalesce(plan -> 'values' ->> 'kind', 'service') as Workload
            from deployments where environment_id = any(@ids) and complete order by created_at, step;

            select environment_id as EnvironmentId, step, type, name, state, ready, reason, changed_at as ChangedAt
            from resources where environment_id = any(@ids) and type like 'Kubernetes::%' order by type, name;

            select o.target, o.kind, o.name, o.external_id as ExternalId, o.state, o.reason, o.data::text as data
            from observations o where o.target = @target and split_part(o.name, '/', 1) in (
              select plan ->> 'subject' from deployments where environment_id = any(@ids) and plan ->> 'kind' in ('Stack', 'Wait'));
            """, new { ids, target }, cancellationToken: cancellationToken));
        var heads = (await answers.ReadAsync<(Guid Id, string Name, string State, string Health, string Reasons, bool IsSeen, bool IsGone)>()).AsList();
        var records = (await answers.ReadAsync<StepRecord>()).AsList();
        var steps = records.ToLookup(row => row.EnvironmentId, row => row.ToStep());
        var asleep = records.Where(row => row.IsAsleep).Select(row => row.EnvironmentId).ToHashSet();
        var objects = (await answers.ReadAsync<ObjectRecord>()).ToLookup(row => row.EnvironmentId, row => row.ToResource());
        var observations = (await answers.ReadAsync<ObservationStore.Row>()).Select(row => row.ToObservation()).ToList();
        return [.. heads.Select(head => new SeenEnvironment(
            head.Id, head.Name, Enum.Parse<EnvironmentState>(head.State), Enum.Parse<Health>(head.Health),
            JsonSerializer.Deserialize<List<HealthReason>>(head.Reasons, Specification.Json) ?? [],
            Facts([.. steps[head.Id]], observations, head.IsSeen, head.IsGone, [.. objects[head.Id]]) with { IsAsleep = asleep.Contains(head.Id) }))];
    }

    /// <param name="isNews">Whether it gets an event; else pages are told all the same.</param>
    /// <exception cref="ObserverReplacedException">Another worker observes the target: nothing was written.</exception>
    public Task WriteAsync(
        ObserverClaim claim, SeenEnvironment seen, Health health, IReadOnlyList<HealthReason> reasons, bool isNews, CancellationToken cancellationToken) => transactions.DoAsync(
        async work =>
        {
            await ObserverClaims.HoldAsync(work, claim);
            var now = clock.GetUtcNow();
            await work.Connection.ExecuteAsync(
                """
                update environments set health = @health, health_reasons = @reasons::jsonb, health_since = case when health = @health then health_since else @now end
                where id = @Id
                """, new { seen.Id, health = health.ToString(), reasons = JsonSerializer.Serialize(reasons, Specification.Json), now });
            // That a new environment is found healthy is no news: its operation has said that it is ready.
            if (isNews && (health, seen.Health) != (Health.Healthy, Health.Unknown))
                await Said(seen, health, reasons).AppendAsync(work, now);
            else
                await work.ChangedAsync(seen.Id);
        }, cancellationToken);

    private static NewEvent Said(SeenEnvironment seen, Health health, IReadOnlyList<HealthReason> reasons)
    {
        var more = reasons.Count > 1 ? $" And {(reasons.Count == 2 ? "one more thing" : $"{reasons.Count - 1} more things")}." : "";
        return health == Health.Degraded
            ? new NewEvent(Actor.System, seen.Id, null, reasons[0].Step, "health.degraded", EventSeverity.Warning, $"{seen.Name} is degraded. {reasons[0].Message}{more}") { Body = new { reasons } }
            : new NewEvent(Actor.System, seen.Id, null, null, "health.recovered", EventSeverity.Success, $"{seen.Name} is healthy again") { Body = new { was = seen.Reasons } };
    }

    private static HealthFacts Facts(
        IReadOnlyList<ExpectedStep> steps, IReadOnlyList<Observation> observations, bool isSeen, bool isGone, IReadOnlyList<ResourceInfo> objects)
    {
        var subjects = steps.Select(step => step.Subject).ToHashSet(StringComparer.Ordinal);
        var mine = observations.Where(seen => subjects.Contains(seen.Name.Split('/')[0])).ToLookup(seen => seen.Kind);
        return new HealthFacts(
            steps,
            [.. mine[ObservationKinds.Stack].Select(seen => new SeenThing(seen.Name, OfStack(seen.State), seen.State, seen.Reason))],
            [.. mine[ObservationKinds.LoadBalancer].Select(seen => new SeenThing(seen.Name, OfLoadBalancer(seen.State), seen.State, seen.Reason))],
            [.. mine[ObservationKinds.Targets].Select(TargetHealth.Of)],
            isSeen, isGone, objects);
    }

    private static Standing OfStack(string state) => state switch
    {
        ObservationKinds.Deleted => Standing.Gone,
        "DELETE_IN_PROGRESS" => Standing.Leaving,
        // A change that was undone left what was there before.
        _ when StackStatus.HasFailed(state) && !StackStatus.IsBackAsBefore(state) => Standing.Failed,
        _ => Standing.Works,
    };

    private static Standing OfLoadBalancer(string state) => state switch
    {
        ObservationKinds.Gone => Standing.Gone,
        "failed" or "active_impaired" => Standing.Failed,
        _ => Standing.Works,
    };

    private sealed record StepRecord
    {
        public Guid EnvironmentId { get; init; }
        public string Name { get; init; } = "";
        public string Kind { get; init; } = "";
        public string Title { get; init; } = "";
        public string? Service { get; init; }
        public string Subject { get; init; } = "";
        public int? Replicas { get; init; }
        public int? Nodes { get; init; }
        public int? MostNodes { get; init; }
        public bool IsAsleep { get; init; }
        public bool IsPublic { get; init; }
        public string Workload { get; init; } = "";

        public ExpectedStep ToStep() => new(Name, Enum.Parse<StepKind>(Kind, ignoreCase: true), Title, Service, Subject, Replicas, Nodes) { MostNodes = MostNodes, IsPublic = IsPublic, Workload = Workload };
    }

    private sealed record ObjectRecord
    {
        public Guid EnvironmentId { get; init; }
        public string Step { get; init; } = "";
        public string Type { get; init; } = "";
        public string Name { get; init; } = "";
        public string State { get; init; } = "";
        public bool Ready { get; init; }
        public string? Reason { get; init; }
        public DateTime ChangedAt { get; init; }

        public ResourceInfo ToResource() => new()
        {
            Step = Step,
            Type = Type,
            Name = Name,
            State = State,
            Ready = Ready,
            Reason = Reason,
            ChangedAt = new DateTimeOffset(ChangedAt, TimeSpan.Zero),
        };
    }
}
