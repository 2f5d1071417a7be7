using Dapper;
using Npgsql;
using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Teams;

/// <summary>Whose environments are, who sees them, and how much a team may have.</summary>
public sealed class TeamsOnPostgresTests : IAsyncLifetime
{
    private static readonly Actor s_ada = Engineer("ada", "shop");
    private static readonly Actor s_bob = Engineer("bob", "payments");
    private static readonly Actor s_eve = Engineer("eve", "shop", "payments");
    private static readonly Actor s_tom = Engineer("tom");

    private readonly ManualClock _clock = new();
    private string _database = "";
    private int _numbers;

    public async Task InitializeAsync() => _database = await PostgresFixture.CreateDatabaseAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Submit_ByWhoIsInOneTeam_IsThatTeamsUnlessAnotherIsNamed()
    {
        await using var stored = await OpenAsync(new TeamPolicy());

        (await TeamOfAsync(stored, s_ada, null)).ShouldBe("shop");
        (await TeamOfAsync(stored, s_ada, "")).ShouldBe("");
        (await TeamOfAsync(stored, s_eve, null)).ShouldBe("");
        (await TeamOfAsync(stored, s_eve, " payments ")).ShouldBe("payments");
        var fault = (await SubmitAsync(stored, s_ada, "payments")).Refusal.ShouldBeOfType<InvalidSpecification>().Errors.ShouldHaveSingleItem();
        (fault.Field, fault.Message).ShouldBe(("team", "You are not in the team 'payments'. Yours: shop."));
        (await SubmitAsync(stored, Fleet.Ops, "unheard-of")).Refusal.ShouldBeOfType<InvalidSpecification>().Errors.ShouldHaveSingleItem().Message.ShouldContain("Nobody who ever signed in");
        (await TeamOfAsync(stored, Fleet.Ops, "payments")).ShouldBe("payments");
    }

    [Fact]
    public async Task HandOver_ToATeamOfOnesOwn_IsAnEventAndTheirsFromThenOn()
    {
        await using var stored = await OpenAsync(new TeamPolicy());
        var environment = (await SubmitAsync(stored, s_ada, null)).Value!.EnvironmentId;
        var handOver = stored.Get<HandOverEnvironment>();

        (await handOver.ExecuteAsync(s_ada, environment, "payments", default)).Refusal.ShouldBeOfType<InvalidSpecification>();
        (await handOver.ExecuteAsync(s_eve, environment, "payments", default)).Value.ShouldBe("payments");
        (await handOver.ExecuteAsync(s_ada, environment, "shop", default)).Refusal.ShouldBeOfType<NotAllowed>();

        var snapshot = await stored.SnapshotAsync(environment);
        snapshot.Environment.Team.ShouldBe("payments");
        snapshot.Events[0].ShouldSatisfyAllConditions(
            said => said.Kind.ShouldBe("team.changed"), said => said.Message.ShouldBe("eve handed it over to payments"));
    }

    [Fact]
    public async Task Visibility_Team_HidesOtherTeamsEverywhere()
    {
        await using var stored = await OpenAsync(new TeamPolicy { Visibility = Visibility.Team });
        var request = (await SubmitAsync(stored, s_ada, null)).Value!;
        var free = (await SubmitAsync(stored, s_tom, null)).Value!;

        (await SeenAsync(stored, s_ada, request)).ShouldBe(8);
        (await SeenAsync(stored, Fleet.Ops, request)).ShouldBe(8);
        (await SeenAsync(stored, s_bob, request)).ShouldBe(0);
        (await SeenAsync(stored, s_tom, request)).ShouldBe(0);
        (await SeenAsync(stored, s_bob, free)).ShouldBe(8);
        var counts = (await stored.Get<DashboardQueries>().DashboardAsync(s_bob, new EnvironmentFilter(), default)).Counts;
        (counts.Total, counts.Requested).ShouldBe((1, 1));
        (await stored.Get<TeamQueries>().ListAsync(s_bob, null, 0, default)).Rows.Select(team => team.Name).ShouldBe(["payments"]);
    }

    [Fact]
    public async Task Visibility_Open_ShowsAllToAll()
    {
        await using var stored = await OpenAsync(new TeamPolicy());
        var request = (await SubmitAsync(stored, s_ada, null)).Value!;

        (await SeenAsync(stored, s_bob, request)).ShouldBe(8);
        var page = await stored.Get<DashboardQueries>().DashboardAsync(s_bob, new EnvironmentFilter { Team = "shop" }, default);
        page.Page.Rows.ShouldHaveSingleItem().Team.ShouldBe("shop");
        (await stored.Get<DashboardQueries>().DashboardAsync(s_bob, new EnvironmentFilter { Team = "payments" }, default)).Page.Total.ShouldBe(0);
    }

    [Fact]
    public async Task Limit_OfEnvironments_HoldsForEachTeamAndClassUntilItIsRaised()
    {
        await using var stored = await OpenAsync(new TeamPolicy { RaisedBy = [Roles.Ops], Limits = [new TeamLimit("few", "Small things", [], [EnvironmentClass.Development], 1, null)] });
        (await SubmitAsync(stored, s_ada, null)).Refusal.ShouldBeNull();

        var fault = (await SubmitAsync(stored, s_eve, "shop")).Refusal.ShouldBeOfType<InvalidSpecification>().Errors.ShouldHaveSingleItem();
        (fault.Field, fault.Value).ShouldBe(("team", "shop"));
        fault.Message.ShouldBe("The team shop has 1 of at most 1 (Small things). Destroy what nobody needs, ask for less, or have Ops raise the limit under Teams.");
        (await SubmitAsync(stored, s_eve, "payments")).Refusal.ShouldBeNull();
        (await SubmitAsync(stored, s_ada, null, EnvironmentClass.Staging)).Refusal.ShouldBeNull();
        // What is no team's counts for each person.
        (await SubmitAsync(stored, s_tom, null)).Refusal.ShouldBeNull();
        (await SubmitAsync(stored, s_tom, null)).Refusal.ShouldBeOfType<InvalidSpecification>().Errors[0].Message.ShouldContain("ask for it in the name of a team");
        (await SubmitAsync(stored, Engineer("tim"), null)).Refusal.ShouldBeNull();

        var raise = stored.Get<RaiseLimit>();
        var wanted = new WantedRaise("few", "shop", 2, null, DateOnly.FromDateTime(_clock.GetUtcNow().UtcDateTime).AddDays(1), TimeZoneInfo.Utc, "A sale");
        (await raise.ExecuteAsync(s_ada, wanted, default)).Refusal.ShouldBeOfType<NotAllowed>();
        (await raise.ExecuteAsync(Fleet.Ops with { Teams = s_ada.Teams }, wanted, default)).Refusal.ShouldBeOfType<NotAllowed>();
        (await raise.ExecuteAsync(Fleet.Ops, wanted, default)).Refusal.ShouldBeNull();
        (await SubmitAsync(stored, s_ada, null)).Refusal.ShouldBeNull();
        (await SubmitAsync(stored, s_ada, null)).Refusal.ShouldBeOfType<InvalidSpecification>();
        var team = (await stored.Get<TeamQueries>().ListAsync(Fleet.Ops, "SHO", 0, default)).Rows.ShouldHaveSingleItem();
        (team.Limits[0].UsedEnvironments, team.Limits[0].Environments, team.Raises[0].Reason).ShouldBe((2, 2, "A sale"));

        // It counts to the end of its last day.
        _clock.Move(TimeSpan.FromDays(2));
        (await stored.Get<TeamQueries>().ListAsync(Fleet.Ops, "shop", 0, default)).Rows[0].Limits[0].Environments.ShouldBe(1);
    }

    [Fact]
    public async Task Limit_OfCost_CountsWhatWaitsAndLetsAnythingCheaperPass()
    {
        await using var cheap = await OpenAsync(new TeamPolicy());
        var environment = await cheap.ReadyAsync(Shop("shop-dear", "10.60.0.0/16"));
        await SqlAsync("update environments set team = 'shop'");
        var now = (await cheap.SnapshotAsync(environment)).Plan.Cost.Monthly;
        var limit = new TeamLimit("money", "Money", ["shop"], [], null, now + 1);
        await using var stored = await OpenAsync(new TeamPolicy { RaisedBy = [Roles.Ops], Limits = [limit] });
        var change = stored.Get<ChangeEnvironment>();
        var bigger = Shop("shop-dear", "10.60.0.0/16");
        bigger = bigger with { Cluster = bigger.Cluster with { Size = "large" } };

        (await SubmitAsync(stored, s_ada, null)).Refusal.ShouldBeOfType<InvalidSpecification>().Errors.ShouldHaveSingleItem().Message.ShouldContain("a month (Money)");
        (await change.SubmitAsync(s_ada, environment, bigger, "", default)).Refusal.ShouldBeOfType<InvalidSpecification>().Errors.ShouldHaveSingleItem().Field.ShouldBe("team");
        var smaller = bigger with { Cluster = Shop("x", "10.60.0.0/16").Cluster, Services = [.. bigger.Services.Select(service => service with { Replicas = service.Replicas + 1 })] };
        (await change.PreviewAsync(s_ada, environment, smaller, default)).Refusal.ShouldBeNull();

        // A change that waits counts as if it were granted.
        await using var roomy = await OpenAsync(new TeamPolicy { RaisedBy = [Roles.Ops], Limits = [limit with { Monthly = 100_000 }] });
        (await roomy.Get<ChangeEnvironment>().SubmitAsync(s_ada, environment, bigger, "", default)).Refusal.ShouldBeNull();
        var used = (await roomy.Get<TeamQueries>().UsesAsync(s_ada, "shop", default)).ShouldHaveSingleItem();
        used.UsedMonthly.ShouldBeGreaterThan(now);
        (await roomy.Get<TeamQueries>().UsesAsync(s_bob, "shop", default)).ShouldBeEmpty();
    }

    /// <summary>Of two who ask at once the second sees what the first was given.</summary>
    [Fact]
    public async Task Limit_GivenToAnotherWhileOneWaits_IsSeen()
    {
        await using var roomy = await OpenAsync(new TeamPolicy());
        var environment = await roomy.ReadyAsync(Shop("shop-waits", "10.61.0.0/16"));
        await SqlAsync("update environments set team = 'shop'");
        await SubmitAsync(roomy, s_tom, null);
        var bigger = Shop("shop-waits", "10.61.0.0/16");
        bigger = bigger with { Cluster = bigger.Cluster with { Size = "large" } };
        var cost = (await roomy.Get<ChangeEnvironment>().PreviewAsync(s_ada, environment, bigger, default)).Value!.Work.Plan.Cost.Monthly;
        await using var stored = await OpenAsync(new TeamPolicy { RaisedBy = [Roles.Ops], Limits = [new TeamLimit("money", "Money", [], [], null, cost + 1)] });
        await using var first = new NpgsqlConnection(_database);
        await first.OpenAsync();
        await using var giving = await first.BeginTransactionAsync();
        await first.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('limits:shop', 0))");

        var second = stored.Get<ChangeEnvironment>().SubmitAsync(s_ada, environment, bigger, "", default);
        while (!await first.ExecuteScalarAsync<bool>("select exists (select from pg_locks l join pg_database d on d.oid = l.database where d.datname = current_database() and l.locktype = 'advisory' and not l.granted)"))
            second.IsCompleted.ShouldBeFalse();
        await first.ExecuteAsync("update environments set team = 'shop' where owner_id = 'tom'");
        await giving.CommitAsync();

        (await second).Refusal.ShouldBeOfType<InvalidSpecification>().Errors.ShouldHaveSingleItem().Field.ShouldBe("team");
    }

    [Fact]
    public async Task Raise_ThatRaisesNothing_SaysWhichFieldAndWhy()
    {
        await using var stored = await OpenAsync(new TeamPolicy { RaisedBy = [Roles.Ops], Limits = [new TeamLimit("few", "Few", [], [], 5, null)] });

        var refusal = (await stored.Get<RaiseLimit>().ExecuteAsync(Fleet.Ops, new WantedRaise("few", "shop", 5, 100, new DateOnly(2001, 1, 1), TimeZoneInfo.Utc, " "), default)).Refusal;

        refusal.ShouldBeOfType<InvalidSpecification>().Errors.Select(fault => fault.Field).ShouldBe(["environments", "monthly", "last", "reason"]);
        (await stored.Get<RaiseLimit>().ExecuteAsync(Fleet.Ops, new WantedRaise("gone", "shop", 9, null, DateOnly.MaxValue, TimeZoneInfo.Utc, "why"), default)).Refusal.ShouldBeOfType<NotFound>();
    }

    /// <returns>In how many of eight places it is found.</returns>
    private static async Task<int> SeenAsync(StoredEnvironments stored, Actor actor, SubmittedRequest request)
    {
        var found = new[]
        {
            (await stored.Get<DashboardQueries>().DashboardAsync(actor, new EnvironmentFilter { Search = request.Environment }, default)).Page.Total == 1,
            await stored.Get<EnvironmentQueries>().FindAsync(actor, request.Environment, default) is not null,
            (await stored.Get<RequestQueries>().RequestsAsync(actor, new RequestFilter { Search = request.Environment }, default)).Total == 1,
            await stored.Get<RequestQueries>().RequestAsync(actor, request.Number, default) is not null,
            (await stored.Get<SpecificationQueries>().FindAsync(actor, request.Environment, default)).Value is not null,
            (await stored.Get<SpecificationQueries>().FindAsync(actor, $"{request.Number}", default)).Value is not null,
            await IsReadAsync(() => stored.Get<EnvironmentQueries>().EventsAsync(actor, request.EnvironmentId, new EventFilter(), long.MaxValue, 0, 1, default)),
            await IsReadAsync(() => stored.Get<RequestQueries>().ConversationAsync(actor, request.Id, 0, 1, default)),
        };
        var isThere = (await stored.Get<CommentOnRequest>().ExecuteAsync(actor, new NewComment(Guid.NewGuid(), request.Id, CommentKind.Comment, "Hello"), default)).Refusal is not NotFound;
        isThere.ShouldBe(found[0]);
        return found.Count(one => one);
    }

    private static async Task<bool> IsReadAsync<T>(Func<Task<T>> read)
    {
        try
        {
            await read();
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private async Task<StoredEnvironments> OpenAsync(TeamPolicy teams)
    {
        var stored = await StoredEnvironments.OpenAsync(_database, _clock, teams: teams);
        await SqlAsync("""
            insert into people (subject, name, roles, teams, told_at) values ('ada', 'ada', '{Engineer}', '{shop}', now()), ('bob', 'bob', '{Engineer}', '{payments}', now())
            on conflict do nothing
            """);
        return stored;
    }

    private async Task SqlAsync(string statement)
    {
        await using var connection = new NpgsqlConnection(_database);
        await connection.ExecuteAsync(statement);
    }

    private Task<Outcome<SubmittedRequest>> SubmitAsync(StoredEnvironments stored, Actor actor, string? team, EnvironmentClass one = EnvironmentClass.Development)
    {
        var number = Interlocked.Increment(ref _numbers);
        return stored.Get<SubmitRequest>().ExecuteAsync(actor, Shop($"env-{number}", $"10.{number}.0.0/16") with { Class = one }, Guid.NewGuid(), new AskedFor(team), default);
    }

    private async Task<string> TeamOfAsync(StoredEnvironments stored, Actor actor, string? team)
    {
        var outcome = await SubmitAsync(stored, actor, team);
        outcome.Refusal.ShouldBeNull();
        return (await stored.SnapshotAsync(outcome.Value!.EnvironmentId)).Environment.Team;
    }

    private static Specification Shop(string name, string cidr) => Samples.Shop(name, cidr);

    private static Actor Engineer(string name, params string[] teams) => new(name, name, new HashSet<string> { Roles.Engineer }) { Teams = teams.ToHashSet() };
}
