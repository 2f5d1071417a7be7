using Dapper;
using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Approvals;

/// <summary>The rules of <see cref="TestRules"/>, on a real database.</summary>
public sealed class ApprovalsOnPostgresTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static readonly Actor s_first = TestRules.Person("ops-1", Roles.Ops);
    private static readonly Actor s_second = TestRules.Person("ops-2", Roles.Ops);
    private static readonly Actor s_security = TestRules.Person("sec", Roles.Viewer, "security");
    private static int s_numbers;

    private readonly ManualClock _clock = new();
    private readonly int _number = Interlocked.Increment(ref s_numbers);
    private StoredEnvironments _stored = default!;

    public async Task InitializeAsync() =>
        _stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, _clock, policy: TestRules.Policy);

    public Task DisposeAsync() => _stored.DisposeAsync().AsTask();

    [Fact]
    public async Task Submit_ARuleAsksForNobody_BeginsAtOnce()
    {
        var submitted = await SubmitAsync(Wanted());

        submitted.IsApproved.ShouldBeTrue();
        var snapshot = await _stored.SnapshotAsync(submitted.EnvironmentId);
        snapshot.Environment.State.ShouldBe(EnvironmentState.Provisioning);
        snapshot.Operation!.State.ShouldBe(OperationState.Queued);
        snapshot.Events.Select(one => one.Message).ShouldContain("Nobody had to approve it, by the rule 'Cheap development needs nobody'");
        var detail = await DetailAsync(submitted);
        (detail.Request.State, detail.Request.DecidedByName, detail.Request.Comment).ShouldBe((RequestState.Approved, Actor.System.Name, "Cheap development needs nobody"));
    }

    [Fact]
    public async Task Submit_AgainWhereARuleLetItPass_IsTheSameRequest()
    {
        var id = Guid.CreateVersion7();
        var first = (await Submit.ExecuteAsync(Fleet.Engineer, Wanted(), id, default)).Value.ShouldNotBeNull();

        (await Submit.ExecuteAsync(Fleet.Engineer, Wanted(), id, default)).Value.ShouldBe(first);
    }

    [Fact]
    public async Task Decide_TwoStages_BeginsWhenBothHaveAgreed()
    {
        var submitted = await SubmitAsync(InProduction());

        (await DecideAsync(s_security, submitted)).Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldContain("turn of Operations");
        (await DecideAsync(s_first, submitted)).Value!.Waits.ShouldBe("one of Security has");
        (await DecideAsync(s_first, submitted)).Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldContain("already");
        (await DecideAsync(s_second, submitted)).Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldContain("turn of Security (the team security)");
        (await DetailAsync(submitted)).Request.State.ShouldBe(RequestState.Submitted);

        (await DecideAsync(s_security, submitted)).Value!.OperationId.ShouldNotBeNull();

        var detail = await DetailAsync(submitted);
        detail.Request.State.ShouldBe(RequestState.Approved);
        detail.Verdicts.Select(one => (one.ByName, one.Group)).ShouldBe([("ops-1", "operations"), ("sec", "security")]);
    }

    [Fact]
    public async Task Decide_OneNo_IsEnough()
    {
        var submitted = await SubmitAsync(InProduction());
        await DecideAsync(s_first, submitted);

        (await DecideAsync(s_security, submitted, Verdict.Reject, "not in this region")).Refusal.ShouldBeNull();

        var detail = await DetailAsync(submitted);
        (detail.Request.State, detail.Request.DecidedByName, detail.Request.Comment).ShouldBe((RequestState.Rejected, "sec", "not in this region"));
        detail.Environment.State.ShouldBe(EnvironmentState.Rejected);
        (await DecideAsync(s_second, submitted)).Refusal.ShouldBeOfType<AlreadyDecided>().Message.ShouldBe("sec rejected this already.");
    }

    [Fact]
    public async Task Decide_AnApprovalThatIsTooOld_HasToBeGivenAgain()
    {
        var submitted = await SubmitAsync(InProduction());
        await DecideAsync(s_first, submitted);
        _clock.Move(TimeSpan.FromDays(15));

        (await DecideAsync(s_security, submitted)).Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldContain("turn of Operations");
        (await DecideAsync(s_first, submitted)).Refusal.ShouldBeNull();
        (await DecideAsync(s_security, submitted)).Value!.OperationId.ShouldNotBeNull();
    }

    [Fact]
    public async Task Decide_BothStagesAtOnce_HasOneEffect()
    {
        var submitted = await SubmitAsync(InProduction());
        await DecideAsync(s_first, submitted);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => number % 2 == 0
            ? DecideAsync(s_security, submitted)
            : DecideAsync(TestRules.Person($"sec-{number}", team: "security"), submitted, Verdict.Reject, "no")));

        outcomes.Count(outcome => !outcome.IsRefused).ShouldBe(1);
        await using var connection = await postgres.Database.OpenConnectionAsync();
        (await connection.ExecuteScalarAsync<int>("select count(*)::int from approvals where request_id = @Id", submitted)).ShouldBe(2);
        (await connection.ExecuteScalarAsync<int>("select count(*)::int from operations where request_id = @Id", submitted))
            .ShouldBe((await DetailAsync(submitted)).Request.State == RequestState.Approved ? 1 : 0);
    }

    [Fact]
    public async Task Withdraw_ByWhoAsked_FreesTheName()
    {
        var submitted = await SubmitAsync(InProduction());
        var withdraw = _stored.Get<WithdrawRequest>();

        (await withdraw.ExecuteAsync(s_first, submitted.Id, default)).Refusal.ShouldBeOfType<NotAllowed>();
        (await withdraw.ExecuteAsync(Fleet.Engineer, submitted.Id, default)).Refusal.ShouldBeNull();

        (await withdraw.ExecuteAsync(Fleet.Engineer, submitted.Id, default)).Refusal.ShouldBeOfType<AlreadyDecided>().Message.ShouldContain("withdrew");
        (await DecideAsync(s_first, submitted)).Refusal.ShouldBeOfType<AlreadyDecided>();
        var detail = await DetailAsync(submitted);
        (detail.Request.State, detail.Request.DecidedByName, detail.Environment.State).ShouldBe((RequestState.Withdrawn, Fleet.Engineer.Name, EnvironmentState.Rejected));
        (await SubmitAsync(InProduction())).Environment.ShouldBe(submitted.Environment);
    }

    [Fact]
    public async Task Sweep_WhatWaitedTooLong_EndsAndFreesTheName()
    {
        var submitted = await SubmitAsync(InProduction());
        await DecideAsync(s_first, submitted);
        var expire = new ExpireRequests(postgres.Database, _stored.Get<Transactions>(), _stored.Get<Lifecycle>(), TestRules.Policy, _clock) { PageSize = 1 };
        await expire.SweepAsync(default);
        _clock.Move(TimeSpan.FromDays(30) - TimeSpan.FromMinutes(1));
        await expire.SweepAsync(default);
        (await DetailAsync(submitted)).Request.State.ShouldBe(RequestState.Submitted);
        _clock.Move(TimeSpan.FromMinutes(1));

        (await expire.SweepAsync(default)).ShouldBeGreaterThan(0);
        (await expire.SweepAsync(default)).ShouldBe(0);

        var detail = await DetailAsync(submitted);
        (detail.Request.State, detail.Request.DecidedByName, detail.Request.Comment, detail.Environment.State).ShouldBe((RequestState.Expired, null, null, EnvironmentState.Rejected));
        (await _stored.SnapshotAsync(submitted.EnvironmentId)).Events.Select(one => one.Message).ShouldContain("The request expired: it waited 30 days for a decision");
        (await DecideAsync(s_second, submitted)).Refusal.ShouldBeOfType<AlreadyDecided>().Message.ShouldBe("This has expired: nobody decided on it in time.");
        (await _stored.Get<RequestQueries>().RequestsAsync(s_first, new RequestFilter { State = RequestState.Expired, Search = submitted.Environment }, default)).Rows.ShouldHaveSingleItem().DecidedByName.ShouldBeNull();
        (await SubmitAsync(InProduction())).Environment.ShouldBe(submitted.Environment);
    }

    [Theory]
    [InlineData(Verdict.Approve)]
    [InlineData(Verdict.Reject)]
    public async Task Decide_WhatHasExpired_IsRefusedAndEndsIt(Verdict verdict)
    {
        var submitted = await SubmitAsync(InProduction());
        (await DetailAsync(submitted)).Progress.ExpiresAt.ShouldBe(_clock.GetUtcNow().AddDays(30));
        _clock.Move(TimeSpan.FromDays(30));

        (await DecideAsync(s_first, submitted, verdict, "late")).Refusal.ShouldBeOfType<RequestExpired>().Message
            .ShouldBe("This request waited for 30 days and has expired. Whoever asked can edit it and ask again.");

        var detail = await DetailAsync(submitted);
        (detail.Request.State, detail.Verdicts.Count).ShouldBe((RequestState.Expired, 0));
    }

    [Fact]
    public async Task Change_ThatLosesData_AsksForMoreThanOneThatDoesNot()
    {
        var submitted = await SubmitAsync(Wanted());
        await _stored.FinishAsync(submitted.EnvironmentId);
        var without = Wanted() with { Services = [Wanted().Services[0] with { Stores = [] }, .. Wanted().Services.Skip(1)] };
        var changes = _stored.Get<ChangeEnvironment>();

        var asked = (await changes.SubmitAsync(Fleet.Engineer, submitted.EnvironmentId, without, submitted.Environment, default)).Value.ShouldNotBeNull();

        asked.IsApproved.ShouldBeFalse();
        (await DetailAsync(asked)).Progress.Stages.ShouldHaveSingleItem().Stage.InWords.ShouldBe("2 of Operations");
        (await DecideAsync(s_first, asked)).Value!.Waits.ShouldBe("one more of Operations has");
        (await DecideAsync(s_second, asked)).Value!.OperationId.ShouldNotBeNull();
    }

    [Fact]
    public async Task Decide_TheRulesHaveBecomeMilder_OneWordMoreIsEnough()
    {
        var submitted = await SubmitAsync(InProduction());
        await DecideAsync(s_first, submitted);
        await using var milder = await StoredEnvironments.OpenAsync(postgres.ConnectionString, _clock, policy: TestRules.Policy with { Rules = [] });
        var detail = (await milder.Get<RequestQueries>().RequestAsync(s_first, submitted.Number, default))!;
        detail.Progress.Current.ShouldBeNull();
        detail.Progress.InWords.ShouldBe("the rules ask for nobody more; one of Operations has to say so");

        var decided = await milder.Get<DecideRequest>().ExecuteAsync(s_first, submitted.Id, Verdict.Approve, detail.Request.PlanHash, null, default);

        decided.Value.ShouldNotBeNull().OperationId.ShouldNotBeNull();
    }

    [Fact]
    public async Task Submit_NoBlocksOfItsOwn_IsAsOpenAsTheTarget()
    {
        var closed = InProduction() with { Class = EnvironmentClass.Staging };

        (await IsOpenAsync(closed)).ShouldBeFalse();
        (await IsOpenAsync(closed with { Cluster = closed.Cluster with { EndpointCidrs = [] } })).ShouldBeTrue();

        async Task<bool> IsOpenAsync(Specification specification)
        {
            await using var connection = await postgres.Database.OpenConnectionAsync();
            var plan = Samples.Plans.Build(specification, Samples.Target).Plan;
            return (await RequestFacts.OfAsync(connection, RequestKind.Create, specification, plan, [])).IsOpen;
        }
    }

    [Fact]
    public async Task Queue_WhatWaits_SaysForWhomAndHowFar()
    {
        var submitted = await SubmitAsync(InProduction());
        await DecideAsync(s_first, submitted);

        var rows = (await _stored.Get<RequestQueries>().RequestsAsync(s_first, new RequestFilter { State = RequestState.Submitted, Search = submitted.Environment }, default)).Rows;

        rows.ShouldHaveSingleItem().Progress!.Current!.Stage.Group.Title.ShouldBe("Security");
    }

    [Fact]
    public async Task List_OfWhatWaits_SaysToEachWhetherItIsTheirsToDecide()
    {
        var submitted = await SubmitAsync(InProduction());

        (await MayDecideAsync(s_first)).ShouldBeTrue();
        (await MayDecideAsync(s_security)).ShouldBeFalse("it is not their turn");
        (await MayDecideAsync(Fleet.Engineer)).ShouldBeFalse("they asked");

        async Task<bool> MayDecideAsync(Actor actor)
        {
            var rows = await _stored.Get<RequestQueries>().RequestsAsync(actor, new RequestFilter { State = RequestState.Submitted, PageSize = 100 }, default);
            var row = rows.Rows.Single(row => row.Id == submitted.Id);
            row.PlanHash.ShouldBe((await DetailAsync(submitted)).Request.PlanHash);
            return row.MayDecideTogether;
        }
    }

    private SubmitRequest Submit => _stored.Get<SubmitRequest>();

    private Specification Wanted() => Samples.Shop($"approvals-{_number}", $"10.{100 + _number}.0.0/16");

    private Specification InProduction() => Samples.InProduction(Wanted());

    private async Task<SubmittedRequest> SubmitAsync(Specification specification)
    {
        var outcome = await Submit.ExecuteAsync(Fleet.Engineer, specification, default);
        outcome.Refusal.ShouldBeNull();
        return outcome.Value!;
    }

    private async Task<RequestDetail> DetailAsync(SubmittedRequest submitted) => (await _stored.Get<RequestQueries>().RequestAsync(Fleet.Engineer, submitted.Number, default))!;

    private async Task<Outcome<Decision>> DecideAsync(Actor actor, SubmittedRequest submitted, Verdict verdict = Verdict.Approve, string? comment = null) =>
        await _stored.Get<DecideRequest>().ExecuteAsync(actor, submitted.Id, verdict, (await DetailAsync(submitted)).Request.PlanHash, comment, default);
}
