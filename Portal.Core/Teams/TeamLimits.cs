using System.Globalization;
using Dapper;
using Npgsql;
using Portal.Core.Specifications;

namespace Portal.Core.Teams;

/// <summary>What counts against the limits: an environment as it would be.</summary>
/// <param name="Team">Empty for no team's; then it counts for <paramref name="OwnerId"/>.</param>
/// <param name="Environment">What there is already; null for a new one.</param>
/// <param name="Monthly">Dollars a month.</param>
public sealed record Claim(string Team, string OwnerId, EnvironmentClass Class, Guid? Environment, decimal Monthly);

/// <summary>How much of a limit is used.</summary>
/// <param name="Environments">At most so many; null for any number.</param>
/// <param name="Monthly">At most so much a month; null for any amount.</param>
/// <param name="RaisedUntil">Null where the limit is that of teams.yaml.</param>
public sealed record LimitUse(TeamLimit Limit, int UsedEnvironments, decimal UsedMonthly, int? Environments, decimal? Monthly, DateTimeOffset? RaisedUntil)
{
    /// <summary>Whether one more environment of that cost is too much.</summary>
    public bool IsOver(int more, decimal monthly) => UsedEnvironments + more > Environments || UsedMonthly + monthly > Monthly;
}

/// <summary>How much teams have, and may have.</summary>
public sealed class TeamLimits(TeamPolicy policy, TimeProvider clock)
{
    // What waits for a decision counts as if it were granted: two requests must not both find the last room.
    private const string Used = """
        select e.team as Team, s.document ->> 'class' as Class, count(*)::int as Environments, sum(greatest(e.monthly_cost, coalesce(r.monthly_cost, 0))) as Monthly
        from environments e
        join specifications s on s.environment_id = e.id and s.version = e.specification_version
        left join requests r on r.environment_id = e.id and r.state = 'Submitted' and r.kind = 'Change'
        where e.state not in ('Destroyed', 'Rejected') and e.team = any(@teams) and (e.team <> '' or e.owner_id = @ownerId) and e.id is distinct from @except
        group by 1, 2
        """;

    // Of several raises the largest counts.
    private const string Raised = """
        select limit_id as Limit, team as Team, max(environments) as Environments, max(monthly) as Monthly, max(until) as Until
        from limit_raises where team = any(@teams) and ended_at is null and until > @now group by limit_id, team
        """;

    /// <summary>Holds the team's use still until the end of the transaction: before it is looked at, so that of two who ask at once the second sees the first.</summary>
    internal static Task HoldAsync(NpgsqlConnection connection, string team) =>
        connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('limits:' || @team, 0))", new { team });

    /// <returns>A fault of the field <c>team</c> for each limit that would be exceeded. What does not ask for more than there is passes, however much that is.</returns>
    internal async Task<IReadOnlyList<FieldError>> CheckAsync(NpgsqlConnection connection, Claim claim, decimal before = 0)
    {
        if (claim.Environment is not null && claim.Monthly <= before)
            return [];
        var uses = await UsesAsync(connection, [claim.Team], claim.OwnerId, claim.Environment);
        return [.. uses[claim.Team].Where(use => use.Limit.Counts(claim.Class) && use.IsOver(1, claim.Monthly)).Select(use => new FieldError("team", claim.Team, Fault(use, claim)))];
    }

    /// <summary>Every limit that is for one of the teams, by team.</summary>
    /// <param name="ownerId">Whose environments count for the empty team.</param>
    /// <param name="except">What does not count; null for nothing.</param>
    internal async Task<ILookup<string, LimitUse>> UsesAsync(NpgsqlConnection connection, string[] teams, string ownerId, Guid? except = null)
    {
        var limits = policy.Limits.SelectMany(_ => teams, (limit, team) => (limit, team)).Where(one => one.limit.IsFor(one.team)).ToList();
        if (limits.Count == 0)
            return limits.ToLookup(one => one.team, _ => default(LimitUse)!, StringComparer.Ordinal);
        var used = (await connection.QueryAsync<(string Team, EnvironmentClass Class, int Environments, decimal Monthly)>(Used, new { teams, ownerId, except })).AsList();
        var raised = (await connection.QueryAsync<(string Limit, string Team, int? Environments, decimal? Monthly, DateTime Until)>(Raised, new { teams, now = clock.GetUtcNow() })).AsList();
        return limits.ToLookup(one => one.team, one => Use(
            one.limit, [.. used.Where(row => row.Team == one.team && one.limit.Counts(row.Class))], [.. raised.Where(row => row.Team == one.team && row.Limit == one.limit.Id)]), StringComparer.Ordinal);
    }

    private static LimitUse Use(
        TeamLimit limit, IReadOnlyList<(string Team, EnvironmentClass Class, int Environments, decimal Monthly)> used,
        IReadOnlyList<(string Limit, string Team, int? Environments, decimal? Monthly, DateTime Until)> raised) => new(
        limit, used.Sum(row => row.Environments), used.Sum(row => row.Monthly),
        limit.Environments is { } most ? Math.Max(most, raised.Select(row => row.Environments ?? 0).FirstOrDefault()) : null,
        limit.Monthly is { } amount ? Math.Max(amount, raised.Select(row => row.Monthly ?? 0).FirstOrDefault()) : null,
        raised.Count > 0 ? new DateTimeOffset(raised[0].Until, TimeSpan.Zero) : null);

    private string Fault(LimitUse use, Claim claim)
    {
        var whose = claim.Team.Length > 0 ? $"The team {claim.Team}" : "What you have for no team";
        var said = new List<string>();
        if (use.UsedEnvironments + 1 > use.Environments)
            said.Add($"{whose} has {use.UsedEnvironments} of at most {use.Environments}");
        if (use.UsedMonthly + claim.Monthly > use.Monthly)
            said.Add($"{(said.Count == 0 ? whose : "it")} would cost {Money(use.UsedMonthly + claim.Monthly)} of at most {Money(use.Monthly!.Value)} a month");
        return $"{string.Join(", and ", said)} ({use.Limit.Title}). Destroy what nobody needs, ask for less, or {(claim.Team.Length > 0 ? $"have {policy.RaisedByInWords} raise the limit under Teams" : "ask for it in the name of a team")}.";
    }

    private static string Money(decimal amount) => string.Create(CultureInfo.InvariantCulture, $"${amount:#,0}");
}
