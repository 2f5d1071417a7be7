using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Core;
using Portal.Core.Drift;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Drift;

namespace Portal.Tests.Drift;

public sealed class DriftRoundTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private ServiceProvider _services = null!;
    private Guid _ready;

    public async Task InitializeAsync()
    {
        var database = await PostgresFixture.CreateDatabaseAsync();
        _services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(_clock).AddPortalCore(null).AddPortalDatabase(database).BuildServiceProvider();
        await using var context = await _services.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync();
        context.Add(new TargetRow { Name = Samples.Target.Name, AccountId = "000000000000", Region = Samples.Target.Region, ApiAccessCidrs = "0.0.0.0/0" });
        await context.SaveChangesAsync();
        _ready = await AskForAsync("shop-ready", "10.40.0.0/16");
        await AskForAsync("shop-asked", "10.41.0.0/16");
        await DoAsync("update environments set state = 'Ready' where id = @_ready");
    }

    private NpgsqlDataSource Database => _services.GetRequiredService<NpgsqlDataSource>();

    public async Task DisposeAsync() => await _services.DisposeAsync();

    [Fact]
    public async Task Run_EachEnvironmentThatIsReady_IsAskedForOnceInSixHoursByAJob()
    {
        var transactions = _services.GetRequiredService<Transactions>();
        var round = new DriftRound(Database, transactions, new CheckDrift(transactions, new OperationJobs(), _clock), _clock);

        await round.RunAsync(default);
        await round.RunAsync(default);
        (await JobsAsync()).ShouldBe(1);
        (await SummaryAsync())!.AskedAt.ShouldBe(_clock.GetUtcNow());

        _clock.Move(TimeSpan.FromHours(5));
        await round.RunAsync(default);
        (await JobsAsync()).ShouldBe(1);

        _clock.Move(TimeSpan.FromMinutes(61));
        await round.RunAsync(default);
        (await JobsAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task Ignore_UntilADay_CountsAgainAfterIt()
    {
        await DoAsync(
            """
            insert into drift_checks (environment_id, asked_at, asked_by, finished_at) values (@_ready, now(), 'Portal', now()) on conflict (environment_id) do update set finished_at = excluded.asked_at;
            insert into drifts (environment_id, step, resource, type, property, found_at) values (@_ready, 'net-core', 'Vpc', 'AWS::EC2::VPC', '/A', now()), (@_ready, 'net-core', 'Vpc', 'AWS::EC2::VPC', '/B', now());
            """);
        var ignore = _services.GetRequiredService<IgnoreDrift>();
        var until = _clock.GetUtcNow().AddDays(3);
        (await SummaryAsync())!.Resources.ShouldBe(1);

        (await ignore.ExecuteAsync(Fleet.Viewer, _ready, "net-core", "Vpc", until, default)).Refusal.ShouldBeOfType<NotAllowed>();
        (await ignore.ExecuteAsync(Fleet.Engineer, _ready, "net-core", "Subnet", until, default)).Refusal.ShouldBeOfType<NotFound>();
        (await ignore.ExecuteAsync(Fleet.Engineer, _ready, "net-core", "Vpc", _clock.GetUtcNow(), default)).IsRefused.ShouldBeTrue();
        (await ignore.ExecuteAsync(Fleet.Engineer, _ready, "net-core", "Vpc", until, default)).Refusal.ShouldBeNull();

        (await SummaryAsync())!.Resources.ShouldBe(0);
        (await _services.GetRequiredService<DriftQueries>().ListAsync(Fleet.Viewer, _ready, 0, DriftQueries.PageSize, default)).Total.ShouldBe(2);
        _clock.Move(TimeSpan.FromDays(4));
        (await SummaryAsync())!.Resources.ShouldBe(1);
    }

    private async Task<DriftSummary?> SummaryAsync() => (await _services.GetRequiredService<EnvironmentQueries>().SnapshotAsync(_ready, default))!.Drift;

    private async Task<int> JobsAsync()
    {
        await using var connection = await Database.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<int>("select count(*)::int from hangfire.job where invocationdata::text like '%IDriftCheck%'");
    }

    private async Task<Guid> AskForAsync(string name, string cidr) =>
        (await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop(name, cidr), default)).Value!.EnvironmentId;

    private async Task DoAsync(string sql)
    {
        await using var connection = await Database.OpenConnectionAsync();
        await connection.ExecuteAsync(sql, new { _ready });
    }
}
