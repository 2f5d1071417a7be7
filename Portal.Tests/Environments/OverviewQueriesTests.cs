using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Environments;

public sealed class OverviewQueriesTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private readonly ServiceProvider _services =
        new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddPortalCore(null).AddPortalDatabase(postgres.ConnectionString).BuildServiceProvider();

    // One that is asked for, one that runs and one that was made two days ago, in a target that one worker observes while another has gone silent.
    public async Task InitializeAsync()
    {
        await using (var connection = await postgres.Database.OpenConnectionAsync())
        {
            if (await connection.ExecuteScalarAsync<bool>("select exists (select from targets)"))
                return;
        }

        await ExecuteAsync(
            """
            insert into targets (name, account_id, region, api_access_cidrs) values ('sandbox', '000000000000', 'us-east-1', '0.0.0.0/0'), ('unused', '111111111111', 'eu-west-1', '0.0.0.0/0');
            insert into workers values ('alive', now(), now() + interval '1 hour'), ('silent', now(), now() - interval '1 minute');
            insert into observers (target, owner, epoch, seen_at) values ('sandbox', 'alive', 1, now())
            """);
        await SubmitAsync("asked", 1);
        await ApproveAsync("runs", 2);
        await ApproveAsync("made", 3);
        await ExecuteAsync(
            """
            update operations set state = 'Running', owner = 'alive', started_at = now() - interval '100 seconds', expected_low = 300, expected_high = 400
              where environment_id = (select id from environments where name = 'runs');
            update steps set state = 'Running', started_at = now(), waiting = '{"whom": "AWS", "since": "2026-01-01T00:00:00Z", "cause": "Rate exceeded", "isThrottling": true}'
              where ordinal = 0 and operation_id = (select o.id from operations o join environments e on e.id = o.environment_id where name = 'runs');
            update operations set state = 'Succeeded', started_at = now() - interval '2 days 900 seconds', finished_at = now() - interval '2 days'
              where environment_id = (select id from environments where name = 'made');
            update environments set state = case name when 'made' then 'Ready' else state end, team = case name when 'made' then 'shop' else '' end, monthly_cost = case name when 'made' then 500 else 10 end
            """);
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    private OverviewQueries Overview => _services.GetRequiredService<OverviewQueries>();

    [Fact]
    public async Task Read_SaysWhatIsUnderWayAndWhoDoesIt()
    {
        var seen = await Overview.ReadAsync(Fleet.Ops, TimeZoneInfo.Utc, default);

        var open = seen.Open.ShouldHaveSingleItem();
        (open.Environment, open.State, open.Worker, seen.OpenTotal).ShouldBe(("runs", OperationState.Running, "alive", 1));
        (open.Forecast!.Latest - open.Forecast.Earliest).ShouldBe(TimeSpan.FromSeconds(100));
        open.Waits!.Sentence.ShouldBe("AWS asks for patience");
        seen.Workers.Select(worker => (worker.Id, worker.IsAlive, worker.Operations, worker.Targets)).ShouldBe([("alive", true, 1, 1), ("silent", false, 0, 0)]);
        var target = seen.Targets.Single(one => one.Name == "sandbox");
        (target.Environments, target.Open, target.Waiting, target.Throttled, target.Trouble).ShouldBe((2, 1, 1, 1, null));
        seen.Targets.Single(one => one.Name == "unused").Trouble.ShouldBeNull();
    }

    [Fact]
    public async Task Read_SaysHowOperationsWentAndWhatTeamsCost()
    {
        var seen = await Overview.ReadAsync(Fleet.Ops, TimeZoneInfo.Utc, default);

        seen.Days.Count.ShouldBe(OverviewQueries.Days);
        var day = seen.Days[^3];
        (day.Succeeded, day.Failed, day.Created, seen.Created).ShouldBe((1, 0, TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(15)));
        seen.Days.Sum(one => one.Succeeded + one.Failed + one.Cancelled).ShouldBe(1);
        seen.Teams.Select(team => (team.Name, team.Environments, team.Monthly)).ShouldBe([("shop", 1, 500), ("", 2, 20)]);
        seen.Monthly.ShouldBe(520);
    }

    [Fact]
    public async Task Read_NobodyLooksAtATarget_SaysSo()
    {
        await ExecuteAsync("update observers set owner = 'silent' where target = 'sandbox'");
        var seen = await Overview.ReadAsync(Fleet.Ops, TimeZoneInfo.Utc, default);

        seen.Targets.Select(target => (target.Name, target.Trouble)).ShouldBe([("sandbox", "No worker looks at it."), ("unused", null)]);
        await ExecuteAsync("update observers set owner = 'alive' where target = 'sandbox'");
    }

    [Fact]
    public async Task Read_WhoDoesNotOperate_IsRefused() =>
        await Should.ThrowAsync<UnauthorizedAccessException>(() => Overview.ReadAsync(Fleet.Engineer, TimeZoneInfo.Utc, default));

    private async Task<SubmittedRequest> SubmitAsync(string name, int block)
    {
        var outcome = await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop(name, $"10.{block}.0.0/16"), default);
        outcome.Refusal.ShouldBeNull();
        return outcome.Value!;
    }

    private async Task ApproveAsync(string name, int block)
    {
        var submitted = await SubmitAsync(name, block);
        var detail = (await _services.GetRequiredService<RequestQueries>().RequestAsync(Fleet.Ops, submitted.Number, default))!;
        (await _services.GetRequiredService<DecideRequest>().ExecuteAsync(Fleet.Ops, submitted.Id, Verdict.Approve, detail.Request.PlanHash, null, default)).Refusal.ShouldBeNull();
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync(sql);
    }
}
