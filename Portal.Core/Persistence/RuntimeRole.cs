using System.Security.Cryptography;
using System.Text;
using Dapper;
using Npgsql;

namespace Portal.Core.Persistence;

/// <summary>
/// What the role that portals and workers run as may do, where the tables are another's: read and write rows, and change no table. What is
/// written once it reads and adds to; the audit trail it reads, and adds to by our functions alone.
/// </summary>
internal static class RuntimeRole
{
    private const string Exists = "select exists (select from pg_roles where rolname = @role)";

    // Of everything that is ours, whatever version made it: a table that comes with a migration needs no words here. The counter of an
    // environment's events says where its trail ends, so it moves by append_event only.
    private const string Grants =
        """
        select format('revoke all on table %1$s from %2$I; grant %3$s on table %1$s to %2$I', c.oid::regclass, @role, case
          when c.relname in ('events', 'portal_events', 'portal_chain', 'schema_migrations') or c.relkind = 'v' then 'select'
          when c.relname = 'environments' then 'select, insert, delete, update (' ||
            (select string_agg(quote_ident(attname), ', ') from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped and attname <> 'last_event') || ')'
          when exists (select from pg_trigger where tgrelid = c.oid and tgfoid = 'refuse_change'::regproc) then 'select, insert'
          else 'select, insert, update, delete' end)
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace and n.nspname = current_schema()
        where c.relkind in ('r', 'v')
          and c.relowner in (select oid from pg_roles where rolname = current_user union select relowner from pg_class where oid = 'schema_migrations'::regclass)
          and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e')
        union all
        select format('grant execute on function %s to %I', p.oid::regprocedure, @role) from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace and n.nspname = current_schema()
        where p.proname in ('append_event', 'append_portal_event')
        union all
        select format('grant usage on schema %I to %I', current_schema(), @role) where not has_schema_privilege(@role::name, current_schema()::text, 'usage')
        union all
        select format('grant usage on schema hangfire to %1$I; grant select, insert, update, delete on all tables in schema hangfire to %1$I; grant usage on all sequences in schema hangfire to %1$I', @role)
        """;

    /// <summary>Makes the role where it is not there, and gives it what it needs and no more.</summary>
    /// <param name="owner">Of the tables; in a transaction.</param>
    /// <exception cref="DatabaseUnusableException">The role is not there and may not be made, or has no name.</exception>
    public static async Task LetInAsync(NpgsqlConnection owner, NpgsqlConnectionStringBuilder login, DatabaseCheck check, CancellationToken cancellationToken)
    {
        var role = login.Username ?? throw new DatabaseUnusableException($"{DatabaseLogins.PortalSetting} names no Username: with {DatabaseLogins.MigrationsSetting} it has to be said which role is let in.");
        if (!await owner.ExecuteScalarAsync<bool>(new CommandDefinition(Exists, new { role }, cancellationToken: cancellationToken)))
            await MakeAsync(owner, role, login.Password, check, cancellationToken);
        // Who has the tables anyway would only lose rights to what is its own.
        else if (await owner.ExecuteScalarAsync<bool>("select pg_has_role(@role::name, relowner, 'member') from pg_class where oid = 'schema_migrations'::regclass", new { role }))
            return;
        var grants = await owner.QueryAsync<string>(new CommandDefinition(Grants, new { role }, cancellationToken: cancellationToken));
        await owner.ExecuteAsync(new CommandDefinition(string.Join(';', grants), cancellationToken: cancellationToken));
    }

    private static async Task MakeAsync(NpgsqlConnection owner, string role, string? password, DatabaseCheck check, CancellationToken cancellationToken)
    {
        if (!await owner.ExecuteScalarAsync<bool>("select rolsuper or rolcreaterole from pg_roles where rolname = current_user"))
        {
            throw new DatabaseUnusableException(check.Sentence(
                $"has no role '{role}', which {DatabaseLogins.PortalSetting} names, and this one may not make it: run \"create role {role} login createdb password '…'\" as an administrator"));
        }

        // A rehearsal has a database of its own for as long as it takes. Nobody can pass on what they may not do.
        var make = await owner.ExecuteScalarAsync<string>(
            "select format('create role %I login', @role) || case when (select rolsuper or rolcreatedb from pg_roles where rolname = current_user) then ' createdb' else '' end || coalesce(format(' password %L', @verifier), '')", new { role, verifier = password is null ? null : Verifier(password) });
        await owner.ExecuteAsync(new CommandDefinition(make!, cancellationToken: cancellationToken));
    }

    /// <summary>What Postgres keeps of a password (SCRAM-SHA-256, RFC 5803), so that the password itself is in none of its logs.</summary>
    internal static string Verifier(string password, byte[]? withSalt = null)
    {
        const int iterations = 4096;
        var salt = withSalt ?? RandomNumberGenerator.GetBytes(16);
        // As Npgsql prepares it before it signs in.
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password.Normalize(NormalizationForm.FormKC)), salt, iterations, HashAlgorithmName.SHA256, 32);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"SCRAM-SHA-256${iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(stored)}:{Convert.ToBase64String(server)}";
    }
}
