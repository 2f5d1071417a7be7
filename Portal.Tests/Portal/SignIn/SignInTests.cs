using System.Net;
using Portal.Tests.Fixtures;

namespace Portal.Tests.SignIn;

/// <summary>What is configured decides who gets in, not the environment's name.</summary>
public sealed class SignInTests(PostgresFixture postgres, SignInTests.PatientPortal patient) : IClassFixture<PostgresFixture>, IClassFixture<SignInTests.PatientPortal>
{
    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task SignIn_NothingConfigured_KeepsEverybodyOut(string environment)
    {
        await using var portal = await PortalUnderTest.StartAsync(postgres.ConnectionString, environment, ("Portal__SignIn__Method", ""));
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
    public async Task SignIn_Personas_AreOfferedInProductionTooAndDemandTheFormsToken()
    {
        await using var portal = await PortalUnderTest.StartAsync(postgres.ConnectionString, "Production");
        using var browser = portal.Client();

        var home = await browser.GetAsync("/environments/shop");
        home.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        home.Headers.Location!.ToString().ShouldBe("/sign-in?returnUrl=%2Fenvironments%2Fshop");
        var page = await browser.GetAsync("/sign-in");
        var markup = await page.Content.ReadAsStringAsync();
        new[] { "Engineer", "Ops", "Ops, second", "Viewer", "Admin" }.ShouldAllBe(name => markup.Contains($">{name}</b>", StringComparison.Ordinal));
        page.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("script-src 'self';");
        using var forged = new FormUrlEncodedContent([new("persona", "ops")]);
        (await browser.PostAsync("/sign-in", forged)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        using var unknown = new FormUrlEncodedContent([new("persona", "root"), await PortalUnderTest.FormTokenAsync(browser, "/sign-in")]);
        var refused = await browser.PostAsync("/sign-in", unknown);
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("There is no such persona");
    }

    [Theory]
    [InlineData("/environments/shop?tab=events#x", "/environments/shop?tab=events#x")]
    [InlineData("/a b/ü", "/a%20b/%C3%BC")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example/", "/")]
    [InlineData("/%2Fevil.example", "/")]
    [InlineData("/%5Cevil.example", "/")]
    [InlineData("/\t/evil.example", "/")]
    [InlineData("/a\r\nSet-Cookie: x=1", "/")]
    [InlineData("/a%0d%0aSet-Cookie:x", "/")]
    // No form may hold one.
    [InlineData("/\0", null)]
    [InlineData("", "/")]
    [InlineData("javascript:alert(1)", "/")]
    public async Task ReturnUrl_WhateverItIs_LeadsNowhereElseAndNeverFails(string asked, string? expected)
    {
        var portal = patient.Portal;
        using var browser = portal.Client();

        (await browser.GetAsync($"/sign-in?returnUrl={Uri.EscapeDataString(asked)}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var choice = new FormUrlEncodedContent([new("persona", "viewer"), new("returnUrl", asked), await PortalUnderTest.FormTokenAsync(browser, "/sign-in")]);
        var answer = await browser.PostAsync("/sign-in", choice);

        answer.StatusCode.ShouldBe(expected is null ? HttpStatusCode.BadRequest : HttpStatusCode.Redirect);
        answer.Headers.Location?.OriginalString.ShouldBe(expected);
    }

    [Fact]
    public async Task SignIn_MoreThanInAMinute_AreRefusedInWords()
    {
        await using var portal = await PortalUnderTest.StartAsync(postgres.ConnectionString, "Production", ("Portal__SignIn__Limits__PerAddress", "3"));
        using var browser = portal.Client();

        for (var attempt = 0; attempt < 3; attempt++)
            (await browser.GetAsync("/sign-in")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var refused = await browser.GetAsync("/sign-in");

        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromMinutes(1));
        (await refused.Content.ReadAsStringAsync()).ShouldContain("Too many sign-ins");
        (await browser.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Start_SeveralFaultsInTheSection_SaysThemAllAtOnceAndEnds()
    {
        await using var program = ProgramUnderTest.Start(typeof(global::Portal.PortalApp), new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ConnectionStrings__Portal"] = postgres.ConnectionString,
            ["Portal__SignIn__Method"] = "OpenIdConnect",
            ["Portal__SignIn__OpenIdConnect__Authority"] = "http://login.example.org",
            ["Portal__SignIn__Sessions__Idle"] = "00:00:00",
            ["Portal__SignIn__Roles__Boss__0"] = "bosses",
        }, "--urls", $"http://127.0.0.1:{ProgramUnderTest.FreePort()}");

        (await program.ExitAsync()).ShouldBe(1);

        program.Output.ShouldContain("Portal:SignIn:OpenIdConnect:Authority is 'http://login.example.org'; give the provider's https address");
        program.Output.ShouldContain("Portal:SignIn:OpenIdConnect:ClientId is empty");
        program.Output.ShouldContain("Portal:SignIn:Sessions:Idle is 00:00:00");
        program.Output.ShouldContain("Portal:SignIn:Roles has 'Boss'; the roles are Viewer, Engineer, Ops, Admin.");
        program.Output.ShouldNotContain("   at ");
    }

    /// <summary>One for all cases of the theory, which are more attempts than an address is otherwise allowed.</summary>
    public sealed class PatientPortal : IAsyncLifetime
    {
        internal PortalUnderTest Portal { get; private set; } = null!;

        public async Task InitializeAsync() => Portal = await PortalUnderTest.StartAsync(
            await PostgresFixture.CreateDatabaseAsync(), "Production", ("Portal__SignIn__Limits__PerAddress", "1000"));

        public async Task DisposeAsync() => await Portal.DisposeAsync();
    }
}
