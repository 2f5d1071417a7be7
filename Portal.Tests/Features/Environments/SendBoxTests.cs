using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Portal.Components.Overlays;
using Portal.Components.Shared;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Inquiries;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Core.Topology;
using Portal.Features.Environments;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Environments;

public sealed class SendBoxTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    private readonly BunitContext _context = new();
    private readonly FakeInquiryDesk _desk = new();
    private readonly SentRequests _sent = new();

    public SendBoxTests()
    {
        _context.AddAuthorization().SetAuthorized("engineer").SetPolicies(Portal.Infrastructure.SignIn.OwnerPolicy.Name);
        _context.Services.AddSingleton<TimeProvider>(new ManualClock()).AddScoped<PageClock>().AddSingleton<IInquiryDesk>(_desk);
        _context.Services.AddPortalOverlays();
        _context.JSInterop.Mode = JSRuntimeMode.Loose;
    }

    public void Dispose() => _context.Dispose();

    [Fact]
    public void Send_Get_ShowsWhatCameHopByHopAndKeepsIt()
    {
        var box = Box(View());
        box.Find("#send-path").GetAttribute("value").ShouldBe("/products");
        _desk.Answer = new DoorReply { Status = 200, TookMs = 34, Headers = ["Content-Type: text/html"], Body = "<script>alert(1)</script>", Hops = [new("Client", DoorHopState.Passed), new("cart-service", DoorHopState.Passed, "cart-service answers with 200 itself.")] };

        box.Find("#send-path").Input("/cart/7");
        box.Find("#send-headers").Change("Accept: text/html\n");
        box.Find(".btn.primary").Click();

        _desk.Sent.ShouldHaveSingleItem().Subject.ShouldBe("GET /cart/7");
        _desk.Sent[0].Headers.ShouldBe([new DoorHeader("Accept", "text/html")]);
        box.Find(".sent .chip.ok").TextContent.ShouldBe("200 OK");
        box.Find(".sent .hops").TextContent.ShouldContain("cart-service answers with 200 itself.");
        box.Find(".sent pre[aria-label^=Body]").InnerHtml.ShouldBe("&lt;script&gt;alert(1)&lt;/script&gt;");
        // Another node of the page has it as well.
        Box(View()).FindAll(".sent > li").Count.ShouldBe(1);
    }

    [Fact]
    public void Send_WhatIsRefused_IsToldAtItsFieldAndNothingIsKept()
    {
        var box = Box(View());
        _desk.Refusal = new InvalidSpecification([new FieldError("path", "x", "Begin the path with /.")]);

        box.Find(".btn.primary").Click();

        box.Find("#send-path-error").TextContent.ShouldBe("Begin the path with /.");
        box.Find("#send-path").GetAttribute("aria-invalid").ShouldBe("true");
        _sent.All.ShouldBeEmpty();
    }

    [Fact]
    public void Render_RouteThatAsksForASignIn_SaysThatItGoesWithout()
    {
        var shop = Samples.Shop();
        var view = View(shop with { Services = [shop.Services[0] with { Authentication = RouteAuthentication.Cognito }, .. shop.Services.Skip(1)] });

        Box(view).Find(".send").TextContent.ShouldContain("This route asks for a sign-in");
    }

    [Fact]
    public void Render_EnvironmentThatSleeps_SaysWhatToDoAndOffersNothing()
    {
        var view = View(deployed => deployed with { IsAsleep = true });

        var box = Box(view);

        box.Find(".send").TextContent.ShouldContain("wake it up first");
        box.FindAll("button").ShouldBeEmpty();
    }

    [Fact]
    public void Curl_Request_IsQuotedForAShellWithVariablesForSecrets()
    {
        var route = new RouteTree.Method("Cart", new RouteTree.Node("Cart", "", "cart", "/cart"), "ANY", "cart", RouteAuthentication.Cognito, ApiKeyRequired: true, null, null, "");

        CurlText.Of("https://api/v1", new DoorRequest("POST", "/cart?a='") { Headers = [new("X-One", "it's")], Body = "{}" }, route)
            .ShouldBe("""curl -i -X POST 'https://api/v1/cart?a='\''' -H 'X-One: it'\''s' -H "Authorization: Bearer $TOKEN" -H "x-api-key: $API_KEY" --data-raw '{}'""");
    }

    private IRenderedComponent<SendBox> Box(EnvironmentView view) => _context.Render<SendBox>(all => all.Add(one => one.View, view).Add(one => one.Sent, _sent));

    private static EnvironmentView View(Func<DeployedStep, DeployedStep>? change = null) => View(Samples.Shop(), change);

    private static EnvironmentView View(Specification specification, Func<DeployedStep, DeployedStep>? change = null) => new(
        Samples.Snapshot(Start) with
        {
            Specification = specification,
            Environment = Samples.Environment() with { State = EnvironmentState.Ready },
            Deployed = [(change ?? (one => one))(new DeployedStep(StepNames.EdgeRoutes, "Routes", true, new Dictionary<string, string> { ["ApiUrl"] = "https://a1.execute-api.eu-central-1.amazonaws.com/v1" }, Start))],
        }, new TopologyBuilder(Samples.Catalog), Times.Utc, Start);

    private sealed class FakeInquiryDesk : IInquiryDesk
    {
        public List<DoorRequest> Sent { get; } = [];

        public DoorReply? Answer { get; set; }

        public Refusal? Refusal { get; set; }

        public Task<Outcome<PodLog>> ReadAsync(Guid environmentId, string pod, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Outcome<DoorReply?>> SendAsync(Guid environmentId, DoorRequest request, CancellationToken cancellationToken)
        {
            if (Refusal is not null)
                return Task.FromResult<Outcome<DoorReply?>>(Refusal);
            Sent.Add(request);
            return Task.FromResult(new Outcome<DoorReply?>(Answer, null));
        }
    }
}
