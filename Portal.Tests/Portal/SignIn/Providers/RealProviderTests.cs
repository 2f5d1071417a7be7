using System.Net;
using System.Text.RegularExpressions;
using Portal.Tests.Fixtures;

namespace Portal.Tests.SignIn.Providers;

/// <summary>Against two provider programs that others wrote.</summary>
public sealed class RealProviderTests
{
    [Fact]
    public async Task OpenIddict_SignInAndOut_EndsAtThePortal()
    {
        await using var provider = await OpenIddictProvider.StartAsync();
        await using var portal = await PortalUnderTest.StartAsync(await PostgresFixture.CreateDatabaseAsync(), "Production", ProviderFixture.Settings(provider.Issuer));
        using var browser = new ProviderBrowser(portal.Address);

        var page = await browser.GoAsync("/requests");
        page.Text.ShouldContain(ProviderBrowser.InThePortal);
        page.Address.AbsolutePath.ShouldBe("/requests");
        var leaving = await browser.SignOutAsync(page);

        (await browser.GoAsync(Next(leaving))).Text.ShouldContain("You are signed out");
    }

    [Fact]
    public async Task OidcProvider_SignInRemovalAndSignOut_AreSeenByThePortal()
    {
        var address = new Uri($"http://127.0.0.1:{ProgramUnderTest.FreePort()}");
        await using var provider = await OidcProvider.StartAsync(address);
        await using var portal = await PortalUnderTest.StartAsync(await PostgresFixture.CreateDatabaseAsync(), "Production", [.. provider.Settings(), ("ASPNETCORE_URLS", address.ToString())]);
        using var olga = new ProviderBrowser(portal.Address);
        using var edgar = new ProviderBrowser(portal.Address);

        var page = await SignInAsync(olga, "olga");
        page.Text.ShouldContain(ProviderBrowser.InThePortal);
        (await SignInAsync(edgar, "edgar")).Text.ShouldContain(ProviderBrowser.InThePortal);

        // Removed: a check finds it, and there is no way back in.
        await provider.RemoveAsync("edgar");
        await UntilAsync(async () => !(await edgar.GoAsync("/")).Text.Contains(ProviderBrowser.InThePortal, StringComparison.Ordinal));
        (await olga.GoAsync("/")).Text.ShouldContain(ProviderBrowser.InThePortal);

        // Here, and then there, where the provider asks once more.
        var leaving = await olga.SignOutAsync(await olga.GoAsync("/"));
        Next(leaving).ShouldContain("id_token_hint=");
        var confirm = await olga.GoAsync(Next(leaving));
        var signedOut = await olga.PostAsync(Form(confirm, "action"), new("xsrf", Form(confirm, "name=\"xsrf\" value")), new("logout", "yes"));
        signedOut.Text.ShouldContain("You are signed out");
        (await olga.GoAsync("/")).Text.ShouldContain("Sign-in");
    }

    [Fact]
    public async Task OidcProvider_SignOutThere_EndsTheSessionHere()
    {
        var address = new Uri($"http://127.0.0.1:{ProgramUnderTest.FreePort()}");
        await using var provider = await OidcProvider.StartAsync(address);
        await using var portal = await PortalUnderTest.StartAsync(
            await PostgresFixture.CreateDatabaseAsync(), "Production", [.. provider.Settings(), ("ASPNETCORE_URLS", address.ToString()), ("Portal__SignIn__Sessions__Check", "01:00:00")]);
        using var olga = new ProviderBrowser(portal.Address);
        using var elsewhere = portal.Client();
        (await SignInAsync(olga, "olga")).Text.ShouldContain(ProviderBrowser.InThePortal);
        using var alive = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "Cookie", olga.Cookies.GetCookieHeader(portal.Address) } } };
        (await elsewhere.SendAsync(alive)).StatusCode.ShouldBe(HttpStatusCode.OK);

        var confirm = await olga.GoAsync(new Uri(provider.Issuer, "/session/end").ToString());
        await olga.PostAsync(Form(confirm, "action"), new("xsrf", Form(confirm, "name=\"xsrf\" value")), new("logout", "yes"));

        await UntilAsync(async () => !(await olga.GoAsync("/")).Text.Contains(ProviderBrowser.InThePortal, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Provider_Away_IsSaidInWordsAndWhoIsInStaysIn()
    {
        await using var portal = await PortalUnderTest.StartAsync(
            await PostgresFixture.CreateDatabaseAsync(), "Production", ProviderFixture.Settings($"http://127.0.0.1:{ProgramUnderTest.FreePort()}"));
        using var browser = new ProviderBrowser(portal.Address);

        var page = await browser.GoAsync("/");

        page.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        page.Text.ShouldContain("The identity provider does not answer");
    }

    private static async Task<Page> SignInAsync(ProviderBrowser browser, string account)
    {
        var login = await browser.GoAsync("/");
        login.Text.ShouldContain("Sign-in");
        return await browser.PostAsync(new Uri(login.Address, Form(login, "action")).ToString(), new("prompt", "login"), new("login", account), new("password", "any"));
    }

    private static string Next(Page page) => page.Headers.GetValues("Refresh").Single()["0;url=".Length..];

    private static string Form(Page page, string attribute) =>
        WebUtility.HtmlDecode(Regex.Match(page.Text, attribute + "=\"(?<value>[^\"]+)\"", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["value"].Value);

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        while (!await isSo())
            await timer.WaitForNextTickAsync(patience.Token);
    }
}
