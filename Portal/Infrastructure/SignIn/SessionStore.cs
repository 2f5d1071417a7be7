using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Security;

namespace Portal.Infrastructure.SignIn;

/// <summary>A sign-in that lasts.</summary>
/// <param name="Version">Another one means that name, roles or teams changed.</param>
public sealed record Session(Guid Id, string Subject, string Name, string[] Roles, string[] Teams, int Version)
{
    public Actor Actor => new(Subject, Name, Roles.ToHashSet(StringComparer.Ordinal)) { Teams = Teams.ToHashSet(StringComparer.Ordinal) };
}

/// <summary>Finds sessions for circuits; the seam that component tests stand at.</summary>
public interface ISessions
{
    /// <returns>Null once it has ended.</returns>
    Task<Session?> FindAsync(Guid id, CancellationToken cancellationToken);
}

/// <summary>What the provider knows a person's sign-in by, and what it is asked again with.</summary>
/// <param name="Tokens">Protected before they are stored.</param>
internal sealed record ProviderSession(string Issuer, string Subject, string? SessionId, ProviderTokens Tokens);

internal sealed record ProviderTokens(string? IdToken, string? RefreshToken);

/// <summary>A session about which the provider has to be asked.</summary>
/// <param name="Tokens">Null where the keys that protected them are gone.</param>
internal sealed record DueSession(Session Session, string ProviderSubject, ProviderTokens? Tokens, DateTimeOffset LeasedUntil);

/// <summary>Sessions in Postgres: any portal reads them, and one that is ended is ended everywhere.</summary>
internal sealed class SessionStore(NpgsqlDataSource database, IOptions<SignInOptions> options, TokenProtector protector, TimeProvider clock) : ISessions
{
    // A row is written at most so often for being used.
    private static readonly TimeSpan TouchEvery = TimeSpan.FromMinutes(1);

    private const string Columns = "id, subject, name, roles, teams, version";
    private const string IsAlive = "method = @method and expires_at > @now and seen_at > @idleSince";

    private readonly string _method = options.Value.Way.ToString();

    /// <returns>The key for the browser, which stands nowhere else.</returns>
    public async Task<string> StartAsync(Actor actor, ProviderSession? provider, CancellationToken cancellationToken)
    {
        var key = SessionKey.New();
        var now = clock.GetUtcNow();
        await ExecuteAsync(
            """
            insert into sessions (id, key_hash, method, subject, name, roles, teams, mail, issuer, provider_subject, provider_session, tokens, can_be_checked, created_at, seen_at, expires_at, checked_at)
            values (@id, @hash, @method, @subject, @name, @roles, @teams, @mail, @issuer, @providerSubject, @providerSession, @tokens, @canBeChecked, @now, @now, @expires, @now)
            """,
            new
            {
                id = Guid.CreateVersion7(now),
                hash = SessionKey.Hash(key),
                method = _method,
                subject = actor.Subject,
                name = actor.Name,
                roles = Ordered(actor.Roles),
                teams = Ordered(actor.Teams),
                mail = actor.Mail,
                issuer = provider?.Issuer,
                providerSubject = provider?.Subject,
                providerSession = provider?.SessionId,
                tokens = protector.Protect(provider?.Tokens),
                canBeChecked = provider?.Tokens.RefreshToken is not null,
                now,
                expires = now + options.Value.Sessions.Lifetime,
            },
            cancellationToken);
        return key;
    }

    /// <summary>By the browser's key; using it keeps it from becoming idle.</summary>
    public async Task<Session?> FindAsync(string key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            $"select {Columns} from sessions where key_hash = @hash and {IsAlive}", Alive(new { hash = SessionKey.Hash(key) }), cancellationToken: cancellationToken));
        if (row is null)
            return null;
        await TouchAsync(connection, row.Id, cancellationToken);
        return row.ToSession();
    }

    public async Task<Session?> FindAsync(Guid id, CancellationToken cancellationToken) => (await FindAsync([id], cancellationToken)).SingleOrDefault();

    /// <summary>Those of them that have not ended.</summary>
    public async Task<IReadOnlyList<Session>> FindAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"select {Columns} from sessions where id = any(@ids) and {IsAlive}", Alive(new { ids = ids.ToArray() }), cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToSession())];
    }

    /// <summary>Somebody presses something in an open page.</summary>
    public async Task TouchAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await TouchAsync(connection, id, cancellationToken);
    }

    public Task EndAsync(Guid id, CancellationToken cancellationToken) => EndAsync("id = @id", new { id }, cancellationToken);

    /// <summary>As the provider wishes: one session of its own, or all of a person's.</summary>
    public Task EndAsync(string issuer, string? subject, string? providerSession, CancellationToken cancellationToken) => EndAsync(
        "issuer = @issuer and (@subject::text is null or provider_subject = @subject) and (@providerSession::text is null or provider_session = @providerSession)",
        new { issuer, subject, providerSession }, cancellationToken);

    /// <summary>What nobody can use any more, in bounded bites.</summary>
    /// <returns>How many went.</returns>
    public Task<int> RemoveEndedAsync(int limit, CancellationToken cancellationToken) => ExecuteAsync(
        """
        delete from sessions where id in
          (select id from sessions where expires_at <= @now or seen_at <= @idleSince order by expires_at limit @limit for update skip locked);
        delete from logout_tokens where id in (select id from logout_tokens where expires_at <= @now limit @limit for update skip locked)
        """,
        Alive(new { limit }), cancellationToken);

    public async Task<ProviderTokens?> TokensAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return protector.Unprotect(await connection.ExecuteScalarAsync<string?>(
            new CommandDefinition("select tokens from sessions where id = @id", new { id }, cancellationToken: cancellationToken)));
    }

    /// <summary>Leases the sessions about which the provider has to be asked, so that one portal asks at a time.</summary>
    public async Task<IReadOnlyList<DueSession>> TakeDueAsync(TimeSpan lease, int limit, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        // Whole seconds: the database keeps fewer digits than we do, and the lease is compared.
        var until = DateTimeOffset.FromUnixTimeSeconds((now + lease).ToUnixTimeSeconds());
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            update sessions set checking_until = @until where id in
              (select id from sessions where can_be_checked and checked_at <= @due and (checking_until is null or checking_until <= @now) and {IsAlive}
               order by checked_at limit @limit for update skip locked)
            returning {Columns}, provider_subject as "ProviderSubject", tokens
            """,
            Alive(new { until, due = now - options.Value.Sessions.Check, limit }), cancellationToken: cancellationToken));
        return [.. rows.Select(row => new DueSession(row.ToSession(), row.ProviderSubject, protector.Unprotect(row.Tokens), until))];
    }

    /// <summary>The provider knows the person still; whoever lost the lease changes nothing.</summary>
    public async Task CheckedAsync(DueSession due, Actor actor, ProviderTokens tokens, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            $"""
            with kept as (
              update sessions set tokens = @tokens, checked_at = @now, checking_until = null, name = @name, roles = @roles, teams = @teams, mail = coalesce(@mail, mail),
                version = version + case when (name, roles, teams) is distinct from (@name, @roles::text[], @teams::text[]) then 1 else 0 end
              where id = @id and checking_until = @until returning id, version)
            select count(pg_notify('{Channels.Session}', id::text)) from kept where version > @version
            """,
            new
            {
                due.Session.Id,
                until = due.LeasedUntil,
                tokens = protector.Protect(tokens),
                now = clock.GetUtcNow(),
                name = actor.Name,
                roles = Ordered(actor.Roles),
                teams = Ordered(actor.Teams),
                mail = actor.Mail,
                version = due.Session.Version,
            },
            cancellationToken: cancellationToken));
    }

    /// <returns>False where the token was heard before.</returns>
    public async Task<bool> HearLogoutAsync(byte[] token, DateTimeOffset expires, CancellationToken cancellationToken) => await ExecuteAsync(
        "insert into logout_tokens (id, expires_at) values (@token, @expires) on conflict do nothing", new { token, expires }, cancellationToken) == 1;

    private static string[] Ordered(IEnumerable<string> names) => [.. names.Order(StringComparer.Ordinal)];

    private async Task EndAsync(string which, object arguments, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // One statement: heard when it is committed.
        await connection.ExecuteAsync(new CommandDefinition(
            $"with ended as (delete from sessions where {which} returning id) select count(pg_notify('{Channels.Session}', id::text)) from ended",
            arguments, cancellationToken: cancellationToken));
    }

    private Task TouchAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return connection.ExecuteAsync(new CommandDefinition(
            "update sessions set seen_at = @now where id = @id and seen_at < @before", new { id, now, before = now - TouchEvery }, cancellationToken: cancellationToken));
    }

    private async Task<int> ExecuteAsync(string sql, object arguments, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(sql, arguments, cancellationToken: cancellationToken));
    }

    private DynamicParameters Alive(object arguments)
    {
        var now = clock.GetUtcNow();
        var parameters = new DynamicParameters(arguments);
        parameters.Add("method", _method);
        parameters.Add("now", now);
        parameters.Add("idleSince", now - options.Value.Sessions.Idle);
        return parameters;
    }

    // With setters: Npgsql does not tell the driver's caller what an array is an array of.
    private sealed class Row
    {
        public Guid Id { get; init; }
        public string Subject { get; init; } = "";
        public string Name { get; init; } = "";
        public string[] Roles { get; init; } = [];
        public string[] Teams { get; init; } = [];
        public int Version { get; init; }
        public string ProviderSubject { get; init; } = "";
        public string? Tokens { get; init; }

        public Session ToSession() => new(Id, Subject, Name, Roles, Teams, Version);
    }
}
