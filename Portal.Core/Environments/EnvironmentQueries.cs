using System.Text.Json;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;

namespace Portal.Core.Environments;

/// <summary>What the pages read. Every list is paged in the database; every call that takes an actor checks that he may look.</summary>
public sealed class EnvironmentQueries(IDbContextFactory<PortalDb> databases, NpgsqlDataSource database)
{
    public const int RecentEvents = 60;
    public const int MaxPageSize = 100;

    /// <summary>For the live feed, which reads once for all who watch: <see cref="FindAsync"/> is what hands out ids, to those who may look.</summary>
    /// <returns>Null where there is no such environment.</returns>
    public async Task<EnvironmentSnapshot?> SnapshotAsync(Guid environmentId, CancellationToken cancellationToken)
    {
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        // One moment for all of it: the pieces must fit together.
        await using var moment = await context.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var environment = await context.Environments.FirstOrDefaultAsync(row => row.Id == environmentId, cancellationToken);
        if (environment is null)
            return null;
        var target = await context.Targets.FirstAsync(row => row.Name == environment.Target, cancellationToken);
        var specification = await context.Specifications.FirstAsync(
            row => row.EnvironmentId == environmentId && row.Version == environment.SpecificationVersion, cancellationToken);
        var request = await context.Requests.Where(row => row.EnvironmentId == environmentId).OrderByDescending(row => row.Number).FirstAsync(cancellationToken);
        var operation = await context.Operations.Where(row => row.EnvironmentId == environmentId).OrderByDescending(row => row.CreatedAt).FirstOrDefaultAsync(cancellationToken);
        return new EnvironmentSnapshot
        {
            Environment = environment,
            Target = target,
            Specification = Read(specification.Document),
            Request = request,
            Plan = Plan.FromJson(operation?.Plan ?? request.Plan),
            Operation = operation,
            Steps = operation is null ? [] : await context.Steps.Where(row => row.OperationId == operation.Id).OrderBy(row => row.Ordinal).ToListAsync(cancellationToken),
            Resources = await context.Resources.Where(row => row.EnvironmentId == environmentId).OrderBy(row => row.Step).ThenBy(row => row.Type).ThenBy(row => row.Name).ToListAsync(cancellationToken),
            Events = await context.Events.Where(row => row.EnvironmentId == environmentId).OrderByDescending(row => row.Number).Take(RecentEvents).ToListAsync(cancellationToken),
        };
    }

    /// <summary>The newest environment that bears the name.</summary>
    public async Task<Guid?> FindAsync(Actor actor, string name, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.View))
            return null;
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        return await context.Environments.Where(row => row.Name == name).OrderByDescending(row => row.CreatedAt).Select(row => (Guid?)row.Id).FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>Events with a number below <paramref name="before"/>, newest first.</summary>
    public async Task<IReadOnlyList<EventRow>> EventsAsync(Actor actor, Guid environmentId, long before, int count, CancellationToken cancellationToken)
    {
        MayLook(actor);
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        return await context.Events.Where(row => row.EnvironmentId == environmentId && row.Number < before)
            .OrderByDescending(row => row.Number).Take(Math.Clamp(count, 1, MaxPageSize)).ToListAsync(cancellationToken);
    }

    public async Task<DashboardPage> DashboardAsync(Actor actor, DashboardFilter filter, CancellationToken cancellationToken)
    {
        MayLook(actor);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        const string counts = """
            select count(*)::int as total,
                   (count(*) filter (where state = 'Ready'))::int as ready,
                   (count(*) filter (where state in ('Provisioning', 'Destroying')))::int as provisioning,
                   (count(*) filter (where state = 'Failed'))::int as failed,
                   (count(*) filter (where state = 'Requested'))::int as requested,
                   (select min(submitted_at) from requests where state = 'Submitted') as oldestRequest
            from environments where state not in ('Destroyed', 'Rejected')
            """;
        const string where = """
            from environments e join targets t on t.name = e.target
            where (case when @state is null then e.state not in ('Destroyed', 'Rejected') else e.state = @state end)
              and (@search is null or position(@search in e.name) > 0)
            """;
        const string rows = $"""
            select e.id, e.name, e.target, t.region, e.state, e.owner_name as ownerName, e.changed_at as changedAt, e.created_at as createdAt,
                   coalesce(last.message, '') as lastChange, r.monthly as monthlyCost, jsonb_array_length(s.document -> 'services') as services,
                   coalesce(p.services_ready, 0)::int as servicesReady, coalesce(p.progress, 0) as progress, p.failed_at as failedAt, p.failure_reason as failureReason
            from (select e.*, t.region {where} order by e.changed_at desc, e.id limit @size offset @skip) e
            join targets t on t.name = e.target
            join specifications s on s.environment_id = e.id and s.version = e.specification_version
            left join events last on last.environment_id = e.id and last.number = e.last_event
            left join lateral (select (plan -> 'cost' ->> 'monthly')::numeric as monthly from requests where environment_id = e.id order by number desc limit 1) r on true
            left join lateral (
              select count(*) filter (where st.service is not null and st.kind = 'Release' and st.state = 'Succeeded') as services_ready,
                     sum(case st.state
                         when 'Succeeded' then st.expected_seconds
                         when 'Running' then least(0.95 * st.expected_seconds, extract(epoch from now() - st.started_at)::double precision * t.pace)
                         else 0 end) / nullif(sum(st.expected_seconds), 0) as progress,
                     (array_agg(st.title order by st.ordinal) filter (where st.state = 'Failed'))[1] as failed_at,
                     (array_agg(coalesce(st.failure ->> 'rootCause', st.failure ->> 'message') order by st.ordinal) filter (where st.state = 'Failed'))[1] as failure_reason
              from steps st where st.operation_id = (select id from operations o where o.environment_id = e.id order by o.created_at desc limit 1)
            ) p on true
            order by e.changed_at desc, e.id
            """;
        var arguments = new
        {
            state = filter.State?.ToString(),
            search = string.IsNullOrWhiteSpace(filter.Search) ? null : filter.Search.Trim().ToLowerInvariant(),
            size = Math.Clamp(filter.PageSize, 1, MaxPageSize),
            skip = Math.Max(0, filter.Page) * Math.Clamp(filter.PageSize, 1, MaxPageSize),
        };
        var all = await connection.QuerySingleAsync<CountsRecord>(new CommandDefinition(counts, cancellationToken: cancellationToken));
        var total = await connection.ExecuteScalarAsync<int>(new CommandDefinition($"select count(*)::int {where}", arguments, cancellationToken: cancellationToken));
        var page = await connection.QueryAsync<SummaryRecord>(new CommandDefinition(rows, arguments, cancellationToken: cancellationToken));
        return new DashboardPage([.. page.Select(row => row.ToSummary())], total, all.ToCounts());
    }

    /// <param name="state">Null for every state.</param>
    public async Task<Page<RequestSummary>> RequestsAsync(Actor actor, RequestState? state, int page, int pageSize, CancellationToken cancellationToken)
    {
        MayLook(actor);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // The longest waiting first where a decision is due, else the newest first. Of the plan only its cost leaves the database.
        const string where = "from requests where @state is null or state = @state";
        var order = state == RequestState.Submitted ? "submitted_at" : "number desc";
        var rows = $"""
            select r.id, r.number, r.kind, r.state, r.environment_id as environmentId, e.name as environment, e.target, r.requested_by_id as requestedById,
                   r.requested_by_name as requestedByName, r.submitted_at as submittedAt, r.decided_by_name as decidedByName, r.decided_at as decidedAt,
                   r.comment, (r.plan -> 'cost' ->> 'monthly')::numeric as monthlyCost
            from (select * {where} order by {order} limit @size offset @skip) r join environments e on e.id = r.environment_id
            order by r.{order}
            """;
        pageSize = Math.Clamp(pageSize, 1, MaxPageSize);
        var arguments = new { state = state?.ToString(), size = pageSize, skip = Math.Max(0, page) * pageSize };
        var total = await connection.ExecuteScalarAsync<int>(new CommandDefinition($"select count(*)::int {where}", arguments, cancellationToken: cancellationToken));
        var found = await connection.QueryAsync<RequestRecord>(new CommandDefinition(rows, arguments, cancellationToken: cancellationToken));
        return new Page<RequestSummary>([.. found.Select(row => row.ToSummary())], total);
    }

    /// <summary>How many requests wait for a decision, for the badge in the header.</summary>
    public async Task<int> WaitingAsync(CancellationToken cancellationToken)
    {
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        return await context.Requests.CountAsync(row => row.State == RequestState.Submitted, cancellationToken);
    }

    /// <returns>Null where there is no such request.</returns>
    public async Task<RequestDetail?> RequestAsync(Actor actor, long number, CancellationToken cancellationToken)
    {
        MayLook(actor);
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        var request = await context.Requests.FirstOrDefaultAsync(row => row.Number == number, cancellationToken);
        if (request is null)
            return null;
        var environment = await context.Environments.FirstAsync(row => row.Id == request.EnvironmentId, cancellationToken);
        var target = await context.Targets.FirstAsync(row => row.Name == environment.Target, cancellationToken);
        var specification = await context.Specifications.FirstAsync(
            row => row.EnvironmentId == request.EnvironmentId && row.Version == request.SpecificationVersion, cancellationToken);
        return new RequestDetail(request, environment, target, Read(specification.Document), Plan.FromJson(request.Plan));
    }

    public async Task<IReadOnlyList<TargetRow>> TargetsAsync(Actor actor, CancellationToken cancellationToken)
    {
        MayLook(actor);
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        return await context.Targets.OrderBy(row => row.Name).ToListAsync(cancellationToken);
    }

    /// <summary>The pages' policy keeps others out before; this is what counts when a page forgets.</summary>
    private static void MayLook(Actor actor)
    {
        if (!actor.May(Permission.View))
            throw new UnauthorizedAccessException($"{actor.Name} may not look at environments.");
    }

    private static Specification Read(string document) =>
        JsonSerializer.Deserialize<Specification>(document, Specification.Json) ?? throw new InvalidDataException("The stored specification is empty.");

    private sealed class CountsRecord
    {
        public int Total { get; init; }
        public int Ready { get; init; }
        public int Provisioning { get; init; }
        public int Failed { get; init; }
        public int Requested { get; init; }
        public DateTime? OldestRequest { get; init; }

        public DashboardCounts ToCounts() => new(Total, Ready, Provisioning, Failed, Requested, OldestRequest is { } oldest ? new DateTimeOffset(oldest, TimeSpan.Zero) : null);
    }

    private sealed class RequestRecord
    {
        public Guid Id { get; init; }
        public long Number { get; init; }
        public string Kind { get; init; } = "";
        public string State { get; init; } = "";
        public Guid EnvironmentId { get; init; }
        public string Environment { get; init; } = "";
        public string Target { get; init; } = "";
        public string RequestedById { get; init; } = "";
        public string RequestedByName { get; init; } = "";
        public DateTime SubmittedAt { get; init; }
        public string? DecidedByName { get; init; }
        public DateTime? DecidedAt { get; init; }
        public string? Comment { get; init; }
        public decimal MonthlyCost { get; init; }

        public RequestSummary ToSummary() => new(
            Id, Number, Enum.Parse<RequestKind>(Kind), Enum.Parse<RequestState>(State), EnvironmentId, Environment, Target, RequestedById, RequestedByName,
            new DateTimeOffset(SubmittedAt, TimeSpan.Zero), DecidedByName, DecidedAt is { } decided ? new DateTimeOffset(decided, TimeSpan.Zero) : null, Comment, MonthlyCost);
    }

    private sealed class SummaryRecord
    {
        public Guid Id { get; init; }
        public string Name { get; init; } = "";
        public string Target { get; init; } = "";
        public string Region { get; init; } = "";
        public string State { get; init; } = "";
        public string OwnerName { get; init; } = "";
        public DateTime ChangedAt { get; init; }
        public DateTime CreatedAt { get; init; }
        public string LastChange { get; init; } = "";
        public decimal? MonthlyCost { get; init; }
        public int Services { get; init; }
        public int ServicesReady { get; init; }
        public double Progress { get; init; }
        public string? FailedAt { get; init; }
        public string? FailureReason { get; init; }

        public EnvironmentSummary ToSummary() => new()
        {
            Id = Id,
            Name = Name,
            Target = Target,
            Region = Region,
            State = Enum.Parse<EnvironmentState>(State),
            OwnerName = OwnerName,
            ChangedAt = new DateTimeOffset(ChangedAt, TimeSpan.Zero),
            CreatedAt = new DateTimeOffset(CreatedAt, TimeSpan.Zero),
            LastChange = LastChange,
            MonthlyCost = MonthlyCost ?? 0,
            Services = Services,
            ServicesReady = ServicesReady,
            Progress = Progress,
            FailedAt = FailedAt,
            FailureReason = FailureReason,
        };
    }
}
