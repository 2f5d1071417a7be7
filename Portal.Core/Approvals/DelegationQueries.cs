using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Approvals;

/// <summary>Who decides for whom, and who could.</summary>
public sealed class DelegationQueries(NpgsqlDataSource database, TimeProvider clock)
{
    /// <summary>As many people as are shown at once.</summary>
    public const int MostPeople = 20;

    // More people than anybody stands in for; whoever comes later is found when the others are over.
    private const int MostAtOnce = 100;

    internal const string Columns = """
        d.id as Id, d.groups as Groups, d.starts_at as StartsAt, d.ends_at as EndsAt,
        f.subject as FromId, f.name as FromName, f.roles as FromRoles, f.teams as FromTeams, t.subject as ToId, t.name as ToName, t.roles as ToRoles, t.teams as ToTeams
        from delegations d join people f on f.subject = d.from_id join people t on t.subject = d.to_id
        """;

    /// <summary>For whom somebody may decide at this moment.</summary>
    public async Task<IReadOnlyList<StandIn>> StandInsAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await StandInsAsync(connection, actor, clock.GetUtcNow());
    }

    internal static async Task<IReadOnlyList<StandIn>> StandInsAsync(NpgsqlConnection connection, Actor actor, DateTimeOffset now)
    {
        if (!actor.May(Permission.View))
            return [];
        var rows = await connection.QueryAsync<Row>(
            $"select {Columns} where d.to_id = @Subject and d.ended_at is null and d.starts_at <= @now and d.ends_at > @now order by d.starts_at, d.id limit {MostAtOnce}",
            new { actor.Subject, now });
        return [.. rows.Select(row => new StandIn(row.From.Actor, row.Groups, row.Ends))];
    }

    public async Task<Absences> AbsencesAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return new Absences(await ReadAsync("d.from_id"), await ReadAsync("d.to_id"));

        async Task<IReadOnlyList<Delegation>> ReadAsync(string who) => [.. (await connection.QueryAsync<Row>(new CommandDefinition(
            $"select {Columns} where {who} = @Subject and d.ended_at is null and d.ends_at > @now order by d.starts_at, d.id limit {MostAtOnce}",
            new { actor.Subject, now = clock.GetUtcNow() }, cancellationToken: cancellationToken))).Select(row => row.ToDelegation())];
    }

    /// <summary>Who could decide in somebody's place: everybody else who may look at requests.</summary>
    /// <param name="search">Part of the name; empty for all.</param>
    public async Task<FoundPeople> PeopleAsync(Actor actor, string search, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.View))
            return new FoundPeople([], 0);
        const string where = "from people where subject <> @Subject and roles && @roles and (@search = '' or position(lower(@search) in lower(name)) > 0)";
        var arguments = new { actor.Subject, roles = Policies.RolesFor(Permission.View).ToArray(), search = PlainText.Clean(search).Trim() };
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var total = await connection.ExecuteScalarAsync<int>(new CommandDefinition($"select count(*)::int {where}", arguments, cancellationToken: cancellationToken));
        var rows = await connection.QueryAsync<PersonRow>(new CommandDefinition(
            $"select subject as Subject, name as Name, roles as Roles, teams as Teams {where} order by lower(name), subject limit {MostPeople}", arguments, cancellationToken: cancellationToken));
        return new FoundPeople([.. rows.Select(row => row.ToPerson())], total);
    }

    internal static async Task<KnownPerson?> PersonAsync(NpgsqlConnection connection, string subject) =>
        (await connection.QuerySingleOrDefaultAsync<PersonRow>("select subject as Subject, name as Name, roles as Roles, teams as Teams from people where subject = @subject", new { subject }))?.ToPerson();

    internal sealed record PersonRow
    {
        public string Subject { get; init; } = "";
        public string Name { get; init; } = "";
        public string[] Roles { get; init; } = [];
        public string[] Teams { get; init; } = [];

        public KnownPerson ToPerson() => new(Subject, Name, Roles, Teams);
    }

    internal sealed record Row
    {
        public Guid Id { get; init; }
        public string[] Groups { get; init; } = [];
        public DateTime StartsAt { get; init; }
        public DateTime EndsAt { get; init; }
        public string FromId { get; init; } = "";
        public string FromName { get; init; } = "";
        public string[] FromRoles { get; init; } = [];
        public string[] FromTeams { get; init; } = [];
        public string ToId { get; init; } = "";
        public string ToName { get; init; } = "";
        public string[] ToRoles { get; init; } = [];
        public string[] ToTeams { get; init; } = [];

        public KnownPerson From => new(FromId, FromName, FromRoles, FromTeams);

        public DateTimeOffset Ends => new(EndsAt, TimeSpan.Zero);

        public Delegation ToDelegation() => new(
            Id, From, new KnownPerson(ToId, ToName, ToRoles, ToTeams), Groups, new DateTimeOffset(StartsAt, TimeSpan.Zero), Ends);
    }
}
