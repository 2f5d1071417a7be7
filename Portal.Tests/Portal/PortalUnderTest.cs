using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Portal.Tests.Fixtures;

namespace Portal.Tests;

/// <summary>The web host alone, on a database of the test's own; nothing embedded starts.</summary>
internal sealed class PortalUnderTest : IAsyncDisposable
{
    private static readonly ConditionalWeakTable<HttpClient, CookieContainer> s_jars = [];

    private readonly Dictionary<string, string> _settings;
    private HostedPortal? _hosted;
    private ProgramUnderTest? _program;

    private PortalUnderTest(Dictionary<string, string> settings) => (_settings, Address) = (settings, new Uri(settings["ASPNETCORE_URLS"]));

    public Uri Address { get; }

    /// <summary>What it said last.</summary>
    public string Output => _hosted?.Output ?? _program!.Output;

    /// <summary>In this process, where its code has been compiled already.</summary>
    public static async Task<PortalUnderTest> StartAsync(string connectionString, string environment, params (string Key, string Value)[] changes)
    {
        var portal = new PortalUnderTest(Settings(connectionString, environment, changes));
        portal._hosted = await HostedPortal.StartAsync(portal._settings);
        return portal;
    }

    /// <summary>As a process of its own, which can be killed.</summary>
    public static async Task<PortalUnderTest> StartProcessAsync(string connectionString, string environment, params (string Key, string Value)[] changes)
    {
        var portal = new PortalUnderTest(Settings(connectionString, environment, changes));
        portal._program = await ProgramUnderTest.StartPortalAsync(portal._settings);
        return portal;
    }

    private static Dictionary<string, string> Settings(string connectionString, string environment, (string Key, string Value)[] changes)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_ENVIRONMENT"] = environment,
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{ProgramUnderTest.FreePort()}",
            ["ConnectionStrings__Portal"] = connectionString,
            ["Portal__Targets__0__Name"] = "sandbox",
            ["Portal__Targets__0__AccountId"] = "000000000000",
            ["Portal__Targets__0__Region"] = "us-east-1",
            ["Portal__Targets__0__Pace"] = "60",
            ["Portal__SignIn__Method"] = "Personas",
        };
        // A test may have to know the address before.
        foreach (var (key, value) in changes)
            settings[key] = value;
        return settings;
    }

    /// <summary>SIGTERM, as an orderly restart begins.</summary>
    public async Task StopAsync() => (await _program!.TerminateAsync()).ShouldBe(0, Output);

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => _program!.KillAsync();

    /// <summary>The same process again at the same address.</summary>
    public async Task StartAgainAsync()
    {
        await _program!.DisposeAsync();
        _program = await ProgramUnderTest.StartPortalAsync(_settings);
    }

    public ValueTask DisposeAsync() => _hosted?.DisposeAsync() ?? _program!.DisposeAsync();

    /// <summary>Keeps cookies, follows no redirects, asks for HTML.</summary>
    public HttpClient Client(bool cookies = true)
    {
        var jar = new CookieContainer();
        var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = cookies, CookieContainer = jar }) { BaseAddress = Address };
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        s_jars.Add(client, jar);
        return client;
    }

    /// <summary>The session cookie as a header.</summary>
    public static string CookieOf(HttpClient browser, Uri address) =>
        s_jars.TryGetValue(browser, out var jar) ? $"portal={jar.GetCookies(address)["portal"]!.Value}" : throw new InvalidOperationException("Not a client of ours.");

    /// <summary>A browser at which somebody has chosen a persona.</summary>
    public async Task<HttpClient> SignInAsync(string persona)
    {
        var browser = Client();
        var form = await FormTokenAsync(browser, "/sign-in");
        using var choice = new FormUrlEncodedContent([new("persona", persona), form]);
        (await browser.PostAsync("/sign-in", choice)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        return browser;
    }

    public static async Task<HttpStatusCode> SignOutAsync(HttpClient browser)
    {
        using var form = new FormUrlEncodedContent([await FormTokenAsync(browser, "/")]);
        return (await browser.PostAsync("/sign-out", form)).StatusCode;
    }

    /// <summary>The antiforgery token of a page's first form.</summary>
    public static async Task<KeyValuePair<string, string>> FormTokenAsync(HttpClient browser, string path)
    {
        var page = await browser.GetAsync(path);
        return FormToken(await page.Content.ReadAsStringAsync());
    }

    public static KeyValuePair<string, string> FormToken(string markup)
    {
        const string name = "__RequestVerificationToken";
        var token = Regex.Match(markup, $"name=\"{name}\" value=\"(?<token>[^\"]+)\"", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        return new(name, token.Groups["token"].Value);
    }
}
