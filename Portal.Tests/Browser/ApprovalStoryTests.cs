using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Browser;

/// <summary>Requests at a portal with rules of its own: one that nobody has to approve, one that two groups have to, one that is taken back.</summary>
[Collection(BrowserCollection.Name)]
public sealed class ApprovalStoryTests(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>, IAsyncLifetime
{
    private const string Rules = """
        lastsDays: 14
        groups:
          - { id: operations, title: Operations, roles: [Ops] }
          - { id: owners, title: Owners of the platform, roles: [Admin] }
        rules:
          - { id: development, title: Development needs nobody, when: { class: [development], losesData: false }, automatic: true }
          - id: staging
            title: Staging is seen by its owners
            when: { class: [staging] }
            stages: [{ group: operations, needed: 1 }, { group: owners, needed: 1, escalate: { afterHours: 24, to: operations } }]
        otherwise: [{ group: operations, needed: 1 }]

        """;

    private readonly TemplatesCopy _templates = new();
    private PortalUnderTest _portal = null!;
    private ServiceProvider _services = null!;

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(_templates.Path("catalog", "approvals.yaml"), Rules);
        var database = await PostgresFixture.CreateDatabaseAsync();
        _portal = await PortalUnderTest.StartAsync(database, "Development", ("Templates__Path", _templates.Path()));
        _services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddPortalCore(_templates.Path()).AddPortalDatabase(database).BuildServiceProvider();
    }

    public async Task DisposeAsync()
    {
        await _portal.DisposeAsync();
        await _services.DisposeAsync();
        _templates.Dispose();
    }

    [Fact]
    public async Task Requests_ByTheRules_NeedNobodyOrTwoGroupsOrAreTakenBack()
    {
        var engineer = await Person.SignInAsync(chromium.Browser, _portal.Address, "engineer");
        await engineer.TellAsync(() => NeedsNobodyAsync(engineer));

        var asked = await SubmitAsync("shop-staging", "10.60.0.0/16");
        await engineer.TellAsync(async () =>
        {
            await engineer.GoAsync($"/requests/{asked.Number}");
            await engineer.Page.Locator(".stages li[aria-current=step]:has-text('Operations')").WaitForAsync();
            await engineer.LookAsync("request-stages");
        });

        var ops = await Person.SignInAsync(chromium.Browser, _portal.Address, "ops");
        await AskAndAnswerAsync(ops, engineer, asked);
        await ops.TellAsync(async () =>
        {
            await ops.Page.Locator(".decision textarea").FillAsync("fine by us");
            await ops.LookAsync("approvals-stages");
            await ops.ClickAsync("Approve");
            await ops.Page.GetByText("one of Owners of the platform has to agree yet").First.WaitForAsync();
            await ops.GoAsync($"/approvals/{asked.Number}");
            await ops.Page.GetByText("You have approved this already").WaitForAsync();
            await ops.GoAsync("/compare?left=shop-dev&right=moon");
            await ops.Page.Locator("#compare-right-error:has-text('moon')").WaitForAsync();
            await ops.Page.FillAsync("#compare-right", $"{asked.Number}");
            await ops.Page.Keyboard.PressAsync("Enter");
            await ops.Page.Locator(".compared tr:has-text('Class'):has-text('Staging')").WaitForAsync();
            await ops.LookAsync("compare");
            await ops.GoAsync("/approvals/rules");
            await ops.Page.Locator("#try-class").SelectOptionAsync("Staging");
            await ops.Page.Locator(".answer:has-text('One of Operations, then one of Owners of the platform')").WaitForAsync();
            await ops.LookAsync("approval-rules");
            await ops.GoAsync("/audit");
            await ops.Page.Locator(".audit tr:has-text('fine by us')").First.WaitForAsync();
            await ops.ClickAsync("Verify");
            await ops.Page.GetByText("are as they were written").WaitForAsync();
            await ops.Page.Locator(".audit summary").First.ClickAsync();
            await ops.LookAsync("audit");
        });

        var admin = await Person.SignInAsync(chromium.Browser, _portal.Address, "admin");
        await admin.TellAsync(async () =>
        {
            await admin.GoAsync($"/approvals/{asked.Number}");
            await admin.Page.Locator(".stages .given:has-text('fine by us')").WaitForAsync();
            await admin.ClickAsync("Approve");
            await admin.Page.GetByText("shop-staging is being built").WaitForAsync();
        });
        await engineer.TellAsync(async () =>
        {
            await engineer.Page.Locator(".verdicts li:has-text('Admin')").WaitForAsync();
            await TakesBackAsync(engineer);
        });
        foreach (var person in new[] { engineer, ops, admin })
            person.Faults.ShouldBeEmpty();
    }

    // Both have their page open, and see what the other one says without asking for it.
    private static async Task AskAndAnswerAsync(Person ops, Person engineer, SubmittedRequest asked)
    {
        await ops.TellAsync(async () =>
        {
            await ops.GoAsync($"/approvals/{asked.Number}");
            await ops.Page.Locator($"#talk-{asked.Number}").FillAsync("Why does it need a gateway in each zone?");
            await ops.ClickAsync("Ask");
            await ops.Page.Locator(".queue-item .chip:has-text('Waits for an answer')").WaitForAsync();
            await ops.LookAsync("approvals-question");
        });
        await engineer.TellAsync(async () =>
        {
            await engineer.Page.Locator(".entry.open:has-text('gateway in each zone')").WaitForAsync();
            await engineer.Page.Locator($"#talk-{asked.Number}").FillAsync("It does not; one is enough.");
            await engineer.LookAsync("request-question");
            await engineer.ClickAsync("Answer");
            await engineer.Page.Locator(".entry:has-text('one is enough')").WaitForAsync();
        });
        await ops.TellAsync(async () =>
        {
            await ops.Page.Locator(".entry:has-text('one is enough')").WaitForAsync();
            await ops.Page.Locator(".chip:has-text('Waits for an answer')").First.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        });
    }

    private static async Task NeedsNobodyAsync(Person engineer)
    {
        await engineer.GoAsync("/requests/new");
        await engineer.Page.FillAsync("#field-environment", "shop-dev");
        foreach (var step in new[] { "network", "cluster", "services" })
        {
            await engineer.ClickAsync("Continue");
            await engineer.Page.Locator($"#step-{step}").WaitForAsync();
        }

        await engineer.ClickAsync("Add all 3 of the shop example");
        await engineer.Page.GetByText("3 paths without a conflict").WaitForAsync();
        await engineer.ClickAsync("Review");
        await engineer.Page.GetByText("Nobody has to approve it").WaitForAsync();
        await engineer.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Submit ·" }).ClickAsync();
        await engineer.Page.Locator("h1:has-text('shop-dev')").WaitForAsync();
        await engineer.Page.GetByText("approved by a rule: work begins").WaitForAsync();
    }

    private async Task TakesBackAsync(Person engineer)
    {
        var asked = await SubmitAsync("shop-second", "10.61.0.0/16");
        await engineer.GoAsync($"/requests/{asked.Number}");
        await engineer.ClickAsync("Withdraw");
        await engineer.Page.Locator(".mud-dialog button:has-text('Withdraw')").ClickAsync();
        await engineer.Page.Locator(".chip:has-text('Withdrawn')").WaitForAsync();
        await engineer.LookAsync("request-withdrawn");
        await engineer.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Edit and ask again" }).ClickAsync();
        await engineer.Page.Locator("#field-environment").WaitForAsync();
        (await engineer.Page.InputValueAsync("#field-environment")).ShouldBe("shop-second");
        await BringsItsFileAsync(engineer, asked);
    }

    // Another tab, where nothing is begun: all that the file says is in the form.
    private static async Task BringsItsFileAsync(Person engineer, SubmittedRequest asked)
    {
        await engineer.GoAsync($"/requests/{asked.Number}");
        var download = await engineer.Page.RunAndWaitForDownloadAsync(() => engineer.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "YAML" }).ClickAsync());
        var file = await File.ReadAllTextAsync(await download.PathAsync());
        var tab = new Person(await engineer.Page.Context.NewPageAsync(), new Uri(engineer.Page.Url));
        await tab.GoAsync("/requests/new?step=services");
        await tab.ClickAsync("Bring a Compose file");
        await tab.Page.FillAsync("#import-text", file + "  color: red\n");
        await tab.ClickAsync("Make a draft of it");
        await tab.Page.Locator("#import-error:has-text('color is not a field')").WaitForAsync();
        await tab.Page.FillAsync("#import-text", file);
        await tab.ClickAsync("Make a draft of it");
        await tab.Page.GetByText("Everything that shop-second says").WaitForAsync();
        await tab.Page.Locator("a[href*='step=environment']").First.ClickAsync();
        await tab.Page.Locator("#field-environment").WaitForAsync();
        (await tab.Page.InputValueAsync("#field-environment")).ShouldBe("shop-second");
        tab.Faults.ShouldBeEmpty();
    }

    private async Task<SubmittedRequest> SubmitAsync(string name, string cidr)
    {
        var engineer = new Actor("persona-engineer", "Engineer", Fleet.Engineer.Roles);
        var target = (await _services.GetRequiredService<EnvironmentQueries>().TargetsAsync(engineer, default))[0];
        var outcome = await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(engineer, Samples.Shop(name, cidr) with { Target = target.Name, Class = EnvironmentClass.Staging }, default);
        outcome.Refusal.ShouldBeNull();
        return outcome.Value!;
    }
}
