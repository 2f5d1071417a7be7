using Microsoft.Playwright;
using Portal.Core.Operations;
using Portal.Core.Security;
using Portal.Ctl;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Browser;

/// <summary>
/// Whole stories of requests at a portal with rules of its own: development that nobody has to approve, and what becomes of it; production with
/// two stages, questions, a proposal and an approval that has grown old; the same by portalctl, seen in a browser.
/// </summary>
public sealed class ApprovalStoryTests(ChromiumFixture chromium, RuledPortal portal) : IClassFixture<ChromiumFixture>, IClassFixture<RuledPortal>, IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => chromium.CloseAsync();

    [Fact]
    public async Task Requests_ByTheRules_NeedNobodyOrTwoGroupsOrAreTakenBack()
    {
        var engineer = await Person.SignInAsync(chromium.Browser, portal.Address, "engineer");
        var asked = await SubmitAsync("shop-production", "10.60.0.0/16");
        await engineer.TellAsync(async () =>
        {
            await engineer.GoAsync($"/requests/{asked.Number}");
            await engineer.Page.Locator(".stages li[aria-current=step]:has-text('Operations')").WaitForAsync();
            await engineer.LookAsync("request-stages");
        });

        var ops = await Person.SignInAsync(chromium.Browser, portal.Address, "ops");
        await AskAndAnswerAsync(ops, engineer, asked);
        await ops.TellAsync(async () =>
        {
            await ops.Page.Locator(".decision textarea").FillAsync("fine by us");
            await ops.LookAsync("approvals-stages");
            await ops.ClickAsync("Approve");
            await ops.Page.GetByText("one of Owners of the platform has to agree yet").First.WaitForAsync();
            await ops.GoAsync($"/approvals/{asked.Number}");
            await ops.Page.GetByText("You have approved this already").WaitForAsync();
            await ops.GoAsync($"/compare?left={(await portal.SubmitAsync(Samples.Shop("shop-other", "10.62.0.0/16"))).Number}&right=moon");
            await ops.Page.Locator("#compare-right-error:has-text('moon')").WaitForAsync();
            await ops.Page.FillAsync("#compare-right", $"{asked.Number}");
            await ops.Page.Keyboard.PressAsync("Enter");
            await ops.Page.Locator(".compared tr:has-text('Class'):has-text('Production')").WaitForAsync();
            await ops.LookAsync("compare");
            await ops.GoAsync("/approvals/rules");
            await ops.Page.Locator("#try-class").SelectOptionAsync("Production");
            await ops.Page.Locator(".answer:has-text('One of Operations, then one of Owners of the platform')").WaitForAsync();
            await ops.LookAsync("approval-rules");
            await ops.GoAsync("/audit");
            await ops.Page.Locator(".audit tr:has-text('fine by us')").First.WaitForAsync();
            await ops.ClickAsync("Verify");
            await ops.Page.GetByText("are as they were written").WaitForAsync();
            await ops.Page.Locator(".audit summary").First.ClickAsync();
            await ops.LookAsync("audit");
        });

        var admin = await Person.SignInAsync(chromium.Browser, portal.Address, "admin");
        await admin.TellAsync(async () =>
        {
            await admin.GoAsync($"/approvals/{asked.Number}");
            await admin.Page.Locator(".stages .given:has-text('fine by us')").WaitForAsync();
            await admin.ClickAsync("Approve");
            await admin.Page.GetByText("shop-production is being built").WaitForAsync();
        });
        await engineer.TellAsync(async () =>
        {
            await engineer.Page.Locator(".verdicts li:has-text('Admin')").WaitForAsync();
            await TakesBackAsync(engineer);
        });
        foreach (var person in new[] { engineer, ops, admin })
            person.Faults.ShouldBeEmpty();
    }

    /// <summary>From a form that nobody has to approve to its end: a change that would take data away, an end that is put off by a day, and that day.</summary>
    [Fact]
    public async Task Development_NeedsNobody_UntilDataIsLostAndWhenItExpires()
    {
        var engineer = await Person.SignInAsync(chromium.Browser, portal.Address, "engineer");
        await engineer.TellAsync(() => DevelopmentStory.NeedsNobodyAsync(engineer));
        await portal.FinishAsync(DevelopmentStory.Environment);
        await engineer.TellAsync(() => DevelopmentStory.AsksToReplaceDataAsync(engineer));

        var ops = await Person.SignInAsync(chromium.Browser, portal.Address, "ops");
        await ops.TellAsync(() => DevelopmentStory.AgreesToLossAsync(ops));
        await portal.FinishAsync(DevelopmentStory.Environment);
        await engineer.TellAsync(() => DevelopmentStory.LetsItExpireAsync(engineer, portal));
        engineer.Faults.ShouldBeEmpty();
        ops.Faults.ShouldBeEmpty();
    }

    /// <summary>An approval has grown old; whoever has to give it again sends the request back otherwise, and then does not decide on it any more.</summary>
    [Fact]
    public async Task Production_ProposedOtherwise_IsApprovedByOthersThanWhoProposedIt()
    {
        portal.At(TimeSpan.FromDays(-15));
        var asked = await SubmitAsync("shop-live", "10.63.0.0/16");
        await portal.ApproveAsync(RuledPortal.Ops, asked, "fine then");
        portal.At(TimeSpan.Zero);
        var engineer = await Person.SignInAsync(chromium.Browser, portal.Address, "engineer");
        var ops = await Person.SignInAsync(chromium.Browser, portal.Address, "ops");
        await engineer.GoAsync($"/requests/{asked.Number}");

        await ops.TellAsync(() => ProposalStory.ProposesAsync(ops, asked.Number));
        await engineer.TellAsync(() => ProposalStory.AcceptsAsync(engineer, asked.Number));
        await ops.TellAsync(() => ProposalStory.HasHadTheirSayAsync(ops));

        var other = await portal.TokenAsync(new Actor("ops-2", "Olga", Fleet.Ops.Roles), TokenScope.Approve);
        (await portal.RunAsync(other, ExitCodes.Done, "approve", $"{asked.Number}")).ShouldContain("one of Owners of the platform has to agree yet");
        var admin = await Person.SignInAsync(chromium.Browser, portal.Address, "admin");
        await admin.TellAsync(async () =>
        {
            await admin.GoAsync($"/approvals/{asked.Number}");
            await admin.Page.Locator(".stages .given:has-text('Olga')").WaitForAsync();
            await admin.ClickAsync("Approve");
            await admin.Page.GetByText("shop-live is being built").WaitForAsync();
        });
        foreach (var person in new[] { engineer, ops, admin })
            person.Faults.ShouldBeEmpty();
    }

    /// <summary>A pipeline does all of it, and who has the pages open sees it come.</summary>
    [Fact]
    public async Task Program_AsksDecidesProposesAndDestroys_InViewOfABrowser()
    {
        var engineer = await Person.SignInAsync(chromium.Browser, portal.Address, "engineer");

        await engineer.TellAsync(() => ProgramStory.TellAsync(engineer, portal));

        engineer.Faults.ShouldBeEmpty();
    }

    /// <summary>What is about no environment: a program's token and more than a team's limit, each in the trail with who did it and from where.</summary>
    [Fact]
    public async Task Tokens_AndLimits_AreMadeRaisedAndInTheTrail()
    {
        // Their team is known from then on.
        await Person.SignInAsync(chromium.Browser, portal.Address, "engineer");
        var ops = await Person.SignInAsync(chromium.Browser, portal.Address, "ops");

        await ops.TellAsync(async () =>
        {
            await ops.GoAsync("/tokens");
            await ops.ClickAsync("Make the token");
            await ops.Page.GetByText("Give it a name to know it by").WaitForAsync();
            await ops.Page.FillAsync("#token-name", "ci");
            await ops.ClickAsync("Make the token");
            (await ops.Page.Locator("#made-token").InputValueAsync()).ShouldStartWith("pt_");
            await ops.LookAsync("tokens");
            await ops.Page.Locator("tr:has-text('ci') button:has-text('Revoke')").ClickAsync();
            await ops.Page.Locator(".mud-dialog button:has-text('Revoke')").ClickAsync();
            await ops.Page.Locator("tr.over:has-text('revoked')").WaitForAsync();
            await ops.GoAsync("/teams");
            await ops.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Raise What a team may have for shop" }).ClickAsync();
            await ops.Page.FillAsync("#raise-environments", "60");
            await ops.Page.Locator(".mud-dialog button:has-text('Raise')").ClickAsync();
            await ops.Page.GetByText("Say why").WaitForAsync();
            await ops.Page.FillAsync("#raise-reason", "Load test before the sale");
            await ops.Page.Locator(".mud-dialog button:has-text('Raise')").ClickAsync();
            await ops.Page.Locator(".raise:has-text('Load test before the sale')").WaitForAsync();
            await ops.LookAsync("teams");
            await ops.GoAsync("/audit");
            await ops.Page.Locator(".audit tr:has-text('token.revoked'):has-text('the portal')").WaitForAsync();
            await ops.Page.Locator(".audit summary:has-text('Ops raised a limit of shop')").ClickAsync();
            await ops.Page.Locator(".audit details[open]:has-text('from 127.0.0.1')").WaitForAsync();
            await ops.LookAsync("audit-portal");
        });
        ops.Faults.ShouldBeEmpty();
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

    private Task<SubmittedRequest> SubmitAsync(string name, string cidr) => portal.SubmitAsync(Samples.InProduction(Samples.Shop(name, cidr)));
}
