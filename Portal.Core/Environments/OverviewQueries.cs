using Dapper;
using Npgsql;
using Portal.Core.Accounts;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Core.Environments;

/// <summary>An operation that is under way, or that no worker has taken up yet.</summary>
/// <param name="Worker">Null while it waits for one.</param>
/// <param name="Fraction">0 to 1, by expected time.</param>
/// <param name="Forecast">Null where it has not begun.</param>
/// <param name="Waits">Whom one of its steps waits for; null for nobody.</param>
public sealed record OpenOperation(
    Guid Id, string Environment, OperationKind Kind, OperationState State, string ByName, DateTimeOffset CreatedAt, string? Worker, double Fraction, Forecast? Forecast, StepWaiting? Waits);

/// <param name="IsAlive">Whether it has said so within the last ten seconds, as <c>unseen</c> has it.</param>
public sealed record WorkerInfo(string Id, DateTimeOffset StartedAt, DateTimeOffset SeenAt, bool IsAlive, int Operations, int Targets);

/// <param name="SeenAt">When all of it was last read; null for never.</param>
/// <param name="Trouble">Why it cannot be read; null while it can, and where nothing of it is to be seen.</param>
/// <param name="Waiting">Steps that wait until it answers again.</param>
/// <param name="Throttled">Of these, those that it asks for patience.</param>
public sealed record TargetSummary(string Name, string Region, string AccountId, DateTimeOffset? SeenAt, string? Trouble, int Environments, decimal Monthly, int Open, int Waiting, int Throttled)
{
    /// <summary>What was read of its account; null before a worker has tried.</summary>
    public AccountSummary? Account { get; init; }
}

/// <summary>How operations ended on one day of the zone that was asked for.</summary>
/// <param name="Created">Median of what it took to make an environment; null where none was made.</param>
public sealed record OperationsDay(DateOnly Day, int Succeeded, int Failed, int Cancelled, TimeSpan? Created);

/// <param name="Name">Empty for no team's in particular.</param>
public sealed record TeamCost(string Name, int Environments, decimal Monthly);

/// <summary>What those who operate the portal look at: all of it at one moment.</summary>
public sealed record Overview
{
    public required IReadOnlyList<OpenOperation> Open { get; init; }

    /// <summary>How many there are, shown or not.</summary>
    public required int OpenTotal { get; init; }

    /// <summary>Small operations that wait until another of their environment has ended.</summary>
    public required int InLine { get; init; }

    public required IReadOnlyList<WorkerInfo> Workers { get; init; }
    public required IReadOnlyList<TargetSummary> Targets { get; init; }

    /// <summary>The last <see cref="OverviewQueries.Days"/>, the oldest first, without gaps.</summary>
    public required IReadOnlyList<OperationsDay> Days { get; init; }

    /// <summary>The dearest.</summary>
    public required IReadOnlyList<TeamCost> Teams { get; init; }

    /// <summary>Median of what it took to make an environment in these days; null where none was made.</summary>
    public required TimeSpan? Created { get; init; }

    /// <summary>Dollars, of all that exists or is asked for.</summary>
    public required decimal Monthly { get; init; }
}

/// <summary>What those who operate the portal look at. Each part is bounded, whatever there is.</summary>
public sealed class OverviewQueries(NpgsqlDataSource database, TimeProvider clock)
{
    public const int Days = 30;
    public const int MostOpen = 30;
    public const int MostTargets = 50;
    public const int MostTeams = 12;

    // As the view unseen has it.
    private const string AliveSql = "w.seen_at > clock_timestamp() - interval '10 seconds'";

    private const string Sql = $"""
        select o.id, e.name as environment, o.kind, o.state, o.by_name as byName, o.created_at as createdAt, o.owner as worker, coalesce(p.fraction, 0) as fraction,
               o.started_at as startedAt, o.expected_low as expectedLow, o.expected_high as expectedHigh, p.waits
        from operations o join environments e on e.id = o.environment_id join targets t on t.name = e.target
        left join lateral (
          select {DashboardQueries.ProgressSql} as fraction,
                 min(st.waiting::text) filter (where st.state = 'Running') as waits
          from steps st where st.operation_id = o.id) p on true
        where o.state in ('Queued', 'Running', 'Cancelling') order by o.created_at, o.id limit @MostOpen;

        select (select count(*)::int from operations where state in ('Queued', 'Running', 'Cancelling')) as open, (select count(*)::int from waiting_operations) as inLine,
               (select percentile_cont(0.5) within group (order by extract(epoch from finished_at - started_at)) from operations
                where kind = 'Create' and state = 'Succeeded' and finished_at > now() - make_interval(days => @Days)) as created,
               (select coalesce(sum(monthly_cost), 0) from environments where state not in ('Destroyed', 'Rejected')) as monthly;

        select w.id, w.started_at as startedAt, w.seen_at as seenAt, {AliveSql} as isAlive,
               (select count(*)::int from operations o where o.owner = w.id and o.state in ('Queued', 'Running', 'Cancelling')) as operations,
               (select count(*)::int from observers o where o.owner = w.id) as targets
        from workers w order by isAlive desc, w.started_at limit 50;

        select t.name, t.region, t.account_id as accountId, o.seen_at as seenAt,
               case when e.environments > 0 and not exists (select from workers w where w.id = o.owner and {AliveSql})
                    then 'No worker looks at it.' else o.trouble end as trouble,
               coalesce(e.environments, 0) as environments, coalesce(e.monthly, 0) as monthly, coalesce(open.operations, 0) as open, coalesce(open.waiting, 0) as waiting, coalesce(open.throttled, 0) as throttled
        from targets t left join observers o on o.target = t.name
        left join (select target, count(*)::int as environments, sum(monthly_cost) as monthly from environments where state not in ('Requested', 'Rejected', 'Destroyed') group by target) e on e.target = t.name
        left join (select e.target, count(*)::int as operations,
                          sum(w.steps)::int as waiting, sum(w.throttled)::int as throttled
                   from operations o join environments e on e.id = o.environment_id
                   cross join lateral (select count(*) as steps, count(*) filter (where (st.waiting ->> 'isThrottling')::boolean) as throttled
                                       from steps st where st.operation_id = o.id and st.state = 'Running' and st.waiting is not null) w
                   where o.state in ('Queued', 'Running', 'Cancelling') group by e.target) open on open.target = t.name
        order by (case when o.trouble is null then 1 else 0 end), t.name limit @MostTargets;

        select d.day::int as day, count(*) filter (where o.state = 'Succeeded')::int as succeeded, count(*) filter (where o.state = 'Failed')::int as failed,
               count(*) filter (where o.state = 'Cancelled')::int as cancelled,
               percentile_cont(0.5) within group (order by extract(epoch from o.finished_at - o.started_at)) filter (where o.kind = 'Create' and o.state = 'Succeeded') as created
        from unnest(@begins, @ends) with ordinality d (begins, ends, day)
        left join operations o on o.finished_at >= d.begins and o.finished_at < d.ends
        group by d.day order by d.day;

        select team as name, count(*)::int as environments, sum(monthly_cost) as monthly
        from environments where state not in ('Destroyed', 'Rejected') group by team order by monthly desc, team limit @MostTeams;
        """;

    /// <param name="zone">In which days begin and end.</param>
    /// <exception cref="UnauthorizedAccessException">The actor does not operate the portal.</exception>
    public async Task<Overview> ReadAsync(Actor actor, TimeZoneInfo zone, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.Operate))
            throw new UnauthorizedAccessException($"{actor.Name} does not operate the portal.");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // Of which day a moment is, Postgres's own table of zones need not know.
        var first = zone.DayOf(clock.GetUtcNow()).AddDays(1 - Days);
        var begins = Enumerable.Range(0, Days + 1).Select(day => zone.BeginOf(first.AddDays(day)).UtcDateTime).ToArray();
        await using var parts = await connection.QueryMultipleAsync(new CommandDefinition(Sql, new { MostOpen, Days, MostTargets, MostTeams, begins = begins[..^1], ends = begins[1..] }, cancellationToken: cancellationToken));
        var open = (await parts.ReadAsync<OpenRecord>()).Select(row => row.ToOperation()).ToList();
        var totals = await parts.ReadSingleAsync<TotalsRecord>();
        var overview = new Overview
        {
            Open = open,
            OpenTotal = totals.Open,
            InLine = totals.InLine,
            Workers = [.. (await parts.ReadAsync<WorkerRecord>()).Select(row => row.ToWorker())],
            Targets = [.. (await parts.ReadAsync<TargetRecord>()).Select(row => row.ToTarget())],
            Days = [.. (await parts.ReadAsync<DayRecord>()).Select(row => row.ToDay(first))],
            Teams = [.. (await parts.ReadAsync<TeamRecord>()).Select(row => new TeamCost(row.Name, row.Environments, row.Monthly))],
            Created = Seconds(totals.Created),
            Monthly = totals.Monthly,
        };
        var accounts = await AccountReadings.SummariesAsync(connection, clock.GetUtcNow(), cancellationToken);
        return overview with { Targets = [.. overview.Targets.Select(target => target with { Account = accounts.GetValueOrDefault(target.Name) })] };
    }

    private static TimeSpan? Seconds(double? seconds) => seconds is { } took ? TimeSpan.FromSeconds(took) : null;

    private static DateTimeOffset At(DateTime time) => new(time, TimeSpan.Zero);

    private sealed class OpenRecord
    {
        public Guid Id { get; init; }
        public string Environment { get; init; } = "";
        public string Kind { get; init; } = "";
        public string State { get; init; } = "";
        public string ByName { get; init; } = "";
        public DateTime CreatedAt { get; init; }
        public string? Worker { get; init; }
        public double Fraction { get; init; }
        public DateTime? StartedAt { get; init; }
        public double? ExpectedLow { get; init; }
        public double? ExpectedHigh { get; init; }
        public string? Waits { get; init; }

        public OpenOperation ToOperation()
        {
            var kind = Enum.Parse<OperationKind>(Kind);
            return new OpenOperation(Id, Environment, kind, Enum.Parse<OperationState>(State), ByName, At(CreatedAt), Worker, Fraction, Forecast.Of(kind, StartedAt, ExpectedLow, ExpectedHigh), ReadModels.WaitingOf(Waits));
        }
    }

    private sealed class TotalsRecord
    {
        public int Open { get; init; }
        public int InLine { get; init; }
        public double? Created { get; init; }
        public decimal Monthly { get; init; }
    }

    private sealed class WorkerRecord
    {
        public string Id { get; init; } = "";
        public DateTime StartedAt { get; init; }
        public DateTime SeenAt { get; init; }
        public bool IsAlive { get; init; }
        public int Operations { get; init; }
        public int Targets { get; init; }

        public WorkerInfo ToWorker() => new(Id, At(StartedAt), At(SeenAt), IsAlive, Operations, Targets);
    }

    private sealed class TargetRecord
    {
        public string Name { get; init; } = "";
        public string Region { get; init; } = "";
        public string AccountId { get; init; } = "";
        public DateTime? SeenAt { get; init; }
        public string? Trouble { get; init; }
        public int Environments { get; init; }
        public decimal Monthly { get; init; }
        public int Open { get; init; }
        public int Waiting { get; init; }
        public int Throttled { get; init; }

        public TargetSummary ToTarget() => new(Name, Region, AccountId, SeenAt is { } seen ? At(seen) : null, Trouble, Environments, Monthly, Open, Waiting, Throttled);
    }

    private sealed class DayRecord
    {
        /// <summary>From 1, the oldest first.</summary>
        public int Day { get; init; }
        public int Succeeded { get; init; }
        public int Failed { get; init; }
        public int Cancelled { get; init; }
        public double? Created { get; init; }

        public OperationsDay ToDay(DateOnly first) => new(first.AddDays(Day - 1), Succeeded, Failed, Cancelled, Seconds(Created));
    }

    private sealed class TeamRecord
    {
        public string Name { get; init; } = "";
        public int Environments { get; init; }
        public decimal Monthly { get; init; }
    }
}
