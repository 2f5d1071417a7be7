using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Portal.Core.Audit;

/// <summary>Whether the role that a process runs as could change the audit trail in the database, past whatever the portal's code says.</summary>
public static partial class TrailProtection
{
    private const string Weakness =
        """
        with trail as (
          select c.oid as "table", c.relowner, n.oid as "schema", n.nspowner from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.oid in ('events'::regclass, 'portal_events'::regclass, 'portal_chain'::regclass))
        select current_user::text, case
          when (select rolsuper from pg_roles where rolname = current_user) then 'is a superuser'
          when bool_or(pg_has_role(relowner, 'member')) then 'owns the tables'
          when bool_or(pg_has_role(nspowner, 'member')) then 'owns the tables'' schema'
          when bool_or(has_schema_privilege("schema", 'create')) then 'may make tables and functions beside the trail''s'
          when bool_or(has_table_privilege("table", 'insert, update, delete, truncate, trigger') or has_any_column_privilege("table", 'insert, update')) then 'may write the trail''s tables by itself'
          end
        from trail
        """;

    /// <returns>Why it could, in a sentence; null where it may only read the trail and add to it by our functions.</returns>
    public static async Task<string?> WeaknessAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var (role, weakness) = await connection.QuerySingleAsync<(string Role, string? Weakness)>(new CommandDefinition(Weakness, cancellationToken: cancellationToken));
        return weakness is null ? null
            : $"The portal's database role '{role}' {weakness}: only the chain of hashes protects the audit trail from it. README.md says how it gets no more rights than it needs (ConnectionStrings__Migrations).";
    }

    /// <summary>For who reads the log of a process that starts.</summary>
    public static async Task WarnAsync(NpgsqlDataSource database, ILogger logger, CancellationToken cancellationToken)
    {
        if (await WeaknessAsync(database, cancellationToken) is { } weakness)
            LogWeakness(logger, weakness);
    }

    [LoggerMessage(LogLevel.Warning, "{Weakness}")]
    private static partial void LogWeakness(ILogger logger, string weakness);
}
