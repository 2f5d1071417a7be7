using Microsoft.Playwright;

namespace Portal.Benchmarks;

/// <summary>A page whose cost is measured.</summary>
/// <param name="Sign">A selector for what only the circuit's first full render shows.</param>
internal sealed record MeasuredPage(string Name, string Path, string Sign);

/// <summary>A browser with two people signed in: enough to have a shop, and to look at it.</summary>
internal sealed class Visitor(IBrowser browser, PublishedPortal portal)
{
    public const string Environment = "shop";

    private string _state = "";

    /// <summary>Asks for the shop example and approves it, as in the browser tests; returns when it is ready.</summary>
    public async Task ProvisionAsync()
    {
        var engineer = await SignInAsync("engineer");
        _state = await engineer.Context.StorageStateAsync();
        await TellAsync(engineer, AskAsync);
        var ops = await SignInAsync("ops");
        await TellAsync(ops, ApproveAsync);
        await engineer.GotoAsync(Url($"/environments/{Environment}"));
        await engineer.Locator("h1 ~ .chip.ok").WaitForAsync(new LocatorWaitForOptions { Timeout = 180_000 });
        await engineer.Context.CloseAsync();
        await ops.Context.CloseAsync();
    }

    /// <summary>Nothing cached, signed in as the engineer.</summary>
    public Task<IBrowserContext> NewContextAsync() =>
        browser.NewContextAsync(new BrowserNewContextOptions { StorageState = _state, ViewportSize = new ViewportSize { Width = 1440, Height = 900 } });

    /// <summary>The signed-in cookies, for a browser that is not ours.</summary>
    public async Task<IReadOnlyList<BrowserContextCookiesResult>> CookiesAsync()
    {
        await using var context = await NewContextAsync();
        return await context.CookiesAsync();
    }

    public string Url(string path) => new Uri(portal.Address, path).ToString();

    private async Task<IPage> SignInAsync(string persona)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1440, Height = 900 } });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(60_000);
        await page.GotoAsync(Url("/"));
        await page.ClickAsync($"button[value={persona}]");
        await page.Locator("h1").WaitForAsync();
        return page;
    }

    /// <summary>Says what stood on the page where something did not come.</summary>
    private static async Task TellAsync(IPage page, Func<IPage, Task> action)
    {
        try
        {
            await action(page);
        }
        catch (TimeoutException error)
        {
            throw new InvalidOperationException($"At {page.Url}:\n{await page.InnerTextAsync("body")}", error);
        }
    }

    private async Task ApproveAsync(IPage page)
    {
        await page.GotoAsync(Url("/approvals"));
        await ClickAsync(page, "Approve");
        await page.GetByText("approved", new PageGetByTextOptions { Exact = false }).First.WaitForAsync();
    }

    private async Task AskAsync(IPage page)
    {
        await page.GotoAsync(Url("/requests/new"));
        await page.FillAsync("#field-environment", Environment);
        await page.PressAsync("#field-environment", "Tab");
        foreach (var step in new[] { "network", "cluster", "services" })
        {
            await ClickAsync(page, "Continue");
            await page.Locator($"#step-{step}").WaitForAsync();
        }

        await ClickAsync(page, "Add all 3 of the shop example");
        await page.GetByText("3 paths without a conflict").WaitForAsync();
        await ClickAsync(page, "Review");
        await ClickAsync(page, "Submit for approval");
        await page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Request 1" }).WaitForAsync();
    }

    private static Task ClickAsync(IPage page, string button) => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = button }).First.ClickAsync();
}
