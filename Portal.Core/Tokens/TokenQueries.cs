using Dapper;
using Npgsql;
using Portal.Core.Environments;
using Portal.Core.Security;

namespace Portal.Core.Tokens;

/// <summary>Who a token acts as, and which there are.</summary>
public sealed class TokenQueries(NpgsqlDataSource database, TokenMethod method, TimeProvider clock)
{
    public const int PageSize = 20;

    private static readonly TimeSpan s_touchEvery = TimeSpan.FromMinutes(1);

    /// <summary>By what a program says; notes that it was used.</summary>
    /// <returns>Null for what is unknown, over or revoked, and where nothing was heard of its owner for too long.</returns>
    public async Task<TokenHolder?> FindAsync(string token, CancellationToken cancellationToken)
    {
        if (!TokenText.Fits(token))
            return null;
        var now = clock.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            """
            select t.id as "Id", t.name as "Token", t.team as "Team", t.scopes as "Scopes", p.subject as "Subject", p.name as "Name", p.roles as "Roles", p.teams as "Teams",
                   t.used_at is null or t.used_at < @before as "IsToTouch"
            from access_tokens t left join people p on p.subject = t.owner_id
            where t.hash = @hash and t.method = @method and t.revoked_at is null and t.expires_at > @now and (t.team is not null or p.told_at > @heard)
            """,
            new { hash = TokenText.Hash(token), method = method.Name, now, before = now - s_touchEvery, heard = now - TokenLimits.OwnerUnheard }, cancellationToken: cancellationToken));
        if (row is null)
            return null;
        // A row is written at most so often for being used.
        if (row.IsToTouch)
            await connection.ExecuteAsync(new CommandDefinition("update access_tokens set used_at = @now where id = @Id", new { now, row.Id }, cancellationToken: cancellationToken));
        return row.ToHolder();
    }

    /// <summary>One's own and those of one's teams; for administrators everybody's. What is good comes first, then by when it was made.</summary>
    /// <param name="page">From 0; beyond the last it is the last.</param>
    public async Task<Page<TokenSummary>> ListAsync(Actor actor, int page, CancellationToken cancellationToken)
    {
        const string from = "from access_tokens t left join people p on p.subject = t.owner_id where t.owner_id = @Subject or t.team = any(@teams) or @all";
        var arguments = new DynamicParameters(new { actor.Subject, teams = actor.Teams.ToArray(), all = actor.May(Permission.Administer), now = clock.GetUtcNow() });
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await new PageWindow(page, PageSize).ReadAsync<Listed, TokenSummary>(
            connection, $"select count(*)::int {from}",
            $"""
            select t.id as "Id", t.name as "Name", t.prefix as "Prefix", t.team as "Team", coalesce(p.name, t.team) as "OwnerName", t.scopes as "Scopes", t.made_by_name as "MadeByName",
                   t.made_at as "MadeAt", t.expires_at as "ExpiresAt", t.used_at as "UsedAt", t.revoked_at as "RevokedAt"
            {from} order by t.revoked_at is null and t.expires_at > @now desc, t.made_at desc, t.id limit @size offset @skip
            """, arguments, row => row.ToSummary(), cancellationToken);
    }

    private sealed class Row
    {
        public Guid Id { get; init; }
        public string Token { get; init; } = "";
        public string? Team { get; init; }
        public string[] Scopes { get; init; } = [];
        public string? Subject { get; init; }
        public string? Name { get; init; }
        public string[]? Roles { get; init; }
        public string[]? Teams { get; init; }
        public bool IsToTouch { get; init; }

        public TokenHolder ToHolder() => new(Id, (Team is { } team
            ? new Actor(Actor.SubjectOf(team), team, new HashSet<string>(StringComparer.Ordinal) { Security.Roles.Engineer }) { Teams = new HashSet<string>(StringComparer.Ordinal) { team } }
            : new Actor(Subject!, Name!, Roles!.ToHashSet(StringComparer.Ordinal)) { Teams = Teams!.ToHashSet(StringComparer.Ordinal) })
            with
        { Kind = ActorKind.Token, Token = Token, Scopes = ScopesOf(Scopes).ToHashSet() });
    }

    private sealed class Listed
    {
        public Guid Id { get; init; }
        public string Name { get; init; } = "";
        public string Prefix { get; init; } = "";
        public string? Team { get; init; }
        public string OwnerName { get; init; } = "";
        public string[] Scopes { get; init; } = [];
        public string MadeByName { get; init; } = "";
        public DateTime MadeAt { get; init; }
        public DateTime ExpiresAt { get; init; }
        public DateTime? UsedAt { get; init; }
        public DateTime? RevokedAt { get; init; }

        public TokenSummary ToSummary() => new(
            Id, Name, Prefix, Team, OwnerName, [.. ScopesOf(Scopes)], MadeByName, new DateTimeOffset(MadeAt, TimeSpan.Zero), new DateTimeOffset(ExpiresAt, TimeSpan.Zero),
            At(UsedAt), At(RevokedAt));

        private static DateTimeOffset? At(DateTime? time) => time is { } at ? new DateTimeOffset(at, TimeSpan.Zero) : null;
    }

    // One that a later version knew is none.
    private static IEnumerable<TokenScope> ScopesOf(string[] names) => names.Where(name => Enum.TryParse<TokenScope>(name, out _)).Select(Enum.Parse<TokenScope>);
}
