using Portal.Core.Approvals;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Tests.Approvals;

public sealed class ApprovalProgressTests
{
    private const string Hash = "plan";

    private static readonly DateTimeOffset s_asked = new(2026, 11, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly RequestFacts s_production = TestRules.Facts with { Class = EnvironmentClass.Production, LosesData = true };

    [Fact]
    public void Of_StageByStage_TheNextComesWhenAllOfOneHaveAgreed()
    {
        At(1, Yes("a")).Current!.Stage.Group.Id.ShouldBe("operations");
        At(1, Yes("a")).Current!.StillInWords.ShouldBe("one more of Operations has");

        var second = At(2, Yes("a"), Yes("b")).Current!;

        second.Stage.Group.Id.ShouldBe("security");
        second.Since.ShouldBe(s_asked.AddMinutes(2));
        At(3, Yes("a"), Yes("b"), Yes("s", "security")).Current.ShouldBeNull();
    }

    [Fact]
    public void Of_AnotherPlanOrTooLongAgo_DoesNotCount()
    {
        At(1, Yes("a") with { PlanHash = "other" }, Yes("b") with { Approves = false }).Counting.ShouldBeEmpty();

        ApprovalProgress.Of(TestRules.Policy, s_production, [Yes("a")], Hash, s_asked, s_asked.AddDays(14)).Counting.ShouldHaveSingleItem();
        ApprovalProgress.Of(TestRules.Policy, s_production, [Yes("a")], Hash, s_asked, s_asked.AddDays(14).AddMinutes(1)).Counting.ShouldBeEmpty();
    }

    [Fact]
    public void VoiceOf_WhoAskedWhoAgreedAndWhoIsNotInTheGroup_AreToldWhy()
    {
        var progress = At(1, Yes("a"));

        Refuses(progress, TestRules.Person("asks", Roles.Admin)).ShouldBe("You asked for this yourself; somebody else has to decide.");
        Refuses(progress, TestRules.Person("a", Roles.Ops)).ShouldBe("You have approved this already; the others have to now.");
        Refuses(progress, TestRules.Person("s", team: "security")).ShouldBe("It is the turn of Operations (the roles Ops and Admin) to decide.");
        Refuses(progress, TestRules.Person("b", Roles.Ops)).ShouldBeNull();
    }

    [Fact]
    public void VoiceOf_AskedForWithATeamsToken_NobodyOfTheTeamDecidesNorForOneOfIt()
    {
        var (progress, asked) = (At(0), Actor.SubjectOf("payments"));
        var inside = TestRules.Person("a", Roles.Ops, "payments");

        progress.VoiceOf(inside, [], asked, s_asked).Refused.ShouldBe("A token of your team asked for this; somebody outside of the team has to decide.");
        progress.VoiceOf(TestRules.Person("b", Roles.Ops, "others"), [], asked, s_asked).Refused.ShouldBeNull();
        progress.VoiceOf(TestRules.Person("c"), [new StandIn(inside, ["operations"], s_asked.AddDays(1))], asked, s_asked).Refused.ShouldNotBeNull();
        progress.MayAsk(inside, [], asked).ShouldBeFalse();
    }

    /// <summary>Nobody of Security is left: the one who is known proposed it, so that who comes next may say so at once, or an administrator may.</summary>
    [Fact]
    public void Knowing_NobodyIsLeftOfTheTurn_OthersDecideInItsPlaceButNeverWhoAskedOrProposed()
    {
        var (sec, lead, admin) = (TestRules.Person("sec", team: "security"), TestRules.Person("lead", team: "leads"), TestRules.Person("admin", Roles.Admin));
        var proposal = new Proposal(1, Guid.Empty, "sec", "Sec", "smaller", s_asked) { Outcome = ProposalOutcome.Accepted };
        var progress = At(3, Yes("a"), Yes("b")) with { ChangedBy = [proposal] };

        Refuses(progress, lead).ShouldNotBeNull();
        progress.Knowing([TestRules.Person("other", team: "security"), sec, lead, admin], "asks").Deserted.ShouldBeNull("one is left");
        progress.Knowing([lead, admin], "asks").Deserted.ShouldBeNull("of whom nobody is known, somebody may come");
        var passedOn = progress.Knowing([sec, lead, admin], "asks");
        passedOn.VoiceOf(lead, [], "asks", s_asked).InsteadOf!.Id.ShouldBe("security");
        Refuses(passedOn, admin).ShouldNotBeNull("whom the stage names comes first");
        var alone = progress.Knowing([sec, admin], "asks");
        alone.VoiceOf(admin, [], "asks", s_asked).ShouldSatisfyAllConditions(voice => voice.Refused.ShouldBeNull(), voice => voice.InsteadOf!.Id.ShouldBe("security"));
        alone.Deserted!.InWords.ShouldBe("Nobody of Security is left to decide: whoever else is in it asked for this, proposed what is asked for now, or has spoken already. Leads (the team leads) and Administrators (the role Admin) may decide in their place, with a reason.");
        Refuses(alone, sec).ShouldBe("You proposed what is asked for now; somebody else has to decide.");
        Refuses(progress.Knowing([sec, TestRules.Person("asks", Roles.Admin)], "asks"), TestRules.Person("asks", Roles.Admin)).ShouldBe("You asked for this yourself; somebody else has to decide.");
        progress.Knowing([sec, TestRules.Person("a", Roles.Admin)], "asks").Deserted!.ShouldSatisfyAllConditions(none => none.HasHelp.ShouldBeFalse(), none => none.InWords.ShouldEndWith("or whoever asked withdraws it."));
    }

    [Fact]
    public void VoiceOf_OneOfTwoGroups_CountsOnce()
    {
        var both = TestRules.Person("a", Roles.Ops, "security");

        Refuses(At(2, Yes("a"), Yes("b")), both).ShouldBe("You have approved this already; the others have to now.");
    }

    [Fact]
    public void VoiceOf_AStageThatWaitedTooLong_IsOpenToThoseItIsHandedTo()
    {
        var lead = TestRules.Person("l", team: "leads");
        var progress = At(2, Yes("a"), Yes("b"));

        progress.VoiceOf(lead, [], "asks", s_asked.AddMinutes(2).AddHours(24).AddSeconds(-1)).Refused.ShouldNotBeNull();
        progress.VoiceOf(lead, [], "asks", s_asked.AddMinutes(2).AddHours(24)).Refused.ShouldBeNull();
    }

    [Fact]
    public void VoiceOf_AStandIn_SpeaksWhereTheOneWhoIsAwayCould()
    {
        var ada = TestRules.Person("ada", Roles.Viewer);
        var grace = For("grace", "operations");

        At(1, Yes("a")).VoiceOf(ada, [grace], "asks", s_asked).ShouldBe(new Voice(null, grace));
        // Security's turn: Grace is not in it, and one group is not handed over with another.
        At(2, Yes("a"), Yes("b")).VoiceOf(ada, [grace], "asks", s_asked).Refused.ShouldBe("It is the turn of Security (the team security) to decide.");
        At(1, Yes("a")).VoiceOf(ada, [For("grace", "security")], "asks", s_asked).Refused.ShouldNotBeNull();
        // Whoever has left the group meanwhile has nothing to hand on.
        At(1, Yes("a")).VoiceOf(ada, [grace with { For = TestRules.Person("grace", Roles.Viewer) }], "asks", s_asked).Refused.ShouldNotBeNull();
        // One's own word comes first.
        At(1, Yes("a")).VoiceOf(TestRules.Person("ada", Roles.Ops), [grace], "asks", s_asked).ShouldBe(new Voice(null));
    }

    [Fact]
    public void MayAsk_AStandIn_AsksAsTheOneInWhosePlace_ButNotForWhoAsks()
    {
        var (ada, grace) = (TestRules.Person("ada", Roles.Engineer), For("grace", "operations"));

        At(1).MayAsk(ada, [], "asks").ShouldBeFalse();
        At(1).MayAsk(ada, [grace], "asks").ShouldBeTrue();
        At(1).MayAsk(ada, [grace], "ada").ShouldBeFalse();
        At(1).MayAsk(ada, [grace], "grace").ShouldBeFalse();
    }

    [Fact]
    public void VoiceOf_AStandInOfWhoAsks_HasNoneOfTheirs()
    {
        var (ada, grace, joan) = (TestRules.Person("ada"), For("grace", "operations"), For("joan", "operations"));
        var progress = At(1, Yes("a"));

        progress.VoiceOf(ada, [grace], "grace", s_asked).Refused.ShouldBe("grace asked for this, so nobody decides it in their place.");
        progress.VoiceOf(ada, [grace, joan], "grace", s_asked).InPlaceOf.ShouldBe(joan);
        progress.VoiceOf(ada, [grace], "ada", s_asked).Refused.ShouldBe("You asked for this yourself; somebody else has to decide.");
    }

    [Fact]
    public void VoiceOf_AStandInAndWhoTheyStandInFor_CountOnceTogether()
    {
        var (ada, grace, joan) = (TestRules.Person("ada", Roles.Ops), For("grace", "operations"), For("joan", "operations"));
        var forGrace = At(1, Yes("ada") with { ForId = "grace", ForName = "grace" });

        // Neither of the two again, not as another's stand-in, and nobody else in the place of either.
        Refuses(forGrace, ada).ShouldBe("You have approved this already; the others have to now.");
        Refuses(forGrace, grace.For).ShouldBe("ada has approved this in your place already; the others have to now.");
        forGrace.VoiceOf(ada, [joan], "asks", s_asked).Refused.ShouldNotBeNull();
        var bob = TestRules.Person("bob", Roles.Viewer);
        forGrace.VoiceOf(bob, [grace], "asks", s_asked).Refused.ShouldBe("grace, in whose place you could decide, has a say in this already; the others have to now.");
        forGrace.VoiceOf(bob, [For("ada", "operations")], "asks", s_asked).Refused.ShouldNotBeNull();
        forGrace.VoiceOf(bob, [grace, joan], "asks", s_asked).InPlaceOf.ShouldBe(joan);
        At(1, Yes("grace")).VoiceOf(bob, [grace], "asks", s_asked).Refused.ShouldNotBeNull();
    }

    private static StandIn For(string subject, string group) =>
        new(TestRules.Person(subject, Roles.Ops), [group], s_asked.AddDays(7));

    private static string? Refuses(ApprovalProgress progress, Actor actor) => progress.VoiceOf(actor, [], "asks", s_asked.AddHours(1)).Refused;

    private static ApprovalProgress At(int hours, params GivenVerdict[] given) =>
        ApprovalProgress.Of(TestRules.Policy, s_production, given.Index().Select(one => one.Item with { At = s_asked.AddMinutes(one.Index + 1) }), Hash, s_asked, s_asked.AddHours(hours));

    private static GivenVerdict Yes(string by, string group = "operations") => new(Guid.Empty, group, true, by, by, null, Hash, s_asked.AddMinutes(1));
}
