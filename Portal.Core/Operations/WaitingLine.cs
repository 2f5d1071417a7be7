using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Operations;

/// <summary>An operation that has its turn.</summary>
/// <param name="EnvironmentState">What the environment has to be for it to begin.</param>
internal sealed record DueOperation(Guid Id, OperationKind Kind, string? Step, string Sentence, Actor By, EnvironmentState EnvironmentState)
{
    public string? PlanJson { get; init; }

    public string? PlanHash { get; init; }

    public int? SpecificationVersion { get; init; }
}

/// <summary>
/// The line of an environment: what was asked for while another operation was under way. It has no state; it becomes an operation when its
/// turn comes, or is dropped with a word of why. Callers hold the environment's row.
/// </summary>
internal static class WaitingLine
{
    /// <summary>More than this is no plan any more.</summary>
    public const int Most = 10;

    /// <returns>Null where the line is full.</returns>
    public static async Task<Guid?> AddAsync(NpgsqlConnection connection, NewOperation work, int? version, string sentence, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now);
        var plan = work.Line!.IsPlannedAnew ? null : work.Plan;
        var added = await connection.ExecuteAsync(
            """
            insert into waiting_operations (id, environment_id, kind, step, plan, plan_hash, specification_version, sentence, asked_at, by_id, by_name, by_kind)
            select @id, @EnvironmentId, @kind, @Step, @plan::jsonb, @Hash, @version, @sentence, @now, @Subject, @Name, @byKind
            where (select count(*) from waiting_operations where environment_id = @EnvironmentId) < @Most
            """,
            new
            {
                id,
                work.EnvironmentId,
                kind = work.Kind.ToString(),
                work.Line.Step,
                plan = plan?.ToJson(),
                plan?.Hash,
                version,
                sentence,
                now,
                work.By.Subject,
                Name = work.By.Signature,
                byKind = work.By.Kind.ToString(),
                Most,
            });
        return added == 1 ? id : null;
    }

    /// <summary>Takes the first one out of the line; null where nobody waits.</summary>
    public static async Task<DueOperation?> TakeAsync(NpgsqlConnection connection, Guid environmentId)
    {
        var row = await connection.QuerySingleOrDefaultAsync<Row>(
            """
            delete from waiting_operations
            where id = (select id from waiting_operations where environment_id = @environmentId order by number limit 1)
            returning id as Id, kind as Kind, step as Step, plan::text as Plan, plan_hash as PlanHash, specification_version as Version, sentence as Sentence,
                      by_id as ById, by_name as ByName, by_kind as ByKind
            """, new { environmentId });
        return row?.ToDue();
    }

    /// <summary>What is to be done now that its turn has come.</summary>
    /// <param name="head">Plan of the operation before it.</param>
    /// <returns>Null where what it is about is not there any more, or its plan is not the one that was filed.</returns>
    public static async Task<NewOperation?> WorkAsync(NpgsqlConnection connection, Guid environmentId, DueOperation due, Plan head, CancellationToken cancellationToken)
    {
        if (due.PlanJson is not null)
        {
            var plan = Plan.FromJson(due.PlanJson);
            if (plan.Hash != due.PlanHash)
                return null;
            var adopt = due.SpecificationVersion is { } version ? new AdoptedSpecification(version, await SpecificationAsync(connection, environmentId, version)) : null;
            return new NewOperation(environmentId, null, due.Kind, plan, due.By, adopt);
        }

        var existing = await Deployments.ReadAsync(connection, environmentId, cancellationToken);
        var probe = due.Kind == OperationKind.Repair ? await Deployments.ProbeAsync(connection, environmentId) : null;
        return ServicePlans.Of(due.Kind, head, [.. existing.Select(one => one.Plan)], due.Step, probe) is { } anew
            ? new NewOperation(environmentId, null, due.Kind, anew, due.By)
            : null;
    }

    private static async Task<Specification> SpecificationAsync(NpgsqlConnection connection, Guid environmentId, int version)
    {
        var document = await connection.ExecuteScalarAsync<string>(
            "select document::text from specifications where environment_id = @environmentId and version = @version", new { environmentId, version });
        return JsonSerializer.Deserialize<Specification>(document!, Specification.Json) ?? throw new InvalidDataException("The stored specification is empty.");
    }

    private sealed record Row
    {
        public Guid Id { get; init; }
        public OperationKind Kind { get; init; }
        public string? Step { get; init; }
        public string? Plan { get; init; }
        public string? PlanHash { get; init; }
        public int? Version { get; init; }
        public string Sentence { get; init; } = "";
        public string ById { get; init; } = "";
        public string ByName { get; init; } = "";
        public ActorKind ByKind { get; init; }

        // Whoever asked was allowed to then; roles are of the session that asked.
        public DueOperation ToDue() => new(Id, Kind, Step, Sentence, new Actor(ById, ByName, new HashSet<string>()) { Kind = ByKind }, Transitions.BeginsFrom(Kind))
        {
            PlanJson = Plan,
            PlanHash = PlanHash,
            SpecificationVersion = Version,
        };
    }
}
