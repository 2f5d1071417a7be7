using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Approvals;

/// <summary>What is said again of a request that waits, by the rules of <see cref="TestRules"/>: its second stage is passed on after 24 hours.</summary>
public sealed class RemindRequestsTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private StoredEnvironments _stored = default!;
    private SubmittedRequest _submitted = default!;

    public async Task InitializeAsync()
    {
        _stored = await StoredEnvironments.OpenAsync(await PostgresFixture.CreateDatabaseAsync(), _clock, policy: TestRules.Policy);
        _submitted = (await _stored.Get<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.InProduction(Samples.Shop("waiting", "10.40.0.0/16")), default)).Value!;
    }

    public Task DisposeAsync() => _stored.DisposeAsync().AsTask();

    [Fact]
    public async Task Sweep_OfWhatWaits_RemindsAfterEachIntervalOnce()
    {
        (await SweepAsync()).ShouldBe(0);
        _clock.Move(TimeSpan.FromHours(TestRules.Policy.RemindsHours));

        (await Task.WhenAll(SweepAsync(), SweepAsync())).Sum().ShouldBe(1, "two portals at once");
        (await SweepAsync()).ShouldBe(0);
        _clock.Move(TimeSpan.FromHours(TestRules.Policy.RemindsHours));
        (await SweepAsync()).ShouldBe(1);

        (await KindsAsync()).Count(kind => kind == "request.reminder").ShouldBe(2);
    }

    [Fact]
    public async Task Sweep_OfAStageThatWaitsTooLong_SaysOnceThatItIsPassedOn()
    {
        var detail = (await _stored.Get<RequestQueries>().RequestAsync(Fleet.Ops, _submitted.Number, default))!;
        _clock.Move(TimeSpan.FromHours(20));
        (await _stored.Get<DecideRequest>().ExecuteAsync(Fleet.Ops, _submitted.Id, Verdict.Approve, detail.Request.PlanHash, null, default)).Refusal.ShouldBeNull();
        _clock.Move(TimeSpan.FromHours(23));
        (await SweepAsync()).ShouldBe(0, "the stage's turn came 23 hours ago");
        _clock.Move(TimeSpan.FromHours(1));

        (await SweepAsync()).ShouldBe(1);

        (await SweepAsync()).ShouldBe(0);
        (await _stored.SnapshotAsync(_submitted.EnvironmentId)).Events.Select(one => one.Message).ShouldContain("Nobody of Security has decided within 24 hours; Leads may now");
    }

    [Fact]
    public async Task Sweep_BeforeTheEnd_TellsWhoAskedOnceAndNothingAfterIt()
    {
        _clock.Move(TimeSpan.FromDays(TestRules.Policy.WaitsDays - TestRules.Policy.WarnsDays));
        (await SweepAsync()).ShouldBe(2, "a reminder, and the warning");
        _clock.Move(TimeSpan.FromHours(1));
        (await SweepAsync()).ShouldBe(0);
        (await KindsAsync()).ShouldContain("request.expiring");
        _clock.Move(TimeSpan.FromDays(TestRules.Policy.WarnsDays));

        (await SweepAsync()).ShouldBe(0, "it has expired");
    }

    [Fact]
    public async Task Sweep_OfWhatIsDecided_SaysNothing()
    {
        (await _stored.Get<WithdrawRequest>().ExecuteAsync(Fleet.Engineer, _submitted.Id, default)).Refusal.ShouldBeNull();
        _clock.Move(TimeSpan.FromDays(10));

        (await SweepAsync()).ShouldBe(0);
    }

    private Task<int> SweepAsync() => _stored.Get<RemindRequests>().SweepAsync(default);

    private async Task<IEnumerable<string>> KindsAsync() => (await _stored.SnapshotAsync(_submitted.EnvironmentId)).Events.Select(one => one.Kind);
}
