using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.JSInterop;
using Portal.Components.Overlays;
using Portal.Components.Shared;
using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Topology;
using Portal.Features.Approvals;
using Portal.Features.Rehearsals;
using Portal.Features.Requests;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;
using Portal.Tests.Approvals;
using Portal.Tests.Features.Rehearsals;
using Portal.Tests.Features.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Approvals;

public sealed class ApprovalsPageTests : IAsyncLifetime
{
    private readonly BunitContext _context = new();
    private readonly ManualClock _clock = new();
    private readonly FakeApprovalDesk _desk;
    private readonly OverviewFeed _feed;
    private readonly BunitPersistentComponentState _memory;

    public ApprovalsPageTests()
    {
        _feed = new OverviewFeed(_ => Task.FromResult(0), new LiveConnection(_clock), _clock, NullLogger<OverviewFeed>.Instance);
        _desk = new FakeApprovalDesk(_clock, _feed);
        var services = _context.Services;
        services.AddSingleton<IApprovalDesk>(_desk);
        services.AddSingleton<IConversationDesk>(new FakeConversationDesk());
        services.AddSingleton<IRehearsalDesk>(new FakeRehearsalDesk());
        services.AddSingleton<IAwayDesk>(new FakeAwayDesk(_feed));
        services.AddSingleton<TimeProvider>(_clock);
        services.AddSingleton(Samples.Catalog);
        services.AddSingleton(new TopologyBuilder(Samples.Catalog));
        services.AddScoped<PageClock>();
        services.AddPortalOverlays();
        services.AddScoped<CurrentActor>();
        _memory = _context.AddBunitPersistentComponentState();
        _context.JSInterop.Mode = JSRuntimeMode.Loose;
        Keep(null);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    // Services of MudBlazor can only be disposed of so.
    public Task DisposeAsync() => _context.DisposeAsync().AsTask();

    [Fact]
    public void Open_NoNumber_ShowsTheOldest()
    {
        _desk.Add("first");
        _desk.Add("second");

        var page = Open(Ops);

        page.FindAll(".queue-item").Count.ShouldBe(2);
        page.Find(".queue-item[aria-current=true]").TextContent.ShouldContain("first");
        page.Find(".decision .btn.primary").TextContent.ShouldStartWith("Approve · $ ");
    }

    [Fact]
    public void Open_WhatWaits_SaysWhenItExpires()
    {
        _desk.Add("first");

        var page = Open(Ops);

        var day = Times.Utc.Ahead(_clock.GetUtcNow().AddDays(30), _clock.GetUtcNow());
        page.Find(".queue-item").TextContent.ShouldContain($"expires {day}");
        page.Find(".decision").TextContent.ShouldContain($"Expires {day}, if nobody decides until then.");
    }

    [Fact]
    public void Queue_TheShownExpires_SaysSoAndThatItCanBeAskedForAgain()
    {
        _desk.Add("first");
        var page = Open(Ops);
        _desk.Decide(1, RequestState.Expired, null);

        _feed.Notified(Channels.Request, Guid.Empty.ToString());
        _clock.Move(OverviewFeed.Pause);

        page.WaitForAssertion(() => page.Find(".decision").TextContent.ShouldContain("This has expired: nobody decided on it in time. Whoever asked can edit it and ask again."));
        page.FindAll(".decision .btn.primary").ShouldBeEmpty();
    }

    [Fact]
    public void Approve_PassesThePlanOnTheScreenAndGoesOn()
    {
        var first = _desk.Add("first");
        _desk.Add("second");
        var page = Open(Ops);
        page.Find(".decision textarea").Input("go");

        page.Find(".decision .btn.primary").Click();

        _desk.Decisions.ShouldHaveSingleItem().ShouldBe((1, Verdict.Approve, first.Request.PlanHash, "go"));
        page.Find(".last-decision").TextContent.ShouldContain("You approved request 1");
        page.Find(".last-decision a").GetAttribute("href").ShouldBe("/environments/first");
        page.Find(".queue-item[aria-current=true]").TextContent.ShouldContain("second");
        page.Find(".decision textarea").GetAttribute("value").ShouldBeNullOrEmpty();
    }

    [Fact]
    public void Approve_TheLast_LeavesAnEmptyQueueThatSaysWhatHappened()
    {
        _desk.Add("first");
        var page = Open(Ops);

        page.Find(".decision .btn.primary").Click();

        page.Markup.ShouldContain("Nothing waits for a decision");
        page.Find(".last-decision").TextContent.ShouldContain("first is being built");
    }

    [Fact]
    public void Approve_OneOfTwoStages_SaysWhoHasToAgreeYet()
    {
        _desk.Policy = TestRules.Policy;
        _desk.Add("first", facts: TestRules.Facts with { Class = EnvironmentClass.Production });
        var page = Open(Ops);
        page.FindAll(".stages li").Select(stage => stage.QuerySelector("b")!.TextContent).ShouldBe(["Operations", "Security"]);
        page.Find(".stages li[aria-current=step]").TextContent.ShouldContain("Operations");
        page.Find(".decision").TextContent.ShouldContain("Work starts when all have agreed.");
        _desk.Waits = "one of Security has";

        page.Find(".decision .btn.primary").Click();

        page.Find(".last-decision").TextContent.ShouldContain("You approved request 1 of first; one of Security has to agree yet.");
        page.Find(".last-decision a").GetAttribute("href").ShouldBe("/requests/1");
    }

    [Fact]
    public void Open_AnotherGroupsTurn_SaysWhose()
    {
        _desk.Policy = TestRules.Policy;
        _desk.Add("first", facts: TestRules.Facts with { Class = EnvironmentClass.Production });

        var page = Open(TestRules.Person("sec", Roles.Viewer, "security"));

        page.Find(".decision").TextContent.ShouldContain("It is the turn of Operations (the roles Ops and Admin) to decide.");
        page.FindAll(".decision button").ShouldBeEmpty();
    }

    [Fact]
    public void Reject_WithoutAComment_AsksForItAtTheField()
    {
        _desk.Add("first");
        var page = Open(Ops);

        page.Find(".decision .btn.bad").Click();

        _desk.Decisions.ShouldBeEmpty();
        page.Find(".decision textarea").GetAttribute("aria-invalid").ShouldBe("true");
        page.Find("#comment-1-error").TextContent.ShouldBe(new CommentMissing().Message);
        page.Find(".decision textarea").Input("too dear");
        page.FindAll("#comment-1-error").ShouldBeEmpty();
        Answer(page, "Cancel");
        _desk.Decisions.ShouldBeEmpty();
        Answer(page, "Reject");
        page.WaitForAssertion(() => _desk.Decisions.ShouldHaveSingleItem().Comment.ShouldBe("too dear"));
    }

    private void Answer(IRenderedComponent<ApprovalsPage> page, string button)
    {
        var overlays = _context.Render<OverlayHost>();
        page.Find(".decision .btn.bad").Click();
        overlays.WaitForElement(".mud-dialog");
        overlays.FindAll(".mud-dialog button").Single(one => one.TextContent == button).Click();
        overlays.WaitForAssertion(() => overlays.FindAll(".mud-dialog").ShouldBeEmpty());
        overlays.Instance.Dispose();
    }

    [Fact]
    public void Approve_SomebodyWasFaster_SaysWhoAndKeepsTheComment()
    {
        _desk.Add("first");
        var page = Open(Ops);
        page.Find(".decision textarea").Input("half a thought");
        _desk.Decide(1, RequestState.Approved, "Ops 2");
        _desk.Refusal = new AlreadyDecided("Ops 2 approved this already.");

        page.Find(".decision .btn.primary").Click();

        page.Find(".decision [role=alert]").TextContent.ShouldContain("Ops 2 approved this already.");
        page.Find(".decision textarea").HasAttribute("readonly").ShouldBeTrue();
        page.Find(".decision textarea").TextContent.ShouldBe("half a thought");
        page.FindAll(".decision .btn.primary").ShouldBeEmpty();
    }

    [Fact]
    public void Approve_PlanChanged_KeepsTheOldOnTheScreenUntilAsked()
    {
        _desk.Add("first");
        var page = Open(Ops);
        page.Find(".decision textarea").Input("mine");
        _desk.ChangePlan(1);
        _desk.Refusal = new PlanChanged();

        page.Find(".decision .btn.primary").Click();
        page.Find(".decision [role=alert]").TextContent.ShouldContain("The plan has changed");
        _desk.Refusal = null;
        page.Find(".decision [role=alert] button").Click();

        page.Find(".decision textarea").GetAttribute("value").ShouldBe("mine");
        page.Find(".decision .btn.primary").Click();
        _desk.Decisions.ShouldHaveSingleItem().PlanHash.ShouldBe(new string('0', 64));
    }

    [Fact]
    public void Queue_SomebodyElseDecidesTheShown_StaysOnTheScreenAndSaysSo()
    {
        _desk.Add("first");
        _desk.Add("second");
        var page = Open(Ops);
        _desk.Decide(1, RequestState.Rejected, "Ops 2");

        _feed.Notified(Channels.Request, Guid.Empty.ToString());
        _clock.Move(OverviewFeed.Pause);

        page.WaitForAssertion(() => page.Find(".decision").TextContent.ShouldContain("Ops 2 rejected this."));
        page.FindAll(".queue-item").Count.ShouldBe(1);
    }

    [Fact]
    public void Open_OwnRequest_SaysWhyItCannotBeDecided()
    {
        _desk.Add("first", requestedBy: Ops.Subject);

        var page = Open(Ops);

        page.Find(".decision").TextContent.ShouldContain("You asked for this yourself");
        page.FindAll(".decision button").ShouldBeEmpty();
    }

    [Fact]
    public void Open_WhoStandsInForAnApprover_DecidesAndReadsForWhom()
    {
        _desk.StandIns = [new StandIn(new Actor("grace", "Grace", new HashSet<string> { Roles.Ops }), ["operations"], new DateTimeOffset(2026, 12, 13, 0, 0, 0, TimeSpan.Zero))];
        _desk.Add("first");

        var page = Open(new Actor("ada", "Ada", new HashSet<string> { Roles.Viewer }));

        page.Find(".decision").TextContent.ShouldContain("You decide for Grace, who is away until 12 Dec 2026.");
        page.FindAll(".decision .btn.primary").Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(Roles.Viewer)]
    [InlineData(Roles.Engineer)]
    public void Open_NotAnApprover_SeesTheQueueAndWhoDecides(string role)
    {
        _desk.Add("first");

        var page = Open(new Actor("somebody", "Somebody", new HashSet<string> { role }));

        page.FindAll(".queue-item").Count.ShouldBe(1);
        page.Find(".decision").TextContent.ShouldContain("Operations (the roles Ops and Admin) decide");
        page.FindAll(".decision button").ShouldBeEmpty();
    }

    [Fact]
    public void Comment_GoToAnotherRequestAndBack_IsStillThere()
    {
        _desk.Add("first");
        _desk.Add("second");
        var page = Open(Ops);
        page.Find(".decision textarea").Input("not yet");

        page.Render(parameters => parameters.Add(inbox => inbox.Number, "2"));
        page.Find(".decision textarea").GetAttribute("value").ShouldBeNullOrEmpty();
        page.Render(parameters => parameters.Add(inbox => inbox.Number, "1"));

        page.Find(".decision textarea").GetAttribute("value").ShouldBe("not yet");
    }

    [Fact]
    public void Comment_Typed_IsKeptInTheTabForThisPersonAndRequestUntilItIsSent()
    {
        _desk.Add("first");
        var page = Open(Ops);

        page.Find(".decision textarea").Input("not yet");

        _context.JSInterop.Invocations["portal.save"][^1].Arguments.ShouldBe(["portal.comment-1.ops-1", "not yet"]);
        _context.JSInterop.Invocations.ShouldNotContain(call => call.Identifier == "portal.clear");
        page.Find(".decision .btn.primary").Click();
        _context.JSInterop.Invocations["portal.clear"][^1].Arguments.ShouldBe(["portal.comment-1.ops-1"]);
    }

    [Fact]
    public void Open_CommentInTheTab_IsTakenUp()
    {
        _desk.Add("first");
        Keep("half a sent");

        var page = Open(Ops);

        page.WaitForAssertion(() => page.Find(".decision textarea").GetAttribute("value").ShouldBe("half a sent"));
    }

    [Fact]
    public void Open_InAnotherCircuit_GoesOnWithTheRequestAndTheComment()
    {
        _desk.Add("first");
        _desk.Add("second");
        var page = Open(Ops, number: "2");
        page.Find(".decision textarea").Input("half");
        _memory.TriggerOnPersisting();

        var next = _context.Render<ApprovalsPage>();

        next.Find(".queue-item[aria-current=true]").TextContent.ShouldContain("second");
        next.Find(".decision textarea").GetAttribute("value").ShouldBe("half");
    }

    [Fact]
    public void Approve_DatabaseAway_SaysSoAndKeepsTheComment()
    {
        _desk.Add("first");
        var page = Open(Ops);
        page.Find(".decision textarea").Input("go");
        _desk.Refusal = new DatabaseAway();

        page.Find(".decision .btn.primary").Click();

        page.Find(".decision [role=alert]").TextContent.ShouldContain("The database did not answer");
        page.Find(".decision textarea").GetAttribute("value").ShouldBe("go");
        _desk.Refusal = null;
        page.Find(".decision .btn.primary").Click();
        _desk.Decisions.ShouldHaveSingleItem().Comment.ShouldBe("go");
    }

    [Fact]
    public void Open_NumberThatIsNone_SaysSo()
    {
        var page = Open(Ops, number: "99");

        page.Markup.ShouldContain("There is no request 99");
    }

    [Theory]
    [InlineData("99999999999999999999")]
    [InlineData("abc")]
    [InlineData("-1")]
    public void Open_WhatIsNoNumber_SaysThatThereIsNoSuchRequest(string number)
    {
        _desk.Add("first");

        var page = Open(Ops, number);

        page.Markup.ShouldContain($"There is no request {number}");
    }

    private static Actor Ops { get; } = new("ops-1", "Ops", new HashSet<string> { Roles.Ops });

    private void Keep(string? comment) => _context.JSInterop.Setup<IJSStreamReference?>("portal.load", call => call.Arguments[0] is string key && key.StartsWith("portal.comment-", StringComparison.Ordinal)).SetResult(KeptInTab.Of(comment));

    private IRenderedComponent<ApprovalsPage> Open(Actor actor, string? number = null)
    {
        var signedIn = new SignedIn(actor);
        _context.Services.AddSingleton<AuthenticationStateProvider>(signedIn).AddSingleton<ISessions>(signedIn);
        return _context.Render<ApprovalsPage>(parameters => parameters.Add(page => page.Number, number));
    }
}
