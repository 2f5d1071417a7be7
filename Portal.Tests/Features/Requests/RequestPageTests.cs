using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Portal.Components.Overlays;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Topology;
using Portal.Features.Requests;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;
using Portal.Tests.Approvals;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Requests;

public sealed class RequestPageTests : IAsyncLifetime
{
    private static readonly Guid s_request = Guid.CreateVersion7();

    private readonly BunitContext _context = new();
    private readonly FakeRequestDesk _desk = new();
    private readonly ManualClock _clock = new();

    public RequestPageTests()
    {
        var services = _context.Services;
        services.AddSingleton<IRequestDesk>(_desk);
        services.AddSingleton<IConversationDesk>(new FakeConversationDesk());
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

    private IRenderedComponent<RequestPage> Open(Actor actor, RequestKind kind = RequestKind.Create, RequestState state = RequestState.Submitted)
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
            Progress = ApprovalProgress.Of(Samples.Approvals, null, [], plan.Hash, _clock.GetUtcNow(), _clock.GetUtcNow()),
        });
        return _context.Render<RequestPage>(parameters => parameters.Add(page => page.Number, "17"));
    }
}
