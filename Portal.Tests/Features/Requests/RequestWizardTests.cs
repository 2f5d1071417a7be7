using Bunit;
using Portal.Core;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Features.Requests;
using Portal.Features.Requests.Form;
using Portal.Infrastructure.Live;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Requests;

/// <summary>Asking step by step: what stands where, what it costs, and what comes of submitting it.</summary>
public sealed class RequestWizardTests : RequestWizardPage
{
    [Fact]
    public void Type_InvalidName_StandsUnderItsFieldTiedToIt()
    {
        var page = Open(FormStep.Environment);

        Type(page, "#field-environment", "Shop Staging");

        page.WaitForElement("#field-environment-error");
        var input = page.WaitForElement("#field-environment");
        input.GetAttribute("value").ShouldBe("Shop Staging");
        input.GetAttribute("aria-invalid").ShouldBe("true");
        var error = page.WaitForElement("#field-environment-error");
        input.GetAttribute("aria-describedby").ShouldNotBeNull().Split(' ').ShouldContain(error.Id);
        error.TextContent.ShouldContain("Try 'shop-staging'");
    }

    [Fact]
    public void ChooseClass_Production_StartsWithItsZonesAndNatGateways()
    {
        var page = Open(FormStep.Environment);

        page.WaitForElement("#field-class input[value=Production]").Change("Production");
        Show(page, FormStep.Network);

        page.WaitForElement("#field-network-zones input[value='3']").HasAttribute("checked").ShouldBeTrue();
        page.WaitForElement("input[value=OnePerZone]").HasAttribute("checked").ShouldBeTrue();
    }

    [Fact]
    public void ChooseMode_AutoMode_ChangesSizeToAnEstimateAndIsKept()
    {
        var page = Open(FormStep.Cluster);
        page.WaitForElement("#field-cluster-mode input[value=ManagedNodes]").HasAttribute("checked").ShouldBeTrue();
        page.WaitForElement("#field-cluster-size").TextContent.ShouldContain("2 to 4 nodes");

        page.Find("#field-cluster-mode input[value=AutoMode]").Change("AutoMode");

        var size = page.WaitForElement("#field-cluster-size");
        size.QuerySelector("legend")!.TextContent.ShouldBe("Estimated size");
        size.TextContent.ShouldNotContain("2 to 4 nodes");
        page.FindAll("#field-cluster-nodeCapacity").ShouldBeEmpty();
        page.Find("#field-cluster-mode").TextContent.ShouldContain("12\u00a0% on the nodes");
        Show(page, FormStep.Environment);
        Show(page, FormStep.Cluster);
        page.WaitForElement("#field-cluster-mode input[value=AutoMode]").HasAttribute("checked").ShouldBeTrue();

        page.Find("#field-cluster-mode input[value=ManagedNodes]").Change("ManagedNodes");
        page.WaitForElement("#field-cluster-size legend").TextContent.ShouldBe("Size");
    }

    [Fact]
    public async Task ChooseTarget_SuggestedBlockUntouched_SuggestsOneOfTheNewTarget()
    {
        var page = Open(FormStep.Environment);

        await ChooseTargetAsync(page, "sandbox");
        await ChooseTargetAsync(page, "production");

        Show(page, FormStep.Network);
        page.WaitForElement("#field-network-cidr").GetAttribute("value").ShouldBe("10.80.0.0/16");
    }

    [Fact]
    public async Task ChooseTarget_BlockTyped_KeepsWhatWasTyped()
    {
        var page = Open(FormStep.Network);
        Type(page, "#field-network-cidr", "10.7.0.0/16");
        Show(page, FormStep.Environment);

        await ChooseTargetAsync(page, "production");

        Show(page, FormStep.Network);
        page.WaitForElement("#field-network-cidr").GetAttribute("value").ShouldBe("10.7.0.0/16");
    }

    [Fact]
    public void Fields_TextsAndNumbers_HaveTheLimitsOfTheValidator()
    {
        var page = Open(FormStep.Services, Complete().ToJson());

        var port = page.WaitForElement("#field-service-1-port");
        (port.GetAttribute("type"), port.GetAttribute("inputmode"), port.GetAttribute("title")).ShouldBe(("text", "numeric", "1 to 65535"));
        page.Find("#field-service-1-replicas").GetAttribute("title")!.ShouldStartWith("1 to 100");
        foreach (var text in page.FindAll("input[type=text].text-input"))
            text.HasAttribute("maxlength").ShouldBeTrue(text.Id);
    }

    [Fact]
    public void KubernetesVersion_AboutToLeaveSupport_SaysWhenAndWhatItCosts()
    {
        Clock.Move(new DateTimeOffset(2026, 11, 25, 0, 0, 0, TimeSpan.Zero) - Clock.GetUtcNow());
        var draft = Complete();
        draft.KubernetesVersion = "1.34";

        var page = Open(FormStep.Cluster, draft.ToJson());

        page.WaitForElement("#field-cluster-kubernetesVersion-hint").TextContent.ShouldBe(
            "Standard support ends on 2 Dec 2026: from then on EKS moves the cluster to the next version by itself, at a time of its own. Choose a newer version.");
    }

    [Fact]
    public void Pause_DatabaseFindsTheNameTaken_SaysSoAtTheField()
    {
        var page = Open(FormStep.Environment, Complete().ToJson());
        Desk.Collisions.Add(new FieldError("environment", "shop", new NameTaken("shop").Message));

        Type(page, "#field-environment", "shop");
        Pause();

        page.WaitForAssertion(() => page.Find("#field-environment-error").TextContent.ShouldBe(new NameTaken("shop").Message));
    }

    [Fact]
    public void Submit_SomethingWrong_ListsItAndLeadsToTheField()
    {
        var draft = Complete();
        draft.KubernetesVersion = "newest";
        var page = Open(FormStep.Review, draft.ToJson());

        page.WaitForElement("form").Submit();

        Desk.Submitted.ShouldBeEmpty();
        var line = page.WaitForElement("#errors li");
        line.TextContent.ShouldContain("Kubernetes version");
        line.QuerySelector("a")!.Click();
        Navigation.Uri.ShouldEndWith("/requests/new?step=cluster");
        Show(page, FormStep.Cluster);
        Browser.Invocations["portal.focus"][^1].Arguments[0].ShouldBe("field-cluster-kubernetesVersion");
    }

    [Fact]
    public void Review_WhatRegistriesSay_NamesWhatIsPinnedAndWhyTheRestIsNot()
    {
        Desk.Images = [new ImagePin("cart", "cart:1", "sha256:1", null), new ImagePin("prices", "prices:1", null, "its registry has been asked too often")];
        var page = Open(FormStep.Review, Complete().ToJson());
        Pause();

        var line = page.WaitForElement(".images-line").TextContent;

        line.ShouldContain("Pinned to what its tag stands for when you submit: the image of cart.");
        line.ShouldContain("Not pinned, so that the tag decides at each pull: prices (its registry has been asked too often).");
    }

    [Fact]
    public void Submit_NameTakenMeanwhile_StaysWithTheDraftAndTheReason()
    {
        var page = Open(FormStep.Review, Complete().ToJson());
        Pause();
        Desk.Collisions.Add(new FieldError("environment", "shop", new NameTaken("shop").Message));

        page.WaitForElement("form").Submit();

        page.WaitForElement("#errors").TextContent.ShouldContain("exists already");
        Browser.Invocations.ShouldNotContain(call => call.Identifier == "portal.clear");
    }

    [Fact]
    public void Submit_Refused_SaysWhyAndKeepsTheDraft()
    {
        var page = Open(FormStep.Review, Complete().ToJson());
        Pause();
        Desk.Refusal = new NotAllowed("Your role was taken away.");

        page.WaitForElement("form").Submit();

        page.WaitForElement("[role=alert]").TextContent.ShouldContain("Your role was taken away.");
        Browser.Invocations.ShouldNotContain(call => call.Identifier == "portal.clear");
    }

    [Fact]
    public void Submit_Complete_FilesItAndGoesToTheRequest()
    {
        var page = Open(FormStep.Review, Complete().ToJson());
        Pause();

        page.WaitForElement(".plan-levels");
        page.WaitForElement("form").Submit();

        page.WaitForAssertion(() => Browser.Invocations["portal.clear"].Count.ShouldBe(1));
        Desk.Submitted.ShouldHaveSingleItem().Environment.ShouldBe("shop");
        Navigation.Uri.ShouldEndWith("/requests/17");
    }

    [Fact]
    public void Submit_DatabaseAway_KeepsTheDraftAndFilesItOnceWhenPressedAgain()
    {
        var draft = Complete();
        var page = Open(FormStep.Review, draft.ToJson());
        Pause();
        Desk.Refusal = new DatabaseAway();

        page.WaitForElement("form").Submit();

        page.WaitForElement("[role=alert]").TextContent.ShouldContain("The database did not answer");
        Browser.Invocations.ShouldNotContain(call => call.Identifier == "portal.clear");
        Desk.Refusal = null;
        page.WaitForElement("form").Submit();
        page.WaitForAssertion(() => Desk.SubmittedIds.ShouldHaveSingleItem().ShouldBe(draft.Id));
    }

    [Fact]
    public void Mode_ChangedToAutoMode_ChangesPictureAndCost()
    {
        var page = Open(FormStep.Cluster, Complete().ToJson());
        Pause();
        page.WaitForAssertion(() => page.Find(".mini-cluster small").TextContent.ShouldContain("2 × t3.medium"));
        page.Find(".consequences").TextContent.ShouldNotContain("EKS Auto Mode");

        page.WaitForElement("#field-cluster-mode input[value=AutoMode]").Change("AutoMode");
        Pause();

        page.WaitForAssertion(() => page.Find(".mini-cluster small").TextContent.ShouldContain("Auto Mode · nodes as the pods need them"));
        page.WaitForAssertion(() => page.Find(".consequences").TextContent.ShouldContain("EKS Auto Mode, 12 % on the nodes"));
    }

    [Fact]
    public void AddVersion_OfAnEnvironmentThatExists_KeepsTheOneBeforeWithItsRoutes()
    {
        var shop = Samples.Shop() with { Edge = new EdgeSpecification { EarlierStages = [new EarlierStage { Name = "v0", RouteHash = "aaaaaaaaaaaaaaaa" }] } };
        var page = Open(FormStep.Network, subject: new ChangeSubject(Guid.NewGuid(), shop) { RouteHash = "0123456789abcdef" });
        page.WaitForElement(".section summary").TextContent.ShouldBe("Versions v1, beside it v0");

        Unfold(page, "Versions");
        page.FindAll("button").Single(button => button.TextContent == "Add v2, keep v1").Click();
        page.FindAll("button").Single(button => button.TextContent == "Retire v0").Click();

        page.Find("#field-edge-stage").GetAttribute("value").ShouldBe("v2");
        Show(page, FormStep.Review);
        Pause();
        page.WaitForElement("form").Submit();
        var edge = Desk.Submitted.ShouldHaveSingleItem().Edge;
        edge.Stage.ShouldBe("v2");
        edge.EarlierStages.ShouldBe([new EarlierStage { Name = "v1", RouteHash = "0123456789abcdef" }]);
    }

    [Fact]
    public void Options_ThatCost_SayWhatTheyCostHere()
    {
        var draft = Complete();
        draft.Zones = "3";

        var page = Open(FormStep.Network, draft.ToJson());

        page.WaitForElement("label[for=field-network-interfaceEndpoints]").TextContent.ShouldContain("$ 131 a month");
        Unfold(page, "Firewall");
        page.Find("label[for=field-edge-firewall]").TextContent.ShouldContain("$ 8 a month and by use");
    }
}
