using System.Globalization;
using Microsoft.Playwright;

namespace Portal.Benchmarks;

/// <param name="Portal">A published portal; null publishes this checkout's.</param>
/// <param name="Against">Another one to measure beside it; null for none.</param>
internal sealed record PagesOptions(string? Portal, string? Against, int Circuits, int Loads, bool Lighthouse)
{
    public static PagesOptions Read(string[] arguments)
    {
        var options = new PagesOptions(null, null, 40, 9, true);
        for (var at = 0; at < arguments.Length; at++)
        {
            options = arguments[at] switch
            {
                "--portal" => options with { Portal = Path.GetFullPath(arguments[++at]) },
                "--against" => options with { Against = Path.GetFullPath(arguments[++at]) },
                "--circuits" => options with { Circuits = int.Parse(arguments[++at], CultureInfo.InvariantCulture) },
                "--loads" => options with { Loads = int.Parse(arguments[++at], CultureInfo.InvariantCulture) },
                "--no-lighthouse" => options with { Lighthouse = false },
                var unknown => throw new ArgumentException($"'{unknown}' is no option of pages."),
            };
        }

        return options;
    }
}

/// <summary>What a page costs: bytes and time on a cold load, heap for as long as it is open.</summary>
internal sealed class PagesBenchmark(IBrowser browser, PagesOptions options)
{
    /// <summary>As little as a circuit can show in our layout: the page of an environment that is not there.</summary>
    private static readonly MeasuredPage s_bare = new("bare", "/environments/there-is-none", "h1");
    private static readonly MeasuredPage s_dashboard = new("dashboard", "/", $"main a[href^='/environments/{Visitor.Environment}']");
    private static readonly MeasuredPage s_environment = new("environment", $"/environments/{Visitor.Environment}", "#node-cluster");
    private static readonly MeasuredPage s_form = new("form", "/requests/new", "#field-environment");

    public static async Task RunAsync(PagesOptions options)
    {
        List<(string Name, string Folder)> builds = [("now", options.Portal ?? await PublishedPortal.PublishAsync())];
        if (options.Against is { } against)
            builds.Add(("before", against));
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var portals = new List<PublishedPortal>();
        try
        {
            foreach (var (name, folder) in builds)
                portals.Add(await PublishedPortal.StartAsync(name, folder));
            await new PagesBenchmark(browser, options).MeasureAsync(portals);
        }
        finally
        {
            foreach (var portal in portals)
                await portal.DisposeAsync();
        }
    }

    public static string Chromium { get; } =
        Environment.GetEnvironmentVariable("CHROMIUM_PATH") is { Length: > 0 } configured ? configured
        : Array.Find(["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"], File.Exists)
            ?? throw new InvalidOperationException("Chromium is needed: install it, or name its path in CHROMIUM_PATH.");

    public static Task<IBrowser> LaunchAsync(IPlaywright playwright) => playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
    {
        ExecutablePath = Chromium,
        ChromiumSandbox = !Environment.IsPrivilegedProcess,
        Args = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run", "--renderer-process-limit=8"],
    });

    private async Task MeasureAsync(IReadOnlyList<PublishedPortal> portals)
    {
        var visits = portals.Select(portal => (Portal: portal, Visitor: new Visitor(browser, portal))).ToList();
        foreach (var (_, visitor) in visits)
            await visitor.ProvisionAsync();
        if (options.Loads > 0)
        {
            foreach (var page in new[] { s_dashboard, s_environment })
                await MeasureLoadsAsync(visits, page);
        }

        foreach (var (portal, visitor) in visits)
            await MeasureHeapAsync(portal, visitor);
        if (!options.Lighthouse)
            return;
        foreach (var (portal, visitor) in visits)
            await Lighthouse.MeasureAsync(portal.Name, visitor, [new("sign-in", "/sign-in", ""), s_dashboard, s_environment]);
    }

    /// <summary>Alternating, so that whatever else the machine does hits all builds alike; the first of each only warms up.</summary>
    private async Task MeasureLoadsAsync(IReadOnlyList<(PublishedPortal Portal, Visitor Visitor)> visits, MeasuredPage page)
    {
        var loads = visits.ToDictionary(visit => visit.Portal.Name, _ => new List<ColdLoad>(), StringComparer.Ordinal);
        for (var round = 0; round <= options.Loads; round++)
        {
            foreach (var (portal, visitor) in visits)
            {
                var load = await ColdLoad.OfAsync(visitor, page);
                if (round > 0)
                    loads[portal.Name].Add(load);
            }
        }

        foreach (var (name, all) in loads)
        {
            var prefix = $"{name}.{page.Name}";
            var files = all[^1].Files;
            var assets = files.Where(file => !file.IsDocument && !file.Url.Contains("/_blazor", StringComparison.Ordinal)).ToList();
            Figures.Print($"{prefix}.bytes", files.Sum(file => file.Bytes) / 1024, "KiB");
            Figures.Print($"{prefix}.files", files.Count, "files");
            Figures.Print($"{prefix}.static-files", assets.Count, "files");
            Figures.Print($"{prefix}.static-files.not-compressed", assets.Count(file => !file.IsCompressed), "files");
            Figures.Print($"{prefix}.static-files.not-immutable", assets.Count(file => !file.IsImmutable), "files");
            Figures.Print($"{prefix}.first-content", Figures.Percentile(all.Select(load => load.FirstContent), 0.5), "ms");
            Figures.Print($"{prefix}.interactive", Figures.Percentile(all.Select(load => load.Interactive), 0.5), "ms");
            foreach (var file in files.OrderByDescending(file => file.Bytes))
                await Console.Error.WriteLineAsync($"  {file.Bytes,8} {file.Encoding ?? "-",-5} {file.CacheControl ?? "-"} {new Uri(file.Url).AbsolutePath}");
        }
    }

    private async Task MeasureHeapAsync(PublishedPortal portal, Visitor visitor)
    {
        var bare = 0.0;
        foreach (var page in new[] { s_bare, s_dashboard, s_environment, s_form })
        {
            // What the first circuits of a kind make for all of them is no circuit's own.
            await using (await OpenAsync(visitor, page, 4))
            {
            }

            var before = await portal.HeapAsync();
            double each;
            await using (await OpenAsync(visitor, page, options.Circuits))
                each = (await portal.HeapAsync() - before) / 1024.0 / options.Circuits;
            Figures.Print($"{portal.Name}.heap.{page.Name}", each, "KiB");
            if (page == s_bare)
                bare = each;
            else
                Figures.Print($"{portal.Name}.heap.{page.Name}.times-bare", each / bare, "times");
        }
    }

    private static async Task<OpenPages> OpenAsync(Visitor visitor, MeasuredPage measured, int count)
    {
        var context = await visitor.NewContextAsync();
        for (var number = 0; number < count; number++)
        {
            var page = await context.NewPageAsync();
            await page.GotoAsync(visitor.Url(measured.Path));
            await page.Locator(measured.Sign).First.WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000, State = WaitForSelectorState.Attached });
        }

        return new OpenPages(context);
    }

    /// <summary>Left as a person leaves: the page goes elsewhere and tells the circuit so.</summary>
    private sealed class OpenPages(IBrowserContext context) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var page in context.Pages)
                await page.GotoAsync("about:blank");
            await context.CloseAsync();
        }
    }
}
