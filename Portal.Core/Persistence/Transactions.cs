using System.Transactions;
using Npgsql;

namespace Portal.Core.Persistence;

/// <summary>The one way to write what pages show: a transaction, after whose commit they are told. One that is rolled back tells nothing.</summary>
public sealed class Transactions(NpgsqlDataSource database, Announcer announcer)
{
    /// <param name="work">What it returns is committed, what it throws is rolled back.</param>
    public Task DoAsync(Func<Work, Task> work, CancellationToken cancellationToken) => DoAsync(
        async one =>
        {
            await work(one);
            return true;
        }, cancellationToken);

    /// <inheritdoc cref="DoAsync(Func{Work, Task}, CancellationToken)"/>
    public Task<T> DoAsync<T>(Func<Work, Task<T>> work, CancellationToken cancellationToken) => DoAsync(work, _ => true, cancellationToken);

    /// <param name="keep">Whether the result is to be committed; a refusal is not.</param>
    /// <inheritdoc cref="DoAsync(Func{Work, Task}, CancellationToken)"/>
    public async Task<T> DoAsync<T>(Func<Work, Task<T>> work, Func<T, bool> keep, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var done = new Work(connection);
        var result = await work(done);
        if (!keep(result))
            return result;
        await transaction.CommitAsync(cancellationToken);
        announcer.Tell(done.Changed);
        return result;
    }

    /// <inheritdoc cref="DoWithJobsAsync{T}(Func{JobWork, Task{T}}, Func{T, bool}, CancellationToken)"/>
    public Task<T> DoWithJobsAsync<T>(Func<JobWork, Task<T>> work, CancellationToken cancellationToken) => DoWithJobsAsync(work, _ => true, cancellationToken);

    /// <summary>
    /// With jobs that are enqueued in it: Hangfire's storage joins an ambient transaction, not one that the connection began. Such a one
    /// commits and rolls back while a thread waits, so that this is for what a person does now and then.
    /// </summary>
    /// <inheritdoc cref="DoAsync{T}(Func{Work, Task{T}}, Func{T, bool}, CancellationToken)"/>
    public async Task<T> DoWithJobsAsync<T>(Func<JobWork, Task<T>> work, Func<T, bool> keep, CancellationToken cancellationToken)
    {
        JobWork done;
        T result;
        using (var scope = new TransactionScope(
            TransactionScopeOption.RequiresNew, new TransactionOptions { IsolationLevel = IsolationLevel.ReadCommitted }, TransactionScopeAsyncFlowOption.Enabled))
        {
            await using (var connection = await database.OpenConnectionAsync(cancellationToken))
            {
                done = new JobWork(connection);
                result = await work(done);
            }

            if (!keep(result))
                return result;
            scope.Complete();
        }

        announcer.Tell(done.Changed);
        return result;
    }
}
