using Dapper;
using Npgsql;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Environments;

/// <summary>The list of environments, paged in the database.</summary>
public sealed class DashboardQueries(NpgsqlDataSource database, Sight sight)
{
    /// <summary>Of steps <c>st</c> of one operation in a target <c>t</c>: how far it is, 0 to 1, by expected time; null where nothing is expected to take any.</summary>
    internal const string ProgressSql = """
        sum(case st.state
            when 'Succeeded' then st.expected_seconds
            when 'Running' then least(0.95 * st.expected_seconds, extract(epoch from now() - st.started_at)::double precision * t.pace)
            else 0 end) / nullif(sum(st.expected_seconds), 0)
        """;

    private const string SoonSql = "now() + interval '7 days'";

    // Resources, without those that somebody has left as they are until a day.
    private const string DriftedSql = """
        (select count(distinct (d.step, d.resource))::int from drifts d where d.environment_id = e.id and not exists (
           select from drift_ignores i where i.environment_id = d.environment_id and i.step = d.step and i.resource = d.resource and i.until > now()))
        """;

    private const string Where = $"""
        from environments e
        where e.state = any(@states) and {Seen.Sql}
          and (@degraded::boolean is null or (e.health = 'Degraded') = @degraded)
          and (@target is null or e.target = @target)
          and (@owner is null or e.owner_id = @owner)
          and (@team is null or e.team = @team)
          and (@search is null or position(@search in e.name) > 0)
          and (@attention is distinct from 'Expiring' or e.expires_at < {SoonSql})
          and (@attention is distinct from 'Drifted' or {DriftedSql} > 0)
          and (@afterName::text is null or (e.name, e.id) > (@afterName, @afterId))
        """;

    private static readonly Dictionary<EnvironmentSort, string> Columns = new()
    {
        [EnvironmentSort.Changed] = "changed_at",
        [EnvironmentSort.Name] = "name",
        [EnvironmentSort.State] = "state",
        [EnvironmentSort.Target] = "target",
        [EnvironmentSort.Services] = "services",
        [EnvironmentSort.Owner] = "owner_name",
        [EnvironmentSort.Cost] = "monthly_cost",
        [EnvironmentSort.Created] = "created_at",
        [EnvironmentSort.Expires] = "expires_at",
    };

    public async Task<DashboardPage> DashboardAsync(Actor actor, EnvironmentFilter filter, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var seen = (await sight.OfAsync(connection, actor)).Teams;
        var counts = await CountsAsync(connection, seen, cancellationToken);
        return new DashboardPage(await PageAsync(connection, actor, seen, filter, cancellationToken), counts);
    }

    /// <summary>Without the rows.</summary>
    public async Task<DashboardCounts> CountsAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await CountsAsync(connection, (await sight.OfAsync(connection, actor)).Teams, cancellationToken);
    }

    /// <summary>Without the counts of all.</summary>
    public async Task<Page<EnvironmentSummary>> PageAsync(Actor actor, EnvironmentFilter filter, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await PageAsync(connection, actor, (await sight.OfAsync(connection, actor)).Teams, filter, cancellationToken);
    }

    private static async Task<DashboardCounts> CountsAsync(NpgsqlConnection connection, string[]? seen, CancellationToken cancellationToken)
    {
        const string counts = $"""
            select count(*)::int as total,
                   (count(*) filter (where state = 'Ready' and health <> 'Degraded'))::int as ready,
                   (count(*) filter (where state = 'Ready' and health = 'Degraded'))::int as degraded,
                   (count(*) filter (where state in ('Provisioning', 'Changing', 'Destroying')))::int as running,
                   (count(*) filter (where state = 'Asleep'))::int as asleep,
                   (count(*) filter (where state in ('Failed', 'Cancelled')))::int as failed,
                   (count(*) filter (where state = 'Requested'))::int as requested,
                   (count(*) filter (where expires_at < {SoonSql}))::int as expiring,
                   (count(*) filter (where id in (select environment_id from drifts) and {DriftedSql} > 0))::int as drifted,
                   (select min(r.submitted_at) from requests r join environments e on e.id = r.environment_id where r.state = 'Submitted' and {Seen.Sql}) as oldestRequest
            from environments e where state not in ('Destroyed', 'Rejected') and {Seen.Sql}
            """;
        return (await connection.QuerySingleAsync<CountsRecord>(new CommandDefinition(counts, new { seen }, cancellationToken: cancellationToken))).ToCounts();
    }

    private static async Task<Page<EnvironmentSummary>> PageAsync(NpgsqlConnection connection, Actor actor, string[]? seen, EnvironmentFilter filter, CancellationToken cancellationToken)
    {
        var window = new PageWindow(filter.Page, filter.PageSize);
        var arguments = new DynamicParameters(new
        {
            seen,
            team = filter.Team,
            states = (filter.Group?.States() ?? [.. Enum.GetValues<EnvironmentState>().Where(state => state.Exists())]).Select(state => state.ToString()).ToArray(),
            degraded = filter.Group is EnvironmentGroup.Ready or EnvironmentGroup.Degraded ? filter.Group == EnvironmentGroup.Degraded : (bool?)null,
            target = filter.Target,
            owner = filter.Mine ? actor.Subject : null,
            search = PageWindow.Search(filter.Search),
            attention = filter.Attention?.ToString(),
            afterName = filter.After?.Name,
            afterId = filter.After?.Id ?? Guid.Empty,
        });
        return await window.ReadAsync<SummaryRecord, EnvironmentSummary>(
            connection, $"select count(*)::int {Where}", Rows(filter), arguments, row => row.ToSummary(), cancellationToken);
    }

    // First the page, of narrow rows; then what only the page's rows need.
    private static string Rows(EnvironmentFilter filter)
    {
        var order = $"order by e.{Columns[filter.Sort]} {(filter.Descending ? "desc" : "asc")} nulls last, e.id";
        return $"""
            select e.id, e.name, e.target, t.region, e.state, e.owner_name as ownerName, e.team, e.changed_at as changedAt, e.created_at as createdAt,
                   coalesce(last.message, '') as lastChange, e.monthly_cost as monthlyCost, e.services,
                   e.health, e.health_since as healthSince, e.health_reasons ->> 0 as healthReason, u.environment_id is not null as isUnseen, u.since as unseenSince,
                   (select count(*) from deployments d join resources r on r.environment_id = d.environment_id and r.step = d.step and r.type in ('Kubernetes::Deployment', 'Kubernetes::CronJob') and r.ready
                    where d.environment_id = e.id and d.complete and d.plan ->> 'service' is not null)::int as servicesReady, coalesce(p.progress, 0) as progress, p.failed_at as failedAt, p.failure_reason as failureReason,
                   e.expires_at as expiresAt, {DriftedSql} as drifted, o.kind as operation, o.state as operationState, o.started_at as startedAt, o.expected_low as expectedLow, o.expected_high as expectedHigh
            from (select e.* {Where} {order} limit @size offset @skip) e
            join targets t on t.name = e.target
            left join unseen u on u.environment_id = e.id
            left join events last on last.environment_id = e.id and last.number = e.last_event
            left join lateral (select * from operations o where o.environment_id = e.id order by o.created_at desc limit 1) o on true
            left join lateral (
              select {ProgressSql} as progress,
                     (array_agg(st.title order by st.ordinal) filter (where st.state = 'Failed'))[1] as failed_at,
                     (array_agg(coalesce(st.failure ->> 'rootCause', st.failure ->> 'message') order by st.ordinal) filter (where st.state = 'Failed'))[1] as failure_reason
              from steps st where st.operation_id = o.id
            ) p on true
            {order}
            """;
    }

    private sealed class CountsRecord
    {
        public int Total { get; init; }
        public int Ready { get; init; }
        public int Degraded { get; init; }
        public int Running { get; init; }
        public int Asleep { get; init; }
        public int Failed { get; init; }
        public int Requested { get; init; }
        public int Expiring { get; init; }
        public int Drifted { get; init; }
        public DateTime? OldestRequest { get; init; }

        public DashboardCounts ToCounts() => new(Total, Ready, Degraded, Running, Asleep, Failed, Requested, At(OldestRequest)) { Expiring = Expiring, Drifted = Drifted };
    }

    private static DateTimeOffset? At(DateTime? time) => time is { } at ? new DateTimeOffset(at, TimeSpan.Zero) : null;

    private sealed class SummaryRecord
    {
        public Guid Id { get; init; }
        public string Name { get; init; } = "";
        public string Target { get; init; } = "";
        public string Region { get; init; } = "";
        public string State { get; init; } = "";
        public string OwnerName { get; init; } = "";
        public string Team { get; init; } = "";
        public DateTime ChangedAt { get; init; }
        public DateTime CreatedAt { get; init; }
        public string LastChange { get; init; } = "";
        public decimal MonthlyCost { get; init; }
        public int Services { get; init; }
        public int ServicesReady { get; init; }
        public double Progress { get; init; }
        public string? FailedAt { get; init; }
        public string? FailureReason { get; init; }
        public string Health { get; init; } = "";
        public DateTime? HealthSince { get; init; }
        public string? HealthReason { get; init; }
        public bool IsUnseen { get; init; }
        public DateTime? UnseenSince { get; init; }
        public DateTime? ExpiresAt { get; init; }
        public int Drifted { get; init; }
        public string? Operation { get; init; }
        public string? OperationState { get; init; }
        public DateTime? StartedAt { get; init; }
        public double? ExpectedLow { get; init; }
        public double? ExpectedHigh { get; init; }

        public EnvironmentSummary ToSummary() => new()
        {
            Id = Id,
            Name = Name,
            Target = Target,
            Region = Region,
            State = Enum.Parse<EnvironmentState>(State),
            OwnerName = OwnerName,
            Team = Team,
            ChangedAt = new DateTimeOffset(ChangedAt, TimeSpan.Zero),
            CreatedAt = new DateTimeOffset(CreatedAt, TimeSpan.Zero),
            LastChange = LastChange,
            MonthlyCost = MonthlyCost,
            Services = Services,
            ServicesReady = ServicesReady,
            Progress = Progress,
            FailedAt = FailedAt,
            FailureReason = FailureReason,
            Health = Enum.Parse<Health>(Health),
            HealthSince = At(HealthSince),
            HealthReason = HealthReason is null ? null : ReadModels.Reason(HealthReason),
            IsUnseen = IsUnseen,
            UnseenSince = At(UnseenSince),
            ExpiresAt = At(ExpiresAt),
            Drifted = Drifted,
            Forecast = Operation is { } kind && OperationState == nameof(Provisioning.OperationState.Running) ? Forecast.Of(Enum.Parse<OperationKind>(kind), StartedAt, ExpectedLow, ExpectedHigh) : null,
        };
    }
}
