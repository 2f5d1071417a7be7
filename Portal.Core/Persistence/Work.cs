using System.Transactions;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Portal.Core.Persistence;

/// <summary>
/// One transaction around everything that happens on the connection, jobs enqueued on it included: Hangfire's storage joins an ambient
/// transaction, not one that the connection began.
/// </summary>
public static class Work
{
    /// <summary>A context on that very connection, and so in its transaction.</summary>
    public static async Task<PortalDb> OnAsync(this IDbContextFactory<PortalDb> databases, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var context = await databases.CreateDbContextAsync(cancellationToken);
        context.Database.SetDbConnection(connection, contextOwnsConnection: false);
        return context;
    }

    /// <param name="work">What it returns is committed, what it throws is rolled back.</param>
    public static Task<T> DoAsync<T>(NpgsqlDataSource database, Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken) =>
        DoAsync(database, work, _ => true, cancellationToken);

    /// <param name="keep">Whether the result is to be committed; a refusal is not.</param>
    /// <inheritdoc cref="DoAsync{T}(NpgsqlDataSource, Func{NpgsqlConnection, Task{T}}, CancellationToken)"/>
    public static async Task<T> DoAsync<T>(
        NpgsqlDataSource database, Func<NpgsqlConnection, Task<T>> work, Func<T, bool> keep, CancellationToken cancellationToken)
    {
        using var scope = new TransactionScope(
            TransactionScopeOption.RequiresNew, new TransactionOptions { IsolationLevel = IsolationLevel.ReadCommitted }, TransactionScopeAsyncFlowOption.Enabled);
        T result;
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
            result = await work(connection);
        if (keep(result))
            scope.Complete();
        return result;
    }
}
