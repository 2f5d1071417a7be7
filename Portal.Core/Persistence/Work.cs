using Dapper;
using Npgsql;

namespace Portal.Core.Persistence;

/// <summary>A transaction under way, and the environments that pages are told of once it has committed. <see cref="Transactions"/> begins it.</summary>
public class Work
{
    private readonly Dictionary<Guid, long> _changed = [];

    internal Work(NpgsqlConnection connection) => Connection = connection;

    /// <summary>Everything that happens on it is part of the transaction.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>The environments, and the revision that each has when this is committed.</summary>
    internal IReadOnlyDictionary<Guid, long> Changed => _changed;

    /// <summary>Sends them in one round trip.</summary>
    public async Task DoAsync(params IReadOnlyList<Statement> statements)
    {
        await using var batch = new NpgsqlBatch(Connection);
        foreach (var statement in statements)
            batch.BatchCommands.Add(statement.ToCommand());
        await using var reader = await batch.ExecuteReaderAsync();
        foreach (var statement in statements.Where(statement => statement.Row is not null))
        {
            statement.Row!(await reader.ReadAsync() ? reader : null);
            // Also what a later one throws comes to light here.
            await reader.NextResultAsync();
        }
    }

    /// <summary>For a change of what pages show of environments that gets no event: every page that shows one of them rereads.</summary>
    public async Task ChangedAsync(params IReadOnlyCollection<Guid> environments)
    {
        if (environments.Count == 0)
            return;
        // In one order, so that no two wait for each other.
        var revised = await Connection.QueryAsync<(Guid Id, long Revision)>(
            """
            with changed as (select id from environments where id = any(@ids) order by id for no key update)
            update environments e set revision = revision + 1 from changed where e.id = changed.id returning e.id, e.revision
            """, new { ids = environments.ToArray() });
        foreach (var (id, revision) in revised)
            Revised(id, revision);
    }

    internal void Revised(Guid environment, long revision) => _changed[environment] = revision;
}

/// <summary>Work that jobs can be enqueued in: they are there when it has committed, and only then.</summary>
public sealed class JobWork : Work
{
    internal JobWork(NpgsqlConnection connection) : base(connection)
    {
    }
}
