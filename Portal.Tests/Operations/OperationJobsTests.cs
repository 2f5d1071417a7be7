using Dapper;
using Npgsql;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Operations;

public sealed class OperationJobsTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private Transactions Transactions => TestTransactions.On(postgres.Database);

    [Fact]
    public async Task Enqueue_TransactionCommitted_LeavesTheJob()
    {
        var operation = Guid.CreateVersion7();

        await Transactions.DoWithJobsAsync(work => EnqueueAsync(work, operation), default);

        (await JobsAsync(operation)).ShouldBe(1);
    }

    [Fact]
    public async Task Enqueue_TransactionCommitted_TellsTheWorkersAtOnce()
    {
        await using var listener = await postgres.Database.OpenConnectionAsync();
        // What Hangfire.PostgreSql's servers listen on; else they would look every fifteen seconds.
        await listener.ExecuteAsync("listen new_job");

        await Transactions.DoWithJobsAsync(work => EnqueueAsync(work, Guid.CreateVersion7()), default);

        (await listener.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBeTrue();
    }

    [Fact]
    public async Task Enqueue_RefusedOrThrown_LeavesNothing()
    {
        var (refused, thrown) = (Guid.CreateVersion7(), Guid.CreateVersion7());

        await Transactions.DoWithJobsAsync(work => EnqueueAsync(work, refused), _ => false, default);
        await Should.ThrowAsync<InvalidOperationException>(() => Transactions.DoWithJobsAsync<bool>(async work =>
        {
            await EnqueueAsync(work, thrown);
            throw new InvalidOperationException("Afterwards.");
        }, default));

        (await JobsAsync(refused)).ShouldBe(0);
        (await JobsAsync(thrown)).ShouldBe(0);
    }

    [Fact]
    public async Task Migrate_ManyProcessesAtOnce_InstallEverythingOnce()
    {
        var connectionString = await PostgresFixture.CreateEmptyDatabaseAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await using var database = NpgsqlDataSource.Create(connectionString);
            await Migrator.MigrateAsync(database, new DatabaseLogins(connectionString), TimeProvider.System, default);
        }));

        await using var connection = new NpgsqlConnection(connectionString);
        (await connection.ExecuteScalarAsync<int>("select version from hangfire.schema")).ShouldBeGreaterThan(20);
    }

    private static Task<bool> EnqueueAsync(JobWork work, Guid operation)
    {
        new OperationJobs().Enqueue(work, operation);
        return Task.FromResult(true);
    }

    private async Task<int> JobsAsync(Guid operation)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<int>("select count(*)::int from hangfire.job where arguments::text like '%' || @operation || '%'", new { operation = operation.ToString() });
    }
}
