using Dapper;
using Npgsql;
using Portal.Core.Operations;
using Portal.Core.Persistence;

namespace Portal.Worker.Engine;

/// <summary>Which worker owns which operation.</summary>
public sealed class OperationClaims(NpgsqlDataSource database, OperationJobs jobs, WorkerLease lease)
{
    private const string Unsettled = "state in ('Queued', 'Running', 'Cancelling')";

    /// <summary>Makes the operation this process's, unless a living one has it or it is over.</summary>
    public async Task<bool> ClaimAsync(Guid operationId)
    {
        await using var connection = await database.OpenConnectionAsync();
        return await connection.ExecuteAsync(
            $"""
            update operations set owner = @Id
            where id = @operationId and {Unsettled} and (owner is null or owner = @Id or not exists ({WorkerLease.IsAlive}))
            """, new { operationId, lease.Id }) == 1;
    }

    /// <summary>Gives the operation back: whoever is enqueued for it next may take it.</summary>
    public Task<bool> ReleaseAsync(Guid operationId) => Work.DoAsync(
        database,
        async connection =>
        {
            var released = await connection.ExecuteAsync(
                $"update operations set owner = null, enqueued_at = clock_timestamp() where id = @operationId and owner = @Id and {Unsettled}",
                new { operationId, lease.Id }) == 1;
            if (released)
                jobs.Enqueue(connection, operationId);
            return released;
        },
        CancellationToken.None);

    /// <summary>Those of the given operations that somebody wants cancelled.</summary>
    public async Task<IReadOnlyList<Guid>> CancellingAsync(IReadOnlyCollection<Guid> running, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<Guid>(new CommandDefinition(
            "select id from operations where id = any(@running) and state = 'Cancelling'", new { running = running.ToArray() }, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>
    /// Enqueues what nobody runs: operations whose owner is dead, those of this process that it does not run, and those whose job was lost.
    /// Each is enqueued by one worker, because the row is changed with it.
    /// </summary>
    /// <param name="running">What this process runs.</param>
    public async Task<IReadOnlyList<Guid>> EnqueueAbandonedAsync(IReadOnlyCollection<Guid> running, CancellationToken cancellationToken)
    {
        const string abandoned = $"""
            {Unsettled} and (
              (owner = @Id and id <> all(@running))
              or (owner is not null and owner <> @Id and not exists ({WorkerLease.IsAlive}))
              or (owner is null and coalesce(enqueued_at, '-infinity') < clock_timestamp() - interval '15 seconds'))
            """;
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            // Nearly always there is nothing, and that is what has to be cheap.
            if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
                $"select exists (select from operations where {abandoned})", new { lease.Id, running = running.ToArray() }, cancellationToken: cancellationToken)))
                return [];
        }

        return await Work.DoAsync(
            database,
            async connection =>
            {
                var ids = (await connection.QueryAsync<Guid>(new CommandDefinition(
                    $"""
                    update operations set owner = null, enqueued_at = clock_timestamp()
                    where id in (select id from operations where {abandoned} order by created_at limit 100 for update skip locked)
                    returning id
                    """, new { lease.Id, running = running.ToArray() }, cancellationToken: cancellationToken))).AsList();
                foreach (var id in ids)
                    jobs.Enqueue(connection, id);
                return ids;
            },
            cancellationToken);
    }
}
