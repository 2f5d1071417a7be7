using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Portal.Components.Overlays;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Topology;
using Portal.Features.Rehearsals;
using Portal.Features.Requests;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;
using Portal.Tests.Approvals;
using Portal.Tests.Features.Rehearsals;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Requests;

public sealed class RequestPageTests : IAsyncLifetime
{
    private static readonly Guid s_request = Guid.CreateVersion7();

    // Numbered as the request is, by chance.
    private static readonly Proposal s_proposal = new(17, s_request, "ops-1", "ops-1", "Two will do.", default);

    private readonly BunitContext _context = new();
    private readonly FakeRequestDesk _desk = new();
    private readonly ManualClock _clock = new();

    public RequestPageTests()
    {
        var services = _context.Services;
        services.AddSingleton<IRequestDesk>(_desk);
        services.AddSingleton<IProposalDesk>(_desk.Proposals);
        services.AddSingleton<IConversationDesk>(new FakeConversationDesk());
        services.AddSingleton<IRehearsalDesk>(new FakeRehearsalDesk());
        services.AddSingleton<TimeProvider>(_clock);
        services.AddSingleton(Samples.Catalog);
        services.AddSingleton(new TopologyBuilder(Samples.Catalog));
        services.AddScoped<PageClock>();
        services.AddPortalOverlays();
        services.AddScoped<CurrentActor>();
        _context.AddBunitPersistentComponentState();
        _context.JSInterop.Mode = JSRuntimeMode.Loose;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    // Services of MudBlazor can only be disposed of so.
    public Task DisposeAsync() => _context.DisposeAsync().AsTask();

    [Fact]
    public void Withdraw_ByWhoAsked_IsAskedOnceAndDone()
    {
        var page = Open(TestRules.Person("asks", Roles.Engineer));
        var overlays = _context.Render<OverlayHost>();

        page.FindAll("button").Single(button => button.TextContent == "Withdraw").Click();
        overlays.WaitForElement(".mud-dialog").TextContent.ShouldContain("Nothing is built");
        _desk.Withdrawn.ShouldBeEmpty();
        overlays.FindAll(".mud-dialog button").Single(button => button.TextContent == "Withdraw").Click();

        page.WaitForAssertion(() => _desk.Withdrawn.ShouldBe([s_request]));
    }

    [Fact]
    public void Open_SomebodyElses_CannotBeWithdrawnAndSaysWhoDecides()
    {
        var page = Open(TestRules.Person("other", Roles.Engineer));

        page.FindAll("button").ShouldNotContain(button => button.TextContent == "Withdraw");
        page.Find("h1").ParentElement!.TextContent.ShouldContain("one of Operations has to agree yet");
    }

    [Theory]
    [InlineData(RequestKind.Create, "/requests/new?from=17")]
    [InlineData(RequestKind.Change, "/environments/shop-staging/change?from=17")]
    public void Open_Expired_SaysSoAndHowToGoOn(RequestKind kind, string again)
    {
        var page = Open(TestRules.Person("asks", Roles.Engineer), kind, RequestState.Expired);

        page.Find("h1").ParentElement!.TextContent.ShouldContain("and nobody decided until it expired");
        page.FindAll("a").Single(link => link.TextContent == "Edit and ask again").GetAttribute("href").ShouldBe(again);
        page.FindAll("button").ShouldNotContain(button => button.TextContent == "Withdraw");
    }

    [Fact]
    public void Proposal_ForWhoAsked_IsAcceptedOrDeclinedWithOnePressEach()
    {
        var page = Open(TestRules.Person("asks", Roles.Engineer), proposal: Smaller);

        page.Find(".compared tbody tr").TextContent.ShouldBe("cart-service, pods32");
        page.Find("h1").ParentElement!.TextContent.ShouldContain("ops-1 proposes something else, and Asks has to answer");
        page.FindAll("button").Single(button => button.TextContent.StartsWith("Accept", StringComparison.Ordinal)).Click();
        page.Find("#proposal-17-reason").Input("It needs three.");
        page.FindAll("button").Single(button => button.TextContent == "Decline").Click();

        _desk.Proposals.Answers.ShouldBe(["accept 17 ", "decline 17 It needs three."]);
    }

    [Fact]
    public void Proposal_ForWhoMadeIt_IsTakenBackWhenAskedOnce()
    {
        var page = Open(TestRules.Person("ops-1", Roles.Ops), proposal: Smaller);
        var overlays = _context.Render<OverlayHost>();

        page.FindAll("button").Single(button => button.TextContent == "Take it back").Click();
        overlays.WaitForElement(".mud-dialog").TextContent.ShouldContain("as Asks asked for it");
        overlays.FindAll(".mud-dialog button").Single(button => button.TextContent == "Take it back").Click();

        page.WaitForAssertion(() => _desk.Proposals.Answers.ShouldBe(["take back 17"]));
    }

    [Fact]
    public void Open_NobodyIsLeftToDecide_SaysWhoMayInstead()
    {
        var progress = ApprovalProgress.Of(Samples.Approvals, null, [], "", _clock.GetUtcNow(), _clock.GetUtcNow()).Knowing([TestRules.Person("asks", Roles.Ops)], "asks");

        var page = Open(TestRules.Person("asks", Roles.Ops), progress: progress);

        page.Find(".notice.warn").TextContent.ShouldStartWith("Nobody of Operations is left to decide");
    }

    [Fact]
    public void Proposal_ForAnybodyElse_IsReadOnly()
    {
        var page = Open(TestRules.Person("other", Roles.Engineer), proposal: Smaller);

        page.FindAll("button").ShouldNotContain(button => button.TextContent.StartsWith("Accept", StringComparison.Ordinal) || button.TextContent == "Decline" || button.TextContent == "Take it back");
        page.FindAll("a").ShouldNotContain(link => link.TextContent == "Propose a change");
        page.Markup.ShouldContain("Asks accepts it or declines");
    }

    [Fact]
    public void Propose_ForAnApprover_LeadsToTheForm()
    {
        var page = Open(TestRules.Person("ops-1", Roles.Ops));

        page.FindAll("a").Single(link => link.TextContent == "Propose a change").GetAttribute("href").ShouldBe("/requests/17/propose");
    }

    private static Specification Smaller(Specification shop) => shop with { Services = [.. shop.Services.Select(one => one.Name == "cart-service" ? one with { Replicas = 2 } : one)] };

    private IRenderedComponent<RequestPage> Open(Actor actor, RequestKind kind = RequestKind.Create, RequestState state = RequestState.Submitted, Func<Specification, Specification>? proposal = null, ApprovalProgress? progress = null)
    {
        var signedIn = new SignedIn(actor);
        _context.Services.AddSingleton<AuthenticationStateProvider>(signedIn).AddSingleton<ISessions>(signedIn);
        var specification = Samples.Shop();
        var plan = Samples.Plans.Build(specification, Samples.Target).Plan;
        _desk.Requests.Add(new RequestDetail(
            new RequestInfo { Id = s_request, Number = 17, Kind = kind, SpecificationVersion = 1, State = state, DecidedAt = state == RequestState.Submitted ? null : _clock.GetUtcNow(), RequestedById = "asks", RequestedByName = "Asks", SubmittedAt = _clock.GetUtcNow(), PlanHash = plan.Hash },
            new EnvironmentInfo { Id = Guid.Empty, Name = specification.Environment, State = EnvironmentState.Requested, OwnerId = "asks", OwnerName = "Asks", Cidr = "", LastEvent = 1, Revision = 1 },
            FakeRequestDesk.Target(Samples.Target.Name), specification, plan)
        {
            Progress = progress ?? ApprovalProgress.Of(Samples.Approvals, null, [], plan.Hash, _clock.GetUtcNow(), _clock.GetUtcNow()),
            Proposals = proposal is null ? [] : [s_proposal with { At = _clock.GetUtcNow() }],
            Proposed = proposal is null ? null : new OpenProposal(
                new ProposedChange(s_proposal with { At = _clock.GetUtcNow() }, proposal(specification), Samples.Plans.Build(proposal(specification), Samples.Target).Plan, TestRules.Facts), ApprovalNeeds.Of(Samples.Approvals, TestRules.Facts)),
        });
        return _context.Render<RequestPage>(parameters => parameters.Add(page => page.Number, "17"));
    }
}
