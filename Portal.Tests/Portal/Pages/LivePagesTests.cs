using System.Globalization;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Tests.Browser;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Pages;

/// <summary>The live pages in a real browser, on a real database; what a worker would write is written by the test.</summary>
public sealed class LivePagesTests(PostgresFixture postgres, ChromiumFixture chromium) : IClassFixture<PostgresFixture>, IClassFixture<ChromiumFixture>
{
    private static readonly Actor Engineer = new("persona-engineer", "Engineer", new HashSet<string>(StringComparer.Ordinal) { Roles.Engineer });
    private static readonly Actor Ops = new("persona-ops-2", "Ops, second", new HashSet<string>(StringComparer.Ordinal) { Roles.Ops });

    [Fact]
    public async Task Pages_WhileAnEnvironmentComesUp_ShowItWithoutReloadAndWithoutAxeViolations()
    {
        await using var portal = await PortalUnderTest.StartAsync(postgres.ConnectionString, "Development");
        await using var services = new ServiceCollection().AddLogging().AddPortalCore(null).AddPortalDatabase(postgres.ConnectionString).BuildServiceProvider();
        await using var context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions { BypassCSP = true, TimezoneId = "Asia/Tehran", ViewportSize = new ViewportSize { Width = 1440, Height = 900 } });
        context.SetDefaultTimeout(Browser.Person.Patience);
        var page = await context.NewPageAsync();
        var faults = new List<string>();
        page.PageError += (_, fault) => faults.Add(fault);

        await page.GotoAsync(new Uri(portal.Address, "/").ToString());
        await page.ClickAsync("button[value=ops]");
        await page.GetByText("No environments yet").WaitForAsync();
        await CheckAsync(page);

        var submitted = (await services.GetRequiredService<SubmitRequest>().ExecuteAsync(Engineer, Samples.Shop(), default)).Value!;
        await page.GetByText("1 waiting for approval", new PageGetByTextOptions { Exact = true }).WaitForAsync();
        await page.Locator("nav .count").WaitForAsync();
        await CheckAsync(page);

        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "shop-staging" }).ClickAsync();
        await page.Locator("#node-gateway.wait").WaitForAsync();
        var request = (await services.GetRequiredService<RequestQueries>().RequestAsync(Fleet.Engineer, submitted.Number, default))!;
        var decided = (await services.GetRequiredService<DecideRequest>().ExecuteAsync(Ops, submitted.Id, Verdict.Approve, request.Request.PlanHash, null, default)).Value!;
        await page.Locator("h1 ~ .chip.busy").WaitForAsync();

        await ChangeAsync(services.GetRequiredService<Transactions>(), submitted.EnvironmentId, decided.OperationId!.Value, "net-core", "Running", "VPC and subnets started");
        await page.Locator("#node-vpc.busy").WaitForAsync();
        await ChangeAsync(services.GetRequiredService<Transactions>(), submitted.EnvironmentId, decided.OperationId!.Value, "net-core", "Succeeded", "VPC and subnets ready");
        await page.Locator("#node-vpc.ok").WaitForAsync();
        await page.GetByText("VPC and subnets ready").First.WaitForAsync();

        await page.Locator("#node-vpc").ClickAsync();
        await page.Locator("#node-title").WaitForAsync();
        page.Url.ShouldEndWith("?node=vpc");
        await CheckAsync(page);
        foreach (var tab in new[] { "Timeline", "Resources", "Events" })
        {
            await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = tab }).ClickAsync();
            await page.Locator($".tabs [aria-current]:has-text('{tab}')").WaitForAsync();
            page.Url.ShouldEndWith($"/environments/shop-staging?tab={tab.ToLowerInvariant()}");
            await CheckAsync(page);
        }

        await InItsReadersZoneAsync(page);
        await FilterInAReplayAsync(page);
        await FiftyServicesByKeyboardAsync(page, portal.Address, services.GetRequiredService<SubmitRequest>());
        await page.GotoAsync(new Uri(portal.Address, "/environments/shop-staging?tab=events").ToString());
        await page.SetViewportSizeAsync(390, 844);
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Topology" }).ClickAsync();
        await page.Locator("#node-vpc.ok").WaitForAsync();
        await CheckAsync(page);
        (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(390);

        await WalkThroughTheDrawerAsync(page);
        await page.Locator(".person").ClickAsync();
        await page.GetByRole(AriaRole.Menuitemradio, new PageGetByRoleOptions { Name = "Dark theme" }).ClickAsync();
        await page.Locator("html[data-theme=dark]").WaitForAsync();
        await page.Locator(".person button").ClickAsync();
        await page.Locator("[role=menuitemradio][aria-checked=true]:has-text('Dark theme')").WaitForAsync();
        await page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = "Sign out" }).WaitForAsync();
        await CheckAsync(page);
        await page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = "Sign out" }).ClickAsync();
        await page.GetByText("Who are you today?").WaitForAsync();
        faults.ShouldBeEmpty();
    }

    /// <summary>Of the browser, from the first page on; there it is half past when it is the hour in UTC.</summary>
    private static async Task InItsReadersZoneAsync(IPage page)
    {
        await page.GetByText("newest first · times are in Asia/Tehran").WaitForAsync();
        var time = page.Locator(".long-list time").First;
        var at = DateTimeOffset.Parse((await time.GetAttributeAsync("datetime"))!, CultureInfo.InvariantCulture).ToOffset(new TimeSpan(3, 30, 0));
        (await time.InnerTextAsync()).ShouldBe(at.ToString("HH:mm:ss", CultureInfo.InvariantCulture));
        await page.Locator(".person").ClickAsync();
        await page.GetByText("times are in Asia/Tehran, UTC+03:30").WaitForAsync();
        await page.Keyboard.PressAsync("Escape");
    }

    private static async Task FilterInAReplayAsync(IPage page)
    {
        await page.Locator(".to-replay").ClickAsync();
        await page.Locator(".replay").WaitForAsync();
        await page.GetByLabel("Severity").GetByText("Success").ClickAsync();
        await page.Locator(".events [aria-current]:has-text('Success')").WaitForAsync();
        await page.Locator(".replay").WaitForAsync();
        page.Url.ShouldContain("severity=success&replay=");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Topology" }).ClickAsync();
        await page.Locator(".picture").WaitForAsync();
        // What is taken out of it is of its moment, and says so.
        (await page.EvaluateAsync<string>("async () => (await fetch(document.querySelector('.export a').href)).text()")).ShouldContain("· as it was at ");
    }

    private static async Task FiftyServicesByKeyboardAsync(IPage page, Uri address, SubmitRequest submit)
    {
        var shop = Samples.Shop("fifty", "10.41.0.0/16");
        var fifty = shop with
        {
            Cluster = shop.Cluster with { Size = "large" },
            Services = [.. Enumerable.Range(0, 50).Select(index => shop.Services[2] with
            {
                Name = $"service-{index}", Replicas = 1, Path = index % 5 == 0 ? $"/path-{index}" : "", Exposure = index % 5 == 0 ? Exposure.Public : Exposure.Internal,
                Stores = index % 10 == 0 ? shop.Services[2].Stores : [],
            })],
        };
        (await submit.ExecuteAsync(Engineer, fifty, default)).Refusal.ShouldBeNull();
        await page.GotoAsync(new Uri(address, "/environments/fifty").ToString());
        await page.Locator(".node.card").Nth(49).WaitForAsync();
        await CheckAsync(page);

        // One stop for the Tab key, then arrows along the request's way; Enter opens, Escape goes back to where one was.
        await page.Locator("#node-client").FocusAsync();
        foreach (var id in new[] { "gateway", "link", "load-balancer" })
        {
            await page.Keyboard.PressAsync("ArrowDown");
            await page.Locator($"#node-{id}:focus").WaitForAsync();
        }

        await page.Keyboard.PressAsync("Enter");
        await page.Locator("#node-title").WaitForAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.Locator("#node-title").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        await page.Locator("#node-load-balancer:focus").WaitForAsync();
        var scale = await page.EvaluateAsync<double>(Scale);
        await page.Keyboard.PressAsync("+");
        (await page.EvaluateAsync<double>(Scale)).ShouldBeGreaterThan(scale);

        await page.Locator("#find-node").FocusAsync();
        await page.Keyboard.TypeAsync("service-42");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("#node-service-service-42:focus").WaitForAsync();

        await page.Locator("#node-group-internal").ClickAsync();
        await page.Locator(".sums li:has-text('40 Waiting')").WaitForAsync();
        await CheckAsync(page);
        await page.Locator("#node-group-internal").ClickAsync();
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "List", Exact = true }).ClickAsync();
        await page.Locator(".topology.as-list #node-service-service-49").WaitForAsync();
        await CheckAsync(page);
    }

    private const string Scale = "Number(document.querySelector('portal-picture').style.getPropertyValue('--scale'))";

    private static async Task WalkThroughTheDrawerAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Menu" }).ClickAsync();
        var drawer = page.GetByRole(AriaRole.Dialog, new PageGetByRoleOptions { Name = "Menu" });
        await drawer.WaitForAsync();
        await page.Locator("[role=dialog] :focus").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Attached });
        await CheckAsync(page);
        await page.Keyboard.PressAsync("Escape");
        await drawer.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        await page.Locator("button[aria-haspopup=dialog]:focus").WaitForAsync();
    }

    private static Task ChangeAsync(Transactions transactions, Guid environment, Guid operation, string step, string state, string message) => transactions.DoAsync(
        async work =>
        {
            await work.Connection.ExecuteAsync(
                "update operations set state = 'Running', started_at = coalesce(started_at, now()) where id = @operation; "
                + "update steps set state = @state, started_at = coalesce(started_at, now()), finished_at = case when @state = 'Succeeded' then now() end where operation_id = @operation and name = @step",
                new { operation, state, step });
            await new NewEvent(Actor.System, environment, operation, step, "step.changed", EventSeverity.Info, message).AppendAsync(work, TimeProvider.System.GetUtcNow());
        }, CancellationToken.None);

    private static async Task CheckAsync(IPage page)
    {
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            (await page.AxeAsync(scheme)).ShouldBeEmpty($"{page.Url}, {scheme}");
        }
    }
}
