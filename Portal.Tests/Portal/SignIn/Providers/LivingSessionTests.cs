using System.Net;
using Dapper;

namespace Portal.Tests.SignIn.Providers;

/// <summary>What the provider says later holds as well: by refresh token, and by itself through the back channel.</summary>
public sealed class LivingSessionTests(ProviderFixture fixture) : IClassFixture<ProviderFixture>, IAsyncLifetime
{
    private readonly FaultyProvider _provider = fixture.Provider;
    private readonly ProviderBrowser _browser = new(fixture.Portal.Address);

    public async Task InitializeAsync()
    {
        await fixture.EmptyAsync();
        (await _browser.GoAsync("/")).Text.ShouldContain(ProviderBrowser.InThePortal);
    }

    public Task DisposeAsync()
    {
        _browser.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Check_GroupsChanged_ChangesTheSession()
    {
        _provider.Groups = ["viewer-group", "pay-group"];

        await fixture.UntilAsync(sessions => sessions is [{ Roles: ["Viewer"], Teams: ["payments"] }]);
    }

    [Fact]
    public async Task Check_PersonRemoved_EndsTheSession()
    {
        _provider.RefreshAnswer = (400, """{"error":"invalid_grant"}""");

        await fixture.UntilAsync(sessions => sessions.Count == 0);
        _provider.AuthorizeError = "access_denied";
        (await _browser.GoAsync("/")).Text.ShouldContain("You were not signed in");
    }

    [Theory]
    [InlineData(500, "oops")]
    [InlineData(503, "")]
    [InlineData(400, "<html>")]
    [InlineData(400, """{"error":"invalid_client"}""")]
    [InlineData(401, """{"error":"invalid_client"}""")]
    [InlineData(200, "no json")]
    public async Task Check_ProviderAway_LeavesTheSession(int status, string body)
    {
        var before = _provider.Refreshes;
        _provider.RefreshAnswer = (status, body);

        await fixture.UntilAsync(_ => _provider.Refreshes > before);
        // The lease is let go only by who has an answer; the next try comes when it has run out.
        (await _browser.GoAsync("/")).Text.ShouldContain(ProviderBrowser.InThePortal);
        (await fixture.SessionsAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Check_TokenAboutAnotherPerson_EndsTheSession()
    {
        _provider.Issue = claims =>
        {
            claims["sub"] = "somebody-else";
            return _provider.Sign(claims);
        };

        await fixture.UntilAsync(sessions => sessions.Count == 0);
    }

    [Fact]
    public async Task BackChannel_GoodToken_EndsTheSessionOnce()
    {
        var token = _provider.Sign(_provider.Logout("provider-session-1"), type: "logout+jwt");

        (await LogoutAsync(token)).ShouldBe(HttpStatusCode.OK);
        (await fixture.SessionsAsync()).ShouldBeEmpty();
        (await LogoutAsync(token)).ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task BackChannel_OfAnotherSession_EndsNothing()
    {
        (await LogoutAsync(_provider.Sign(_provider.Logout("another")))).ShouldBe(HttpStatusCode.OK);

        (await fixture.SessionsAsync()).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("iss", "https://another.example")]
    [InlineData("aud", "another-client")]
    [InlineData("nonce", "n")]
    [InlineData("events", null)]
    [InlineData("jti", null)]
    [InlineData("sub and sid", null)]
    [InlineData("signature", null)]
    [InlineData("old", null)]
    [InlineData("garbage", null)]
    public async Task BackChannel_WrongToken_IsRefused(string what, string? value)
    {
        var claims = _provider.Logout("provider-session-1");
        if (value is not null)
            claims[what] = value;
        foreach (var claim in value is null ? what.Split(" and ") : [])
            claims.Remove(claim);
        if (what == "old")
        {
            claims["iat"] = TimeProvider.System.GetUtcNow().AddHours(-1).ToUnixTimeSeconds();
            claims["exp"] = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds();
        }

        var token = what switch
        {
            "signature" => FaultyProvider.Unsigned(claims, """{"alg":"none"}"""),
            "garbage" => "garbage",
            _ => _provider.Sign(claims),
        };

        (await LogoutAsync(token)).ShouldBe(HttpStatusCode.BadRequest);
        (await fixture.SessionsAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Tokens_InTheTable_AreProtected()
    {
        await using var connection = await fixture.Database.OpenConnectionAsync();

        var tokens = await connection.QuerySingleAsync<string>("select tokens from sessions");

        // What data protection makes, all of it: a token has dots, and what holds tokens has quotes.
        tokens.ShouldMatch("^CfDJ8[A-Za-z0-9_-]+$");
        tokens.Length.ShouldBeGreaterThan(100);
    }

    private async Task<HttpStatusCode> LogoutAsync(string token) => (await _browser.PostAsync("/sign-out/back-channel", new KeyValuePair<string, string>("logout_token", token))).Status;
}
