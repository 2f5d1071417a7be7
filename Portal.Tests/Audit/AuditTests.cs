using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Core;
using Portal.Core.Audit;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Teams;
using Portal.Core.Tokens;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Audit;

/// <summary>The events of all environments as a trail that cannot be changed unseen, on a real Postgres.</summary>
public sealed class AuditTests : IAsyncLifetime
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 30, 23, 0, 0, TimeSpan.Zero);

    private NpgsqlDataSource _database = null!;
    private Transactions _transactions = null!;
    private ServiceProvider _services = null!;
    private Guid _shop;

    private AuditQueries Audit => _services.GetRequiredService<AuditQueries>();

    public async Task InitializeAsync()
    {
        _services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddPortalCore(null).AddPortalDatabase(await PostgresFixture.CreateDatabaseAsync()).BuildServiceProvider();
        (_database, _transactions) = (_services.GetRequiredService<NpgsqlDataSource>(), _services.GetRequiredService<Transactions>());
        await using (var connection = await _database.OpenConnectionAsync())
            await connection.ExecuteAsync("insert into targets (name, account_id, region, api_access_cidrs) values ('sandbox', '000000000000', 'us-east-1', '0.0.0.0/0') on conflict do nothing");
        _shop = (await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop(), default)).Value!.EnvironmentId;
        await SayAsync("Grace", "environment.sleep", "took 10% of it_away");
        await SayAsync("Ada", "environment.wake", "brought 10 of it back");
        await SayAsync("Portal", "step.started", "began", ActorKind.System, s_start.AddHours(2));
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    [Fact]
    public async Task Search_ByPeople_LeavesOutWhatThePortalDidItself()
    {
        var people = await Audit.SearchAsync(Fleet.Ops, new AuditFilter(), default);
        var everything = await Audit.SearchAsync(Fleet.Ops, new AuditFilter { System = true }, default);

        people.Rows.ShouldAllBe(entry => entry.ActorKind == ActorKind.Person);
        everything.Rows.ShouldContain(entry => entry.Kind == "step.started");
        everything.Total.ShouldBe(people.Total + everything.Rows.Count(entry => entry.ActorKind == ActorKind.System));
    }

    [Fact]
    public async Task Search_Filters_NarrowAndTakeWildcardsForLetters()
    {
        (await FoundAsync(new AuditFilter { By = "gra" })).ShouldBe(["environment.sleep"]);
        (await FoundAsync(new AuditFilter { Search = "10%" })).ShouldBe(["environment.sleep"]);
        (await FoundAsync(new AuditFilter { Search = "t_a" })).ShouldBe(["environment.sleep"]);
        (await FoundAsync(new AuditFilter { Kind = "environment.w" })).ShouldBe(["environment.wake"]);
        (await FoundAsync(new AuditFilter { Environment = "elsewhere" })).ShouldBeEmpty();
        // Days end at midnight of their zone.
        (await FoundAsync(new AuditFilter { System = true, From = new DateOnly(2026, 12, 1), To = new DateOnly(2026, 12, 1) })).ShouldBe(["step.started"]);
        (await FoundAsync(new AuditFilter { System = true, From = new DateOnly(2026, 12, 1), To = new DateOnly(2026, 12, 1), Zone = TimeZones.Find("America/New_York")! })).ShouldBeEmpty();
        (await FoundAsync(new AuditFilter { To = new DateOnly(2026, 11, 30), Kind = "environment." })).ShouldBe(["environment.wake", "environment.sleep"], ignoreOrder: true);
    }

    [Fact]
    public async Task Search_WithoutTheRight_IsRefused()
    {
        await Should.ThrowAsync<UnauthorizedAccessException>(() => Audit.SearchAsync(Fleet.Engineer, new AuditFilter(), default));
        await Should.ThrowAsync<UnauthorizedAccessException>(() => Audit.VerifyAsync(Fleet.Engineer, default));
        await Should.ThrowAsync<UnauthorizedAccessException>(() => Audit.WeaknessAsync(Fleet.Engineer, default));
        await Should.ThrowAsync<UnauthorizedAccessException>(async () => await Audit.AllAsync(Fleet.Engineer, new AuditFilter(), default).ToListAsync());
    }

    [Fact]
    public async Task Verify_AsWritten_IsWhole_InWhateverTimeZone()
    {
        await using (var owner = await OwnerAsync())
            await owner.ExecuteAsync("""do $$ begin execute format('alter database %I set timezone = ''Asia/Kathmandu''', current_database()); end $$""");
        NpgsqlConnection.ClearAllPools();

        var verdict = await Audit.VerifyAsync(Fleet.Ops, default);

        verdict.Faults.ShouldBeEmpty();
        verdict.Entries.ShouldBe((await Audit.SearchAsync(Fleet.Ops, new AuditFilter { System = true }, default)).Total);
    }

    [Theory]
    [InlineData("update events set message = 'nothing' where number = 2", 2, AuditFaultKind.Changed)]
    [InlineData("update events set actor_name = 'Mallory' where number = 3", 3, AuditFaultKind.Changed)]
    [InlineData("update events set body = '{}' where number = 2", 2, AuditFaultKind.Changed)]
    [InlineData("update events set actor_address = '192.0.2.9' where number = 2", 2, AuditFaultKind.Changed)]
    [InlineData("update events set actor_address = null where number = 3", 3, AuditFaultKind.Changed)]
    [InlineData("update events set message = 'nothing' where number = 2; update events e set hash = event_hash((select hash from events where number = 1), e) where number = 2", 3, AuditFaultKind.Changed)]
    [InlineData("delete from events where number = 2", 3, AuditFaultKind.EntriesMissingBefore)]
    [InlineData("delete from events where number = 1", 2, AuditFaultKind.EntriesMissingBefore)]
    [InlineData("delete from events where number >= 4", 4, AuditFaultKind.EntriesMissingAtTheEnd)]
    public async Task Verify_ChangedPastTheTriggers_SaysWhere(string crime, long number, AuditFaultKind kind)
    {
        await using (var owner = await OwnerAsync())
            await owner.ExecuteAsync(PastTheTriggers(crime));

        var verdict = await Audit.VerifyAsync(Fleet.Ops, default);

        verdict.IsWhole.ShouldBeFalse();
        verdict.Faults[0].ShouldBe(new AuditFault("shop-staging", number, kind));
    }

    [Fact]
    public async Task Portal_WhatIsAboutNoEnvironment_IsInTheTrailInItsPlace()
    {
        var team = new TeamPolicy { RaisedBy = [Roles.Ops], Limits = [new TeamLimit("few", "Small things", [], [], 1, null)] };
        var ops = Fleet.Ops with { Address = "192.0.2.7" };
        var raised = (await new RaiseLimit(_transactions, team, TimeProvider.System).ExecuteAsync(ops, new WantedRaise("few", "shop", 2, null, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime), TimeZoneInfo.Utc, "A sale"), default)).Value;
        (await new RaiseLimit(_transactions, team, TimeProvider.System).EndAsync(ops, raised, default)).Refusal.ShouldBeNull();
        await using (var connection = await _database.OpenConnectionAsync())
            await connection.ExecuteAsync("insert into people (subject, name, roles, teams, told_at) values (@Subject, @Name, '{Ops}', '{}', now())", Fleet.Ops);
        var token = (await new CreateToken(_transactions, new TokenMethod("Personas"), TimeProvider.System).ExecuteAsync(ops, new NewToken("ci", null, [TokenScope.Approve], 7), default)).Value!;
        (await new RevokeToken(_transactions, TimeProvider.System).ExecuteAsync(ops, token.Id, default)).Refusal.ShouldBeNull();

        var own = await Audit.SearchAsync(Fleet.Ops, new AuditFilter { By = Fleet.Ops.Subject }, default);

        own.Rows.Select(entry => (entry.Environment, entry.Kind, entry.Number, entry.ActorAddress)).ShouldBe(
            [("", "token.revoked", 4L, "192.0.2.7"), ("", "token.made", 3L, "192.0.2.7"), ("", "limit.restored", 2L, "192.0.2.7"), ("", "limit.raised", 1L, "192.0.2.7")]);
        own.Rows[3].Body.ShouldContain("\"reason\": \"A sale\"");
        own.Rows[1].Body.ShouldNotContain(token.Text);
        var all = await Audit.SearchAsync(Fleet.Ops, new AuditFilter { System = true, PageSize = 3, Page = 1 }, default);
        (await Audit.AllAsync(Fleet.Ops, new AuditFilter { System = true }, default).ToListAsync()).Skip(3).Take(3).ShouldBe(all.Rows);
        all.Total.ShouldBe((int)(await Audit.VerifyAsync(Fleet.Ops, default)).Entries);
        (await Audit.SearchAsync(Fleet.Ops, new AuditFilter { Environment = "shop-staging", By = Fleet.Ops.Subject }, default)).Total.ShouldBe(0);
        (await Audit.VerifyAsync(Fleet.Ops, default)).Faults.ShouldBeEmpty();

        foreach (var (crime, fault) in new[]
        {
            ("update portal_events set actor_address = null where number = 2", new AuditFault("", 2, AuditFaultKind.Changed)),
            ("delete from portal_events where number = 4", new AuditFault("", 4, AuditFaultKind.EntriesMissingAtTheEnd)),
            ("delete from portal_events where number = 1", new AuditFault("", 2, AuditFaultKind.EntriesMissingBefore)),
        })
        {
            await using var owner = await OwnerAsync();
            (await Should.ThrowAsync<PostgresException>(() => owner.ExecuteAsync(crime))).SqlState.ShouldBe(PostgresErrorCodes.RestrictViolation);
            await owner.ExecuteAsync(PastTheTriggers(crime));
            (await Audit.VerifyAsync(Fleet.Ops, default)).Faults.ShouldContain(fault);
        }
    }

    [Theory]
    [InlineData("update events set message = ''")]
    [InlineData("delete from events")]
    [InlineData("truncate events cascade")]
    public async Task Events_WrittenOnce_RefuseToChange(string crime)
    {
        await using var owner = await OwnerAsync();

        (await Should.ThrowAsync<PostgresException>(() => owner.ExecuteAsync(crime))).SqlState.ShouldBe(PostgresErrorCodes.RestrictViolation);
    }

    private static string PastTheTriggers(string crime) => $"set session_replication_role = replica; {crime}; reset session_replication_role";

    private async Task<NpgsqlConnection> OwnerAsync()
    {
        var owner = new NpgsqlConnection(await PostgresFixture.AsOwnerAsync(_database.ConnectionString));
        await owner.OpenAsync();
        return owner;
    }

    private async Task<IEnumerable<string>> FoundAsync(AuditFilter filter) =>
        (await Audit.SearchAsync(Fleet.Ops, filter, default)).Rows.Where(entry => entry.Environment == "shop-staging" && !entry.Kind.StartsWith("request.", StringComparison.Ordinal)).Select(entry => entry.Kind);

    private Task SayAsync(string name, string kind, string message, ActorKind by = ActorKind.Person, DateTimeOffset? at = null) => _transactions.DoAsync(
        work => new NewEvent(new Actor(name, name, new HashSet<string>()) { Kind = by, Address = name == "Ada" ? "192.0.2.8" : null }, _shop, null, null, kind, EventSeverity.Info, message).AppendAsync(work, at ?? s_start), default);
}
