using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Core;
using Portal.Core.Inquiries;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Inquiries;
using Portal.Worker.Kubernetes;

namespace Portal.Tests.Inquiries;

public sealed class ReadPodLogTests : IAsyncLifetime
{
    private const string Pod = "shop-staging/cart-service-5d";

    private readonly ManualClock _clock = new();
    private StoredEnvironments _stored = null!;
    private Guid _environment;
    private Guid _operation;

    public async Task InitializeAsync()
    {
        _stored = await StoredEnvironments.OpenAsync(await PostgresFixture.CreateDatabaseAsync(), _clock);
        (_operation, _environment) = await _stored.ApproveAsync(Samples.Shop());
        await DoAsync("insert into resources (environment_id, step, type, name, state, ready, changed_at) values (@_environment, 'svc-cart-service', 'Kubernetes::Pod', @Pod, 'Running', true, now())");
        await DoAsync(
            """
            insert into deployments (environment_id, operation_id, step, plan, outputs, complete, created_at, changed_at)
            select @_environment, @_operation, 'cluster', plan, '{"ClusterName":"shop","ClusterEndpoint":"https://cluster","ClusterCertificateAuthority":"Y2E="}'::jsonb, true, now(), now()
            from (select step as plan from requests, jsonb_array_elements(plan -> 'steps') step where step ->> 'name' = 'cluster' limit 1) planned
            """);
    }

    public async Task DisposeAsync() => await _stored.DisposeAsync();

    [Fact]
    public async Task Ask_PodOfTheEnvironment_IsAnsweredToWhoAskedWithoutSecrets()
    {
        var reads = _stored.Get<ReadPodLog>();
        var logs = new FakeLogs(new PodLog([new LogLine(_clock.GetUtcNow(), "connects with password=hunter2 now")], null));
        var asked = (await reads.AskAsync(Fleet.Engineer, _environment, Pod, default)).Value;
        (await reads.FindAsync(Fleet.Engineer, asked, default)).ShouldBeNull();

        await Worker(logs).RunAsync(asked, default);
        await Worker(logs).RunAsync(asked, default);

        (await reads.FindAsync(Fleet.Engineer, asked, default))!.Lines.Single().Text.ShouldBe("connects with password=[removed] now");
        (await reads.FindAsync(Fleet.Viewer, asked, default)).ShouldBeNull();
        logs.Read.ShouldBe([("shop", "shop-staging", "cart-service-5d")]);
        await using var connection = await Database.OpenConnectionAsync();
        (await connection.ExecuteScalarAsync<int>("select count(*)::int from hangfire.job where invocationdata::text like '%IAnswerInquiry%'")).ShouldBe(1);
    }

    [Fact]
    public async Task Ask_WhatIsNotOneMayRead_IsRefused()
    {
        var reads = _stored.Get<ReadPodLog>();

        (await reads.AskAsync(Fleet.Viewer, _environment, Pod, default)).Refusal.ShouldBeOfType<NotAllowed>();
        foreach (var pod in new[] { "kube-system/coredns", "shop-staging/../x", "", "a\u0000b" })
            (await reads.AskAsync(Fleet.Engineer, _environment, pod, default)).Refusal.ShouldBeOfType<NotFound>(pod);
        await DoAsync("update environments set team = 'payments' where id = @_environment");
        (await reads.AskAsync(Fleet.Engineer with { Teams = new HashSet<string> { "search" } }, _environment, Pod, default)).Refusal.ShouldBeOfType<NotAllowed>();
    }

    [Fact]
    public async Task Ask_MoreThanAPersonMay_IsRefusedUntilTheOldOnesAreForgottenAndNobodyAnswersThose()
    {
        var reads = _stored.Get<ReadPodLog>();
        await DoAsync($"insert into inquiries (id, environment_id, subject, asked_by, asked_at) select gen_random_uuid(), @_environment, @Pod, '{Fleet.Engineer.Subject}', '{_clock.GetUtcNow():O}' from generate_series(1, {ReadPodLog.MostAPerson})");

        (await reads.AskAsync(Fleet.Engineer, _environment, Pod, default)).Refusal.ShouldBeOfType<TooManyInquiries>();
        _clock.Move(ReadPodLog.Kept + TimeSpan.FromSeconds(1));
        (await reads.AskAsync(Fleet.Engineer, _environment, Pod, default)).Refusal.ShouldBeNull();
        await new ForgetInquiries(_stored.Get<Transactions>(), _clock).RunAsync(default);
        await using var connection = await Database.OpenConnectionAsync();
        var left = await connection.QuerySingleAsync<Guid>("select id from inquiries");

        var logs = new FakeLogs(new PodLog([], null));
        _clock.Move(ReadPodLog.Patience + TimeSpan.FromSeconds(1));
        await Worker(logs).RunAsync(left, default);
        logs.Read.ShouldBeEmpty();
    }

    private NpgsqlDataSource Database => _stored.Get<NpgsqlDataSource>();

    private AnswerInquiry Worker(IPodLogs logs) => new(Database, _stored.Get<Transactions>(), logs, _clock);

    private async Task DoAsync(string sql)
    {
        await using var connection = await Database.OpenConnectionAsync();
        await connection.ExecuteAsync(sql, new { _environment, _operation, Pod });
    }

    private sealed class FakeLogs(PodLog log) : IPodLogs
    {
        public List<(string Cluster, string Namespace, string Pod)> Read { get; } = [];

        public Task<PodLog> TailAsync(ClusterConnection cluster, string kubernetesNamespace, string pod, CancellationToken cancellationToken)
        {
            Read.Add((cluster.ClusterName, kubernetesNamespace, pod));
            return Task.FromResult(log);
        }
    }
}
