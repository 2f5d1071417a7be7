using Microsoft.Playwright;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Browser;

/// <summary>A person at a browser of their own.</summary>
internal sealed class Person(IPage page, Uri address)
{
    private static readonly string Screenshots = Path.Combine(ProgramUnderTest.RepositoryRoot, "artifacts", "screenshots");

    // For who looks at them: nobody does in CI, where they are a seventh of what browser tests take.
    private static readonly bool s_keepsLooks = Environment.GetEnvironmentVariable("PORTAL_SCREENSHOTS") is { Length: > 0 };

    /// <summary>How long a person waits for what should come, in milliseconds: beside them the machine has all other tests to run.</summary>
    public const float Patience = 120_000;

    public IPage Page => page;

    public List<string> Faults { get; } = [];

    public static async Task<Person> SignInAsync(IBrowser browser, Uri address, string persona)
    {
        var person = await ArriveAsync(browser, address);
        await person.Page.ClickAsync($"button[value={persona}]");
        await person.Page.Locator(".person").WaitForAsync();
        return person;
    }

    /// <summary>At the identity provider, where the name is enough.</summary>
    public static async Task<Person> SignInAtProviderAsync(IBrowser browser, Uri address, string account)
    {
        var person = await ArriveAsync(browser, address);
        await person.Page.FillAsync("input[name=login]", account);
        await person.Page.FillAsync("input[name=password]", "any");
        await person.Page.ClickAsync("button[type=submit]");
        return person;
    }

    private static async Task<Person> ArriveAsync(IBrowser browser, Uri address)
    {
        // axe is injected into the page, which the portal's own policy rightly forbids.
        // What moves is drawn sixty times a second for nobody.
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            BypassCSP = true,
            ReducedMotion = ReducedMotion.Reduce,
            ViewportSize = new ViewportSize { Width = 1440, Height = 900 },
        });
        context.SetDefaultTimeout(Patience);
        var page = await context.NewPageAsync();
        var person = new Person(page, address);
        page.PageError += (_, fault) => person.Faults.Add(fault);
        // A circuit that ended over a fault is replaced by itself: only the console tells of it.
        page.Console += (_, line) =>
        {
            if (line.Type == "error" && line.Text.Contains("unhandled exception", StringComparison.OrdinalIgnoreCase))
                person.Faults.Add(line.Text);
        };
        await person.GoAsync("/");
        return person;
    }

    public Task GoAsync(string path) => page.GotoAsync(new Uri(address, path).ToString());

    public Task ClickAsync(string button) => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = button }).First.ClickAsync();

    /// <summary>Says what stood on the page where something did not come.</summary>
    public async Task TellAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (TimeoutException error)
        {
            await CaptureAsync("failure");
            throw new InvalidOperationException($"At {page.Url}, faults: {string.Join("; ", Faults)}\n{await page.InnerTextAsync("body")}", error);
        }
    }

    /// <summary>Lets axe look at the page as it is when it has loaded, wide and narrow, light and dark; keeps each where PORTAL_SCREENSHOTS is set.</summary>
    public async Task LookAsync(string name)
    {
        await page.WaitForFunctionAsync("!document.querySelector('.skeleton')");
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            foreach (var (width, height) in new[] { (390, 844), (1440, 900) })
            {
                await page.SetViewportSizeAsync(width, height);
                if (s_keepsLooks)
                    await CaptureAsync($"{name}-{width}-{scheme.ToString().ToLowerInvariant()}");
                (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(width, name);
                (await page.AxeAsync(scheme)).ShouldBeEmpty($"{name} {width} {scheme}");
            }
        }

        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Light, ReducedMotion = ReducedMotion.Reduce });
    }

    /// <summary>Has the page as it is on paper, for somebody who reads in the dark: light, no wider than a sheet, nothing to press. Kept where PORTAL_SCREENSHOTS is set.</summary>
    public async Task PrintAsync(string name)
    {
        const int Sheet = 1032;
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Print, ColorScheme = ColorScheme.Dark });
        await page.SetViewportSizeAsync(Sheet, 720);
        if (s_keepsLooks)
            await page.PdfAsync(new PagePdfOptions { Path = Path.Combine(Screenshots, $"{name}.pdf"), PreferCSSPageSize = true, Format = "A4" });
        (await page.GetAttributeAsync("html", "data-theme")).ShouldBe("light");
        (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(Sheet, name);
        (await page.EvaluateAsync<string[]>("[...document.querySelectorAll('.btn, .bar nav, input, select, textarea, summary + *')].filter(one => one.matches('summary + *') ? !one.checkVisibility() && !one.closest('.tools') : one.checkVisibility()).map(one => one.outerHTML.slice(0, 100))")).ShouldBeEmpty(name);
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Screen, ColorScheme = ColorScheme.Light, ReducedMotion = ReducedMotion.Reduce });
        await page.SetViewportSizeAsync(1440, 900);
    }

    // Chromium's compositor now and then never delivers the frame that a capture waits for, least of all for a page that it takes to be in the
    // background; asked anew, it does. What is asserted is asserted by other means.
    private async Task CaptureAsync(string name)
    {
        var options = new PageScreenshotOptions { Path = Path.Combine(Screenshots, $"{name}.png"), FullPage = true, Timeout = 20_000 };
        await page.BringToFrontAsync();
        try
        {
            await page.ScreenshotAsync(options);
        }
        catch (TimeoutException)
        {
            await page.BringToFrontAsync();
            options.Timeout = 60_000;
            await page.ScreenshotAsync(options);
        }
    }
}
