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
    public void Refuses_WhoAskedWhoAgreedAndWhoIsNotInTheGroup_AreToldWhy()
    {
        var progress = At(1, Yes("a"));

        Refuses(progress, TestRules.Person("asks", Roles.Admin)).ShouldBe("You asked for this yourself; somebody else has to decide.");
        Refuses(progress, TestRules.Person("a", Roles.Ops)).ShouldBe("You have approved this already; the others have to now.");
        Refuses(progress, TestRules.Person("s", team: "security")).ShouldBe("It is the turn of Operations (the roles Ops and Admin) to decide.");
        Refuses(progress, TestRules.Person("b", Roles.Ops)).ShouldBeNull();
    }

    [Fact]
    public void Refuses_OneOfTwoGroups_CountsOnce()
    {
        var both = TestRules.Person("a", Roles.Ops, "security");

        Refuses(At(2, Yes("a"), Yes("b")), both).ShouldBe("You have approved this already; the others have to now.");
    }

    [Fact]
    public void Refuses_AStageThatWaitedTooLong_IsOpenToThoseItIsHandedTo()
    {
        var lead = TestRules.Person("l", team: "leads");
        var progress = At(2, Yes("a"), Yes("b"));

        progress.Refuses(lead, "asks", s_asked.AddMinutes(2).AddHours(24).AddSeconds(-1)).ShouldNotBeNull();
        progress.Refuses(lead, "asks", s_asked.AddMinutes(2).AddHours(24)).ShouldBeNull();
    }

    private static string? Refuses(ApprovalProgress progress, Actor actor) => progress.Refuses(actor, "asks", s_asked.AddHours(1));

    private static ApprovalProgress At(int hours, params GivenVerdict[] given) =>
        ApprovalProgress.Of(TestRules.Policy, s_production, given.Index().Select(one => one.Item with { At = s_asked.AddMinutes(one.Index + 1) }), Hash, s_asked, s_asked.AddHours(hours));

    private static GivenVerdict Yes(string by, string group = "operations") => new(Guid.Empty, group, true, by, by, null, Hash, s_asked.AddMinutes(1));
}
