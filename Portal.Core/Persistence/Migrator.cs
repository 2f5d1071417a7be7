using System.Reflection;
using Dapper;
using Hangfire.PostgreSql;
using Npgsql;

namespace Portal.Core.Persistence;

/// <summary>
/// Applies Migrations/*.sql in order, each once, in one transaction, under an advisory lock, so that any number of processes may
/// start at once. (DbUp takes no lock, and of a dozen processes that started together some failed.) Hangfire's own schema is installed
/// under the same lock: by itself it fails where two processes begin at the same moment. Where the tables are another role's than the one that
/// the process runs as, that one does it, and <see cref="RuntimeRole"/> lets this one in; who does not know the other waits for somebody who does.
/// </summary>
public static class Migrator
{
    // Any constant of ours will do; it must only stay the same.
    private const long LockKey = 0x506F7274616C01;

    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(500);
    private static readonly (string Name, string Sql)[] s_scripts = [.. Scripts()];

    /// <summary>Stands among the names of our scripts for the scripts that this version of Hangfire's storage brings along.</summary>
    private static readonly string s_hangfire = $"hangfire.postgresql {typeof(PostgreSqlObjectsInstaller).Assembly.GetName().Version}";

    /// <summary>Waits for the database to come up, sees that it is one to live in, and brings it up to date.</summary>
    /// <param name="database">Of <see cref="DatabaseLogins.Portal"/>.</param>
    /// <exception cref="DatabaseUnusableException">With the remedy.</exception>
    public static Task MigrateAsync(NpgsqlDataSource database, DatabaseLogins logins, TimeProvider clock, CancellationToken cancellationToken) =>
        PrepareAsync(database, logins, clock, (_, _) => Task.CompletedTask, cancellationToken);

    /// <inheritdoc cref="MigrateAsync"/>
    /// <param name="fill">What the process puts in first; may be called again where the database goes away meanwhile.</param>
    public static async Task PrepareAsync(
        NpgsqlDataSource database, DatabaseLogins logins, TimeProvider clock, Func<NpgsqlConnection, CancellationToken, Task> fill, CancellationToken cancellationToken)
    {
        if (logins.Migrations is { } migrations)
            await MigrateAsOwnerAsync(migrations, PersistenceExtensions.Read(logins.Portal), clock, cancellationToken);
        var check = new DatabaseCheck(database, clock);
        await check.UseAsync(DatabaseCheck.Patience, async connection =>
        {
            if (logins.Migrations is null && await MayMigrateAsync(connection))
                await ApplyAsync(database, connection, _ => Task.CompletedTask, cancellationToken);
            else
                await WaitAsync(check, connection, clock, cancellationToken);
            await fill(connection, cancellationToken);
        }, cancellationToken);
    }

    private static async Task MigrateAsOwnerAsync(string migrations, NpgsqlConnectionStringBuilder runtime, TimeProvider clock, CancellationToken cancellationToken)
    {
        // Nothing of the owner's is left open when the process begins to work.
        await using var database = NpgsqlDataSource.Create(PersistenceExtensions.Read(migrations, DatabaseLogins.MigrationsSetting));
        var check = new DatabaseCheck(database, clock, DatabaseLogins.MigrationsSetting);
        await check.UseAsync(
            DatabaseCheck.Patience,
            connection => ApplyAsync(database, connection, owner => RuntimeRole.LetInAsync(owner, runtime, check, cancellationToken), cancellationToken), cancellationToken);
    }

    /// <param name="then">In the same transaction, when the tables are as they have to be.</param>
    private static async Task ApplyAsync(NpgsqlDataSource database, NpgsqlConnection connection, Func<NpgsqlConnection, Task> then, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync("select pg_advisory_xact_lock(@LockKey)", new { LockKey });
        await connection.ExecuteAsync("create table if not exists schema_migrations (name text primary key, applied_at timestamptz not null default now())");
        var applied = await AppliedAsync(connection);
        foreach (var (name, sql) in s_scripts.Where(script => !applied.Contains(script.Name)))
        {
            await connection.ExecuteAsync(sql);
            await NoteAsync(connection, name);
        }

        if (!applied.Contains(s_hangfire))
        {
            // On a connection of its own, because it begins transactions itself; the lock is held until the end of ours.
            await using (var installer = await database.OpenConnectionAsync(cancellationToken))
                PostgreSqlObjectsInstaller.Install(installer);
            await NoteAsync(connection, s_hangfire);
        }

        await then(connection);
        await transaction.CommitAsync(cancellationToken);
    }

    private static Task NoteAsync(NpgsqlConnection connection, string name) => connection.ExecuteAsync("insert into schema_migrations (name) values (@name)", new { name });

    private static async Task<HashSet<string>> AppliedAsync(NpgsqlConnection connection) =>
        (await connection.QueryAsync<string>("select name from schema_migrations")).ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether the tables are this role's, or there are none yet.</summary>
    private static Task<bool> MayMigrateAsync(NpgsqlConnection connection) => connection.ExecuteScalarAsync<bool>(
        "select coalesce((select pg_has_role(relowner, 'usage') from pg_class where oid = to_regclass('schema_migrations')), true)");

    /// <summary>Somebody else migrates, now or soon: another process, or a person.</summary>
    private static async Task WaitAsync(DatabaseCheck check, NpgsqlConnection connection, TimeProvider clock, CancellationToken cancellationToken)
    {
        var deadline = clock.GetUtcNow() + DatabaseCheck.Patience;
        while (await MissingAsync(connection) is { } missing)
        {
            if (clock.GetUtcNow() >= deadline)
            {
                throw new DatabaseUnusableException(check.Sentence(
                    $"lacks what this version needs ({missing} has not been run), and its tables are another role's: give one process that role in {DatabaseLogins.MigrationsSetting}, or run 'Portal migrate' with it"));
            }

            await Task.Delay(s_lookEvery, clock, cancellationToken);
        }
    }

    private static async Task<string?> MissingAsync(NpgsqlConnection connection)
    {
        var applied = await AppliedAsync(connection);
        return s_scripts.Select(script => script.Name).Append(s_hangfire).FirstOrDefault(name => !applied.Contains(name));
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
