using Dapper;
using Npgsql;
using Portal.Core.Operations;
using Portal.Core.Persistence;

namespace Portal.Worker.Engine;

/// <inheritdoc/>
public sealed class OperationClaims(NpgsqlDataSource database, Transactions transactions, OperationJobs jobs, WorkerLease lease) : IOperationClaims
{
    /// <summary>
    /// After which a job that nobody has taken up is taken for lost: with whoever had fetched it and died before it claimed, or claimed nothing
    /// because it had no lease just then. One too many does no harm.
    /// </summary>
    private const string LostJob = "4 seconds";

    private const string Unsettled = "state in ('Queued', 'Running', 'Cancelling')";

    public async Task<bool> ClaimAsync(Guid operationId)
    {
        await using var connection = await database.OpenConnectionAsync();
        return await connection.ExecuteAsync(
            $"""
            update operations set owner = @Id
            where id = @operationId and {Unsettled} and (owner is null or owner = @Id or not exists ({WorkerLease.IsAlive}))
            """, new { operationId, lease.Id }) == 1;
    }

    public Task<bool> ReleaseAsync(Guid operationId) => transactions.DoWithJobsAsync(
        async work =>
        {
            var released = await work.Connection.ExecuteAsync(
                $"update operations set owner = null, enqueued_at = clock_timestamp() where id = @operationId and owner = @Id and {Unsettled}",
                new { operationId, lease.Id }) == 1;
            if (released)
                jobs.Enqueue(work, operationId);
            return released;
        },
        CancellationToken.None);

    public async Task<IReadOnlyList<Fence>> CancellingAsync(IReadOnlyCollection<Guid> running, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<Fence>(new CommandDefinition(
            "select id as OperationId, epoch as Epoch from operations where id = any(@running) and state = 'Cancelling'", new { running = running.ToArray() }, cancellationToken: cancellationToken))).AsList();
    }

    public async Task<IReadOnlyList<Guid>> EnqueueAbandonedAsync(IReadOnlyCollection<Guid> running, CancellationToken cancellationToken)
    {
        const string abandoned = $"""
            {Unsettled} and (
              (owner = @Id and id <> all(@running))
              or (owner is not null and owner <> @Id and not exists ({WorkerLease.IsAlive}))
              or (owner is null and coalesce(enqueued_at, '-infinity') < clock_timestamp() - interval '{LostJob}'))
            """;
        if (running.Count == 0 && lease.Fleet is { IsAnythingUnderWay: false })
            return [];
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            // Nearly always there is nothing, and that is what has to be cheap.
            if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
                $"select exists (select from operations where {abandoned})", new { lease.Id, running = running.ToArray() }, cancellationToken: cancellationToken)))
                return [];
        }

        return await transactions.DoWithJobsAsync(
            async work =>
            {
                var ids = (await work.Connection.QueryAsync<Guid>(new CommandDefinition(
                    $"""
                    update operations set owner = null, enqueued_at = clock_timestamp()
                    where id in (select id from operations where {abandoned} order by created_at limit 100 for update skip locked)
                    returning id
                    """, new { lease.Id, running = running.ToArray() }, cancellationToken: cancellationToken))).AsList();
                foreach (var id in ids)
                    jobs.Enqueue(work, id);
                return ids;
            },
            cancellationToken);
    }
}
