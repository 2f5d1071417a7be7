using System.Net.Sockets;
using Dapper;
using Npgsql;

namespace Portal.Core.Persistence;

/// <summary>The database cannot be used as it is: one sentence for the person who starts the process, with the remedy.</summary>
public sealed class DatabaseUnusableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Whether the database is one that Portal can live in, asked before anything relies on it.</summary>
/// <param name="setting">What gives the connection string: the sentences name it.</param>
public sealed class DatabaseCheck(NpgsqlDataSource database, TimeProvider clock, string setting = DatabaseLogins.PortalSetting)
{
    /// <summary>The oldest version that the migrations and queries have been run on.</summary>
    private const int OldestVersion = 15;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a database may take to come up: containers and machines start in any order.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    /// <exception cref="DatabaseUnusableException">It does not answer in time, refuses us, or is not what Portal needs.</exception>
    public async Task<NpgsqlConnection> OpenAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(patience, cancellationToken);
        try
        {
            await MustFitAsync(connection);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Does <paramref name="work"/> on a connection, from the start again where the database goes away in the middle of it.</summary>
    /// <exception cref="DatabaseUnusableException">As <see cref="OpenAsync"/> says, or what a statement met, in words.</exception>
    public async Task UseAsync(TimeSpan patience, Func<NpgsqlConnection, Task> work, CancellationToken cancellationToken)
    {
        var deadline = clock.GetUtcNow() + patience;
        while (true)
        {
            try
            {
                await using var connection = await OpenAsync(deadline - clock.GetUtcNow(), cancellationToken);
                await work(connection);
                return;
            }
            catch (NpgsqlException error) when (Explain(error) is { } sentence)
            {
                throw new DatabaseUnusableException(sentence, error);
            }
            catch (Exception error) when (error is not DatabaseUnusableException && DatabaseFaults.IsAway(error))
            {
                if (clock.GetUtcNow() >= deadline)
                    throw new DatabaseUnusableException(Sentence($"went away while it was being prepared ({error.Message}): look at its log, and start this again when it is back"), error);
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    /// <summary>What a statement of ours met, in words; null for what is no fault of the database's set-up.</summary>
    public string? Explain(NpgsqlException error) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } refused =>
            Sentence($"refuses the sign-in ({refused.MessageText}): check Username and Password in {setting}"),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } =>
            Sentence($"does not exist: create it with encoding UTF8, or name another one in {setting}"),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidSchemaName } refused =>
            Sentence($"does not let this role do what it has to ({refused.MessageText}): name the owner of its tables in {DatabaseLogins.MigrationsSetting} once, which gives this role what it needs, "
                + "or, where one role is for everything, run 'grant create, usage on schema public to <role>' in it"),
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } =>
            Sentence($"can only be read: name the primary server, not a standby, in {setting}"),
        _ => null,
    };

    private static bool MayPass(NpgsqlException error) => error is PostgresException refused
        ? refused.SqlState is PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections
        : error.InnerException is SocketException or TimeoutException or IOException;

    private async Task<NpgsqlConnection> ConnectAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var deadline = clock.GetUtcNow() + patience;
        while (true)
        {
            try
            {
                return await database.OpenConnectionAsync(cancellationToken);
            }
            catch (NpgsqlException error) when (MayPass(error) && clock.GetUtcNow() < deadline)
            {
                await Task.Delay(Pause, clock, cancellationToken);
            }
            catch (NpgsqlException error)
            {
                throw new DatabaseUnusableException(
                    Explain(error) ?? Sentence($"cannot be reached ({error.InnerException?.Message ?? error.Message}): start it, or correct Host and Port in {setting}"), error);
            }
        }
    }

    private async Task MustFitAsync(NpgsqlConnection connection)
    {
        if (connection.PostgreSqlVersion.Major < OldestVersion)
            throw new DatabaseUnusableException(Sentence($"runs on PostgreSQL {connection.PostgreSqlVersion.Major}: Portal needs {OldestVersion} or later"));
        var encoding = await connection.ExecuteScalarAsync<string>("show server_encoding");
        if (encoding != "UTF8")
        {
            throw new DatabaseUnusableException(Sentence($"is encoded in {encoding}, in which names and templates cannot be stored: make one with "
                + $"\"create database … encoding 'UTF8' locale 'C' template template0\" and name it in {setting}"));
        }
    }

    /// <summary>Names the database and never its password.</summary>
    /// <param name="what">How it goes on after "The database '…' at …", without a full stop.</param>
    public string Sentence(string what)
    {
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        return $"The database '{settings.Database ?? settings.Username}' at {settings.Host}:{settings.Port} {what}.";
    }
}
