using Dapper;
using Npgsql;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Environments;

/// <summary>What a team has.</summary>
/// <param name="Name">Empty for what is no team's.</param>
/// <param name="Monthly">Dollars a month, by the plans' estimates.</param>
public sealed record TeamSummary(string Name, int Environments, decimal Monthly)
{
    public IReadOnlyList<LimitUse> Limits { get; init; } = [];

    /// <summary>Those that are in force, the newest first.</summary>
    public IReadOnlyList<LimitRaise> Raises { get; init; } = [];
}

/// <summary>More than a limit says, until a day.</summary>
/// <param name="Environments">Null for what the limit says.</param>
/// <param name="Monthly">Null for what the limit says.</param>
public sealed record LimitRaise(Guid Id, string LimitId, string Team, int? Environments, decimal? Monthly, DateTimeOffset Until, string Reason, string ByName, DateTimeOffset MadeAt);

/// <summary>Teams, with what they have.</summary>
public sealed class TeamQueries(NpgsqlDataSource database, TeamPolicy policy, TeamLimits limits, Sight sight, TimeProvider clock)
{
    public const int PageSize = 25;

    /// <summary>How much is used of what somebody would ask for a team.</summary>
    /// <param name="team">Empty for no team's: then what he asked for himself counts.</param>
    public async Task<IReadOnlyList<LimitUse>> UsesAsync(Actor actor, string team, CancellationToken cancellationToken)
    {
        Sight.MayLook(actor);
        if (team.Length > 0 && !actor.Teams.Contains(team) && !actor.Operates)
            return [];
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return [.. (await limits.UsesAsync(connection, [team], actor.Subject))[team]];
    }

    /// <summary>The teams that somebody sees, and what each has.</summary>
    /// <param name="page">From 0; beyond the last it is the last.</param>
    public async Task<Page<TeamSummary>> ListAsync(Actor actor, string? search, int page, CancellationToken cancellationToken, int size = PageSize)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var seen = await sight.OfAsync(connection, actor);
        const string from = """
            from (select k.name, count(e.id)::int as environments, coalesce(sum(e.monthly_cost), 0) as monthly
                  from (
            """ + KnownTeams.Sql + """
            ) k left join environments e on e.team = k.name and e.state not in ('Destroyed', 'Rejected')
                  where (@seen::text[] is null or k.name = any(@seen)) and (@search is null or position(@search in lower(k.name)) > 0)
                  group by k.name) t
            """;
        var arguments = new DynamicParameters(new { seen = seen.Teams, search = PageWindow.Search(search) });
        var read = await new PageWindow(page, size).ReadAsync<(string Name, int Environments, decimal Monthly), TeamSummary>(
            connection, $"select count(*)::int {from}", $"select name, environments, monthly {from} order by monthly desc, name limit @size offset @skip", arguments,
            row => new TeamSummary(row.Name, row.Environments, row.Monthly), cancellationToken);
        string[] names = [.. read.Rows.Select(row => row.Name)];
        var raises = (await RaisesAsync(connection, names)).ToLookup(raise => raise.Team, StringComparer.Ordinal);
        var uses = await limits.UsesAsync(connection, names, "");
        return read with { Rows = [.. read.Rows.Select(row => row with { Limits = [.. uses[row.Name]], Raises = [.. raises[row.Name]] })] };
    }

    public bool MayRaise(Actor actor) => policy.MayRaise(actor);

    private async Task<IEnumerable<LimitRaise>> RaisesAsync(NpgsqlConnection connection, string[] teams) =>
        (await connection.QueryAsync<(Guid Id, string LimitId, string Team, int? Environments, decimal? Monthly, DateTime Until, string Reason, string ByName, DateTime MadeAt)>(
            """
            select id, limit_id, team, environments, monthly, until, reason, by_name, made_at from limit_raises
            where team = any(@teams) and ended_at is null and until > @now order by made_at desc limit 200
            """, new { teams, now = clock.GetUtcNow() }))
        .Select(row => new LimitRaise(row.Id, row.LimitId, row.Team, row.Environments, row.Monthly, new DateTimeOffset(row.Until, TimeSpan.Zero), row.Reason, row.ByName, new DateTimeOffset(row.MadeAt, TimeSpan.Zero)));
}
