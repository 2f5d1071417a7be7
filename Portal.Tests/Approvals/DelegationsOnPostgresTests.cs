using Dapper;
using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Approvals;

/// <summary>Deciding in somebody's place by the rules of <see cref="TestRules"/>, on a real database.</summary>
public sealed class DelegationsOnPostgresTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static int s_numbers;

    private readonly ManualClock _clock = new();
    private readonly int _number = Interlocked.Increment(ref s_numbers);
    private StoredEnvironments _stored = default!;

    public async Task InitializeAsync() => _stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, _clock, policy: TestRules.Policy);

    public Task DisposeAsync() => _stored.DisposeAsync().AsTask();

    private DateOnly Today => DateOnly.FromDateTime(_clock.GetUtcNow().UtcDateTime);

    [Fact]
    public async Task Decide_InSomebodysPlace_IsWrittenDownAsThat()
    {
        var (ada, grace) = (await SignInAsync("ada", Roles.Engineer), await SignInAsync("grace", Roles.Ops));
        var submitted = await SubmitAsync();
        (await DecideAsync(ada, submitted)).Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldStartWith("Only Operations");
        await HandOverAsync(grace, ada, Today, Today);

        (await DetailAsync(ada, submitted)).StandIns.ShouldHaveSingleItem().For.Subject.ShouldBe(grace.Subject);
        (await DecideAsync(ada, submitted)).Value!.Waits.ShouldBe("one of Security has");

        var detail = await DetailAsync(ada, submitted);
        var given = detail.Verdicts.ShouldHaveSingleItem();
        (given.ById, given.ForId, given.Who).ShouldBe((ada.Subject, grace.Subject, $"{ada.Name} for {grace.Name}"));
        (await _stored.SnapshotAsync(submitted.EnvironmentId)).Events.Select(one => one.Message)
            .ShouldContain($"{ada.Name} for {grace.Name} approved the request; one of Security has to agree yet");
        (await DecideAsync(TestRules.Person("sec", Roles.Viewer, "security"), submitted, Verdict.Reject, "no")).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task Decide_BeforeAfterOrTakenBack_IsRefused()
    {
        var (ada, grace) = (await SignInAsync("ada", Roles.Engineer), await SignInAsync("grace", Roles.Ops));
        var submitted = await SubmitAsync();
        await HandOverAsync(grace, ada, Today.AddDays(1), Today.AddDays(2));
        (await DecideAsync(ada, submitted)).IsRefused.ShouldBeTrue();
        _clock.Move(TimeSpan.FromDays(3));
        (await DecideAsync(ada, submitted)).IsRefused.ShouldBeTrue();
        var again = await HandOverAsync(grace, ada, Today, Today);
        var end = _stored.Get<EndDelegation>();

        (await end.ExecuteAsync(ada, again, default)).Refusal.ShouldBeOfType<NotFound>();
        (await DetailAsync(ada, submitted)).StandIns.ShouldHaveSingleItem();
        (await end.ExecuteAsync(grace, again, default)).Refusal.ShouldBeNull();

        (await DecideAsync(ada, submitted)).IsRefused.ShouldBeTrue();
        (await end.ExecuteAsync(grace, again, default)).Refusal.ShouldBeOfType<NotFound>();
    }

    [Fact]
    public async Task Decide_ForWhoAskedOrWhoLeftTheGroup_IsRefused()
    {
        var (ada, grace) = (await SignInAsync("ada", Roles.Viewer), await SignInAsync("grace", Roles.Ops));
        await HandOverAsync(grace, ada, Today, Today);
        var hers = await SubmitAsync(grace);
        (await DecideAsync(ada, hers)).Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldBe($"{grace.Name} asked for this, so nobody decides it in their place.");
        var another = await SubmitAsync(network: 1);

        await SignInAsync("grace", Roles.Viewer);

        (await DecideAsync(ada, another)).Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldContain("turn of Operations");
    }

    [Fact]
    public async Task Decide_AStandInsStandIn_DoesNotCount()
    {
        var (ada, grace, bob) = (await SignInAsync("ada", Roles.Ops), await SignInAsync("grace", team: "security"), await SignInAsync("bob", Roles.Viewer));
        var submitted = await SubmitAsync();
        (await DecideAsync(TestRules.Person("ops", Roles.Ops), submitted)).Refusal.ShouldBeNull();
        await HandOverAsync(grace, ada, Today, Today);
        await HandOverAsync(ada, bob, Today, Today);

        (await DecideAsync(bob, submitted)).Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldContain("turn of Security");
        (await DecideAsync(ada, submitted)).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task HandOver_WhatCannotBe_IsRefusedWithItsField()
    {
        var (ada, grace, bob) = (await SignInAsync("ada", Roles.Ops), await SignInAsync("grace", Roles.Ops), await SignInAsync("bob", Roles.Ops));
        var nobody = await SignInAsync("nobody");

        (await RefusedAsync(grace, ada.Subject, Today.AddDays(2), Today.AddDays(1))).Field.ShouldBe("last");
        (await RefusedAsync(grace, ada.Subject, Today.AddDays(-1), Today)).Message.ShouldContain("is over. Choose today");
        (await RefusedAsync(grace, ada.Subject, Today, Today.AddDays(366))).Message.ShouldContain("longer than a year");
        (await RefusedAsync(grace, ada.Subject, DateOnly.MaxValue, DateOnly.MaxValue)).Message.ShouldContain("more than a year ahead");
        (await RefusedAsync(grace, ada.Subject, DateOnly.MinValue, DateOnly.MaxValue)).Field.ShouldBe("first");
        (await RefusedAsync(grace, grace.Subject, Today, Today)).Message.ShouldContain("Name somebody else");
        foreach (var unknown in (string[])["", "never-seen", "ada\0", "\ud800", new string('a', 10_000), "' or 1=1 --"])
            (await RefusedAsync(grace, unknown, Today, Today)).Message.ShouldContain("has signed in here before");
        (await RefusedAsync(grace, nobody.Subject, Today, Today)).Message.ShouldContain("may not look at requests");
        (await _stored.Get<DelegateApprovals>().ExecuteAsync(await SignInAsync("reader", Roles.Viewer), ada.Subject, Today, Today, TimeZoneInfo.Utc, default)).Refusal.ShouldBeOfType<NotAllowed>();

        await HandOverAsync(ada, bob, Today.AddDays(5), Today.AddDays(9));
        (await RefusedAsync(ada, grace.Subject, Today.AddDays(9), Today.AddDays(12))).Message.ShouldContain($"{bob.Name} decides for you");
        (await RefusedAsync(grace, ada.Subject, Today, Today.AddDays(5))).Message.ShouldContain($"for example {bob.Name}");
        await HandOverAsync(grace, ada, Today, Today.AddDays(4));
        await HandOverAsync(ada, grace, Today.AddDays(10), Today.AddDays(10 + 365));
    }

    [Fact]
    public async Task Absences_OfBothSides_SayWhoAndWhen()
    {
        var (ada, grace) = (await SignInAsync("ada", Roles.Viewer), await SignInAsync("grace", Roles.Ops, "security"));
        await HandOverAsync(grace, ada, Today.AddDays(1), Today.AddDays(2));
        var queries = _stored.Get<DelegationQueries>();

        var one = (await queries.AbsencesAsync(grace, default)).Mine.ShouldHaveSingleItem();
        (one.To.Subject, one.Starts, one.Ends).ShouldBe((ada.Subject, TimeZoneInfo.Utc.BeginOf(Today.AddDays(1)), TimeZoneInfo.Utc.BeginOf(Today.AddDays(3))));
        one.Groups.ShouldBe(["operations", "security"]);
        var theirs = await queries.AbsencesAsync(ada, default);
        theirs.Mine.ShouldBeEmpty();
        theirs.Others.ShouldHaveSingleItem().From.Name.ShouldBe(grace.Name);

        _clock.Move(TimeSpan.FromDays(3));
        (await queries.AbsencesAsync(grace, default)).Mine.ShouldBeEmpty();
    }

    [Fact]
    public async Task People_WhoSignedIn_AreFoundByNameWithoutWhoAsksAndWhoMayNotLook()
    {
        var (ada, grace) = (await SignInAsync("ada", Roles.Viewer), await SignInAsync("grace", Roles.Ops));
        await SignInAsync("ada-2");
        await using (var connection = await postgres.Database.OpenConnectionAsync())
            await connection.ExecuteAsync("delete from sessions where subject = @Subject", new { ada.Subject });
        var queries = _stored.Get<DelegationQueries>();

        var found = await queries.PeopleAsync(grace, $"ADA OF {_number}\0", default);

        found.Total.ShouldBe(1);
        found.Rows.ShouldHaveSingleItem().Subject.ShouldBe(ada.Subject);
        (await queries.PeopleAsync(ada, $"ada of {_number}", default)).Rows.ShouldBeEmpty();
    }

    /// <summary>As the portal's sessions do it.</summary>
    private async Task<Actor> SignInAsync(string name, string? role = null, string? team = null)
    {
        var actor = TestRules.Person($"{name}-{_number}", role ?? (team is null ? null : Roles.Viewer), team) with { Name = $"{name} of {_number}" };
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync(
            """
            insert into sessions (id, key_hash, method, subject, name, roles, teams, can_be_checked, created_at, seen_at, expires_at, checked_at)
            values (@id, @hash, 'Personas', @Subject, @Name, @roles, @teams, false, @now, @now, @now, @now)
            """,
            new { id = Guid.NewGuid(), hash = Guid.NewGuid().ToByteArray(), actor.Subject, actor.Name, roles = actor.Roles.ToArray(), teams = actor.Teams.ToArray(), now = _clock.GetUtcNow() });
        return actor;
    }

    private async Task<Guid> HandOverAsync(Actor from, Actor to, DateOnly first, DateOnly last)
    {
        var outcome = await _stored.Get<DelegateApprovals>().ExecuteAsync(from, to.Subject, first, last, TimeZoneInfo.Utc, default);
        outcome.Refusal.ShouldBeNull();
        return outcome.Value;
    }

    private async Task<FieldError> RefusedAsync(Actor from, string to, DateOnly first, DateOnly last) =>
        (await _stored.Get<DelegateApprovals>().ExecuteAsync(from, to, first, last, TimeZoneInfo.Utc, default)).Refusal.ShouldBeOfType<InvalidDelegation>().Error;

    private async Task<SubmittedRequest> SubmitAsync(Actor? by = null, int network = 0)
    {
        var specification = Samples.InProduction(Samples.Shop($"away-{_number}-{network}", $"10.{(10 * _number) + network}.0.0/16"));
        var outcome = await _stored.Get<SubmitRequest>().ExecuteAsync(by ?? Fleet.Engineer, specification, default);
        outcome.Refusal.ShouldBeNull();
        return outcome.Value!;
    }

    private async Task<RequestDetail> DetailAsync(Actor actor, SubmittedRequest submitted) => (await _stored.Get<RequestQueries>().RequestAsync(actor, submitted.Number, default))!;

    private async Task<Outcome<Decision>> DecideAsync(Actor actor, SubmittedRequest submitted, Verdict verdict = Verdict.Approve, string? comment = null) =>
        await _stored.Get<DecideRequest>().ExecuteAsync(actor, submitted.Id, verdict, (await DetailAsync(Fleet.Engineer, submitted)).Request.PlanHash, comment, default);
}
