using Portal.Core.Inquiries;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;
using Portal.Worker.Steps.Probes;

namespace Portal.Tests.Worker.Steps;

public sealed class DoorTrailTests
{
    private static readonly DoorRequest s_get = new("GET", "/cart");
    private static readonly RouteTree.Method s_open = Route(RouteAuthentication.None);
    private static readonly RouteTree.Method s_signIn = Route(RouteAuthentication.Cognito);

    /// <summary>The first hop that is not passed, and how that looks.</summary>
    [Theory]
    [InlineData(403, "MissingAuthenticationTokenException", null, "API Gateway", DoorHopState.Broke)]
    [InlineData(429, "TooManyRequestsException", null, "Sign-in, key, throttle", DoorHopState.Broke)]
    [InlineData(500, "AuthorizerConfigurationException", null, "Sign-in, key, throttle", DoorHopState.Broke)]
    [InlineData(504, "InternalServerErrorException", null, "VPC link", DoorHopState.Broke)]
    [InlineData(404, null, "awselb/2.0", "Load balancer", DoorHopState.Broke)]
    [InlineData(503, null, "awselb/2.0", "cart-service", DoorHopState.Broke)]
    [InlineData(500, null, null, "cart-service", DoorHopState.Broke)]
    public void Of_WhereItBreaks_SaysSoAndReachesNothingBehind(int status, string? error, string? server, string hop, DoorHopState state)
    {
        var hops = DoorTrail.Of(s_get, s_open, new DoorAnswer(status, error, server));

        var stopped = hops.First(one => one.State != DoorHopState.Passed);
        (stopped.Title, stopped.State).ShouldBe((hop, state));
        stopped.Says.ShouldNotBeNullOrEmpty();
        hops.SkipWhile(one => one != stopped).Skip(1).ShouldAllBe(one => one.State == DoorHopState.NotReached);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(404)]
    [InlineData(429)]
    public void Of_AnswerOfTheService_PassesEverything(int status) =>
        DoorTrail.Of(s_get, s_open, new DoorAnswer(status, null, null)).ShouldAllBe(hop => hop.State == DoorHopState.Passed);

    [Fact]
    public void Of_ClosedRoute_EndsAtTheSignInAndIsAFaultWhereItDoesNot()
    {
        DoorTrail.Of(s_get, s_signIn, new DoorAnswer(401, "UnauthorizedException", null))[2].State.ShouldBe(DoorHopState.Ends);
        var open = DoorTrail.Of(s_get, s_signIn, new DoorAnswer(200, null, null));
        open[2].State.ShouldBe(DoorHopState.Broke);
        open[2].Says!.ShouldContain("open to everybody");
        open[^1].State.ShouldBe(DoorHopState.Passed);
    }

    private static RouteTree.Method Route(RouteAuthentication authentication) =>
        new("Cart", new RouteTree.Node("Cart", "", "cart", "/cart"), "ANY", "cart-service", authentication, ApiKeyRequired: false, null, null, "");
}

/// <summary>Which route is whose, as API Gateway chooses it.</summary>
public sealed class RouteFindTests
{
    private static readonly RouteTree s_routes = RouteTree.Of(
    [
        Samples.Shop().Services[0] with
        {
            Name = "products", Path = "/products", Authentication = RouteAuthentication.None,
            Routes = [new RouteSpecification { Method = "GET", Path = "/{id}", ApiKeyRequired = true }, new RouteSpecification { Method = "GET", Path = "/top" }],
        },
        Samples.Shop().Services[1] with { Name = "web", Path = "/", Routes = [], MorePaths = [] },
    ]);

    [Theory]
    [InlineData("GET", "/products/7?x=1", "products", true)]
    [InlineData("GET", "/products/top", "products", false)]
    [InlineData("POST", "/products", "products", false)]
    [InlineData("GET", "/about/us", "web", false)]
    [InlineData("GET", "/", "web", false)]
    public void Find_Request_IsTheMostSpecificRoutes(string verb, string path, string service, bool key)
    {
        var method = s_routes.Find(verb, path).ShouldNotBeNull();

        (method.Service, method.ApiKeyRequired).ShouldBe((service, key));
    }

    [Fact]
    public void Find_WhatNoPathLeadsTo_IsNull() => RouteTree.Of([Samples.Shop().Services[0]]).Find("GET", "/nowhere").ShouldBeNull();
}
