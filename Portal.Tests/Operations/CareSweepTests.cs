using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Engine;

namespace Portal.Tests.Operations;

/// <summary>Lifetimes and timetables on a real database, with a clock that is moved; no worker runs what they queue.</summary>
public sealed class CareSweepTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static readonly Timetable WorkingHours = Timetable.WorkingHours("Europe/Berlin");

    // A Sunday.
    private readonly ManualClock _clock = new();
    private StoredEnvironments _stored = null!;

    private EnvironmentCare Care => _stored.Get<EnvironmentCare>();

    private CareSweep Sweep => _stored.Get<CareSweep>();

    public async Task InitializeAsync() => _stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, _clock);

    public async Task DisposeAsync() => await _stored.DisposeAsync();

    [Fact]
    public async Task Expire_LifetimeOver_RemindsCoolsOffAndDestroys()
    {
        var approved = _clock.GetUtcNow();
        var environment = await ReadyAsync("shop-expires", "10.70.0.0/16", lifetimeDays: 10);
        (await SnapshotAsync(environment)).Environment.Care.ExpiresAt.ShouldBe(approved.AddDays(10));

        await SweepAsync(TimeSpan.FromDays(2));
        (await KindsAsync(environment)).ShouldNotContain("expiry.near");
        await SweepAsync(TimeSpan.FromDays(1.5));
        await SweepAsync(TimeSpan.FromDays(1));
        (await KindsAsync(environment)).Count(kind => kind == "expiry.near").ShouldBe(1);
        await SweepAsync(TimeSpan.FromDays(5));
        (await KindsAsync(environment)).Count(kind => kind == "expiry.near").ShouldBe(2);
        await SweepAsync(TimeSpan.FromDays(0.6));
        (await SnapshotAsync(environment)).Environment.DestroyedAfter.ShouldBe(_clock.GetUtcNow() + EnvironmentCare.CoolingOff);
        await SweepAsync(TimeSpan.FromHours(23));
        (await SnapshotAsync(environment)).Environment.State.ShouldBe(EnvironmentState.Ready);

        await SweepAsync(TimeSpan.FromHours(2));

        var last = await SnapshotAsync(environment);
        last.Environment.State.ShouldBe(EnvironmentState.Destroying);
        (last.Operation!.Kind, last.Operation.State).ShouldBe((OperationKind.Destroy, OperationState.Queued));
        last.Events.First(row => row.Kind == "expiry.over").By.Kind.ShouldBe(Portal.Core.Security.ActorKind.System);
        await SweepAsync(TimeSpan.FromDays(1));
        (await KindsAsync(environment)).Count(kind => kind == "expiry.over").ShouldBe(1);
    }

    [Fact]
    public async Task Keep_WhileItCoolsOff_StopsTheEndAndRemindsAnew()
    {
        var environment = await ReadyAsync("shop-kept", "10.71.0.0/16", lifetimeDays: 1);
        await SweepAsync(TimeSpan.FromDays(1));
        await SweepAsync(TimeSpan.FromHours(1));
        (await SnapshotAsync(environment)).Environment.DestroyedAfter.ShouldNotBeNull();

        (await Care.KeepAsync(Fleet.Viewer, environment, 7, default)).Refusal.ShouldBeOfType<NotAllowed>();
        (await Care.KeepAsync(Fleet.Engineer, environment, 0, default)).Refusal.ShouldBeOfType<InvalidSpecification>();
        (await Care.KeepAsync(Fleet.Engineer, environment, 7, default)).Refusal.ShouldBeNull();

        await SweepAsync(TimeSpan.FromDays(2));
        var kept = await SnapshotAsync(environment);
        kept.Environment.DestroyedAfter.ShouldBeNull();
        kept.Environment.State.ShouldBe(EnvironmentState.Ready);
        kept.Events.Count(row => row.Kind == "expiry.near").ShouldBe(1);
    }

    [Fact]
    public async Task Protection_OnceSet_IsLiftedByOpsOnlyAndKeepsFromEveryEnd()
    {
        var environment = await ReadyAsync("shop-safe", "10.72.0.0/16", lifetimeDays: 1);
        var settings = (await SnapshotAsync(environment)).Environment.Care;
        (await Care.SetAsync(Fleet.Engineer, environment, settings with { IsProtected = true }, default)).Refusal.ShouldBeNull();

        await SweepAsync(TimeSpan.FromDays(5));
        await SweepAsync(TimeSpan.FromDays(5));
        (await SnapshotAsync(environment)).Environment.State.ShouldBe(EnvironmentState.Ready);
        (await Care.SetAsync(Fleet.Engineer, environment, settings, default)).Refusal.ShouldBeOfType<EnvironmentProtected>();
        var changes = _stored.Get<ChangeEnvironment>();
        (await changes.SubmitDestructionAsync(Fleet.Ops, environment, "shop-safe", default)).Refusal.ShouldBeOfType<EnvironmentProtected>();

        (await Care.SetAsync(Fleet.Ops, environment, settings with { ExpiresAt = null }, default)).Refusal.ShouldBeNull();
        (await changes.SubmitDestructionAsync(Fleet.Ops, environment, "shop-safe", default)).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task Set_WhatCannotBe_NamesEachField()
    {
        var environment = await ReadyAsync("shop-wrong", "10.73.0.0/16");
        var wrong = new CareSettings(_clock.GetUtcNow().AddDays(-1), new Timetable("Berlin", [], new TimeOnly(9, 0), new TimeOnly(9, 0)), false);

        var refusal = (await Care.SetAsync(Fleet.Engineer, environment, wrong, default)).Refusal.ShouldBeOfType<InvalidSpecification>();

        refusal.Errors.Select(error => error.Field).ShouldBe(["timetable.timeZone", "timetable.days", "timetable.to", "expiresAt"]);
        (await SnapshotAsync(environment)).Environment.Care.ShouldBe(new CareSettings(null, null, false));
    }

    [Fact]
    public async Task Timetable_AtItsChanges_SleepsAndWakesAndLeavesAloneWhatAPersonDid()
    {
        var environment = await ReadyAsync("shop-nights", "10.74.0.0/16");
        (await Care.SetAsync(Fleet.Engineer, environment, new CareSettings(null, WorkingHours, false), default)).Refusal.ShouldBeNull();

        // Sunday, 10:00: it is followed at once.
        await SweepAsync(TimeSpan.Zero);
        (await SnapshotAsync(environment)).Operation!.Kind.ShouldBe(OperationKind.Sleep);
        await FinishAsync(environment);
        (await SnapshotAsync(environment)).Environment.State.ShouldBe(EnvironmentState.Asleep);

        // Somebody needs it on Sunday; it stays awake until the timetable's next change.
        (await _stored.Get<SleepEnvironment>().WakeAsync(Fleet.Engineer, environment, null, default)).Refusal.ShouldBeNull();
        await FinishAsync(environment);
        await SweepAsync(TimeSpan.FromHours(2));
        (await SnapshotAsync(environment)).Environment.State.ShouldBe(EnvironmentState.Ready);

        // Monday morning: it is awake already. Monday evening: an operation is under way, and the sweep after it makes up for that.
        await SweepAsync(TimeSpan.FromHours(20));
        (await SnapshotAsync(environment)).Environment.State.ShouldBe(EnvironmentState.Ready);
        var service = Samples.Shop().Services[0].Name;
        (await _stored.Get<OperateService>().RestartAsync(Fleet.Engineer, environment, service, default)).Refusal.ShouldBeNull();
        await SweepAsync(TimeSpan.FromHours(12));
        (await SnapshotAsync(environment)).Operation!.Kind.ShouldBe(OperationKind.Restart);
        await FinishAsync(environment);
        await SweepAsync(TimeSpan.FromMinutes(1));
        (await SnapshotAsync(environment)).Operation!.Kind.ShouldBe(OperationKind.Sleep);
        await FinishAsync(environment);

        // Tuesday morning.
        await SweepAsync(TimeSpan.FromHours(12));
        var woken = await SnapshotAsync(environment);
        woken.Operation!.Kind.ShouldBe(OperationKind.Wake);
        woken.Events.First(row => row.Kind == "wake.asked").Message.ShouldEndWith("by its timetable");
    }

    [Fact]
    public async Task Timetable_DatabaseThatRdsStartsAfterSevenDays_IsSentToSleepAgain()
    {
        var environment = await ReadyAsync("shop-week", "10.75.0.0/16", store: "rds-postgresql");
        (await _stored.Get<SleepEnvironment>().SleepAsync(Fleet.Engineer, environment, null, default)).Refusal.ShouldBeNull();
        await FinishAsync(environment);
        var first = (await SnapshotAsync(environment)).Operation!.Id;

        await SweepAsync(TimeSpan.FromDays(6));
        (await SnapshotAsync(environment)).Operation!.Id.ShouldBe(first);
        await SweepAsync(TimeSpan.FromDays(1.1));

        var again = (await SnapshotAsync(environment)).Operation!;
        (again.Kind, again.Id == first).ShouldBe((OperationKind.Sleep, false));
    }

    [Fact]
    public async Task Timetable_MoreThanArePagedAtOnce_AreAllFollowed()
    {
        var first = await ReadyAsync("shop-page-one", "10.76.0.0/16");
        var second = await ReadyAsync("shop-page-two", "10.77.0.0/16");
        foreach (var environment in new[] { first, second })
            (await Care.SetAsync(Fleet.Engineer, environment, new CareSettings(null, WorkingHours, false), default)).Refusal.ShouldBeNull();
        var sweep = new CareSweep(postgres.Database, _stored.Get<Transactions>(), _stored.Get<Lifecycle>(), _stored.Get<SleepEnvironment>(), _clock) { PageSize = 1 };

        await sweep.FollowTimetablesAsync(default);

        foreach (var environment in new[] { first, second })
            (await SnapshotAsync(environment)).Operation!.Kind.ShouldBe(OperationKind.Sleep);
    }

    [Fact]
    public async Task Sleep_ThatStoppedHalfWay_CanBeTakenEitherWayAndNothingElse()
    {
        var environment = await ReadyAsync("shop-half-asleep", "10.78.0.0/16");
        var sleeper = _stored.Get<SleepEnvironment>();
        (await sleeper.SleepAsync(Fleet.Engineer, environment, null, default)).Refusal.ShouldBeNull();
        var store = _stored.Get<OperationStore>();
        var work = (await store.BeginAsync((await SnapshotAsync(environment)).Operation!.Id, default))!;
        var service = work.Plan.Steps.First(step => step.Kind == StepKind.Release);
        await store.StartStepAsync(work, service, 1, default);
        await store.FailStepAsync(work, service, new Failure("x", "The cluster is away."), default);
        await store.FinishAsync(work, OperationState.Failed, new Failure("x", "The cluster is away."), default);
        _clock.Move(TimeSpan.FromSeconds(1));
        var specification = (await SnapshotAsync(environment)).Specification;

        // Each would end with the environment called ready, and a service asleep.
        var changed = specification with { Services = [specification.Services[0] with { Image = "ghcr.io/shop/products:9" }, .. specification.Services.Skip(1)] };
        (await _stored.Get<ChangeEnvironment>().SubmitAsync(Fleet.Engineer, environment, changed, "", default)).Refusal.ShouldBeOfType<EnvironmentBusy>();
        (await _stored.Get<OperateService>().ScaleAsync(Fleet.Engineer, environment, specification.Services[0].Name, 9, default)).Refusal.ShouldBeOfType<EnvironmentBusy>();
        (await sleeper.WakeAsync(Fleet.Engineer, environment, null, default)).Refusal.ShouldBeNull();
    }

    [Theory]
    [InlineData("2026-11-23T05:59:59Z", false)]
    [InlineData("2026-11-23T06:00:00Z", true)]
    [InlineData("2026-11-23T17:59:59Z", true)]
    [InlineData("2026-11-23T18:00:00Z", false)]
    [InlineData("2026-11-22T12:00:00Z", false)]
    // In summer the same hour is an hour earlier in UTC.
    [InlineData("2026-07-06T05:00:00Z", true)]
    public void IsAwake_AtThatMoment_GoesByTheZonesClock(string at, bool expected) =>
        WorkingHours.IsAwake(DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(expected);

    private async Task SweepAsync(TimeSpan after)
    {
        _clock.Move(after);
        // Two at once, as when a run was late: the second finds nothing to do.
        await Task.WhenAll(Sweep.ExpireAsync(default), Sweep.ExpireAsync(default));
        await Sweep.FollowTimetablesAsync(default);
        await Sweep.FollowTimetablesAsync(default);
    }

    private Task<EnvironmentSnapshot> SnapshotAsync(Guid environment) => _stored.SnapshotAsync(environment);

    private Task FinishAsync(Guid environment) => _stored.FinishAsync(environment);

    private async Task<IReadOnlyList<string>> KindsAsync(Guid environment) => [.. (await SnapshotAsync(environment)).Events.Select(row => row.Kind)];

    private Task<Guid> ReadyAsync(string name, string cidr, int? lifetimeDays = null, string? store = null)
    {
        var shop = Samples.Shop(name, cidr) with { LifetimeDays = lifetimeDays };
        if (store is not null)
            shop = shop with { Services = [shop.Services[0] with { Stores = Samples.Stores(store) }, .. shop.Services.Skip(1)] };
        return _stored.ReadyAsync(shop);
    }
}
