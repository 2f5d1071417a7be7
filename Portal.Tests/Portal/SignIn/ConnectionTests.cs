using System.Net;
using System.Net.WebSockets;
using Portal.Tests.Fixtures;

namespace Portal.Tests.SignIn;

/// <summary>Who may connect to a circuit, and what is believed of proxies.</summary>
public sealed class ConnectionTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Socket_OfAnotherOriginOrOfNone_IsRefusedThoughTheCookieGoesAlong()
    {
        await using var portal = await PortalUnderTest.StartAsync(postgres.ConnectionString, "Production");
        using var browser = await portal.SignInAsync("ops");
        var cookie = PortalUnderTest.CookieOf(browser, portal.Address);

        using (var own = await ConnectAsync(portal, cookie, portal.Address.GetLeftPart(UriPartial.Authority)))
            own.State.ShouldBe(WebSocketState.Open);
        foreach (var origin in new[] { $"http://127.0.0.1:{portal.Address.Port + 1}", "https://evil.example", "null", null })
            (await Should.ThrowAsync<WebSocketException>(ConnectAsync(portal, cookie, origin))).Message.ShouldContain("403");

        using var foreign = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1") { Headers = { { "Origin", "https://evil.example" } } };
        (await browser.SendAsync(foreign)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        portal.Output.ShouldContain("A page of 'https://evil.example' wanted to connect");
    }

    [Fact]
    public async Task Page_OneTooMany_IsRefusedInWords()
    {
        await using var portal = await PortalUnderTest.StartAsync(postgres.ConnectionString, "Production", ("Portal__SignIn__Sessions__OpenPages", "2"));
        using var browser = await portal.SignInAsync("ops");
        var cookie = PortalUnderTest.CookieOf(browser, portal.Address);
        var origin = portal.Address.GetLeftPart(UriPartial.Authority);

        using var first = await ConnectAsync(portal, cookie, origin);
        (await browser.GetAsync("/")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var second = await ConnectAsync(portal, cookie, origin);
        var refused = await browser.GetAsync("/");

        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("Too many open pages");
        using var another = await portal.SignInAsync("viewer");
        (await another.GetAsync("/")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using (await ConnectAsync(portal, cookie, origin))
        using (await ConnectAsync(portal, cookie, origin))
            (await Should.ThrowAsync<WebSocketException>(ConnectAsync(portal, cookie, origin))).Message.ShouldContain("429");
    }

    [Fact]
    public async Task ForwardedHeaders_OfAConfiguredProxy_MakeCookiesSecureAndSetHsts()
    {
        await using var portal = await PortalUnderTest.StartAsync(postgres.ConnectionString, "Production", ("Portal__Proxies__0", "127.0.0.0/8"));
        using var browser = BehindTls(portal);

        var page = await browser.GetAsync("/sign-in");

        page.Headers.GetValues("Strict-Transport-Security").Single().ShouldContain("max-age=");
        page.Headers.GetValues("Set-Cookie").ShouldAllBe(cookie => cookie.Contains("; secure", StringComparison.OrdinalIgnoreCase));
        var signedIn = await SignInAsync(browser, page);
        signedIn.Headers.GetValues("Set-Cookie").ShouldContain(cookie => cookie.StartsWith("__Host-portal=", StringComparison.Ordinal)
            && cookie.Contains("; secure", StringComparison.OrdinalIgnoreCase) && cookie.Contains("; httponly", StringComparison.OrdinalIgnoreCase) && cookie.Contains("; path=/", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task ForwardedHeaders_OfAnybodyElse_AreNotBelieved()
    {
        await using var portal = await PortalUnderTest.StartAsync(postgres.ConnectionString, "Production", ("Portal__Proxies__0", "10.9.9.9"), ("Portal__SignIn__Limits__PerAddress", "2"));
        using var browser = BehindTls(portal);

        var page = await browser.GetAsync("/sign-in");

        page.Headers.Contains("Strict-Transport-Security").ShouldBeFalse();
        (await SignInAsync(browser, page)).Headers.GetValues("Set-Cookie").ShouldAllBe(cookie => !cookie.Contains("secure", StringComparison.OrdinalIgnoreCase));
        // An invented sender is no way around the limit.
        browser.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        (await browser.GetAsync("/sign-in")).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    private static HttpClient BehindTls(PortalUnderTest portal)
    {
        var client = portal.Client(cookies: false);
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        client.DefaultRequestHeaders.Add("X-Forwarded-Host", "portal.example.org");
        return client;
    }

    /// <summary>By hand: a client of ours would not send a secure cookie over the proxy's plain connection.</summary>
    private static async Task<HttpResponseMessage> SignInAsync(HttpClient browser, HttpResponseMessage page)
    {
        var token = PortalUnderTest.FormToken(await page.Content.ReadAsStringAsync());
        using var choice = new FormUrlEncodedContent([new("persona", "ops"), token]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in")
        {
            Content = choice,
            Headers = { { "Cookie", string.Join("; ", page.Headers.GetValues("Set-Cookie").Select(cookie => cookie.Split(';')[0])) } },
        };
        var answer = await browser.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        return answer;
    }

    private static async Task<ClientWebSocket> ConnectAsync(PortalUnderTest portal, string cookie, string? origin)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Cookie", cookie);
        if (origin is not null)
            socket.Options.SetRequestHeader("Origin", origin);
        await socket.ConnectAsync(new UriBuilder(new Uri(portal.Address, "/_blazor")) { Scheme = "ws" }.Uri, CancellationToken.None);
        return socket;
    }
}
