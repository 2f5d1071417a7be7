using System.Reflection;
using Dapper;
using Hangfire.PostgreSql;
using Npgsql;

namespace Portal.Core.Persistence;

/// <summary>
/// Applies Migrations/*.sql in order, each once, in one transaction, under an advisory lock, so that any number of processes may
/// start at once. (DbUp takes no lock, and of a dozen processes that started together some failed.) Hangfire's own schema is installed
/// under the same lock: by itself it fails where two processes begin at the same moment.
/// </summary>
public static class Migrator
{
    // Any constant of ours will do; it must only stay the same.
    private const long LockKey = 0x506F7274616C01;

    /// <summary>Waits for the database to come up, sees that it is one to live in, and brings it up to date.</summary>
    /// <exception cref="DatabaseUnusableException">With the remedy.</exception>
    public static Task MigrateAsync(NpgsqlDataSource database, TimeProvider clock, CancellationToken cancellationToken) =>
        PrepareAsync(database, clock, (_, _) => Task.CompletedTask, cancellationToken);

    /// <inheritdoc cref="MigrateAsync"/>
    /// <param name="fill">What the process puts in first; may be called again where the database goes away meanwhile.</param>
    public static Task PrepareAsync(NpgsqlDataSource database, TimeProvider clock, Func<NpgsqlConnection, CancellationToken, Task> fill, CancellationToken cancellationToken) =>
        new DatabaseCheck(database, clock).UseAsync(DatabaseCheck.Patience, async connection =>
        {
            await ApplyAsync(database, connection, cancellationToken);
            await fill(connection, cancellationToken);
        }, cancellationToken);

    private static async Task ApplyAsync(NpgsqlDataSource database, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync("select pg_advisory_xact_lock(@LockKey)", new { LockKey });
        await connection.ExecuteAsync("create table if not exists schema_migrations (name text primary key, applied_at timestamptz not null default now())");
        var applied = (await connection.QueryAsync<string>("select name from schema_migrations")).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, sql) in Scripts().Where(script => !applied.Contains(script.Name)))
        {
            await connection.ExecuteAsync(sql);
            await connection.ExecuteAsync("insert into schema_migrations (name) values (@name)", new { name });
        }

        // On a connection of its own, because it begins transactions itself; the lock is held until the end of ours.
        await using (var installer = await database.OpenConnectionAsync(cancellationToken))
            PostgreSqlObjectsInstaller.Install(installer);
        await transaction.CommitAsync(cancellationToken);
    }

    private static IEnumerable<(string Name, string Sql)> Scripts()
    {
        var assembly = Assembly.GetExecutingAssembly();
        const string prefix = "Portal.Core.Persistence.Migrations.";
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            yield return (resource[prefix.Length..], reader.ReadToEnd());
        }
    }
}
