using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Rehearsals;
using Portal.Features.Rehearsals;
using Portal.Infrastructure.Live;
using Portal.Tests.Features.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Rehearsals;

public sealed class RehearsalPanelTests : IAsyncLifetime
{
    private static readonly Guid s_request = Guid.CreateVersion7();

    private readonly BunitContext _context = new();
    private readonly FakeRehearsalDesk _desk = new();
    private readonly ManualClock _clock = new();
    private readonly Plan _plan = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

    public RehearsalPanelTests()
    {
        _context.Services.AddSingleton<IRehearsalDesk>(_desk);
        _context.Services.AddSingleton<TimeProvider>(_clock);
        _context.Services.AddScoped<PageClock>();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _context.DisposeAsync().AsTask();

    [Fact]
    public void Open_NothingRehearsed_OffersItToWhoMayOnly()
    {
        Open(may: false).Markup.Trim().ShouldBeEmpty();

        var panel = Open(may: true);
        panel.Markup.ShouldContain("not on AWS");
        panel.Find("button").Click();

        panel.WaitForAssertion(() => _desk.Started.ShouldBe([s_request]));
    }

    [Fact]
    public void Start_Refused_SaysWhy()
    {
        _desk.Refusal = new RehearsalOpen();
        var panel = Open(may: true);

        panel.Find("button").Click();

        panel.WaitForElement("[role=alert]").TextContent.ShouldContain("being rehearsed already");
    }

    [Fact]
    public void Open_OneRuns_SaysHowFarItIsAndWhenItEnds()
    {
        var running = Of(RehearsalState.Running) with { Progress = new(RehearsalActKind.Asked, 1, 2, 6, 24, ["EKS cluster"], _clock.GetUtcNow().AddSeconds(38)) };

        var panel = Open(may: true, running);

        panel.Markup.ShouldContain("6 of 24 steps, over in about 40 s");
        panel.Find("[role=progressbar]").GetAttribute("aria-valuenow").ShouldBe("12");
        panel.Find("button").Click();
        panel.WaitForAssertion(() => _desk.Cancelled.ShouldBe([running.Id]));
    }

    [Fact]
    public void Open_OneRunsAndGoesOn_IsReadAgainEverySecond()
    {
        var running = Of(RehearsalState.Running) with { Progress = new(RehearsalActKind.Asked, 1, 2, 6, 24, [], _clock.GetUtcNow()) };
        var panel = Open(may: true, running);

        _desk.Rehearsals = new([running with { Progress = running.Progress! with { Done = 7 } }], true);
        _clock.Move(TimeSpan.FromSeconds(1));

        panel.WaitForAssertion(() => panel.Markup.ShouldContain("7 of 24 steps"));
    }

    [Fact]
    public void Open_Succeeded_TellsWhatItIsWorth()
    {
        var panel = Open(may: true, Of(RehearsalState.Succeeded) with { Report = Report(), FinishedAt = _clock.GetUtcNow() });

        panel.Find(".said").TextContent.ShouldBe("It came about in 1 step, and was destroyed again. Nothing is left that should be gone.");
        panel.Markup.ShouldContain("9 min");
        panel.Markup.ShouldContain("3 resources of 2 kinds");
        panel.Markup.ShouldContain("cart-service: GET /cart → 200 of the service");
        panel.Find(".who").TextContent.ShouldContain("Ada rehearsed plan");
        panel.Find(".who").TextContent.ShouldContain("not on AWS");
        panel.Find("button").TextContent.ShouldContain("Rehearse again");
        panel.FindAll(".notice").ShouldBeEmpty();
    }

    [Fact]
    public void Open_SomethingIsLeft_SaysWhatAndWhy()
    {
        var report = Report() with { Left = [new Residue("ec2:volume", "arn", "Volume v", false, "Its driver did not delete it.", "Delete it.")] };

        var panel = Open(may: true, Of(RehearsalState.Succeeded) with { Report = report });

        panel.Find(".said").TextContent.ShouldContain("1 thing is left that should be gone");
        panel.Find(".rest").TextContent.ShouldContain("Its driver did not delete it.");
    }

    [Fact]
    public void Open_Failed_NamesTheStepAndItsRootCause()
    {
        var report = Report() with { Failure = new(RehearsalActKind.Present, "Aurora", "The stack failed.", "You have reached the quota.", []), Left = null };

        var panel = Open(may: true, Of(RehearsalState.Failed) with { Report = report });

        panel.Find(".said").TextContent.ShouldBe("What exists now could not be made there, so what is asked for was not tried: Aurora failed.");
        panel.Find(".notice.bad").TextContent.ShouldContain("You have reached the quota.");
        panel.Markup.ShouldContain("the destruction did not come to its end");
    }

    [Fact]
    public void Open_ThePlanIsAnotherNow_SaysSo()
    {
        var panel = Open(may: true, Of(RehearsalState.Succeeded) with { PlanHash = "0123456789", Report = Report() });

        panel.Find(".notice.warn").TextContent.ShouldContain("The plan has changed since");
    }

    [Fact]
    public void Open_NoResult_SaysWhyAndKeepsTheEarlierOnes()
    {
        var panel = Open(may: false, Of(RehearsalState.Failed) with { Trouble = "the worker ended" }, Of(RehearsalState.Succeeded) with { Report = Report() });

        panel.Find(".said").TextContent.ShouldBe("There is no result: the worker ended.");
        panel.Find(".earlier").TextContent.ShouldContain("It came about in 1 step");
        panel.FindAll("button").ShouldBeEmpty();
    }

    private Rehearsal Of(RehearsalState state) => new(Guid.CreateVersion7(), state, _plan.Hash, "Ada", _clock.GetUtcNow()) { StartedAt = _clock.GetUtcNow() };

    private static RehearsalReport Report() => new()
    {
        Acts = [new(RehearsalActKind.Asked, OperationState.Succeeded, 540, [new("cluster", "EKS cluster", StepState.Succeeded, 0, 540, true)])],
        Resources = [new("AWS::EC2::Subnet", 2), new("AWS::EC2::VPC", 1)],
        Answers = [new("cart-service: GET /cart", "200 of the service")],
        Left = [],
    };

    private IRenderedComponent<RehearsalPanel> Open(bool may, params Rehearsal[] all)
    {
        _desk.Rehearsals = new RequestRehearsals(all, may);
        var specification = Samples.Shop();
        var detail = new RequestDetail(
            new RequestInfo { Id = s_request, Number = 17, SpecificationVersion = 1, State = RequestState.Submitted, RequestedById = "asks", RequestedByName = "Asks", SubmittedAt = _clock.GetUtcNow(), PlanHash = _plan.Hash },
            new EnvironmentInfo { Id = Guid.Empty, Name = specification.Environment, State = EnvironmentState.Requested, OwnerId = "asks", OwnerName = "Asks", Cidr = "", LastEvent = 1, Revision = 1 },
            FakeRequestDesk.Target(Samples.Target.Name), specification, _plan)
        {
            Progress = ApprovalProgress.Of(Samples.Approvals, null, [], _plan.Hash, _clock.GetUtcNow(), _clock.GetUtcNow()),
        };
        return _context.Render<RehearsalPanel>(parameters => parameters.Add(panel => panel.Detail, detail));
    }
}
