using Bunit;
using Portal.Core;
using Portal.Features.Requests.Form;

namespace Portal.Tests.Features.Requests;

/// <summary>A form that begins with a golden path.</summary>
public sealed class RequestWizardPathTests : RequestWizardPage
{
    [Fact]
    public void Path_OfTemplates_FillsTheFormAndLocksWhatItFixes()
    {
        var path = Paths.Find("web-shop").ShouldNotBeNull();
        var page = Open(FormStep.Environment, origin: FormOrigin.Of(path));

        page.WaitForElement("#field-goldenPath").TextContent.ShouldContain("Fixed: Class, Lifetime");
        page.WaitForAssertion(() => page.Find("#field-class input[value=Development]").HasAttribute("disabled").ShouldBeTrue());
        page.Find("#field-environment").HasAttribute("disabled").ShouldBeFalse();
        Show(page, FormStep.Network);
        page.WaitForElement("input[value=OnePerZone]").HasAttribute("disabled").ShouldBeTrue();
        page.Find("#field-network-cidr").HasAttribute("disabled").ShouldBeFalse();

        Show(page, FormStep.Environment);
        page.FindAll("button").Single(button => button.TextContent == "Leave the golden path").Click();
        page.WaitForAssertion(() => page.Find("#field-class input[value=Development]").HasAttribute("disabled").ShouldBeFalse());
    }

    /// <summary>The form's own page leads to one.</summary>
    [Fact]
    public void Path_ChosenOnTheFormItself_FillsIt()
    {
        Desk.Targets = [FakeRequestDesk.Target("sandbox")];
        var page = Open(FormStep.Environment);
        page.WaitForElement(".paths a").GetAttribute("href").ShouldBe("/requests/new?path=web-shop");

        page.Render(parameters => parameters.Add(wizard => wizard.Origin, FormOrigin.Of(Paths.Find("web-shop")!)));

        page.WaitForElement("#field-goldenPath");
        Navigation.Uri.ShouldEndWith("/requests/new?step=environment");
        page.WaitForAssertion(() => page.Find("#field-target").GetAttribute("value").ShouldNotBeNull().ShouldStartWith("sandbox"));
    }

    /// <summary>What is fixed and not so can be put right, also in a draft of before the path changed.</summary>
    [Fact]
    public void Path_DraftDeviates_SaysWhatItHasAndLeavesTheFieldOpen()
    {
        var draft = FormOrigin.Of(Paths.Find("web-shop")!).Draft;
        draft.LifetimeDays = "30";
        var page = Open(FormStep.Environment, draft.ToJson());

        page.WaitForElement("#field-lifetimeDays-error").TextContent.ShouldContain("'14' here");
        page.Find("#field-lifetimeDays").HasAttribute("disabled").ShouldBeFalse();
    }

    [Fact]
    public void Path_ThatIsGone_IsSaidAndCanBeLeft()
    {
        Desk.Collisions.Add(new FieldError("goldenPath", "gone", "There is no golden path 'gone'."));
        var draft = Complete();
        draft.GoldenPath = "gone";
        var page = Open(FormStep.Environment, draft.ToJson());
        Pause();

        page.WaitForElement("#field-goldenPath").TextContent.ShouldContain("no golden path 'gone'");
        Desk.Collisions.Clear();
        page.FindAll("button").Single(button => button.TextContent == "Leave the golden path").Click();
        page.WaitForAssertion(() => page.FindAll("#field-goldenPath").ShouldBeEmpty());
    }
}
