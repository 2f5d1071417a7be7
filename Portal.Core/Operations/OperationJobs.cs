using System.Linq.Expressions;
using Hangfire;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Npgsql;
using Portal.Core.Persistence;

namespace Portal.Core.Operations;

/// <summary>What the job of an operation calls, in whichever worker takes it: it claims the operation for its process and returns at once.</summary>
public interface IOperationDispatch
{
    /// <summary>Idempotent: the same operation may be enqueued any number of times.</summary>
    Task TakeAsync(Guid operationId);
}

/// <summary>Hangfire's storage in the portal's own Postgres: schema <c>hangfire</c>, installed with our migrations and never by itself.</summary>
public static class JobStorageSettings
{
    public const string OperationsQueue = "operations";

    /// <summary>Jobs that recur, and short ones.</summary>
    public const string DefaultQueue = "default";

    /// <summary>As a server of jobs, or whoever looks at them, opens it.</summary>
    /// <exception cref="DatabaseUnusableException">The connection string cannot be read.</exception>
    /// <param name="connections">At most; each idle thread of a server listens on one, hence few threads.</param>
    public static PostgreSqlStorage Open(string connectionString, int connections) =>
        new(new NpgsqlConnectionFactory(Capped(connectionString, connections), Options), Options);

    private static string Capped(string connectionString, int connections)
    {
        var read = PersistenceExtensions.Read(connectionString);
        (read.ApplicationName, read.MaxPoolSize) = ("portal-jobs", connections);
        return read.ConnectionString;
    }

    private static PostgreSqlStorageOptions Options { get; } = new()
    {
        PrepareSchemaIfNecessary = false,
        EnableLongPolling = true,
        // A job that was fetched by a process that died is fetched again after this; heartbeats keep it while it runs.
        UseSlidingInvisibilityTimeout = true,
        InvisibilityTimeout = TimeSpan.FromSeconds(10),
        // Its distributed locks are rows that outlive their holder.
        DistributedLockTimeout = TimeSpan.FromSeconds(5),
    };
}

/// <summary>Enqueues operations: in the caller's transaction, so that the job and the row it is about come or go together.</summary>
public sealed class OperationJobs
{
    private static readonly PostgreSqlStorageOptions s_options = new() { PrepareSchemaIfNecessary = false, EnableTransactionScopeEnlistment = true, EnableLongPolling = true };

    public void Enqueue(JobWork work, Guid operationId) =>
        Enqueue<IOperationDispatch>(work, JobStorageSettings.OperationsQueue, dispatch => dispatch.TakeAsync(operationId));

    public void Enqueue<T>(JobWork work, string queue, Expression<Func<T, Task>> call)
    {
        var storage = new PostgreSqlStorage(new ExistingNpgsqlConnectionFactory(work.Connection, s_options), s_options);
        new BackgroundJobClient(storage).Enqueue(queue, call);
    }
}
