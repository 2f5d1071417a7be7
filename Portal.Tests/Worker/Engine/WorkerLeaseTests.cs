using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Engine;
using Portal.Worker.Observe;

namespace Portal.Tests.Worker.Engine;

public sealed class WorkerLeaseTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private StoredEnvironments _stored = null!;
    private WorkerLease _lease = null!;

    public async Task InitializeAsync()
    {
        _stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, new ManualClock());
        _lease = new WorkerLease(postgres.Database, TimeProvider.System, NullLogger<WorkerLease>.Instance);
        await _lease.RenewAsync(isHeld: false);
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync("delete from observers");
    }

    public async Task DisposeAsync()
    {
        _lease.Dispose();
        await _stored.DisposeAsync();
    }

    /// <summary>Two statements a second less for each worker of a fleet that has nothing to do.</summary>
    [Fact]
    public async Task Renew_NothingToDo_SparesTheQuestionsOfTheSweeps_UntilThereIs()
    {
        await using var nowhere = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1");
        var operations = new OperationClaims(nowhere, TestTransactions.On(nowhere), new OperationJobs(), _lease);
        var targets = new ObserverClaims(nowhere, _lease);
        await Should.ThrowAsync<NpgsqlException>(() => operations.EnqueueAbandonedAsync([], default));
        await RenewAsync();
        var free = _lease.Fleet!;
        (free.IsAnythingUnderWay, free.IsAnyTargetFree, free.Observed).ShouldBe((false, true, 0));
        await Should.ThrowAsync<NpgsqlException>(() => targets.TakeAsync([], default));

        var taken = await new ObserverClaims(postgres.Database, _lease).TakeAsync([], default);
        await RenewAsync();

        (await operations.EnqueueAbandonedAsync([], default)).ShouldBeEmpty();
        string[] observed = [.. taken.Select(claim => claim.Target)];
        (await targets.TakeAsync(observed, default)).ShouldBeEmpty();
        // One of its own has ended.
        await Should.ThrowAsync<NpgsqlException>(() => targets.TakeAsync(observed[1..], default));
        await Should.ThrowAsync<NpgsqlException>(() => operations.EnqueueAbandonedAsync([Guid.NewGuid()], default));
        await TestClaims.TakeAsync(postgres.Database, "w-dead");
        await _stored.ApproveAsync(Samples.Shop("shop-lease", "10.77.0.0/16"));
        await RenewAsync();
        await Should.ThrowAsync<NpgsqlException>(() => targets.TakeAsync(observed, default));
        await Should.ThrowAsync<NpgsqlException>(() => operations.EnqueueAbandonedAsync([], default));
    }

    [Fact]
    public async Task Renew_WorkerThatIsSilent_FreesItsTargetBeforeItIsLost()
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync("insert into workers (id, started_at, seen_at) values ('w-silent', now(), clock_timestamp() + interval '1 hour') on conflict (id) do update set seen_at = excluded.seen_at");
        await connection.ExecuteAsync("insert into observers (target) select name from targets on conflict do nothing; update observers set owner = 'w-silent'");
        await RenewAsync();
        _lease.Fleet!.IsAnyTargetFree.ShouldBeFalse();

        await connection.ExecuteAsync("update workers set seen_at = clock_timestamp() - interval '2.1 seconds' where id = 'w-silent'");
        await RenewAsync();

        _lease.Fleet!.IsAnyTargetFree.ShouldBeTrue();
    }

    [Fact]
    public async Task Renew_OneOfSeveral_CountsThoseThatLive()
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync(
            """
            delete from workers;
            insert into workers (id, started_at, seen_at) values ('w-lives', now(), clock_timestamp() + interval '1 hour'), ('w-dead', now(), clock_timestamp() - interval '4 seconds')
            """);

        await RenewAsync();

        _lease.Workers.ShouldBe(2);
    }

    [Fact]
    public async Task Renew_Begins_ForgetsThoseThatDiedLongAgo()
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync(
            """
            insert into workers (id, started_at, seen_at)
            values ('w-yesterday', now(), clock_timestamp() - interval '25 hours'), ('w-today', now(), clock_timestamp() - interval '23 hours')
            """);

        await RenewAsync();

        (await connection.QueryAsync<string>("select id from workers where id in ('w-yesterday', 'w-today')")).ShouldBe(["w-today"]);
    }

    // Begun anew first: on a busy machine three seconds may lie between two steps of a test, and that is not what it is about.
    private async Task RenewAsync()
    {
        await _lease.RenewAsync(isHeld: false);
        (await _lease.RenewAsync(isHeld: true)).ShouldBeTrue();
    }
}
