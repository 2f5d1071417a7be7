using Bunit;
using Portal.Core.Drafts;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Features.Requests;
using Portal.Features.Requests.Form;
using Portal.Infrastructure.Live;

namespace Portal.Tests.Features.Requests;

/// <summary>What is half typed: kept in the tab, carried to another circuit, taken up again or thrown away.</summary>
public sealed class RequestWizardDraftTests : RequestWizardPage
{
    [Fact]
    public void GoBackAndForth_HalfTyped_NothingIsLost()
    {
        var page = Open(FormStep.Environment);
        Type(page, "#field-environment", "Bad Name");
        Show(page, FormStep.Network);
        Type(page, "#field-edge-throttleRate", "many");
        Show(page, FormStep.Services);
        page.FindAll("button").First(button => button.TextContent.Contains("Blank service")).Click();
        Type(page, "#field-service-1-port", "eighty");

        Show(page, FormStep.Environment);
        page.WaitForElement("#field-environment").GetAttribute("value").ShouldBe("Bad Name");
        Show(page, FormStep.Network);
        page.WaitForElement("#field-edge-throttleRate").GetAttribute("value").ShouldBe("many");
        page.WaitForElement("#field-edge-throttleRate-error").TextContent.ShouldBe("'many' is not a whole number. Write digits only, for example 100.");
        Show(page, FormStep.Services);
        page.WaitForElement("#field-service-1-port").GetAttribute("value").ShouldBe("eighty");
    }

    [Fact]
    public void Open_DraftInTheTab_IsTakenUpWhereItWas()
    {
        var draft = new RequestDraft { Environment = "kept", Target = "sandbox", Cidr = "10.99.0.0/16", Services = { new ServiceDraft { Name = "cart", Replicas = "x" } } };

        var page = Open(FormStep.Services, draft.ToJson());

        page.WaitForElement("#field-service-1-name").GetAttribute("value").ShouldBe("cart");
        page.WaitForElement("#field-service-1-replicas").GetAttribute("value").ShouldBe("x");
        Show(page, FormStep.Environment);
        page.WaitForElement("#field-environment").GetAttribute("value").ShouldBe("kept");
    }

    [Fact]
    public void Type_Anything_KeepsTheDraftUnderThePersonsOwnKey()
    {
        var page = Open(FormStep.Environment);

        Type(page, "#field-environment", "shop");
        Pause();

        page.WaitForAssertion(() => Browser.Invocations["portal.save"].ShouldNotBeEmpty());
        var kept = Browser.Invocations["portal.save"][^1];
        kept.Arguments[0].ShouldBe("portal.request-draft.engineer-1");
        RequestDraft.FromJson((string?)kept.Arguments[1]).ShouldNotBeNull().Environment.ShouldBe("shop");
    }

    [Fact]
    public void Open_ReviewWithNothingKept_BeginsAtTheFirstStepAndBlamesNobody()
    {
        var page = Open(FormStep.Review);

        page.WaitForAssertion(() => Navigation.Uri.ShouldEndWith("/requests/new?step=environment"));
        page.Markup.ShouldNotContain("mending");
    }

    [Theory]
    [InlineData("{\"environment\":")]
    [InlineData("[1]")]
    [InlineData("{\"services\":\"none\"}")]
    public void Open_FaultyDraftInTheTab_SaysSoAndThrowsItAwayWhenAsked(string kept)
    {
        var page = Open(FormStep.Environment, kept);

        page.WaitForElement("[role=alert]").TextContent.ShouldContain("cannot be read");
        Pause();
        Browser.Invocations.ShouldNotContain(call => call.Identifier == "portal.save", "what cannot be read stays until somebody decides");
        page.FindAll("button").First(button => button.TextContent == "Throw this draft away").Click();

        page.WaitForAssertion(() => Browser.Invocations["portal.clear"].Count.ShouldBe(1));
        page.FindAll("[role=alert]").ShouldBeEmpty();
        page.WaitForElement("#field-environment").GetAttribute("value").ShouldBeNullOrEmpty();
    }

    [Fact]
    public void Open_DraftLongerThanAnybodyTypes_IsOfferedToBeThrownAway()
    {
        var page = Open(FormStep.Environment, new string('x', TabStorage.MaxLength + 1));

        page.WaitForElement("[role=alert]").TextContent.ShouldContain("cannot be read");
    }

    [Fact]
    public void Discard_Draft_LeavesABlankFormAndNothingInTheTab()
    {
        var page = Open(FormStep.Services, Complete().ToJson());

        page.WaitForElement(".wizard-actions .quiet").Click();

        page.WaitForAssertion(() => Browser.Invocations["portal.clear"].Count.ShouldBe(1));
        Navigation.Uri.ShouldEndWith("/requests/new?step=environment");
        page.FindAll("article.service").ShouldBeEmpty();
        page.FindAll(".field-error").ShouldBeEmpty();
    }

    [Fact]
    public void Open_InAnotherCircuit_GoesOnWithWhatWasTypedTouchedAndLeft()
    {
        var page = Open(FormStep.Network);
        Type(page, "#field-edge-throttleRate", "many");
        Show(page, FormStep.Cluster);
        Memory.TriggerOnPersisting();

        var next = Open(FormStep.Network);

        next.Find("#field-edge-throttleRate").GetAttribute("value").ShouldBe("many", "from the first rendering on");
        next.Find("#field-edge-throttleRate-error").ShouldNotBeNull();
        next.Find("#field-network-cidr-error").ShouldNotBeNull();
    }

    [Fact]
    public void Open_InACircuitOfSomebodyElse_ShowsNothingOfTheFirst()
    {
        var page = Open(FormStep.Environment);
        Type(page, "#field-environment", "secret-plan");
        Memory.TriggerOnPersisting();

        var other = Open(FormStep.Environment, null, new Actor("engineer-2", "Other", new HashSet<string> { Roles.Engineer }));

        other.WaitForElement("#field-environment").GetAttribute("value").ShouldBeNullOrEmpty();
    }

    [Fact]
    public void Open_InAnotherCircuitWithMoreThanAConnectionTakes_LeavesItToTheTab()
    {
        var draft = Complete();
        draft.Services[0].Variables.AddRange(Enumerable.Range(0, FieldLimits.Variables).Select(number => new VariableDraft { Name = $"V{number}", Value = new string('x', FieldLimits.VariableValue) }));
        var page = Open(FormStep.Environment, draft.ToJson());
        page.WaitForAssertion(() => page.Find("#field-environment").GetAttribute("value").ShouldBe("shop"));
        Memory.TriggerOnPersisting();

        var next = Open(FormStep.Environment);

        next.WaitForElement("#field-environment").GetAttribute("value").ShouldBeNullOrEmpty();
    }

    [Fact]
    public void IsTooLong_WhatCouldNotBeReadBack_IsNotKept()
    {
        TabStorage.IsTooLong(new string('x', TabStorage.MaxLength - 1)).ShouldBeFalse();
        TabStorage.IsTooLong(new string('ä', TabStorage.MaxLength / 2)).ShouldBeTrue();
    }

    [Fact]
    public void Type_Anything_IsSavedAndTheAddressLeadsToIt()
    {
        var page = Open(FormStep.Environment);

        Type(page, "#field-environment", "shop");
        Pause();

        page.WaitForAssertion(() => page.Find("[role=status]").TextContent.ShouldBe("Draft saved"));
        var id = Desk.Drafts.Kept.Values.ShouldHaveSingleItem().Id;
        Browser.Invocations["portal.setQuery"].ShouldHaveSingleItem().Arguments.ShouldBe(["draft", id]);
        page.Find("a[href*='step=network']").GetAttribute("href").ShouldBe($"/requests/new?step=network&draft={id}");
    }

    [Fact]
    public void Open_AddressInAnotherBrowser_ShowsWhatWasTyped()
    {
        var id = Kept(Complete());

        var page = Open(FormStep.Services, address: $"{id}");

        page.WaitForElement("#field-service-1-name").GetAttribute("value").ShouldNotBeNullOrEmpty();
        Show(page, FormStep.Environment);
        page.WaitForElement("#field-environment").GetAttribute("value").ShouldBe("shop");
    }

    [Theory]
    [InlineData("00000000-0000-0000-0000-000000000007")]
    [InlineData("no id")]
    public void Open_AddressOfNoDraft_SaysSoAndLeavesTheTabsDraft(string address)
    {
        var page = Open(FormStep.Environment, new RequestDraft { Environment = "here" }.ToJson(), address: address);

        page.WaitForElement("[role=alert]");
        // The router leads on to what is shown.
        page.Render(parameters => parameters.Add(wizard => wizard.Draft, null));
        page.Find("[role=alert]").TextContent.ShouldContain("There is no such draft");
        page.Find("#field-environment").GetAttribute("value").ShouldBe("here");
    }

    [Fact]
    public void Open_AddressOfAnotherDraft_KeepsWhatTheTabHadBeforeItGoes()
    {
        var there = Kept(new RequestDraft { Environment = "there" });
        var here = new RequestDraft { Environment = "here" };

        var page = Open(FormStep.Environment, here.ToJson(), address: $"{there}");

        page.WaitForAssertion(() => page.Find("#field-environment").GetAttribute("value").ShouldBe("there"));
        RequestDraft.FromJson(Desk.Drafts.Kept[here.Id].Document).ShouldNotBeNull().Environment.ShouldBe("here");
    }

    [Fact]
    public void Submit_ChangedElsewhere_IsNotSentBeforeThePersonChooses()
    {
        var draft = Complete();
        var page = Open(FormStep.Review, draft.ToJson());
        Pause();
        page.WaitForAssertion(() => Desk.Drafts.Kept.ShouldContainKey(draft.Id));
        var kept = Desk.Drafts.Kept[draft.Id];
        Desk.Drafts.Kept[draft.Id] = kept with { Version = 2, Document = kept.Document.Replace("\"shop\"", "\"theirs\"", StringComparison.Ordinal) };
        Show(page, FormStep.Environment);
        Type(page, "#field-environment", "shop-mine");
        Show(page, FormStep.Review);

        page.Find("form").Submit();

        page.WaitForElement("#torn-draft").TextContent.ShouldContain("changed elsewhere at 09:41:00 UTC");
        Desk.Submitted.ShouldBeEmpty();
        page.FindAll("#torn-draft button").Single(button => button.TextContent == "Keep mine").Click();
        page.WaitForAssertion(() => page.FindAll("#torn-draft").ShouldBeEmpty());
        page.Find("form").Submit();
        page.WaitForAssertion(() => Desk.Submitted.ShouldHaveSingleItem().Environment.ShouldBe("shop-mine"));
    }

    [Fact]
    public void Discard_SavedDraft_IsGoneFromTheDatabase()
    {
        var draft = Complete();
        Kept(draft);
        var page = Open(FormStep.Services, address: $"{draft.Id}");

        page.WaitForElement(".wizard-actions .quiet").Click();

        page.WaitForAssertion(() => Desk.Drafts.Kept.ShouldBeEmpty());
    }

    [Fact]
    public void BeginAnother_SavedDraft_StaysAndTheFormIsEmpty()
    {
        var draft = Complete();
        Kept(draft);
        var page = Open(FormStep.Environment, address: $"{draft.Id}");

        page.WaitForElement(".wizard-actions .quiet");
        page.FindAll(".wizard-actions button").Single(button => button.TextContent == "Begin another").Click();

        page.WaitForAssertion(() => page.Find("#field-environment").GetAttribute("value").ShouldBeNullOrEmpty());
        Desk.Drafts.Kept.ShouldContainKey(draft.Id);
    }

    private Guid Kept(RequestDraft draft)
    {
        Desk.Drafts.Kept[draft.Id] = new StoredDraft(draft.Id, 1, draft.Content(), FakeDraftDesk.Typed);
        return draft.Id;
    }
}
