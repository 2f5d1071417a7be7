using Bunit;
using Bunit.TestDoubles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.JSInterop;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Features.Requests;
using Portal.Infrastructure.Live;
using Portal.Tests.Approvals;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Requests;

public sealed class RequestConversationTests : IAsyncLifetime
{
    private static readonly Actor s_ops = TestRules.Person("ops", Roles.Ops);
    private static readonly Actor s_requester = TestRules.Person("asks", Roles.Engineer);

    private readonly BunitContext _context = new();
    private readonly FakeConversationDesk _desk = new();
    private readonly ManualClock _clock = new();
    private readonly BunitPersistentComponentState _memory;

    public RequestConversationTests()
    {
        _context.Services.AddSingleton<IConversationDesk>(_desk);
        _context.Services.AddSingleton<TimeProvider>(_clock);
        _context.Services.AddScoped<PageClock>();
        _memory = _context.AddBunitPersistentComponentState();
        _context.JSInterop.Mode = JSRuntimeMode.Loose;
        Keep(null);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _context.DisposeAsync().AsTask();

    [Fact]
    public void Buttons_SayWhatEachMayDo()
    {
        Buttons(Open(s_ops)).ShouldBe(["Ask", "Comment"]);
        Buttons(Open(s_requester)).ShouldBe(["Comment"]);
        Buttons(Open(TestRules.Person("other", Roles.Viewer))).ShouldBe(["Comment"]);
        _desk.Talk = Asked();
        Buttons(Open(s_requester)).ShouldBe(["Answer", "Comment"]);
        Buttons(Open(s_ops, RequestState.Rejected)).ShouldBeEmpty();
    }

    [Fact]
    public void Open_AQuestionWaits_SaysSoAndSinceWhen()
    {
        _desk.Talk = Asked();
        _clock.Move(TimeSpan.FromMinutes(12));

        var talk = Open(s_requester);

        talk.Find(".chip.warn").TextContent.ShouldContain("Waits for an answer · 12 min ago");
        talk.Find(".entry.open .said").TextContent.ShouldBe("Why?");
    }

    [Fact]
    public void Answer_IsToWhatIsOnTheScreen_AndEmptiesTheFieldAndTheTab()
    {
        _desk.Talk = Asked();
        var talk = Open(s_requester);
        talk.Find("textarea").Input("Because.");
        _context.JSInterop.Invocations["portal.save"][^1].Arguments.ShouldBe(["portal.talk-17.asks", "Because."]);

        Press(talk, "Answer");

        var said = _desk.Said.ShouldHaveSingleItem();
        (said.Kind, said.Text, said.Seen).ShouldBe((CommentKind.Answer, "Because.", 7));
        talk.Find("textarea").GetAttribute("value").ShouldBeNullOrEmpty();
        _context.JSInterop.Invocations["portal.clear"][^1].Arguments.ShouldBe(["portal.talk-17.asks"]);
    }

    [Fact]
    public void Ask_DatabaseAway_KeepsTheTextAndSendsItAsTheSameOne()
    {
        var talk = Open(s_ops);
        talk.Find("textarea").Input("Why?");
        _desk.Refusal = new DatabaseAway();
        Press(talk, "Ask");
        talk.Find(".field-error").TextContent.ShouldContain("The database did not answer");
        talk.Find("textarea").GetAttribute("value").ShouldBe("Why?");

        _desk.Refusal = null;
        Press(talk, "Ask");

        _desk.Said[1].ShouldBe(_desk.Said[0]);
        talk.FindAll(".field-error").ShouldBeEmpty();
    }

    [Fact]
    public void Open_TextInTheTab_IsTakenUp()
    {
        Keep("half a quest");

        var talk = Open(s_ops);

        talk.WaitForAssertion(() => talk.Find("textarea").GetAttribute("value").ShouldBe("half a quest"));
    }

    [Fact]
    public void Open_InAnotherCircuit_GoesOnWithTheText()
    {
        Open(s_ops).Find("textarea").Input("half");
        _memory.TriggerOnPersisting();

        Open(s_ops).Find("textarea").GetAttribute("value").ShouldBe("half");
    }

    [Fact]
    public void Open_DecidedMeanwhile_ShowsWhatWasNotSent()
    {
        var talk = Open(s_ops);
        talk.Find("textarea").Input("half");

        talk.Render(parameters => parameters.Add(one => one.Detail, Detail(RequestState.Approved)));

        talk.Find("textarea").HasAttribute("readonly").ShouldBeTrue();
        talk.Find("textarea").TextContent.ShouldBe("half");
    }

    [Fact]
    public void Earlier_MoreThanOnePage_ReadsTheOneBefore()
    {
        _desk.Talk = Asked() with { Total = ConversationDesk.PageSize + 1 };
        var talk = Open(s_ops);

        Press(talk, "Earlier");

        _desk.Read.ShouldBe([0, 1]);
        talk.FindAll("button").Single(button => button.TextContent == "Earlier").HasAttribute("disabled").ShouldBeTrue();
    }

    private Conversation Asked() => new(
        [new RequestComment(7, CommentKind.Question, "ops", "Ops", "Why?", _clock.GetUtcNow(), IsOpen: true)], 1, 0, new OpenQuestions(Guid.Empty, 1, _clock.GetUtcNow(), "Ops"));

    private static void Press(IRenderedComponent<RequestConversation> talk, string button) => talk.FindAll("button").Single(one => one.TextContent == button).Click();

    private static IEnumerable<string> Buttons(IRenderedComponent<RequestConversation> talk) => talk.FindAll("button").Select(button => button.TextContent);

    private void Keep(string? text) => _context.JSInterop.Setup<IJSStreamReference?>("portal.load", _ => true).SetResult(KeptInTab.Of(text));

    private IRenderedComponent<RequestConversation> Open(Actor actor, RequestState state = RequestState.Submitted) =>
        _context.Render<RequestConversation>(parameters => parameters.Add(talk => talk.Detail, Detail(state)).Add(talk => talk.Actor, actor));

    private RequestDetail Detail(RequestState state)
    {
        var specification = Samples.Shop();
        var plan = Samples.Plans.Build(specification, Samples.Target).Plan;
        return new RequestDetail(
            new RequestInfo { Id = Guid.Empty, Number = 17, SpecificationVersion = 1, State = state, RequestedById = "asks", RequestedByName = "Asks", SubmittedAt = _clock.GetUtcNow(), PlanHash = plan.Hash },
            new EnvironmentInfo { Id = Guid.Empty, Name = specification.Environment, State = EnvironmentState.Requested, OwnerId = "asks", OwnerName = "Asks", Cidr = "", LastEvent = 1, Revision = 1 },
            FakeRequestDesk.Target(Samples.Target.Name), specification, plan)
        {
            Progress = ApprovalProgress.Of(Samples.Approvals, null, [], plan.Hash, _clock.GetUtcNow(), _clock.GetUtcNow()),
        };
    }
}
