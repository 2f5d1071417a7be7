using AngleSharp.Dom;
using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.JSInterop;
using MudBlazor;
using Portal.Components.Overlays;
using Portal.Core;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Features.Requests;
using Portal.Features.Requests.Form;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Requests;

public sealed class RequestWizardTests : IAsyncLifetime
{
    private readonly BunitContext _context = new();
    private readonly FakeRequestDesk _desk = new();
    private readonly ManualClock _clock = new();
    private readonly BunitJSInterop _browser;
    private readonly BunitPersistentComponentState _memory;
    private static readonly Actor s_engineer = new("engineer-1", "Engineer", new HashSet<string> { Roles.Engineer });

    public RequestWizardTests()
    {
        _context.Services.AddSingleton<IRequestDesk>(_desk);
        _context.Services.AddSingleton<TimeProvider>(_clock);
        _context.Services.AddSingleton(Samples.Catalog);
        _context.Services.AddSingleton(new SpecificationValidator(Samples.Catalog));
        _context.Services.AddPortalOverlays();
        _memory = _context.AddBunitPersistentComponentState();
        _browser = _context.JSInterop;
        _browser.Mode = JSRuntimeMode.Loose;
        _browser.Setup<bool>("portal.save", _ => true).SetResult(true);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    // Services of MudBlazor can only be disposed of so.
    public Task DisposeAsync() => _context.DisposeAsync().AsTask();

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

        page.WaitForAssertion(() => _browser.Invocations["portal.save"].ShouldNotBeEmpty());
        var kept = _browser.Invocations["portal.save"][^1];
        kept.Arguments[0].ShouldBe("portal.request-draft.engineer-1");
        RequestDraft.FromJson((string?)kept.Arguments[1]).ShouldNotBeNull().Environment.ShouldBe("shop");
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
    public void AddExample_OneClick_AddsTheSeedsThreeWithoutAFault()
    {
        var page = Open(FormStep.Services);

        page.FindAll("button").First(button => button.TextContent.Contains("Add all 3")).Click();

        page.WaitForAssertion(() => page.FindAll("article.service").Count.ShouldBe(3));
        page.FindAll(".field-error").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Remove", 0)]
    [InlineData("Cancel", 1)]
    public void RemoveService_Filled_AsksOnce(string answer, int left)
    {
        var page = Open(FormStep.Services, new RequestDraft { Services = { new ServiceDraft { Name = "cart", Image = "nginx", Path = "/cart" } } }.ToJson());
        var overlays = _context.Render<OverlayHost>();

        page.WaitForElement("button[aria-label='Remove cart']").Click();
        overlays.WaitForElement("[role=dialog]").TextContent.ShouldContain("Remove cart?");
        overlays.FindAll("[role=dialog] button").Single(button => button.TextContent == answer).Click();

        page.WaitForAssertion(() => page.FindAll("article.service").Count.ShouldBe(left));
    }

    [Fact]
    public void RemoveService_Empty_IsGoneWithoutAQuestion()
    {
        var page = Open(FormStep.Services, new RequestDraft { Services = { new ServiceDraft() } }.ToJson());

        page.WaitForElement("button[aria-label='Remove service 1']").Click();

        page.FindAll("article.service").ShouldBeEmpty();
    }

    [Fact]
    public void Services_AsManyAsFit_SaysSoAndOffersNoMore()
    {
        var draft = Complete();
        while (draft.Services.Count < SpecificationValidator.MaxServices)
            draft.Services.Add(ServiceDrafts.From(Samples.Catalog.Services[0], draft.Services));
        var page = Open(FormStep.Services, draft.ToJson());

        page.WaitForElement(".adders");
        page.FindAll(".adders button").ShouldAllBe(button => button.HasAttribute("disabled"));
        page.Find(".services").TextContent.ShouldContain("50 services are the most one environment holds");
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
    public void Open_ReviewWithNothingKept_BeginsAtTheFirstStepAndBlamesNobody()
    {
        var page = Open(FormStep.Review);

        page.WaitForAssertion(() => Navigation.Uri.ShouldEndWith("/requests/new?step=environment"));
        page.Markup.ShouldNotContain("mending");
    }

    [Fact]
    public void KubernetesVersion_AboutToLeaveSupport_SaysWhenAndWhatItCosts()
    {
        _clock.Move(new DateTimeOffset(2026, 11, 25, 0, 0, 0, TimeSpan.Zero) - _clock.GetUtcNow());
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
        _desk.Collisions.Add(new FieldError("environment", "shop", new NameTaken("shop").Message));

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

        _desk.Submitted.ShouldBeEmpty();
        var line = page.WaitForElement("#errors li");
        line.TextContent.ShouldContain("Kubernetes version");
        line.QuerySelector("a")!.Click();
        Navigation.Uri.ShouldEndWith("/requests/new?step=cluster");
        Show(page, FormStep.Cluster);
        _browser.Invocations["portal.focus"][^1].Arguments[0].ShouldBe("field-cluster-kubernetesVersion");
    }

    [Fact]
    public void Submit_NameTakenMeanwhile_StaysWithTheDraftAndTheReason()
    {
        var page = Open(FormStep.Review, Complete().ToJson());
        Pause();
        _desk.Collisions.Add(new FieldError("environment", "shop", new NameTaken("shop").Message));

        page.WaitForElement("form").Submit();

        page.WaitForElement("#errors").TextContent.ShouldContain("exists already");
        _browser.Invocations.ShouldNotContain(call => call.Identifier == "portal.clear");
    }

    [Fact]
    public void Submit_Refused_SaysWhyAndKeepsTheDraft()
    {
        var page = Open(FormStep.Review, Complete().ToJson());
        Pause();
        _desk.Refusal = new NotAllowed("Your role was taken away.");

        page.WaitForElement("form").Submit();

        page.WaitForElement("[role=alert]").TextContent.ShouldContain("Your role was taken away.");
        _browser.Invocations.ShouldNotContain(call => call.Identifier == "portal.clear");
    }

    [Fact]
    public void Submit_Complete_FilesItAndGoesToTheRequest()
    {
        var page = Open(FormStep.Review, Complete().ToJson());
        Pause();

        page.WaitForElement(".plan-levels");
        page.WaitForElement("form").Submit();

        page.WaitForAssertion(() => _browser.Invocations["portal.clear"].Count.ShouldBe(1));
        _desk.Submitted.ShouldHaveSingleItem().Environment.ShouldBe("shop");
        Navigation.Uri.ShouldEndWith("/requests/17");
    }

    [Fact]
    public void Submit_DatabaseAway_KeepsTheDraftAndFilesItOnceWhenPressedAgain()
    {
        var draft = Complete();
        var page = Open(FormStep.Review, draft.ToJson());
        Pause();
        _desk.Refusal = new DatabaseAway(DateTimeOffset.UnixEpoch);

        page.WaitForElement("form").Submit();

        page.WaitForElement("[role=alert]").TextContent.ShouldContain("The database did not answer at 00:00:00 UTC");
        _browser.Invocations.ShouldNotContain(call => call.Identifier == "portal.clear");
        _desk.Refusal = null;
        page.WaitForElement("form").Submit();
        page.WaitForAssertion(() => _desk.SubmittedIds.ShouldHaveSingleItem().ShouldBe(draft.Id));
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
        _browser.Invocations.ShouldNotContain(call => call.Identifier == "portal.save", "what cannot be read stays until somebody decides");
        page.FindAll("button").First(button => button.TextContent == "Throw this draft away").Click();

        page.WaitForAssertion(() => _browser.Invocations["portal.clear"].Count.ShouldBe(1));
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

        page.WaitForAssertion(() => _browser.Invocations["portal.clear"].Count.ShouldBe(1));
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
        _memory.TriggerOnPersisting();

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
        _memory.TriggerOnPersisting();

        var other = Open(FormStep.Environment, null, new Actor("engineer-2", "Other", new HashSet<string> { Roles.Engineer }));

        other.WaitForElement("#field-environment").GetAttribute("value").ShouldBeNullOrEmpty();
    }

    [Fact]
    public void Stores_AddedAndRemoved_ChangePictureAndCost()
    {
        var page = Open(FormStep.Services, Complete().ToJson());
        Pause();
        page.WaitForAssertion(() => page.Find(".consequences .amount").TextContent.ShouldStartWith("$"));
        var before = page.Find(".consequences .amount").TextContent;

        page.FindAll("#field-service-1-stores .adder button").Count.ShouldBe(Samples.Catalog.DataStores.Count);
        page.FindAll("#field-service-1-stores .adder button").Single(button => button.TextContent.Contains("RDS PostgreSQL", StringComparison.Ordinal)).Click();
        Pause();

        page.Find("#field-service-1-stores-1-name").GetAttribute("value").ShouldBe("db");
        page.Find("#field-service-1-stores-1-name-hint").TextContent.ShouldBe("gives DB_DATABASE_HOST");
        page.WaitForAssertion(() => page.Find(".mini .store").TextContent.ShouldEndWith(", RDS PostgreSQL · db"));
        page.WaitForAssertion(() => page.Find(".consequences .amount").TextContent.ShouldNotBe(before));

        page.Find("button[aria-label='Remove RDS PostgreSQL db']").Click();
        Pause();

        page.WaitForAssertion(() => page.Find(".consequences .amount").TextContent.ShouldBe(before));
    }

    [Fact]
    public void StoreOption_BelowAnother_IsNamedAndCostsAsTyped()
    {
        var page = Open(FormStep.Services, Complete().ToJson());
        Pause();
        page.WaitForAssertion(() => page.Find("#field-service-1-stores .store .dim").TextContent.ShouldBe("$ 44 + use"));

        Type(page, "#field-service-1-stores-0-options-MinCapacity", "2");

        page.WaitForAssertion(() => page.Find("#field-service-1-stores .store .dim").TextContent.ShouldBe("$ 176 + use"));
        Type(page, "#field-service-1-stores-0-options-MinCapacity", "8");
        page.WaitForElement("#field-service-1-stores-0-options-MaxCapacity-error").TextContent.ShouldContain("4 is less than MinCapacity, which is 8");
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
        var edge = _desk.Submitted.ShouldHaveSingleItem().Edge;
        edge.Stage.ShouldBe("v2");
        edge.EarlierStages.ShouldBe([new EarlierStage { Name = "v1", RouteHash = "0123456789abcdef" }]);
    }

    [Fact]
    public void Access_AsTheSeedSays_IsAskedForInTheBrowserAlone()
    {
        var draft = Complete();
        draft.Services.Add(ServiceDrafts.From(Samples.Catalog.FindStore("cognito") is not null ? Samples.Catalog.Services[1] : Samples.Catalog.Services[0], draft.Services));
        var page = Open(FormStep.Services, draft.ToJson());

        page.WaitForElement("#field-service-1-authentication input[value=Cognito]").Change("Cognito");
        page.Find("#field-service-1-apiKeyRequired").Change(true);
        Unfold(page, "Routes that differ");
        page.FindAll("button").Single(button => button.TextContent == "Add a route").Click();
        Type(page, "#field-service-1-routes-0-path", "/{id");
        page.WaitForElement("#field-service-1-routes-0-path-error").TextContent.ShouldContain("is not a path below /products");
        Type(page, "#field-service-1-routes-0-path", "/{id}");
        page.Find("#field-service-1-routes-0-authentication").Change("None");
        page.Find("#field-service-1-routes-0-apiKeyRequired").Change(false);
        Type(page, "#field-service-1-routes-0-throttleRate", "20");
        Show(page, FormStep.Review);
        Pause();

        page.WaitForElement(".spec-services").TextContent.ShouldContain("GET /products/{id}: everybody, 20 requests/s");
        page.WaitForElement("form").Submit();
        var products = _desk.Submitted.ShouldHaveSingleItem().Services[0];
        (products.Authentication, products.ApiKeyRequired, products.ListedRoutesOnly).ShouldBe((RouteAuthentication.Cognito, true, false));
        products.Routes.ShouldBe([new RouteSpecification { Method = "GET", Path = "/{id}", ThrottleRate = 20 }]);
    }

    [Fact]
    public void Access_InAClassThatLetsNothingBeOpen_SaysSoAndBeginsClosed()
    {
        var draft = Complete();
        DraftDefaults.Choose(draft, EnvironmentClass.Production, Samples.Catalog);
        var page = Open(FormStep.Services, draft.ToJson());
        page.WaitForElement("#field-service-1-authentication").TextContent.ShouldContain("in production with an API key only");

        page.FindAll("button").Single(button => button.TextContent == "+ Cart service").Click();

        page.WaitForElement("#field-service-2-apiKeyRequired").HasAttribute("checked").ShouldBeTrue();
        page.Find("#field-service-1-apiKeyRequired").HasAttribute("checked").ShouldBeFalse();
        Show(page, FormStep.Review);
        page.WaitForElement("#errors").TextContent.ShouldContain("product-service would be open to everybody, which production does not allow");
    }

    [Fact]
    public void Section_UntilItIsOpened_HasNoFields()
    {
        var page = Open(FormStep.Network, Complete().ToJson());
        page.WaitForElement("#field-edge-stage");
        page.FindAll("#field-edge-domainName").ShouldBeEmpty();

        Unfold(page, "Own domain");

        page.WaitForElement("#field-edge-domainName");
    }

    [Fact]
    public void PathsAndPages_OfAService_AreAskedForWhereTheyAreShown()
    {
        var page = Open(FormStep.Services, Complete().ToJson());
        page.WaitForElement("article.service");
        Unfold(page, "Paths in detail");
        Type(page, "#field-service-1-morePaths", "/catalogue search");
        page.WaitForElement("#field-service-1-morePaths-error").TextContent.ShouldContain("'search' is not a path");
        Type(page, "#field-service-1-morePaths", "/catalogue, /search");
        page.Find("#field-service-1-takesPathOff").Change(true);
        Unfold(page, "Calls from web pages");
        page.FindAll("#field-service-1-cors-maxAge").ShouldBeEmpty();
        Type(page, "#field-service-1-cors-origins", "https://shop.example.com http://localhost:3000");
        Type(page, "#field-service-1-cors-methods", "get post");
        page.Find("#field-service-1-cors-credentials").Change(true);
        Show(page, FormStep.Review);
        Pause();

        page.WaitForElement("form").Submit();
        var products = _desk.Submitted.ShouldHaveSingleItem().Services[0];
        products.Paths.ShouldBe(["/products", "/catalogue", "/search"]);
        products.TakesPathOff.ShouldBeTrue();
        var cors = products.Cors.ShouldNotBeNull();
        (string.Join(' ', cors.Origins), string.Join(' ', cors.Methods), cors.Credentials, cors.MaxAge).ShouldBe(("https://shop.example.com http://localhost:3000", "GET POST", true, 600));
    }

    [Fact]
    public void Section_WithSomethingToMend_StandsOpen()
    {
        var draft = Complete();
        draft.Edge.DomainName = "not a domain";
        draft.Edge.Clients.Add(new ClientDraft { Name = "web" });

        var page = Open(FormStep.Network, draft.ToJson());

        page.WaitForElement("#field-edge-domainName-error");
        page.FindAll("details.section[open] > summary").Select(summary => summary.TextContent).ShouldBe(["Own domain not a domain"]);
        page.FindAll("details.section > summary").Select(summary => summary.TextContent).ShouldContain("Clients and keys web");
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

    private NavigationManager Navigation => _context.Services.GetRequiredService<NavigationManager>();

    private IRenderedComponent<RequestWizard> Open(FormStep step, string? draft = null, Actor? actor = null, ChangeSubject? subject = null)
    {
        _browser.Setup<IJSStreamReference?>("portal.load", _ => true).SetResult(KeptInTab.Of(draft));
        return _context.Render<RequestWizard>(parameters => parameters.Add(wizard => wizard.Actor, actor ?? s_engineer).Add(wizard => wizard.Step, step).Add(wizard => wizard.Subject, subject));
    }

    private static void Unfold(IRenderedComponent<RequestWizard> page, string title)
    {
        page.WaitForElement("details.section");
        Section().TriggerEvent("ontoggle", EventArgs.Empty);
        page.WaitForAssertion(() => Section().QuerySelector(".section-body").ShouldNotBeNull());

        IElement Section() => page.FindAll("details.section").First(section => section.QuerySelector("summary")!.TextContent.StartsWith(title, StringComparison.Ordinal));
    }

    private static void Show(IRenderedComponent<RequestWizard> page, FormStep step) =>
        page.Render(parameters => parameters.Add(wizard => wizard.Step, step));

    private static void Type(IRenderedComponent<RequestWizard> page, string field, string text)
    {
        page.WaitForElement(field).Input(text);
        page.WaitForElement(field).Change(text);
    }

    private static Task ChooseTargetAsync(IRenderedComponent<RequestWizard> page, string target)
    {
        page.WaitForElement("#field-target");
        var field = page.FindComponent<MudAutocomplete<string>>();
        return field.InvokeAsync(() => field.Instance.ValueChanged.InvokeAsync(target));
    }

    private void Pause() => _clock.Move(TimeSpan.FromMilliseconds(200));

    private static RequestDraft Complete()
    {
        var draft = new RequestDraft { Environment = "shop", Target = "sandbox", Cidr = "10.40.0.0/16", Size = "small" };
        draft.Services.Add(ServiceDrafts.From(Samples.Catalog.Services[0], []));
        return draft;
    }
}
