using Bunit;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Features.Requests.Form;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Requests;

/// <summary>The form with what somebody else asks for, to be sent back to them.</summary>
public sealed class RequestWizardProposalTests : RequestWizardPage
{
    private static readonly Specification s_asked = Samples.Shop();
    private static readonly ProposalSubject s_proposal = new(Guid.CreateVersion7(), 17, RequestKind.Create, 1, "Asks", 300);

    [Fact]
    public void Propose_WithAReason_SendsItBackWithWhatTheFormDoesNotShow()
    {
        var page = Open(FormStep.Services, subject: Subject);
        Type(page, "#field-service-3-replicas", "2");
        Show(page, FormStep.Review);
        Pause();

        page.Find("form").Submit();
        page.WaitForAssertion(() => page.Find(".refusal").TextContent.ShouldBe("Say why: Asks has to know it to agree."));
        Desk.Proposals.Proposed.ShouldBeEmpty();
        page.Find("#reason").Input("Two will do.");
        page.Find("form").Submit();

        page.WaitForAssertion(() => Desk.Proposals.Proposed.ShouldHaveSingleItem());
        var (subject, id, specification, reason) = Desk.Proposals.Proposed[0];
        (subject, reason).ShouldBe((s_proposal, "Two will do."));
        id.ShouldNotBe(Guid.Empty);
        SpecificationComparison.Of(s_asked, specification).Where(field => field.Differs).Select(field => field.Field).ShouldBe(["services[cart-service].replicas"]);
        Desk.Submitted.ShouldBeEmpty();
        Navigation.Uri.ShouldEndWith("/requests/17");
    }

    [Fact]
    public void Propose_InPlaceOfANewEnvironment_ShowsWhatDiffersAndKeepsItsName()
    {
        var page = Open(FormStep.Environment, subject: Subject);
        Pause();

        page.FindAll("#field-environment").ShouldBeEmpty();
        page.FindAll("#field-lifetimeDays").ShouldHaveSingleItem();
        Type(page, "#field-costCentre", "4711");
        Pause();

        page.WaitForAssertion(() => page.Find(".consequences .sentences").TextContent.ShouldContain("→ 4711"));
        page.Find(".consequences").TextContent.ShouldContain("$ 300 as it is asked for");
        page.Find(".wizard-steps a").GetAttribute("href").ShouldBe("/requests/17/propose?step=environment");
    }

    private static ChangeSubject Subject => new(Guid.Empty, s_asked) { Proposal = s_proposal };
}
