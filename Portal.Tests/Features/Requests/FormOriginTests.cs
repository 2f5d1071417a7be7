using Bunit;
using Portal.Components.Overlays;
using Portal.Core.Drafts;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Features.Requests;
using Portal.Features.Requests.Form;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Requests;

/// <summary>A form that begins with what was asked for before.</summary>
public sealed class FormOriginTests : RequestWizardPage
{
    [Theory]
    [InlineData(RequestState.Rejected, true)]
    [InlineData(RequestState.Withdrawn, true)]
    [InlineData(RequestState.Expired, true)]
    [InlineData(RequestState.Submitted, false)]
    [InlineData(RequestState.Approved, false)]
    public void Again_WhatCameToNothing_IsAsItWasAndElseWithoutWhatOnlyOneCanHave(RequestState state, bool asItWas)
    {
        var specification = Samples.Shop() with
        {
            Edge = new EdgeSpecification { DomainName = "shop.example.com", CertificateArn = "arn:aws:acm:us-east-1:000000000000:certificate/1", EarlierStages = [new EarlierStage { Name = "v0", RouteHash = "abc" }] },
        };

        var draft = FormOrigin.Again(Detail(specification, state)).Draft;

        (draft.Environment, draft.Cidr).ShouldBe(asItWas ? (specification.Environment, specification.Network.Cidr) : ("", ""));
        (draft.Edge.DomainName, draft.Edge.EarlierVersions.Count).ShouldBe(asItWas ? ("shop.example.com", 1) : ("", 0));
        draft.Services.Select(service => service.Name).ShouldBe(specification.Services.Select(service => service.Name));
    }

    [Fact]
    public void Holds_MoreServicesThanTheFormKeeps_IsNot()
    {
        var shop = Samples.Shop();
        Specification Of(int services) => shop with { Services = [.. Enumerable.Range(0, services).Select(number => shop.Services[0] with { Name = $"service-{number}" })] };

        RequestDraft.Holds(shop).ShouldBeTrue();
        RequestDraft.Holds(Of(RequestDraft.MaxServices)).ShouldBeTrue();
        RequestDraft.Holds(Of(RequestDraft.MaxServices + 1)).ShouldBeFalse();
    }

    [Fact]
    public void Open_WithARequest_FillsTheFormAndSuggestsANetwork()
    {
        var page = Open(draft: null);

        page.WaitForElement("#field-environment").GetAttribute("value").ShouldBeNullOrEmpty();
        Navigation.Uri.ShouldEndWith("/requests/new?step=environment");
        page.Render(parameters => parameters.Add(wizard => wizard.Step, FormStep.Network).Add(wizard => wizard.Origin, null));
        page.WaitForElement("#field-network-cidr").GetAttribute("value").ShouldBe("10.80.0.0/16");
    }

    [Theory]
    [InlineData("Cancel", "half-done")]
    [InlineData("Replace it", "")]
    public void Open_SomethingIsBegunThatCannotBeSaved_AsksBeforeItGoes(string answer, string name)
    {
        Desk.Drafts.Refusal = new TooManyDrafts();
        var overlays = Context.Render<OverlayHost>();
        var page = Open(new RequestDraft { Environment = "half-done" });

        overlays.WaitForElement(".mud-dialog").TextContent.ShouldContain("a draft of half-done that was not submitted");
        overlays.FindAll(".mud-dialog button").Single(button => button.TextContent == answer).Click();

        page.WaitForAssertion(() => page.Find("#field-environment").GetAttribute("value").ShouldBe(name));
        page.WaitForAssertion(() => Navigation.Uri.ShouldEndWith("/requests/new?step=environment"));
    }

    [Fact]
    public void Open_SomethingIsBegun_StaysAmongTheDrafts()
    {
        var begun = new RequestDraft { Environment = "half-done" };

        var page = Open(begun);

        page.WaitForAssertion(() => page.Find("#field-environment").GetAttribute("value").ShouldBeNullOrEmpty());
        RequestDraft.FromJson(Desk.Drafts.Kept[begun.Id].Document).ShouldNotBeNull().Environment.ShouldBe("half-done");
    }

    private IRenderedComponent<RequestWizard> Open(RequestDraft? draft) =>
        Open(FormStep.Environment, draft?.ToJson(), origin: FormOrigin.Like(Samples.Shop() with { Target = "production" }, "shop"));

    private static RequestDetail Detail(Specification specification, RequestState state)
    {
        var plan = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;
        return new RequestDetail(
            new RequestInfo { Id = Guid.Empty, Number = 17, SpecificationVersion = 1, State = state, RequestedById = "e", RequestedByName = "E", SubmittedAt = default, PlanHash = plan.Hash },
            new EnvironmentInfo { Id = Guid.Empty, Name = specification.Environment, State = EnvironmentState.Rejected, OwnerId = "e", OwnerName = "E", Cidr = "", LastEvent = 1, Revision = 1 },
            FakeRequestDesk.Target("sandbox"), specification, plan);
    }
}
