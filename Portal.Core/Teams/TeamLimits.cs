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
        select count(*)::int as Environments, coalesce(sum(greatest(e.monthly_cost, coalesce(r.monthly_cost, 0))), 0) as Monthly
        from environments e
        join specifications s on s.environment_id = e.id and s.version = e.specification_version
        left join requests r on r.environment_id = e.id and r.state = 'Submitted' and r.kind = 'Change'
        where e.state not in ('Destroyed', 'Rejected') and e.team = @team and (@team <> '' or e.owner_id = @ownerId) and e.id is distinct from @except
          and (cardinality(@classes) = 0 or s.document ->> 'class' = any(@classes))
        """;

    /// <summary>Holds the team's use still until the end of the transaction.</summary>
    internal static Task HoldAsync(NpgsqlConnection connection, string team) =>
        connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('limits:' || @team, 0))", new { team });

    /// <returns>A fault of the field <c>team</c> for each limit that would be exceeded. What does not ask for more than there is passes, however much that is.</returns>
    internal async Task<IReadOnlyList<FieldError>> CheckAsync(NpgsqlConnection connection, Claim claim, decimal before = 0)
    {
        var faults = new List<FieldError>();
        if (claim.Environment is not null && claim.Monthly <= before)
            return faults;
        foreach (var limit in policy.Limits.Where(limit => limit.IsFor(claim.Team) && limit.Counts(claim.Class)))
        {
            var use = await UseAsync(connection, limit, claim.Team, claim.OwnerId, claim.Environment);
            if (use.IsOver(1, claim.Monthly))
                faults.Add(new FieldError("team", claim.Team, Fault(use, claim)));
        }

        return faults;
    }

    /// <summary>Every limit that is for the team.</summary>
    /// <param name="ownerId">Whose environments count where <paramref name="team"/> is empty.</param>
    internal async Task<IReadOnlyList<LimitUse>> UsesAsync(NpgsqlConnection connection, string team, string ownerId)
    {
        var uses = new List<LimitUse>();
        foreach (var limit in policy.Limits.Where(limit => limit.IsFor(team)))
            uses.Add(await UseAsync(connection, limit, team, ownerId, null));
        return uses;
    }

    private async Task<LimitUse> UseAsync(NpgsqlConnection connection, TeamLimit limit, string team, string ownerId, Guid? except)
    {
        var (environments, monthly) = await connection.QuerySingleAsync<(int, decimal)>(
            Used, new { team, ownerId, except, classes = limit.Classes.Select(one => one.ToString()).ToArray() });
        // Of several raises the largest counts.
        var raised = await connection.QuerySingleAsync<(int? Environments, decimal? Monthly, DateTime? Until)>(
            "select max(environments), max(monthly), max(until) from limit_raises where limit_id = @Id and team = @team and ended_at is null and until > @now",
            new { limit.Id, team, now = clock.GetUtcNow() });
        return new LimitUse(
            limit, environments, monthly,
            limit.Environments is { } most ? Math.Max(most, raised.Environments ?? 0) : null,
            limit.Monthly is { } amount ? Math.Max(amount, raised.Monthly ?? 0) : null,
            raised.Until is { } until ? new DateTimeOffset(until, TimeSpan.Zero) : null);
    }

    private string Fault(LimitUse use, Claim claim)
    {
        var whose = claim.Team.Length > 0 ? $"The team {claim.Team}" : "What you have for no team";
        var said = new List<string>();
        if (use.UsedEnvironments + 1 > use.Environments)
            said.Add($"{whose} has {use.UsedEnvironments} of at most {use.Environments}");
        if (use.UsedMonthly + claim.Monthly > use.Monthly)
            said.Add($"{(said.Count == 0 ? whose : "it")} would cost {Money(use.UsedMonthly + claim.Monthly)} of at most {Money(use.Monthly!.Value)} a month");
        return $"{string.Join(", and ", said)} ({use.Limit.Title}). Destroy what nobody needs, ask for less, or have {policy.RaisedByInWords} raise the limit under Teams.";
    }

    private static string Money(decimal amount) => string.Create(CultureInfo.InvariantCulture, $"${amount:#,0}");
}
