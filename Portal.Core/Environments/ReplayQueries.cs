using System.Text.Json;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;

namespace Portal.Core.Environments;

/// <summary>How long a resource took within an operation, as it was observed.</summary>
/// <param name="EndedAt">When it was ready, failed or gone; null while it is neither.</param>
public sealed record ResourceSpan(string Type, string Name, string State, bool IsReady, DateTimeOffset BeganAt, DateTimeOffset? EndedAt);

/// <summary>What is kept to look at an operation as it went: events, and the history of resources and of what exists.</summary>
public sealed class ReplayQueries(IDbContextFactory<PortalDb> databases, NpgsqlDataSource database, StoredDocuments documents, Sight sight, TimeProvider clock)
{
    /// <summary>Of each kind of entry: an operation of a large shop has some hundreds.</summary>
    public const int Most = 5_000;

    public const int MostSpans = 200;

    /// <returns>Null where the actor sees no such operation of this environment.</returns>
    public async Task<Recording?> ReadAsync(Actor actor, Guid environmentId, Guid operationId, CancellationToken cancellationToken)
    {
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        // One moment for all of it: the pieces must fit together.
        await using var moment = await context.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        if (!await sight.SeesAsync(context.Connection(), actor, environmentId) || await FrameAsync(context, environmentId, operationId, cancellationToken) is not ({ } frame, var begins))
            return null;
        var ends = frame.Operation!.FinishedAt ?? clock.GetUtcNow();
        var arguments = new { environmentId, begins, ends, limit = Most + 1 };
        var events = (await context.Connection().QueryAsync<EventRecord>(
            """
            select number, at, operation_id as operationId, step, kind, severity, message, actor_id as actorId, actor_name as actorName, actor_kind as actorKind, body::text as body
            from events where environment_id = @environmentId and at >= @begins and at <= @ends order by number limit @limit
            """, arguments)).Select(row => row.ToEntry(operationId)).ToList();
        // How things stood at the beginning, and what came then.
        var resources = (await context.Connection().QueryAsync<ResourceRecord>(
            $"""
            (select distinct on (step, type, name) {ResourceRecord.Columns} from resource_history
             where environment_id = @environmentId and at < @begins order by step, type, name, at desc, id desc)
            union all
            (select {ResourceRecord.Columns} from resource_history where environment_id = @environmentId and at >= @begins and at <= @ends order by at, id limit @limit)
            """, arguments)).Select(row => row.ToEntry()).ToList();
        var deployed = (await context.Connection().QueryAsync<DeploymentRecord>(
            """
            (select distinct on (step) at, step, title, complete, asleep, gone from deployment_history where environment_id = @environmentId and at < @begins order by step, at desc, id desc)
            union all
            (select at, step, title, complete, asleep, gone from deployment_history where environment_id = @environmentId and at >= @begins and at <= @ends order by at, id limit @limit)
            """, arguments)).Select(row => row.ToEntry()).ToList();
        var isCut = events.Count > Most || resources.Count(entry => entry.At >= begins) > Most || deployed.Count(entry => entry.At >= begins) > Most;
        if (isCut)
            ends = new[] { events.LastOrDefault()?.At, resources.LastOrDefault()?.At, deployed.LastOrDefault()?.At }.Where(last => last >= begins).Min() ?? ends;
        // Stable, so that what was written in one moment stays in its order.
        return new Recording(frame, [.. ((IEnumerable<Recorded>)[.. resources, .. deployed, .. events]).OrderBy(entry => entry.At)], begins, ends) { IsCut = isCut };
    }

    /// <summary>When the resources of one step came and went within an operation, those that began first.</summary>
    public async Task<IReadOnlyList<ResourceSpan>> SpansAsync(Actor actor, Guid environmentId, Guid operationId, string step, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await sight.MustSeeAsync(connection, actor, environmentId);
        var rows = await connection.QueryAsync<SpanRecord>(new CommandDefinition(
            """
            select h.type, h.name, coalesce((array_agg(h.state order by h.id desc))[1], 'gone') as state, (array_agg(h.ready order by h.id desc))[1] as isReady, min(h.at) as beganAt,
                   case when (array_agg(h.ready or h.state is null or h.state like '%FAILED' order by h.id desc))[1] then max(h.at) end as endedAt
            from operations o join resource_history h on h.environment_id = o.environment_id and h.at >= o.created_at and h.at <= coalesce(o.finished_at, 'infinity')
            where o.id = @operationId and o.environment_id = @environmentId and h.step = @step
            group by h.type, h.name order by beganAt, h.type, h.name limit @MostSpans
            """, new { environmentId, operationId, step, MostSpans }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => new ResourceSpan(row.Type, row.Name, row.State, row.IsReady, At(row.BeganAt), row.EndedAt is { } end ? At(end) : null))];
    }

    private async Task<(EnvironmentSnapshot? Frame, DateTimeOffset Begins)> FrameAsync(PortalDb context, Guid environmentId, Guid operationId, CancellationToken cancellationToken)
    {
        var operations = context.Operations.Where(row => row.Id == operationId && row.EnvironmentId == environmentId);
        if (await operations.Select(ReadModels.Operation).FirstOrDefaultAsync(cancellationToken) is not { } operation)
            return (null, default);
        var (version, requestId, queued) = await context.Connection().QuerySingleAsync<(int, Guid?, DateTime)>(
            "select specification_version, request_id, created_at from operations where id = @operationId", new { operationId });
        var begins = At(queued);
        var requests = context.Requests.Where(row => row.EnvironmentId == environmentId && row.SubmittedAt <= begins).OrderByDescending(row => row.Id == requestId).ThenByDescending(row => row.Number);
        var frame = new EnvironmentSnapshot
        {
            Environment = await context.Environments.Where(row => row.Id == environmentId).Select(ReadModels.Environment).FirstAsync(cancellationToken),
            Target = await context.Targets.Where(row => context.Environments.Any(one => one.Id == environmentId && one.Target == row.Name)).Select(ReadModels.Target).FirstAsync(cancellationToken),
            Version = version,
            Specification = await documents.SpecificationAsync(context, environmentId, version, cancellationToken),
            Request = await requests.Select(ReadModels.Request).FirstAsync(cancellationToken),
            Plan = await documents.PlanAsync(operationId, operation.PlanHash, operations.Select(row => row.Plan), cancellationToken),
            Operation = operation,
            Steps = await context.Steps.Where(row => row.OperationId == operationId).OrderBy(row => row.Ordinal).Select(ReadModels.Step).ToListAsync(cancellationToken),
        };
        return (frame, begins);
    }

    private static DateTimeOffset At(DateTime time) => new(time, TimeSpan.Zero);

    private sealed class EventRecord
    {
        public long Number { get; init; }
        public DateTime At { get; init; }
        public Guid? OperationId { get; init; }
        public string? Step { get; init; }
        public string Kind { get; init; } = "";
        public string Severity { get; init; } = "";
        public string Message { get; init; } = "";
        public string ActorId { get; init; } = "";
        public string ActorName { get; init; } = "";
        public string ActorKind { get; init; } = "";
        public string Body { get; init; } = "";

        public RecordedEvent ToEntry(Guid operation)
        {
            var told = new EventInfo(
                Number, ReplayQueries.At(At), Step, Kind, Enum.Parse<EventSeverity>(Severity), Message, ReadModels.Who(ActorId, ActorName, Enum.Parse<ActorKind>(ActorKind)));
            if (OperationId != operation)
                return new RecordedEvent(told, null, null, null);
            using var document = JsonDocument.Parse(Body);
            var body = document.RootElement;
            if (Kind.StartsWith("step.", StringComparison.Ordinal) && Step is not null)
            {
                var waiting = Kind == "step.waiting" ? body.Deserialize<StepWaiting>(Specification.Json) : null;
                return new RecordedEvent(told, new StepChange(Step, Value<StepState>(body, "state"), Number32(body, "attempt"), Read<Failure>(body, "failure"), waiting), null, null);
            }

            return new RecordedEvent(told, null, Value<OperationState>(body, "state"), Value<EnvironmentState>(body, "environment"));
        }

        private static T? Value<T>(JsonElement body, string name)
            where T : struct, Enum => body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && Enum.TryParse<T>(value.GetString(), out var parsed) ? parsed : null;

        private static int? Number32(JsonElement body, string name) => body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;

        private static T? Read<T>(JsonElement body, string name)
            where T : class => body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value.Deserialize<T>(Specification.Json) : null;
    }

    private sealed class ResourceRecord
    {
        public const string Columns = "at, step, type, name, physical_id as physicalId, state, ready, reason";

        public DateTime At { get; init; }
        public string Step { get; init; } = "";
        public string Type { get; init; } = "";
        public string Name { get; init; } = "";
        public string? PhysicalId { get; init; }
        public string? State { get; init; }
        public bool Ready { get; init; }
        public string? Reason { get; init; }

        public RecordedResource ToEntry() => new(ReplayQueries.At(At), Step, Type, Name, State is null ? null : new ResourceInfo
        {
            Step = Step,
            Type = Type,
            Name = Name,
            PhysicalId = PhysicalId,
            State = State,
            Ready = Ready,
            Reason = Reason,
            ChangedAt = ReplayQueries.At(At),
        });
    }

    private sealed class DeploymentRecord
    {
        public DateTime At { get; init; }
        public string Step { get; init; } = "";
        public string Title { get; init; } = "";
        public bool Complete { get; init; }
        public bool Asleep { get; init; }
        public bool Gone { get; init; }

        public RecordedDeployment ToEntry() => new(ReplayQueries.At(At), Step, Gone ? null
            : new DeployedStep(Step, Title, Complete, new Dictionary<string, string>(), ReplayQueries.At(At)) { IsAsleep = Asleep, CreatedAt = ReplayQueries.At(At) });
    }

    private sealed class SpanRecord
    {
        public string Type { get; init; } = "";
        public string Name { get; init; } = "";
        public string State { get; init; } = "";
        public bool IsReady { get; init; }
        public DateTime BeganAt { get; init; }
        public DateTime? EndedAt { get; init; }
    }
}
