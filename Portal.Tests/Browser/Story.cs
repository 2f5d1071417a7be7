using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Browser;

/// <summary>The whole product as one process, as <c>dotnet run --project Portal</c> starts it, in a folder and on ports of its own.</summary>
internal sealed class EmbeddedPortal : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly Dictionary<string, string> _settings;
    private ProgramUnderTest _program;

    private EmbeddedPortal(DirectoryInfo folder, Dictionary<string, string> settings, ProgramUnderTest program, Uri address, Uri emulator) =>
        (_folder, _settings, _program, Address, Emulator) = (folder, settings, program, address, emulator);

    public Uri Address { get; }

    public Uri Emulator { get; }

    public string DataFolder => _folder.FullName;

    public static async Task<EmbeddedPortal> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("portal-story-");
        // Postgres runs as another user when we are root and has to reach its folder.
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        var emulator = $"http://127.0.0.1:{ProgramUnderTest.FreePort()}";
        var address = $"http://127.0.0.1:{ProgramUnderTest.FreePort()}";
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_URLS"] = address,
            ["ConnectionStrings__Portal"] = "",
            ["Portal__DataFolder"] = folder.FullName,
            ["Emulator__Url"] = emulator,
            ["Emulator__KubernetesUrl"] = $"https://127.0.0.1:{ProgramUnderTest.FreePort()}",
        };
        var program = await RunAsync(settings);
        return new EmbeddedPortal(folder, settings, program, new Uri(address), new Uri(emulator));
    }

    /// <summary>SIGTERM, then the same again on the same folder.</summary>
    public async Task RestartAsync()
    {
        (await _program.TerminateAsync()).ShouldBe(0, _program.Output);
        await _program.DisposeAsync();
        _program = await RunAsync(_settings);
    }

    public async ValueTask DisposeAsync()
    {
        await _program.TerminateAsync();
        await _program.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static async Task<ProgramUnderTest> RunAsync(Dictionary<string, string> settings)
    {
        var program = ProgramUnderTest.Start(typeof(global::Portal.PortalApp), settings);
        await program.WaitForLineAsync("Portal is ready");
        return program;
    }
}

/// <summary>A person at a browser of their own.</summary>
internal sealed class Person(IPage page, Uri address)
{
    private static readonly string Screenshots = Path.Combine(ProgramUnderTest.RepositoryRoot, "artifacts", "screenshots");

    public IPage Page => page;

    public List<string> Faults { get; } = [];

    public static async Task<Person> SignInAsync(IBrowser browser, Uri address, string persona)
    {
        // axe is injected into the page, which the portal's own policy rightly forbids.
        var context = await browser.NewContextAsync(new BrowserNewContextOptions { BypassCSP = true, ViewportSize = new ViewportSize { Width = 1440, Height = 900 } });
        var page = await context.NewPageAsync();
        var person = new Person(page, address);
        page.PageError += (_, fault) => person.Faults.Add(fault);
        await person.GoAsync("/");
        await page.ClickAsync($"button[value={persona}]");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign out" }).WaitForAsync();
        return person;
    }

    public Task GoAsync(string path) => page.GotoAsync(new Uri(address, path).ToString());

    public Task ClickAsync(string button) => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = button }).First.ClickAsync();

    /// <summary>Keeps the page wide and narrow, light and dark, and lets axe look at each.</summary>
    public async Task LookAsync(string name)
    {
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            foreach (var (width, height) in new[] { (390, 844), (1440, 900) })
            {
                await page.SetViewportSizeAsync(width, height);
                await page.ScreenshotAsync(new PageScreenshotOptions
                {
                    Path = Path.Combine(Screenshots, $"{name}-{width}-{scheme.ToString().ToLowerInvariant()}.png"),
                    FullPage = true,
                });
                (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(width, name);
                var found = await page.RunAxe();
                found.Violations.Select(violation => $"{violation.Id}: {violation.Help} {string.Join(", ", violation.Nodes.Select(node => node.Html))}").ShouldBeEmpty($"{name} {width} {scheme}");
            }
        }

        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Light, ReducedMotion = ReducedMotion.Reduce });
    }
}
