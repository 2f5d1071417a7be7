using Microsoft.Playwright;
using Portal.Tests.Fixtures;
using Xunit.Abstractions;

namespace Portal.Tests.Browser;

/// <summary>People of each role, from a real identity provider, at a portal that runs as in production.</summary>
public sealed class RolesTests(ChromiumFixture chromium, ITestOutputHelper output) : IClassFixture<ChromiumFixture>
{
    private const string Environment = "shop-production";

    [Fact]
    public async Task Roles_FromTheProvider_DoWhatTheyMayAndNoMore()
    {
        var address = new Uri($"http://127.0.0.1:{ProgramUnderTest.FreePort()}");
        await using var provider = await OidcProvider.StartAsync(address);
        await using var portal = await EmbeddedPortal.StartAsync(
            [.. provider.Settings(), ("ASPNETCORE_ENVIRONMENT", "Production"), ("ASPNETCORE_URLS", address.GetLeftPart(UriPartial.Authority)), ("Portal__SignIn__Contact", "the platform team")]);

        var nobody = await Person.SignInAtProviderAsync(chromium.Browser, portal.Address, "nina");
        await nobody.Page.GetByText("Ask the platform team").WaitForAsync();
        await nobody.LookAsync("no-role");

        var viewer = await Person.SignInAtProviderAsync(chromium.Browser, portal.Address, "vera");
        await viewer.TellAsync(() => LooksOnlyAsync(viewer));
        var engineer = await Person.SignInAtProviderAsync(chromium.Browser, portal.Address, "edgar");
        await engineer.TellAsync(() => AskAsync(engineer));
        await viewer.TellAsync(async () =>
        {
            await viewer.GoAsync("/approvals");
            await viewer.Page.GetByText(Environment).First.WaitForAsync();
            (await viewer.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Approve" }).CountAsync()).ShouldBe(0);
        });

        var admin = await Person.SignInAtProviderAsync(chromium.Browser, portal.Address, "adam");
        await admin.TellAsync(() => SeesWhatWaitsAsync(admin));
        var ops = await Person.SignInAtProviderAsync(chromium.Browser, portal.Address, "olga");
        await ops.TellAsync(async () =>
        {
            await SeesWhatWaitsAsync(ops);
            await ops.ClickAsync("Approve");
            await ops.Page.GetByText("approved", new PageGetByTextOptions { Exact = false }).First.WaitForAsync();
        });
        await viewer.TellAsync(async () =>
        {
            await viewer.GoAsync($"/environments/{Environment}");
            await viewer.Page.Locator("#node-vpc.busy, #node-vpc.ok").WaitForAsync();
        });

        await SignOutEndsTheOtherTabAsync(ops);
        foreach (var person in new[] { nobody, viewer, engineer, admin, ops })
            person.Faults.ShouldBeEmpty();
    }

    private static async Task LooksOnlyAsync(Person viewer)
    {
        await viewer.Page.Locator(".person").WaitForAsync();
        await viewer.GoAsync("/requests/new");
        await viewer.Page.GetByRole(AriaRole.Heading).First.WaitForAsync();
        await viewer.Page.GetByText("Your role").First.WaitForAsync();
        (await viewer.Page.Locator("#field-environment").CountAsync()).ShouldBe(0);
    }

    private static async Task AskAsync(Person engineer)
    {
        await engineer.Page.Locator(".person").WaitForAsync();
        await engineer.GoAsync("/requests/new");
        await engineer.Page.FillAsync("#field-environment", Environment);
        foreach (var step in new[] { "network", "cluster", "services" })
        {
            await engineer.ClickAsync("Continue");
            await engineer.Page.Locator($"#step-{step}").WaitForAsync();
        }

        await engineer.ClickAsync("Add all 3 of the shop example");
        await engineer.Page.GetByText("3 paths without a conflict").WaitForAsync();
        await engineer.ClickAsync("Review");
        await engineer.Page.Locator("#step-review").WaitForAsync();
        await engineer.ClickAsync("Submit for approval");
        await engineer.Page.Locator("h1:has-text('Request 1')").WaitForAsync();
    }

    private static async Task SeesWhatWaitsAsync(Person person)
    {
        await person.Page.Locator(".person").WaitForAsync();
        await person.GoAsync("/approvals");
        await person.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Approve" }).WaitForAsync();
    }

    private async Task SignOutEndsTheOtherTabAsync(Person person)
    {
        var other = await person.Page.Context.NewPageAsync();
        await other.GotoAsync(person.Page.Url);
        await other.Locator(".person").WaitForAsync();
        await person.ClickAsync("Olga");
        await person.Page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = "Sign out" }).Or(person.Page.GetByText("Sign out")).First.ClickAsync();
        var since = TimeProvider.System.GetTimestamp();

        await other.GetByText("You have been signed out").WaitForAsync();
        output.WriteLine($"The other tab was out after {TimeProvider.System.GetElapsedTime(since).TotalSeconds:0.0} s.");
        await new Person(other, new Uri(other.Url)).LookAsync("signed-out");
    }
}
