using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Kubernetes;
using Portal.Worker.Observe;

namespace Portal.Tests.Worker.Observe;

/// <summary>The observer as a worker runs it, on a target that is polled as slowly as AWS.</summary>
public sealed class ObserverHostNewsTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private readonly FakeNews _news = new();
    private readonly FakeStacks _stacks = new(TimeProvider.System);
    private IHost _host = null!;
    private Guid _environment;

    public async Task InitializeAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.ClearProviders();
        builder.Services.AddPortalCore(null).AddPortalDatabase(postgres.ConnectionString).AddObservers();
        builder.Services.AddSingleton<WorkerLease>().AddHostedService(provider => provider.GetRequiredService<WorkerLease>());
        builder.Services.AddKeyedSingleton<ICloudFormation>(ICloudFormation.Patient, _stacks).AddSingleton<IStackNews>(_news).AddSingleton<ILoadBalancers, NoLoadBalancers>();
        builder.Services.AddSingleton<IKubernetes, NoClusters>().AddSingleton<IClusters, NoClusters>();
        _host = builder.Build();
        _environment = await BeginAsync();
        await _host.StartAsync();
    }

    [Fact]
    public async Task Observe_StackIsTold_IsReadAtOnce()
    {
        var stack = _stacks.Add("shop-iam", _environment, "iam");
        await SeenAsync("CREATE_IN_PROGRESS");
        var polls = _stacks.Lists;

        await _news.TellAsync(_stacks.Stack(stack, "CREATE_COMPLETE"));
        await SeenAsync("CREATE_COMPLETE");

        (_stacks.Lists - polls, _stacks.Finds.Count).ShouldBe((1, 0), "the next poll is ten seconds away");
    }

    public async Task DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    /// <summary>Of an environment whose first step has begun.</summary>
    private async Task<Guid> BeginAsync()
    {
        var services = _host.Services;
        await using (var database = await services.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync())
        {
            database.Add(new TargetRow { Name = Samples.Target.Name, AccountId = "000000000000", Region = Samples.Target.Region, ApiAccessCidrs = "0.0.0.0/0", EventQueue = "events" });
            await database.SaveChangesAsync();
        }

        var submitted = (await services.GetRequiredService<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop(), CancellationToken.None)).Value!;
        var detail = await services.GetRequiredService<RequestQueries>().RequestAsync(Fleet.Engineer, submitted.Number, CancellationToken.None);
        (await services.GetRequiredService<DecideRequest>().ExecuteAsync(Fleet.Ops, submitted.Id, Verdict.Approve, detail!.Request.PlanHash, null, CancellationToken.None)).Refusal.ShouldBeNull();
        await using var connection = await postgres.Database.OpenConnectionAsync();
        var operation = await connection.ExecuteScalarAsync<Guid>("select id from operations where environment_id = @EnvironmentId", submitted);
        var store = new OperationStore(postgres.Database, TestTransactions.On(postgres.Database), new Lifecycle(new OperationJobs(), TimeProvider.System), new StepDurations(postgres.Database, TimeProvider.System), TimeProvider.System);
        var work = (await store.BeginAsync(operation, CancellationToken.None))!;
        await store.StartStepAsync(work, work.Plan.Step("iam"), 1, CancellationToken.None);
        return submitted.EnvironmentId;
    }

    /// <summary>Completes when the stack was observed in that state.</summary>
    private async Task SeenAsync(string state)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using var connection = await postgres.Database.OpenConnectionAsync(patience.Token);
        await using (var listen = new NpgsqlCommand($"listen {Channels.Observation}", connection))
            await listen.ExecuteNonQueryAsync(patience.Token);
        while (await connection.ExecuteScalarAsync<string>("select state from observations where kind = 'stack'") != state)
            await connection.WaitAsync(patience.Token);
    }

    /// <summary>There is no cluster yet, so nobody asks.</summary>
    private sealed class NoClusters : IKubernetes, IClusters
    {
        public Task<ObjectList> ListAsync(ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<ObjectChange> WatchAsync(ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, string resourceVersion, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task PingAsync(ClusterConnection cluster, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteSecretAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ClusterAccess> DescribeAsync(AwsTarget target, string clusterName, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<string> CallerArnAsync(AwsTarget target, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
