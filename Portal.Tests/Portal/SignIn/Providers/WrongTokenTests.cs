using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Portal.Tests.SignIn.Providers;

/// <summary>A token that does not prove who somebody is lets nobody in.</summary>
public sealed class WrongTokenTests(ProviderFixture fixture) : IClassFixture<ProviderFixture>, IAsyncLifetime
{
    private readonly FaultyProvider _provider = fixture.Provider;
    private readonly ProviderBrowser _browser = new(fixture.Portal.Address);

    public Task InitializeAsync() => fixture.EmptyAsync();

    public Task DisposeAsync()
    {
        _browser.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task SignIn_GoodToken_LetsIn()
    {
        _provider.Groups = ["ops-group", "pay-group", "another"];

        var page = await _browser.GoAsync("/environments/shop?tab=events");

        page.Status.ShouldBe(HttpStatusCode.OK, fixture.Portal.Output);
        page.Address.PathAndQuery.ShouldBe("/environments/shop?tab=events");
        page.Text.ShouldContain(ProviderBrowser.InThePortal);
        var session = (await fixture.SessionsAsync()).ShouldHaveSingleItem();
        session.Subject.ShouldBe("person-1");
        session.Roles.ShouldBe(["Ops"]);
        session.Teams.ShouldBe(["payments"]);
    }

    [Theory]
    [InlineData("issuer")]
    [InlineData("audience")]
    [InlineData("azp")]
    [InlineData("expired")]
    [InlineData("nonce")]
    [InlineData("no nonce")]
    [InlineData("unknown key")]
    [InlineData("same key id")]
    [InlineData("HS256")]
    [InlineData("HS256 with the client's secret")]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("no algorithm")]
    [InlineData("broken signature")]
    public async Task SignIn_WrongToken_IsRefusedInWords(string fault)
    {
        _provider.Issue = claims => Wrong(fault, claims);

        var page = await _browser.GoAsync("/");

        page.Status.ShouldBe(HttpStatusCode.Forbidden);
        page.Text.ShouldContain("The answer was not accepted");
        page.Text.ShouldNotContain("   at ");
        (await fixture.SessionsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task SignIn_KeysExchangedAMomentAgo_LetsInAtTheFirstTry()
    {
        (await _browser.GoAsync("/")).Text.ShouldContain(ProviderBrowser.InThePortal);
        _provider.Rotate();
        using var another = new ProviderBrowser(fixture.Portal.Address);

        (await another.GoAsync("/")).Text.ShouldContain(ProviderBrowser.InThePortal);
    }

    [Fact]
    public async Task Callback_ForgedStateOrNone_IsRefusedInWords()
    {
        foreach (var query in new[] { "?code=1&state=forged", "?code=1", "?error=server_error&state=x", "" })
        {
            var page = await _browser.GoAsync("/signin-oidc" + query);

            page.Status.ShouldBe(HttpStatusCode.BadRequest, query);
            page.Text.ShouldContain("The sign-in did not come to its end");
        }

        (await fixture.SessionsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Callback_OfAnotherBrowser_IsRefused()
    {
        using var victim = new ProviderBrowser(fixture.Portal.Address);
        using var attacker = fixture.Portal.Client();
        var challenge = await attacker.GetAsync("/");
        using var atProvider = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        var callback = (await atProvider.GetAsync(challenge.Headers.Location)).Headers.Location!;

        (await victim.GoAsync(callback.ToString())).Text.ShouldContain("The sign-in did not come to its end");
        (await fixture.SessionsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Callback_DeclinedAtTheProvider_SaysSo()
    {
        _provider.AuthorizeError = "access_denied";

        (await _browser.GoAsync("/")).Text.ShouldContain("You were not signed in");
    }

    [Fact]
    public async Task SignIn_NoRole_SaysWhomToAskAndCanSignOut()
    {
        _provider.Groups = ["another"];

        var page = await _browser.GoAsync("/");

        page.Status.ShouldBe(HttpStatusCode.Forbidden);
        page.Text.ShouldContain("You have no role here yet");
        page.Text.ShouldContain("Ask the platform team");
        (await _browser.SignOutAsync(page)).Text.ShouldContain("You are signed out");
        (await fixture.SessionsAsync()).ShouldBeEmpty();
    }

    private string Wrong(string fault, Dictionary<string, object> claims)
    {
        switch (fault)
        {
            case "issuer":
                claims["iss"] = "https://another.example";
                return _provider.Sign(claims);
            case "audience":
                claims["aud"] = "another-client";
                return _provider.Sign(claims);
            case "azp":
                claims["azp"] = "another-client";
                return _provider.Sign(claims);
            case "expired":
                claims["iat"] = TimeProvider.System.GetUtcNow().AddHours(-2).ToUnixTimeSeconds();
                claims["exp"] = TimeProvider.System.GetUtcNow().AddHours(-1).ToUnixTimeSeconds();
                return _provider.Sign(claims);
            case "nonce":
                claims["nonce"] = "of another sign-in";
                return _provider.Sign(claims);
            case "no nonce":
                claims.Remove("nonce");
                return _provider.Sign(claims);
            case "unknown key":
                return _provider.Sign(claims, NewKey("nobody's"));
            case "same key id":
                return _provider.Sign(claims, NewKey(_provider.Key.KeyId));
            case "HS256":
                return _provider.Sign(claims, new SymmetricSecurityKey(_provider.Key.Rsa.ExportRSAPublicKey()) { KeyId = _provider.Key.KeyId }, SecurityAlgorithms.HmacSha256);
            case "HS256 with the client's secret":
                return _provider.Sign(claims, new SymmetricSecurityKey(Encoding.UTF8.GetBytes(FaultyProvider.ClientSecret)), SecurityAlgorithms.HmacSha256);
            case "none" or "None":
                return FaultyProvider.Unsigned(claims, $$"""{"alg":"{{fault}}","typ":"JWT"}""");
            case "no algorithm":
                return FaultyProvider.Unsigned(claims, """{"typ":"JWT"}""");
            default:
                var token = _provider.Sign(claims);
                return token[..^6] + (token.EndsWith("AAAAAA", StringComparison.Ordinal) ? "BBBBBB" : "AAAAAA");
        }
    }

    private static RsaSecurityKey NewKey(string id) => new(RSA.Create(2048)) { KeyId = id };
}
