using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Portal.Core;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Observe;
using Xunit.Abstractions;

namespace Portal.Tests.Browser;

/// <summary>What people keep when the portal restarts, is killed or loses its database while they type.</summary>
public sealed class CircuitTests(ChromiumFixture chromium, ITestOutputHelper output) : IClassFixture<ChromiumFixture>, IAsyncLifetime
{
    private Gate _gate = null!;
    private PortalUnderTest _portal = null!;
    private ServiceProvider _services = null!;

    public async Task InitializeAsync()
    {
        var database = await PostgresFixture.CreateDatabaseAsync();
        _gate = new Gate(database);
        _portal = await PortalUnderTest.StartAsync(_gate.ConnectionString, "Development");
        _services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddPortalCore(null).AddPortalDatabase(database).BuildServiceProvider();
    }

    public async Task DisposeAsync()
    {
        await chromium.CloseAsync();
        await _portal.DisposeAsync();
        await _services.DisposeAsync();
        await _gate.DisposeAsync();
    }

    private async Task BeAProcessAsync()
    {
        await _portal.DisposeAsync();
        _portal = await PortalUnderTest.StartProcessAsync(_gate.ConnectionString, "Development");
    }

    [Fact]
    public async Task Restart_FormAndCommentHalfTyped_GoOnWithoutAPageLoad()
    {
        await BeAProcessAsync();
        var (engineer, ops) = await HalfTypeAsync();
        foreach (var person in new[] { engineer, ops })
            await person.Page.EvaluateAsync("window.marker = 'same page'");

        // Right after the last letter, within the form's pause.
        await engineer.Page.Keyboard.TypeAsync("-x");
        await ops.Page.Keyboard.TypeAsync(" x");
        var stopping = _portal.StopAsync();
        await engineer.Page.Locator("html[data-disconnected]").WaitForAsync();
        await engineer.Page.GetByText("The portal restarts.").WaitForAsync();
        // And on while nobody is there.
        await engineer.Page.Keyboard.TypeAsync("y");
        await stopping;
        var said = _portal.Output;
        await _portal.StartAgainAsync();

        await LiveAgainAsync(engineer, ops);
        // Blazor's script says so when an event or an answer meets a circuit that is on its way out, which loses nobody anything.
        foreach (var person in new[] { engineer, ops })
            person.Faults.RemoveAll(fault => fault.Contains("There was an exception invoking", StringComparison.Ordinal));
        foreach (var person in new[] { engineer, ops })
            (await person.Page.EvaluateAsync<string>("window.marker")).ShouldBe("same page", $"{person.Page.Url}\n{said}");
        await NothingLostAsync(engineer, ops, "half-xy", "because x");
        engineer.Faults.ShouldBeEmpty();
        ops.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Kill_FormAndCommentHalfTyped_ComeBackByThemselves()
    {
        await BeAProcessAsync();
        var (engineer, ops) = await HalfTypeAsync();
        await engineer.Page.Keyboard.TypeAsync("-x");
        await ops.Page.Keyboard.TypeAsync(" x");

        await _portal.KillAsync();
        await engineer.Page.Locator(".connection .offline").WaitForAsync();
        await engineer.Page.Keyboard.TypeAsync("y");
        await _portal.StartAgainAsync();
        var ready = TimeProvider.System.GetTimestamp();

        await LiveAgainAsync(engineer, ops);
        output.WriteLine($"Back {TimeProvider.System.GetElapsedTime(ready).TotalSeconds:0.0} s after the portal was ready.");
        await NothingLostAsync(engineer, ops, "half-xy", "because x");
    }

    [Fact]
    public async Task Database_AwayWhilePagesAreUsed_IsSaidAndPagesGoOnWithWhatWasTyped()
    {
        var (engineer, ops) = await HalfTypeAsync();

        _gate.Shut();
        foreach (var person in new[] { engineer, ops })
            await person.Page.GetByText("The database has not answered since").WaitForAsync();
        await ops.Page.GetByText("disconnected since").First.WaitForAsync();
        await ops.LookAsync("database-away");
        await ops.ClickAsync("Approve");
        await ops.Page.GetByText("The database did not answer.").WaitForAsync();
        await engineer.Page.Keyboard.TypeAsync("-x");
        // Pages opened meanwhile, and one left and returned to.
        await engineer.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Environments" }).ClickAsync();
        await engineer.Page.WaitForURLAsync(_portal.Address.ToString());
        await engineer.Page.GotoAsync(new Uri(_portal.Address, "/environments/shop-staging").ToString());
        await engineer.Page.Locator("h1:has-text('The database does not answer')").WaitForAsync();

        _gate.Open();

        await engineer.Page.Locator("#node-gateway").WaitForAsync();
        await LiveAgainAsync(engineer, ops);
        (await ops.Page.InputValueAsync(".decision textarea")).ShouldBe("because");
        await ops.ClickAsync("Approve");
        await ops.Page.Locator(".last-decision:has-text('You approved request 1')").WaitForAsync();
        await engineer.GoAsync("/requests/new?step=services");
        await engineer.Page.Locator("#field-service-1-name").WaitForAsync();
        (await engineer.Page.InputValueAsync("#field-service-1-name")).ShouldBe("half-x");
    }

    /// <summary>What the field takes: a little more than is right.</summary>
    private const int ImageLength = Portal.Core.Specifications.FieldLimits.Image + 64;

    [Fact]
    public async Task Paste_ThatFillsEveryField_KeepsTheConnectionAndIsThereAtTheNextLoad()
    {
        var engineer = await Person.SignInAsync(chromium.Browser, _portal.Address, "engineer");
        await engineer.GoAsync("/requests/new?step=services");
        await engineer.Page.Locator("#step-services").WaitForAsync();
        for (var service = 1; service <= 20; service++)
        {
            await engineer.ClickAsync("+ Blank service");
            await engineer.Page.Locator($"#field-service-{service}-image").WaitForAsync();
        }

        var long100K = new string('ü', 100_000);
        for (var service = 1; service <= 20; service++)
            await PasteAsync(engineer, $"#field-service-{service}-image", long100K);
        await engineer.Page.Locator(".connection .chip.ok").WaitForAsync();
        // Every letter of them, and not as many bytes as they have: what else a draft keeps would make up for the last.
        await engineer.Page.WaitForFunctionAsync($"(sessionStorage.getItem('portal.request-draft.persona-engineer') ?? '').split('\\\\u00FC').length > {20 * ImageLength}");

        await engineer.Page.ReloadAsync();

        await engineer.Page.Locator("#field-service-20-image").WaitForAsync();
        (await engineer.Page.InputValueAsync("#field-service-20-image")).Length.ShouldBe(ImageLength);
        await engineer.Page.Locator(".connection .chip.ok").WaitForAsync();
        await engineer.ClickAsync("Discard draft");
        await engineer.Page.Locator("#step-environment").WaitForAsync();
        (await engineer.Page.EvaluateAsync<int>("sessionStorage.length")).ShouldBe(0);
        engineer.Faults.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("{\"environment\":\"sh\\u0000op\",\"services\":[null]}", "shop")]
    [InlineData("{\"environment\":", "")]
    public async Task Draft_Tampered_DoesNotBreakThePage(string kept, string name)
    {
        var engineer = await Person.SignInAsync(chromium.Browser, _portal.Address, "engineer");
        await engineer.Page.EvaluateAsync("kept => sessionStorage.setItem('portal.request-draft.persona-engineer', kept)", kept);

        await engineer.GoAsync("/requests/new");

        await engineer.Page.Locator("#field-environment").WaitForAsync();
        (await engineer.Page.InputValueAsync("#field-environment")).ShouldBe(name);
        if (name.Length == 0)
        {
            await engineer.LookAsync("request-faulty-draft");
            await engineer.ClickAsync("Throw this draft away");
            await engineer.Page.GetByText("cannot be read").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        }
    }

    [Fact]
    public async Task Draft_InTwoBrowsers_IsTheSameAndEachIsToldOfTheOther()
    {
        var first = await Person.SignInAsync(chromium.Browser, _portal.Address, "engineer");
        await first.GoAsync("/requests/new");
        await first.Page.FillAsync("#field-environment", "mine");
        await first.Page.GetByText("Draft saved").WaitForAsync();
        await first.Page.WaitForFunctionAsync("location.search.includes('draft=')");

        var second = await Person.SignInAsync(chromium.Browser, _portal.Address, "engineer");
        await second.GoAsync("/requests/drafts");
        await second.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "mine", Exact = true }).ClickAsync();
        await second.Page.Locator("#field-environment").WaitForAsync();
        (await second.Page.InputValueAsync("#field-environment")).ShouldBe("mine");
        await second.Page.FillAsync("#field-environment", "theirs");
        await second.Page.WaitForFunctionAsync("Object.values(sessionStorage).some(kept => JSON.parse(kept).version === 2)");

        await first.Page.FillAsync("#field-environment", "mine-too");
        await first.Page.GetByText("This draft was changed elsewhere at").WaitForAsync();
        await first.LookAsync("request-torn-draft");
        await first.ClickAsync("Keep both, mine as another draft");
        await first.Page.GetByText("Draft saved").WaitForAsync();
        await first.GoAsync("/requests/drafts");
        await first.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "theirs", Exact = true }).WaitForAsync();
        await first.LookAsync("drafts");
        await first.Page.GetByLabel("Throw away the draft of theirs").ClickAsync();
        await first.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Throw it away" }).ClickAsync();
        await first.Page.GetByLabel("Throw away the draft of theirs").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        await first.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "mine-too", Exact = true }).WaitForAsync();
    }

    [Fact]
    public async Task Node_StopsWithoutAnEvent_ShowsOnTheOpenPage()
    {
        var submitted = (await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop(), default)).Value!;
        var database = _services.GetRequiredService<Npgsql.NpgsqlDataSource>();
        var writer = new ObservedWriter(database, _services.GetRequiredService<Transactions>(), TimeProvider.System);
        var claim = await TestClaims.TakeAsync(database, "tests");
        await writer.WriteAsync(claim, submitted.EnvironmentId, null, [Node("Ready", (EventSeverity.Info, "Node n-1 joined"))], default);
        var engineer = await Person.SignInAsync(chromium.Browser, _portal.Address, "engineer");
        await engineer.GoAsync("/environments/shop-staging?tab=resources");
        await engineer.Page.Locator("td.state:has-text('Ready')").WaitForAsync();

        await writer.WriteAsync(claim, submitted.EnvironmentId, null, [Node("NotReady", null)], default);

        await engineer.Page.Locator("td.state:has-text('NotReady')").WaitForAsync();
    }

    private static SeenResource Node(string state, (EventSeverity, string)? said) => new("nodes", "Kubernetes::Node", "n-1", "uid", state, state == "Ready", null, said);

    /// <summary>An engineer in the middle of the form and an approver in the middle of a comment.</summary>
    private async Task<(Person Engineer, Person Ops)> HalfTypeAsync()
    {
        (await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop(), default)).IsRefused.ShouldBeFalse();
        var engineer = await Person.SignInAsync(chromium.Browser, _portal.Address, "engineer");
        var ops = await Person.SignInAsync(chromium.Browser, _portal.Address, "ops");
        await engineer.GoAsync("/requests/new?step=network");
        await engineer.Page.Locator("#field-edge-throttleRate").WaitForAsync();
        await engineer.Page.FillAsync("#field-edge-throttleRate", "many");
        await engineer.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Services", Exact = false }).First.ClickAsync();
        await engineer.Page.Locator("#step-services").WaitForAsync();
        await engineer.ClickAsync("+ Blank service");
        await engineer.Page.FillAsync("#field-service-1-name", "half");
        await KeptAsync(engineer, 100);
        await engineer.Page.FocusAsync("#field-service-1-name");
        await engineer.Page.Keyboard.PressAsync("End");
        await ops.GoAsync("/approvals");
        await ops.Page.FillAsync("#comment-1", "because");
        await ops.Page.WaitForFunctionAsync("sessionStorage.length > 0");
        await ops.Page.FocusAsync("#comment-1");
        await ops.Page.Keyboard.PressAsync("End");
        return (engineer, ops);
    }

    private static async Task NothingLostAsync(Person engineer, Person ops, string name, string comment)
    {
        await engineer.Page.WaitForFunctionAsync($"document.querySelector('#field-service-1-name')?.value === '{name}'");
        await ops.Page.WaitForFunctionAsync($"document.querySelector('#comment-1')?.value === '{comment}'");
        (await engineer.Page.EvaluateAsync<string>("document.activeElement.id")).ShouldBe("field-service-1-name");
        (await ops.Page.EvaluateAsync<string>("document.activeElement.id")).ShouldBe("comment-1");

        // The portal has it too, not only the field.
        await engineer.Page.Keyboard.TypeAsync("z");
        await engineer.Page.Locator($"h3:has-text('{name}z')").WaitForAsync();
        await engineer.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Network and edge" }).First.ClickAsync();
        await engineer.Page.Locator("#field-edge-throttleRate").WaitForAsync();
        (await engineer.Page.InputValueAsync("#field-edge-throttleRate")).ShouldBe("many");
        await ops.ClickAsync("Reject");
        await ops.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Reject" }).ClickAsync();
        await ops.Page.Locator(".last-decision").WaitForAsync();
        await ops.GoAsync("/requests/1");
        await ops.Page.GetByText(comment).First.WaitForAsync();
    }

    private static async Task LiveAgainAsync(params Person[] people)
    {
        foreach (var person in people)
        {
            await person.Page.Locator("html:not([data-disconnected]) .connection .chip.ok").WaitForAsync();
            await person.Page.Locator(".database-away").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        }
    }

    private static Task KeptAsync(Person person, int length) => person.Page.WaitForFunctionAsync(
        $"(sessionStorage.getItem('portal.request-draft.persona-engineer') ?? '').length > {length}");

    private static async Task PasteAsync(Person person, string field, string text)
    {
        await person.Page.FocusAsync(field);
        await person.Page.EvaluateAsync("text => document.execCommand('insertText', false, text)", text);
    }
}
