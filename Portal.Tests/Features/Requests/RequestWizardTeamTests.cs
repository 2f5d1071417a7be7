using Bunit;
using Portal.Core;
using Portal.Core.Security;
using Portal.Features.Requests.Form;

namespace Portal.Tests.Features.Requests;

/// <summary>Whose the environment is to be.</summary>
public sealed class RequestWizardTeamTests : RequestWizardPage
{
    private static readonly Actor s_ada = new("ada", "Ada", new HashSet<string> { Roles.Engineer }) { Teams = new HashSet<string> { "shop" } };

    [Fact]
    public void Team_OfWhoIsInNone_IsNotAskedFor()
    {
        var page = Open(FormStep.Environment);

        page.WaitForElement("#field-environment");
        page.FindAll("#field-team").ShouldBeEmpty();
    }

    [Fact]
    public void Team_TheOnlyOne_IsChosenAlready()
    {
        Desk.Teams = ["shop"];

        Open(FormStep.Environment, actor: s_ada).WaitForElement("#field-team").GetAttribute("value").ShouldBe("shop");
    }

    /// <summary>A limit is exceeded by what is chosen anywhere: it is said before anybody has touched the field.</summary>
    [Fact]
    public void Team_OverItsLimit_SaysSoAtOnce()
    {
        Desk.Teams = ["shop"];
        Desk.Collisions.Add(new FieldError("team", "shop", "The team shop has 1 of at most 1."));
        var page = Open(FormStep.Environment, actor: s_ada);

        Type(page, "#field-environment", "shop-staging");
        Pause();

        page.WaitForElement("#field-team-error").TextContent.ShouldContain("at most 1");
    }

    /// <summary>Also where its author has left the team: that is told, and not forgotten.</summary>
    [Fact]
    public void Team_OfADraft_IsKeptAndSubmitted()
    {
        Desk.Teams = ["shop"];
        var draft = Complete();
        draft.Team = "payments";
        var page = Open(FormStep.Environment, draft.ToJson(), s_ada);

        page.WaitForAssertion(() => page.Find("#field-team").GetAttribute("value").ShouldBe("payments"));
        Show(page, FormStep.Review);
        Pause();
        page.WaitForAssertion(() => page.FindAll("button").Single(button => button.TextContent.StartsWith("Submit", StringComparison.Ordinal)).Click());

        page.WaitForAssertion(() => Desk.SubmittedTeams.ShouldBe(["payments"]));
    }
}
