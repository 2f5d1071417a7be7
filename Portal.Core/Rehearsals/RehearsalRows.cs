using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Approvals;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;

namespace Portal.Core.Rehearsals;

/// <summary>How a rehearsal ends.</summary>
/// <param name="Trouble">Why there is no report, in a sentence.</param>
public sealed record RehearsalEnd(RehearsalState State, RehearsalReport? Report = null, string? Trouble = null);

/// <summary>Rehearsals as rows.</summary>
public static class RehearsalRows
{
    /// <summary>Of one request; the oldest go.</summary>
    public const int MostKept = 5;

    private const string Columns = """
        id as Id, state as State, plan_hash as PlanHash, by_name as By, asked_at as AskedAt, started_at as StartedAt, finished_at as FinishedAt, cancelled_by as CancelledBy,
        progress::text as Progress, report::text as Report, trouble as Trouble
        """;

    /// <summary>Newest first.</summary>
    internal static async Task<IReadOnlyList<Rehearsal>> ReadAsync(NpgsqlConnection connection, Guid requestId, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"select {Columns} from rehearsals where request_id = @requestId order by number desc limit @MostKept", new { requestId, MostKept }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToRehearsal())];
    }

    /// <summary>Ends one that is open, with the event that says so, and forgets the oldest of its request.</summary>
    /// <param name="owner">The worker that plays it, in its attempt of that number; null for one that nobody plays.</param>
    /// <returns>False where it is not open, or not that worker's any more.</returns>
    public static async Task<bool> EndAsync(Work work, Guid id, (string Worker, int Attempt)? owner, RehearsalEnd end, DateTimeOffset now)
    {
        var ended = await work.Connection.QuerySingleOrDefaultAsync<(Guid RequestId, string ById, string ByName, string ByKind)?>(
            """
            update rehearsals set state = @state, finished_at = @now, report = @report::jsonb, trouble = @Trouble, progress = null, owner = null
            where id = @id and finished_at is null and owner is not distinct from @owner and (@attempt::int is null or attempt = @attempt)
            returning request_id, by_id, by_name, by_kind
            """,
            new { id, state = end.State.ToString(), now, report = end.Report is null ? null : JsonSerializer.Serialize(end.Report, Specification.Json), end.Trouble, owner = owner?.Worker, attempt = owner?.Attempt });
        if (ended is not { } row)
            return false;
        var (environment, name, number) = await work.Connection.QuerySingleAsync<(Guid, string, long)>(
            "select e.id, e.name, r.number from requests r join environments e on e.id = r.environment_id where r.id = @RequestId", new { row.RequestId });
        await work.Connection.ExecuteAsync(
            """
            delete from rehearsals where request_id = @RequestId and finished_at is not null
              and number not in (select number from rehearsals where request_id = @RequestId order by number desc limit @MostKept)
            """, new { row.RequestId, MostKept });
        var by = new Actor(row.ById, row.ByName, new HashSet<string>()) { Kind = Enum.Parse<ActorKind>(row.ByKind) };
        await new NewEvent(
            by, environment, null, null, "request.rehearsed", Severity(end.State), $"{by.Name} rehearsed request {number} for {name}: {end.State}{(end.Report?.Failure is { } failure ? $", {failure.Message}" : end.Trouble is { } trouble ? $", {trouble}" : "")}")
        { Body = new { row.RequestId, rehearsalId = id, end.State, end.Report?.Failure?.Step, left = end.Report?.NotGone.Count } }.AppendAsync(work, now);
        await work.Connection.NotifyAsync(Channels.Request, row.RequestId.ToString());
        return true;
    }

    /// <returns>Why somebody may not rehearse the request; null where he may: who may decide on it, and whose environment it is.</returns>
    internal static async Task<Refusal?> RefusalAsync(NpgsqlConnection connection, ApprovalPolicy policy, Actor actor, FoundRequest request, DateTimeOffset now)
    {
        if (actor.Lets(TokenScope.Approve)
            && ApprovalProgress.Of(policy, request.Facts, await Verdicts.ReadAsync(connection, request.Id), request.PlanHash, request.WaitsSince, now)
                .MayAsk(actor, await DelegationQueries.StandInsAsync(connection, actor, now), request.RequestedById))
            return null;
        return actor.May(Permission.RequestEnvironment)
            ? await Ownership.RefusalAsync(connection, actor, request.EnvironmentId)
            : new NotAllowed($"{actor.Name} may look, but not rehearse requests. Ask for the role {Roles.Engineer}.");
    }

    private static EventSeverity Severity(RehearsalState state) => state switch
    {
        RehearsalState.Succeeded => EventSeverity.Success,
        RehearsalState.Failed => EventSeverity.Warning,
        _ => EventSeverity.Info,
    };

    private sealed record Row
    {
        public Guid Id { get; init; }
        public RehearsalState State { get; init; }
        public string PlanHash { get; init; } = "";
        public string By { get; init; } = "";
        public DateTime AskedAt { get; init; }
        public DateTime? StartedAt { get; init; }
        public DateTime? FinishedAt { get; init; }
        public string? CancelledBy { get; init; }
        public string? Progress { get; init; }
        public string? Report { get; init; }
        public string? Trouble { get; init; }

        public Rehearsal ToRehearsal() => new(Id, State, PlanHash, By, Utc(AskedAt))
        {
            StartedAt = StartedAt is { } started ? Utc(started) : null,
            FinishedAt = FinishedAt is { } finished ? Utc(finished) : null,
            CancelledBy = CancelledBy,
            Progress = Progress is null ? null : JsonSerializer.Deserialize<RehearsalProgress>(Progress, Specification.Json),
            Report = Report is null ? null : JsonSerializer.Deserialize<RehearsalReport>(Report, Specification.Json),
            Trouble = Trouble,
        };

        private static DateTimeOffset Utc(DateTime time) => new(time, TimeSpan.Zero);
    }
}
