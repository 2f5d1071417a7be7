using System.Net;
using Dapper;
using Portal.Core;
using Portal.Core.Security;
using Portal.Infrastructure.SignIn;
using Portal.Tests.Fixtures;

namespace Portal.Tests.SignIn;

/// <summary>A session is a row: it holds in every portal of the database, for as long as it is there.</summary>
public sealed class SessionTests : IAsyncLifetime
{
    private string _database = "";

    public async Task InitializeAsync() => _database = await PostgresFixture.CreateDatabaseAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Cookie_AfterSignOutInOnePortal_IsDeadInAll()
    {
        await using var one = await PortalUnderTest.StartAsync(_database, "Production");
        await using var other = await PortalUnderTest.StartAsync(_database, "Production");
        using var browser = await one.SignInAsync("ops");
        var cookie = Cookie(browser, one);

        (await HomeAsync(other, cookie)).ShouldBe(HttpStatusCode.OK);
        (await PortalUnderTest.SignOutAsync(browser)).ShouldBe(HttpStatusCode.Redirect);

        (await HomeAsync(one, cookie)).ShouldBe(HttpStatusCode.Redirect);
        (await HomeAsync(other, cookie)).ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task FormToken_OfOnePortal_IsTakenByAnother()
    {
        await using var one = await PortalUnderTest.StartAsync(_database, "Production");
        await using var other = await PortalUnderTest.StartAsync(_database, "Production");
        using var browser = await one.SignInAsync("ops");
        var token = await PortalUnderTest.FormTokenAsync(browser, "/");

        // Cookies do not tell ports apart: the browser sends both to the other portal.
        using var form = new FormUrlEncodedContent([token]);
        (await browser.PostAsync(new Uri(other.Address, "/sign-out"), form)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Cookie_OfAPersona_IsNotTakenWherePersonasAreNotConfigured()
    {
        await using var trying = await PortalUnderTest.StartAsync(_database, "Development");
        await using var real = await PortalUnderTest.StartAsync(_database, "Production", ("Portal__SignIn__Method", ""));
        using var browser = await trying.SignInAsync("ops");

        (await HomeAsync(real, Cookie(browser, trying))).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task SignIn_WhileSignedIn_MakesAnotherSessionAndEndsTheFirst()
    {
        await using var portal = await PortalUnderTest.StartAsync(_database, "Production");
        using var browser = await portal.SignInAsync("viewer");
        var first = Cookie(browser, portal);

        using var choice = new FormUrlEncodedContent([new("persona", "ops"), await PortalUnderTest.FormTokenAsync(browser, "/sign-in")]);
        (await browser.PostAsync("/sign-in", choice)).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        Cookie(browser, portal).ShouldNotBe(first);
        (await HomeAsync(portal, first)).ShouldBe(HttpStatusCode.Redirect);
        (await SessionsAsync()).ShouldBe(["persona-ops"]);
    }

    [Theory]
    [InlineData("expires_at = now() - interval '1 second'")]
    [InlineData("seen_at = now() - interval '3 hours'")]
    public async Task Session_WhoseTimeIsUp_IsNotTaken(string change)
    {
        await using var portal = await PortalUnderTest.StartAsync(_database, "Production");
        using var browser = await portal.SignInAsync("ops");
        (await browser.GetAsync("/")).StatusCode.ShouldBe(HttpStatusCode.OK);

        await ExecuteAsync($"update sessions set {change}");

        (await browser.GetAsync("/")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Table_HoldsNothingToSignInWith()
    {
        await using var portal = await PortalUnderTest.StartAsync(_database, "Production");
        using var browser = await portal.SignInAsync("ops");
        await using var database = Npgsql.NpgsqlDataSource.Create(_database);
        await using var connection = await database.OpenConnectionAsync();

        var row = await connection.QuerySingleAsync<string>("select sessions::text || encode(key_hash, 'base64') from sessions");

        row.ShouldNotContain(Cookie(browser, portal).Split('=')[1]);
    }

    [Fact]
    public async Task Act_AfterTheSessionHasEnded_IsRefusedInWordsAndDoesNothing()
    {
        var person = new SignedIn(new Actor("ops", "Ops", new HashSet<string> { Roles.Ops }));
        var current = new CurrentActor(person, person);
        var acted = 0;

        (await current.ActAsync(Act, default)).Value.ShouldBe(1);
        person.HasEnded = true;
        var outcome = await current.ActAsync(Act, default);

        outcome.Refusal.ShouldBeOfType<SignedOut>().Message.ShouldContain("nothing was done");
        acted.ShouldBe(1);
        await Should.ThrowAsync<UnauthorizedAccessException>(current.GetAsync);

        Task<Outcome<int>> Act(Actor actor) => Task.FromResult<Outcome<int>>(++acted);
    }

    private static string Cookie(HttpClient browser, PortalUnderTest portal) => PortalUnderTest.CookieOf(browser, portal.Address);

    private static async Task<HttpStatusCode> HomeAsync(PortalUnderTest portal, string cookie)
    {
        using var client = portal.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "Cookie", cookie } } };
        return (await client.SendAsync(request)).StatusCode;
    }

    private async Task<IEnumerable<string>> SessionsAsync()
    {
        await using var database = Npgsql.NpgsqlDataSource.Create(_database);
        await using var connection = await database.OpenConnectionAsync();
        return await connection.QueryAsync<string>("select subject from sessions");
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var database = Npgsql.NpgsqlDataSource.Create(_database);
        await using var connection = await database.OpenConnectionAsync();
        (await connection.ExecuteAsync(sql)).ShouldBe(1);
    }
}
