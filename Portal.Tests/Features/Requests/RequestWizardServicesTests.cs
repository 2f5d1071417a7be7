using Bunit;
using Portal.Components.Overlays;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Features.Requests;
using Portal.Features.Requests.Form;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Requests;

/// <summary>The step of the services: adding, stores, access and the sections that open on demand.</summary>
public sealed class RequestWizardServicesTests : RequestWizardPage
{
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
        var overlays = Context.Render<OverlayHost>();

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
        var products = Desk.Submitted.ShouldHaveSingleItem().Services[0];
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
        var products = Desk.Submitted.ShouldHaveSingleItem().Services[0];
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
}
