using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Portal.Core;
using Portal.Core.Persistence;
using Portal.Core.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Kubernetes;
using Portal.Worker.Observe;

namespace Portal.Tests.Worker.Observe;

public sealed class ClusterObserverTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private const int Kinds = 5;

    private readonly HurryingClock _clock = new(TimeSpan.FromMinutes(1));
    private readonly FakeCluster _cluster = new();
    private readonly CancellationTokenSource _stop = new();
    private ObservedWriter _writer = null!;
    private ClusterObserver _observer = null!;
    private Guid _environment;
    private Task _running = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        await using var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddPortalCore(null).AddPortalDatabase(postgres.ConnectionString).BuildServiceProvider();
        await using var database = await services.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync();
        database.Add(new TargetRow { Name = Samples.Target.Name, AccountId = "000000000000", Region = Samples.Target.Region, ApiAccessCidrs = "0.0.0.0/0" });
        await database.SaveChangesAsync();
        _environment = (await services.GetRequiredService<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop(), default)).Value!.EnvironmentId;
        var claim = await TestClaims.TakeAsync(postgres.Database, "here");
        _writer = new ObservedWriter(postgres.Database, TestTransactions.On(postgres.Database), _clock);
        // Seen by an observer before this one; it went while nobody looked.
        await _writer.WriteAsync(claim, _environment, null, [new SeenResource("svc-cart", "Kubernetes::Pod", "shop/cart-1", "uid", "Running", true, null, null)], default);
        var target = new AwsTarget(Samples.Target.Name, "000000000000", Samples.Target.Region, null, null);
        _observer = new ClusterObserver(
            new ObservedEnvironment(_environment, "shop", false, null, null), new ClusterConnection(target, "shop-cluster", new Uri("https://cluster"), ""), claim, _cluster, _cluster, _writer,
            new HealthKeeper(claim, new HealthStore(postgres.Database, TestTransactions.On(postgres.Database), _clock), _clock, NullLogger.Instance), _clock, NullLogger.Instance);
        _running = _observer.RunAsync(_stop.Token);
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    [Fact]
    public async Task Run_ClusterCutOff_IsUnseenAfterASecondCallAndListedAnewWhenItIsBack()
    {
        await _cluster.AskedAsync();
        while (_observer.Sight is null)
            await _cluster.AnswerAsync(true);
        _observer.Sight.Trouble.ShouldBeNull();

        await _cluster.AnswerAsync(false);
        _observer.Sight.Trouble.ShouldBeNull("one call may fail for any reason");
        await _cluster.AnswerAsync(false);
        _observer.Sight.Trouble.ShouldBe("The API of cluster shop-cluster cannot be reached.");
        _observer.Sight.IsGone.ShouldBeFalse();
        _cluster.Lists.Values.ShouldAllBe(count => count == 1);

        await _cluster.AnswerAsync(true);
        _observer.Sight.Trouble.ShouldBeNull();
        while (_cluster.Lists.Values.Sum() < 2 * Kinds)
            await _cluster.AnswerAsync(true);

        // What is not there any more was taken out with the first list.
        while ((await _writer.KnownAsync(_environment, "Kubernetes::Pod", default)).Count > 0)
            await _cluster.AnswerAsync(true);
    }
}
