using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Portal.Worker.Rehearsals;

/// <summary>
/// Makes and drops the databases of rehearsals, on the portal's own server unless another one is configured. Their names say whose they are: of
/// this installation, and of which rehearsal, so that what was left by a worker that died is known and nothing else is touched.
/// </summary>
public sealed class StageDatabases(NpgsqlDataSource database, StageConnection own, IOptions<RehearsalOptions> options) : IStageDatabases
{
    public async Task<string> CreateAsync(Guid rehearsalId, CancellationToken cancellationToken)
    {
        var name = await PrefixAsync(cancellationToken) + rehearsalId.ToString("N");
        var settings = Server();
        try
        {
            await using var server = new NpgsqlConnection(settings.ConnectionString);
            await server.OpenAsync(cancellationToken);
            // Of one that was taken up before, nothing is used again.
            await DropAsync(server, name, cancellationToken);
            await server.ExecuteAsync(new CommandDefinition($"create database \"{name}\" template template0 encoding 'UTF8' locale 'C'", cancellationToken: cancellationToken));
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new StageException(
                $"A rehearsal needs a database of its own for a while, and the role '{settings.Username}' may not make one: run 'alter role {settings.Username} createdb', "
                + "or name a server on which the worker may in Worker__Rehearsals__Server.", error);
        }

        return new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Database = name, Pooling = true, MaxPoolSize = 20 }.ConnectionString;
    }

    public async Task DropAsync(Guid rehearsalId, CancellationToken cancellationToken)
    {
        var name = await PrefixAsync(cancellationToken) + rehearsalId.ToString("N");
        await using var server = new NpgsqlConnection(Server().ConnectionString);
        await server.OpenAsync(cancellationToken);
        await DropAsync(server, name, cancellationToken);
    }

    /// <summary>Drops what is left of rehearsals that nobody plays.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var prefix = await PrefixAsync(cancellationToken);
        await using var server = new NpgsqlConnection(Server().ConnectionString);
        await server.OpenAsync(cancellationToken);
        var there = (await server.QueryAsync<string>(new CommandDefinition("select datname from pg_database where starts_with(datname, @prefix)", new { prefix }, cancellationToken: cancellationToken))).AsList();
        if (there.Count == 0)
            return;
        // After the list: whoever makes one says so before.
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var played = (await connection.QueryAsync<Guid>(new CommandDefinition("select id from rehearsals where state = 'Running'", cancellationToken: cancellationToken)))
            .Select(id => prefix + id.ToString("N")).ToHashSet(StringComparer.Ordinal);
        foreach (var name in there.Where(name => !played.Contains(name)))
            await DropAsync(server, name, cancellationToken);
    }

    private static Task DropAsync(NpgsqlConnection server, string name, CancellationToken cancellationToken) =>
        server.ExecuteAsync(new CommandDefinition($"drop database if exists \"{name}\" with (force)", cancellationToken: cancellationToken));

    // A copy of a database has its id, but another number on the server.
    private async Task<string> PrefixAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var (installation, number) = await connection.QuerySingleAsync<(Guid, long)>(new CommandDefinition(
            "select id, (select oid::bigint from pg_database where datname = current_database()) from installation", cancellationToken: cancellationToken));
        return $"rehearsal_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{installation} {number}")))[..10]}_";
    }

    private NpgsqlConnectionStringBuilder Server() =>
        new(options.Value.Server.Length > 0 ? options.Value.Server : own.ConnectionString) { Pooling = false, ApplicationName = "portal-rehearsals" };
}

/// <summary>With the password, which a data source does not give away.</summary>
public sealed record StageConnection(string ConnectionString)
{
    public override string ToString() => nameof(StageConnection);
}
