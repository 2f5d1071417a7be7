using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Core;
using Portal.Core.Accounts;
using Portal.Core.Environments;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Accounts;
using Portal.Worker.Aws;

namespace Portal.Tests.Worker.Accounts;

/// <summary>From what an account answers to what a request is told, on a real database; each test has a target of its own.</summary>
public sealed class AccountReaderTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private readonly FakeAccounts _accounts = new();
    private readonly string _target = $"target-{Guid.NewGuid():N}"[..20];
    private ServiceProvider _services = null!;

    public async Task InitializeAsync()
    {
        _services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(_clock).AddPortalCore(null).AddPortalDatabase(postgres.ConnectionString).BuildServiceProvider();
        await ExecuteAsync("delete from account_figures");
        await ExecuteAsync("insert into targets (name, account_id, region, api_access_cidrs) values (@_target, @_target, 'us-east-1', '0.0.0.0/0')");
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    private AccountReader Reader => new(_services.GetRequiredService<NpgsqlDataSource>(), _accounts, _clock);

    [Fact]
    public async Task Run_AFullAccount_RefusesWhileWhatWasReadIsFresh()
    {
        (await FaultAsync()).ShouldBeNull("nothing was read yet");
        _accounts.Vpcs = 5;
        await Reader.RunAsync(default);
        _clock.Move(TimeSpan.FromMinutes(3));

        (await FaultAsync()).ShouldNotBeNull().ShouldStartWith($"The account of {_target} allows 5 VPCs in us-east-1, and 5 are in use (read 3 min ago): this takes 1 more.");

        _clock.Move(Account.Freshness);
        (await FaultAsync()).ShouldBeNull("it may be otherwise by now");
    }

    [Fact]
    public async Task Run_SomethingWasDestroyedSince_RefusesNobodyUntilItIsReadAgain()
    {
        var asked = await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop("goes", "10.90.0.0/16") with { Target = _target }, default);
        var detail = (await _services.GetRequiredService<RequestQueries>().RequestAsync(Fleet.Ops, asked.Value!.Number, default))!;
        (await _services.GetRequiredService<DecideRequest>().ExecuteAsync(Fleet.Ops, asked.Value.Id, Verdict.Approve, detail.Request.PlanHash, null, default)).Refusal.ShouldBeNull();
        _accounts.Vpcs = 5;
        await Reader.RunAsync(default);
        (await FaultAsync()).ShouldNotBeNull();

        await ExecuteAsync("update operations set kind = 'Destroy', state = 'Running' where environment_id = (select id from environments where name = 'goes')");
        (await FaultAsync()).ShouldBeNull("its network may be gone already");

        _clock.Move(TimeSpan.FromMinutes(1));
        await ExecuteAsync("update operations set state = 'Succeeded', finished_at = @now where environment_id = (select id from environments where name = 'goes')");
        (await FaultAsync()).ShouldBeNull("its network is gone, and was counted");

        _clock.Move(TimeSpan.FromMinutes(1));
        await Reader.RunAsync(default);
        (await FaultAsync()).ShouldNotBeNull("there is something else in its place");
        _accounts.Asked.Count(call => call == $"use {_target}").ShouldBe(2);
        _accounts.Asked.Count(call => call == $"zones {_target}").ShouldBe(1);
    }

    [Fact]
    public async Task Run_WhatIsDenied_SaysSoAndTheRestIsRead()
    {
        _accounts.Vpcs = 5;
        _accounts.Denied = "DescribeVpcs";
        await Reader.RunAsync(default);

        (await FaultAsync()).ShouldBeNull();
        var account = (await _services.GetRequiredService<OverviewQueries>().ReadAsync(Fleet.Ops, TimeZoneInfo.Utc, default)).Targets.Single(target => target.Name == _target).Account.ShouldNotBeNull();
        account.Trouble.ShouldBe(["EC2 does not allow DescribeVpcs. Templates/cloudformation/target.yaml has it: deploy this version of it there.", "Service Quotas does not know L-1194D53C here."], ignoreOrder: true);
        account.Rooms.Select(room => (room.Quota.Id, room.Allowed, room.Used)).ShouldContain(("vpcs", 5, null));
        account.Rooms.ShouldNotContain(room => room.Quota == AccountQuotas.Clusters);
        (await _services.GetRequiredService<EnvironmentQueries>().TargetsAsync(Fleet.Engineer, default)).Single(target => target.Name == _target).MostRules.ShouldBe(200);
    }

    [Fact]
    public async Task Run_SeveralWorkers_ReadOnceInFiveMinutes()
    {
        await Task.WhenAll(Reader.RunAsync(default), Reader.RunAsync(default));
        _clock.Move(TimeSpan.FromMinutes(4));
        await Reader.RunAsync(default);
        _accounts.Asked.Count(call => call == $"zones {_target}").ShouldBe(1);

        _clock.Move(TimeSpan.FromMinutes(1));
        await Reader.RunAsync(default);
        _accounts.Asked.Count(call => call == $"zones {_target}").ShouldBe(2);
    }

    [Fact]
    public async Task Run_TargetIsLedToAnotherAccount_ForgetsTheFirst()
    {
        _accounts.Vpcs = 5;
        await Reader.RunAsync(default);
        await ExecuteAsync("update targets set account_id = 'another' where name = @_target");
        (await FaultAsync()).ShouldBeNull();

        _accounts.Vpcs = 4;
        await Reader.RunAsync(default);
        (await FaultAsync()).ShouldBeNull();
        _accounts.Asked.Count(call => call == $"use {_target}").ShouldBe(2);
    }

    /// <summary>What the field target of a new environment is told; null where it would be planned.</summary>
    private async Task<string?> FaultAsync()
    {
        var outcome = await _services.GetRequiredService<PlanRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop($"new-{_target[^8..]}", "10.91.0.0/16") with { Target = _target }, default);
        return outcome.Refusal is null ? null : outcome.Refusal.ShouldBeOfType<InvalidSpecification>().Errors.ShouldHaveSingleItem().Message;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync(sql, new { _target, now = _clock.GetUtcNow() });
    }

    private sealed class FakeAccounts : IAccounts
    {
        private readonly List<string> _asked = [];

        public int Vpcs { get; set; }

        public string Denied { get; set; } = "";

        public IReadOnlyList<string> Asked
        {
            get
            {
                lock (_asked)
                    return [.. _asked];
            }
        }

        public Task<int> QuotaAsync(AwsTarget target, AccountQuota quota, CancellationToken cancellationToken) => quota == AccountQuotas.Clusters && Denied.Length > 0
            ? throw new StepFailedException("quotas_not_found", $"Service Quotas does not know {quota.Code} here.")
            : Task.FromResult(quota == AccountQuotas.Rules ? 200 : 5);

        public Task<AccountUse> UseAsync(AwsTarget target, CancellationToken cancellationToken)
        {
            Note($"use {target.Name}");
            return Denied == "DescribeVpcs"
                ? throw new StepFailedException("ec2_access_denied", "EC2 does not allow DescribeVpcs.")
                : Task.FromResult(new AccountUse(new Dictionary<string, int> { [AccountQuotas.Vpcs.Id] = Vpcs }, new Dictionary<string, int>()));
        }

        public Task<IReadOnlyList<AccountZone>> ZonesAsync(AwsTarget target, CancellationToken cancellationToken)
        {
            Note($"zones {target.Name}");
            return Task.FromResult<IReadOnlyList<AccountZone>>([new("use1-az1", "us-east-1a"), new("use1-az2", "us-east-1b")]);
        }

        public Task<IReadOnlyList<string>> VersionsAsync(AwsTarget target, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<string>>([Samples.Catalog.DefaultKubernetesVersion]);

        private void Note(string call)
        {
            lock (_asked)
                _asked.Add(call);
        }
    }
}
