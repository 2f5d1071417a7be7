using Bunit;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.JSInterop;
using Portal.Components.Overlays;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
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

/// <summary>Several requests that are decided with one press.</summary>
public sealed class TogetherTests : IAsyncLifetime
{
    private readonly BunitContext _context = new();
    private readonly FakeApprovalDesk _desk;

    public TogetherTests()
    {
        var clock = new ManualClock();
        var feed = new OverviewFeed(_ => Task.FromResult(0), new LiveConnection(clock), clock, NullLogger<OverviewFeed>.Instance);
        _desk = new FakeApprovalDesk(clock, feed) { Policy = TestRules.Policy };
        var signedIn = new SignedIn(Fleet.Ops);
        _context.Services.AddSingleton<IApprovalDesk>(_desk).AddSingleton<IConversationDesk>(new FakeConversationDesk()).AddSingleton<IRehearsalDesk>(new FakeRehearsalDesk()).AddSingleton<IAwayDesk>(new FakeAwayDesk(feed))
            .AddSingleton<TimeProvider>(clock).AddSingleton(Samples.Catalog).AddSingleton(new TopologyBuilder(Samples.Catalog)).AddScoped<PageClock>().AddPortalOverlays()
            .AddScoped<CurrentActor>().AddSingleton<AuthenticationStateProvider>(signedIn).AddSingleton<ISessions>(signedIn);
        _context.AddBunitPersistentComponentState();
        _context.JSInterop.Mode = JSRuntimeMode.Loose;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    // Services of MudBlazor can only be disposed of so.
    public Task DisposeAsync() => _context.DisposeAsync().AsTask();

    [Fact]
    public void Approve_ThoseThatWereChosen_DecidesEachByThePlanThatWasReadAndSaysWhatCameOfIt()
    {
        var (first, _, third) = (_desk.Add("first"), _desk.Add("second"), _desk.Add("third"));
        (_desk.Refusal, _desk.RefusedOnly) = (new PlanChanged(), third.Request.Id);
        var page = _context.Render<ApprovalsPage>();
        page.FindAll(".together").ShouldBeEmpty();
        Choose(page, 0);
        Choose(page, 2);

        var overlays = _context.Render<OverlayHost>();
        page.Find(".together button").Click();
        overlays.WaitForElement(".together-list").TextContent.ShouldContain("A creation");
        overlays.FindAll(".together-list b").Select(name => name.TextContent).ShouldBe(["first", "third"]);
        Press(overlays, "Reject all 2");
        overlays.Find("[role=alert]").TextContent.ShouldBe(new CommentMissing().Message);
        _desk.Decisions.ShouldBeEmpty();
        Press(overlays, "Approve all 2");

        overlays.WaitForAssertion(() => overlays.FindAll(".result").Count.ShouldBe(2));
        _desk.Decisions.ShouldBe([(first.Request.Number, Verdict.Approve, first.Request.PlanHash, "")]);
        overlays.FindAll(".result").Select(result => result.TextContent.Trim()).ShouldBe(["Approved; work starts at once.", new PlanChanged().Message]);
        overlays.Find("[role=status]").TextContent.ShouldBe("1 request could not be decided; the reason stands with it.");
        Press(overlays, "Close");
        page.WaitForAssertion(() => page.FindAll(".queue-item").Count.ShouldBe(2));
    }

    [Fact]
    public void Choose_WhatTheRulesWantAloneOrIsNotTheirs_IsNotPossible()
    {
        var alone = TestRules.Policy with { Rules = [.. TestRules.Policy.Rules.Select(rule => rule.Id == "data" ? rule with { IsAlone = true } : rule)] };
        _desk.Add("first");
        _desk.Add("second");
        _desk.Policy = alone;
        _desk.Add("loses-data", facts: TestRules.Facts with { LosesData = true });
        _desk.Add("own", requestedBy: Fleet.Ops.Subject);

        var page = _context.Render<ApprovalsPage>();

        page.FindAll(".pick input").Select(box => box.HasAttribute("disabled")).ShouldBe([false, false, true, true]);
    }

    [Theory]
    [InlineData(RequestKind.Create, 300, false, "A creation in staging on sandbox · $ 300 a month")]
    [InlineData(RequestKind.Change, 120, true, "A change in staging on sandbox · $ 300 a month, $ 120 more than now · data would be lost")]
    [InlineData(RequestKind.Destroy, -300, true, "A destruction in staging on sandbox · nothing a month afterwards · data would be lost")]
    public void Risk_OfARequest_IsOneSentence(RequestKind kind, int rise, bool losesData, string sentence)
    {
        var request = new RequestSummary(Guid.Empty, 1, kind, RequestState.Submitted, Guid.Empty, "shop", "sandbox", "ada", "Ada", default, null, null, null, 300)
        {
            Facts = TestRules.Facts with { Kind = kind, Rise = rise, LosesData = losesData, Class = EnvironmentClass.Staging },
        };

        Risk.InWords(request).ShouldBe(sentence);
    }

    private static void Choose(IRenderedComponent<ApprovalsPage> page, int index) => page.FindAll(".pick input")[index].Change(true);

    private static void Press(IRenderedComponent<OverlayHost> overlays, string button) =>
        overlays.FindAll(".mud-dialog button").Single(one => one.TextContent.StartsWith(button, StringComparison.Ordinal)).Click();
}
