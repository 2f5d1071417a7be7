using Dapper;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Rehearsals;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Rehearsals;

/// <summary>Who rehearses what, and what is kept of it.</summary>
public sealed class RehearsalTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static int s_numbers = 100;

    private readonly ManualClock _clock = new();
    private StoredEnvironments _stored = null!;

    public async Task InitializeAsync() => _stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, _clock);

    public Task DisposeAsync() => _stored.DisposeAsync().AsTask();

    [Fact]
    public async Task Start_OfAWaitingRequest_QueuesOneWithItsJob()
    {
        var asked = await AskAsync();

        (await StartAsync(Fleet.Engineer, asked.Id)).IsRefused.ShouldBeFalse();
        (await StartAsync(Fleet.Ops, asked.Id)).Refusal.ShouldBeOfType<RehearsalOpen>();

        var seen = await ReadAsync(Fleet.Viewer, asked.Id);
        (seen.MayRehearse, seen.Newest!.State, seen.Newest.By).ShouldBe((false, RehearsalState.Queued, "Engineer"));
        seen.Newest.PlanHash.ShouldBe((await DetailAsync(asked)).Request.PlanHash);
        await using var connection = await postgres.Database.OpenConnectionAsync();
        (await connection.ExecuteScalarAsync<int>("select count(*)::int from hangfire.job where invocationdata::text like '%IPlayRehearsal%' and arguments::text like @id", new { id = $"%{seen.Newest.Id}%" })).ShouldBe(1);
    }

    [Fact]
    public async Task Start_ByWhoOnlyLooks_OrOfWhatIsDecided_IsRefused()
    {
        var asked = await AskAsync();
        (await StartAsync(Fleet.Viewer, asked.Id)).Refusal.ShouldBeOfType<NotAllowed>();
        (await StartAsync(Fleet.Engineer, Guid.NewGuid())).Refusal.ShouldBeOfType<NotFound>();

        await _stored.ApproveAsync(asked);

        (await StartAsync(Fleet.Engineer, asked.Id)).Refusal.ShouldBeOfType<AlreadyDecided>().Message.ShouldContain("Ops approved this already");
        (await ReadAsync(Fleet.Engineer, asked.Id)).MayRehearse.ShouldBeFalse();
    }

    [Fact]
    public async Task Cancel_OneThatWaits_EndsItAndSaysSoInTheTrail()
    {
        var asked = await AskAsync();
        var id = (await StartAsync(Fleet.Engineer, asked.Id)).Value;
        (await CancelAsync(Fleet.Viewer, id)).Refusal.ShouldBeOfType<NotAllowed>();

        (await CancelAsync(Fleet.Ops, id)).IsRefused.ShouldBeFalse();
        (await CancelAsync(Fleet.Ops, id)).Refusal.ShouldBeOfType<RehearsalOver>();

        var newest = (await ReadAsync(Fleet.Engineer, asked.Id)).Newest!;
        (newest.State, newest.CancelledBy, newest.FinishedAt).ShouldBe((RehearsalState.Cancelled, "Ops", _clock.GetUtcNow()));
        await using var connection = await postgres.Database.OpenConnectionAsync();
        (await connection.QuerySingleAsync<(string, string)>("select message, actor_name from events where kind = 'request.rehearsed' and environment_id = @EnvironmentId", asked))
            .ShouldBe(($"Engineer rehearsed request {asked.Number} for {asked.Environment}: Cancelled", "Engineer"));
    }

    [Fact]
    public async Task Start_AgainAndAgain_KeepsTheNewest()
    {
        var asked = await AskAsync();
        for (var number = 0; number < RehearsalRows.MostKept + 2; number++)
        {
            _clock.Move(TimeSpan.FromSeconds(1));
            (await CancelAsync(Fleet.Engineer, (await StartAsync(Fleet.Engineer, asked.Id)).Value)).IsRefused.ShouldBeFalse();
        }

        await using var connection = await postgres.Database.OpenConnectionAsync();
        var kept = (await connection.QueryAsync<DateTime>("select asked_at from rehearsals where request_id = @Id order by number desc", new { asked.Id })).AsList();
        kept.Count.ShouldBe(RehearsalRows.MostKept);
        kept[0].ShouldBe(_clock.GetUtcNow().UtcDateTime);
    }

    [Fact]
    public async Task Script_OfACreation_IsTheVeryPlan()
    {
        var asked = await AskAsync();

        var script = (await ScriptAsync(asked.Id))!;

        var act = script.Acts.ShouldHaveSingleItem();
        (act.Kind, act.Operation, act.Plan.Hash).ShouldBe((RehearsalActKind.Asked, OperationKind.Create, (await DetailAsync(asked)).Request.PlanHash));
        script.Files.Select(file => file.Digest).ShouldBe(act.Plan.Steps.Select(step => step.Artifact).OfType<string>().Distinct(), ignoreOrder: true);
        await _stored.ApproveAsync(asked);
        (await ScriptAsync(asked.Id)).ShouldBeNull();
    }

    [Fact]
    public async Task Script_OfAChangeAndADestruction_MakesWhatExistsFirst()
    {
        var shop = Next();
        var environment = await _stored.ReadyAsync(shop);
        var changed = shop with { Services = [.. shop.Services.Select((service, index) => index == 0 ? service with { Replicas = service.Replicas + 1 } : service)] };
        var change = (await _stored.Get<ChangeEnvironment>().SubmitAsync(Fleet.Engineer, environment, changed, "", default)).Value!;

        var script = (await ScriptAsync(change.Id))!;

        script.Acts.Select(act => (act.Kind, act.Operation)).ShouldBe([(RehearsalActKind.Present, OperationKind.Create), (RehearsalActKind.Asked, OperationKind.Change)]);
        script.Acts[1].Plan.Hash.ShouldBe(script.PlanHash);
        var present = script.Acts[0].Plan;
        present.Steps.Count.ShouldBeGreaterThan(script.Acts[1].Plan.Steps.Count);
        var names = present.Steps.Select(step => step.Name).ToList();
        present.Steps.ShouldAllBe(step => step.Action == PlanAction.Ensure && step.DependsOn.All(name => names.IndexOf(name) >= 0 && names.IndexOf(name) < names.IndexOf(step.Name)));
        (await _stored.Get<WithdrawRequest>().ExecuteAsync(Fleet.Engineer, change.Id, default)).IsRefused.ShouldBeFalse();
        var destruction = (await _stored.Get<ChangeEnvironment>().SubmitDestructionAsync(Fleet.Engineer, environment, shop.Environment, default)).Value!;
        (await ScriptAsync(destruction.Id))!.Acts.Select(act => act.Operation).ShouldBe([OperationKind.Create, OperationKind.Destroy]);
    }

    private static Specification Next() => Samples.Shop($"shop-{Interlocked.Increment(ref s_numbers)}", $"10.{s_numbers}.0.0/16");

    private async Task<SubmittedRequest> AskAsync() => (await _stored.Get<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Next(), default)).Value!;

    private Task<Outcome<Guid>> StartAsync(Actor actor, Guid request) => _stored.Get<StartRehearsal>().ExecuteAsync(actor, request, default);

    private Task<Outcome<Guid>> CancelAsync(Actor actor, Guid rehearsal) => _stored.Get<CancelRehearsal>().ExecuteAsync(actor, rehearsal, default);

    private async Task<RequestRehearsals> ReadAsync(Actor actor, Guid request) => (await _stored.Get<RehearsalQueries>().OfAsync(actor, request, default))!;

    private async Task<RequestDetail> DetailAsync(SubmittedRequest asked) => (await _stored.Get<RequestQueries>().RequestAsync(Fleet.Engineer, asked.Number, default))!;

    private async Task<RehearsalScript?> ScriptAsync(Guid request)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        return await RehearsalScript.ReadAsync(connection, request, default);
    }
}
