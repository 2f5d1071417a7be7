using System.Net;
using Portal.Tests.Fixtures;

namespace Portal.Tests.SignIn;

/// <summary>Personas exist on a developer's machine and nowhere else.</summary>
public sealed class SignInTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task SignIn_OutsideDevelopment_DoesNotExist()
    {
        await using var portal = await PortalUnderTest.StartAsync(postgres.ConnectionString, "Production");
        using var browser = portal.Client();

        (await browser.GetAsync("/sign-in")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var persona = new FormUrlEncodedContent([new("persona", "ops")]);
        // Routing answers 405 where only other methods have a catch-all; nobody is signed in either way.
        var posted = await browser.PostAsync("/sign-in", persona);
        posted.StatusCode.ShouldBeOneOf(HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed);
        posted.Headers.Contains("Set-Cookie").ShouldBeFalse();
        var home = await browser.GetAsync("/");
        home.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await home.Content.ReadAsStringAsync()).ShouldContain("No sign-in is configured");
        (await browser.PostAsync("/_blazor/negotiate?negotiateVersion=1", null)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task SignIn_InDevelopment_OffersPersonasAndDemandsTheFormsToken()
    {
        await using var portal = await PortalUnderTest.StartAsync(postgres.ConnectionString, "Development");
        using var browser = portal.Client();

        var home = await browser.GetAsync("/environments/shop");
        home.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        home.Headers.Location!.ToString().ShouldBe("/sign-in?returnUrl=%2Fenvironments%2Fshop");
        var page = await browser.GetAsync("/sign-in");
        var markup = await page.Content.ReadAsStringAsync();
        new[] { "Engineer", "Ops", "Ops, second", "Viewer" }.ShouldAllBe(name => markup.Contains($">{name}</b>", StringComparison.Ordinal));
        page.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("script-src 'self';");
        using var forged = new FormUrlEncodedContent([new("persona", "ops")]);
        (await browser.PostAsync("/sign-in", forged)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }
}
