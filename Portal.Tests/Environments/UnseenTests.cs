using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Persistence;
using Portal.Core.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Observe;

namespace Portal.Tests.Environments;

public sealed class UnseenTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static int s_numbers;

    private readonly int _number = Interlocked.Increment(ref s_numbers);
    private ServiceProvider _services = null!;
    private Guid _environment;

    public async Task InitializeAsync()
    {
        _services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddPortalCore(null).AddPortalDatabase(postgres.ConnectionString).BuildServiceProvider();
        await using var database = await _services.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync();
        if (!await database.Targets.AnyAsync())
        {
            database.Add(new TargetRow { Name = Samples.Target.Name, AccountId = "000000000000", Region = Samples.Target.Region, ApiAccessCidrs = "0.0.0.0/0" });
            await database.SaveChangesAsync();
        }

        var submitted = (await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop($"shop-{_number}", $"10.{_number}.0.0/16"), default)).Value!;
        var detail = (await _services.GetRequiredService<RequestQueries>().RequestAsync(Fleet.Engineer, submitted.Number, default))!;
        (await _services.GetRequiredService<DecideRequest>().ExecuteAsync(Fleet.Ops, submitted.Id, Verdict.Approve, detail.Request.PlanHash, null, default)).IsRefused.ShouldBeFalse();
        _environment = submitted.EnvironmentId;
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    [Theory]
    [InlineData("2 seconds", null)]
    [InlineData("20 seconds", "No worker is running that could look.")]
    public async Task Unseen_ObserversWorker_HasToBeAlive(string ago, string? reason)
    {
        await ObservedAsync("w-1", ago);

        (await UnseenAsync())?.Reason.ShouldBe(reason);
        (reason is null).ShouldBe(await UnseenAsync() is null);
    }

    [Fact]
    public async Task Unseen_AwsAway_SaysSinceWhen()
    {
        var claim = await ObservedAsync("w-2", "0 seconds");
        var sights = new Sights(TestTransactions.On(postgres.Database));
        var last = new DateTimeOffset(TimeProvider.System.GetUtcNow().Ticks / 10_000_000 * 10_000_000, TimeSpan.Zero);
        await sights.SaveAsync(claim, last, null, default);

        await sights.SaveAsync(claim, last.AddSeconds(20), "AWS does not answer.", default);

        (await UnseenAsync()).ShouldBe(new Unseen(last, "AWS does not answer.", IsWhole: true));
        await sights.SaveAsync(claim, last.AddSeconds(30), null, default);
        (await UnseenAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Unseen_ClusterCutOff_IsOnlyTheCluster_AndOneThatIsGoneIsSeen()
    {
        var claim = await ObservedAsync("w-3", "0 seconds");
        var sights = new Sights(TestTransactions.On(postgres.Database));
        var last = new DateTimeOffset(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);
        await sights.SaveAsync(claim, [new ClusterSight(_environment, last, null, IsGone: false)], default);

        await sights.SaveAsync(claim, [new ClusterSight(_environment, null, "The API cannot be reached.", IsGone: false)], default);
        var cutOff = await UnseenAsync();
        await sights.SaveAsync(claim, [new ClusterSight(_environment, null, "The API cannot be reached.", IsGone: true)], default);

        cutOff.ShouldBe(new Unseen(last, "The API cannot be reached.", IsWhole: false));
        (await UnseenAsync()).ShouldBeNull();
    }

    private async Task<ObserverClaim> ObservedAsync(string worker, string ago)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync(
            "insert into workers (id, started_at, seen_at) values (@worker, clock_timestamp(), clock_timestamp() - @ago::interval) on conflict (id) do update set seen_at = excluded.seen_at",
            new { worker, ago });
        return await TestClaims.TakeAsync(postgres.Database, worker);
    }

    private async Task<Unseen?> UnseenAsync() => (await _services.GetRequiredService<EnvironmentQueries>().SnapshotAsync(_environment, default))!.Unseen;
}
