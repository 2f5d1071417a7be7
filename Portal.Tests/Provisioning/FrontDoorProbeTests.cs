using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Tests.Provisioning;

public sealed class FrontDoorProbeTests
{
    [Fact]
    public void Requests_RoutesOfEachKind_AskOncePerKindAndChangeNothing()
    {
        var service = new ServiceSpecification
        {
            Name = "orders",
            Image = "x",
            Path = "/orders",
            Authentication = RouteAuthentication.Cognito,
            Routes =
            [
                new RouteSpecification { Method = "POST", Path = "/{id}/pay" },
                new RouteSpecification { Method = "GET", Path = "/{id}" },
                new RouteSpecification { Method = "GET", Path = "/reports", ApiKeyRequired = true },
            ],
        };

        FrontDoorProbe.Requests([service]).ShouldBe(
        [
            new("orders", "GET", "/orders", FrontDoorProbe.Expectation.SignIn),
            new("orders", "GET", "/orders/probe", FrontDoorProbe.Expectation.Answer),
            new("orders", "GET", "/orders/reports", FrontDoorProbe.Expectation.Key),
        ], ignoreOrder: true);
    }

    /// <summary>GET /products signed in, the rest open: a GET of the path itself is not answered by what answers its other methods.</summary>
    [Fact]
    public void Requests_GetListedForItself_IsWhatAGetMeets()
    {
        var service = new ServiceSpecification { Name = "products", Image = "x", Path = "/products", Routes = [new RouteSpecification { Method = "GET", Authentication = RouteAuthentication.Cognito }] };

        FrontDoorProbe.Requests([service]).ShouldBe(
        [
            new("products", "GET", "/products", FrontDoorProbe.Expectation.SignIn),
            new("products", "GET", "/products/probe", FrontDoorProbe.Expectation.Answer),
        ]);
    }

    /// <summary>What the API closes itself is no answer of the service's, and the root is asked for as a request has it.</summary>
    [Fact]
    public void Requests_ServiceWithEverything_AskForTheRootAndForNothingThatIsClosed()
    {
        ServiceSpecification[] services =
        [
            new() { Name = "web", Image = "x", Path = "/" },
            new() { Name = "products", Image = "x", Path = "/products", ListedRoutesOnly = true, Routes = [new RouteSpecification { Method = "POST", Path = "/orders" }] },
        ];

        FrontDoorProbe.Requests(services).ShouldBe([new("web", "GET", "/", FrontDoorProbe.Expectation.Answer)]);
    }

    [Fact]
    public void Values_ThereAndBack_AreTheSame()
    {
        var requests = FrontDoorProbe.Requests(Samples.Shop().Services);

        requests.Count.ShouldBe(3);
        FrontDoorProbe.FromValues(FrontDoorProbe.ToValues(requests)).ShouldBe(requests);
    }

    [Fact]
    public void Plan_OfAShop_EndsWithTheFrontDoor()
    {
        var plan = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

        plan.Steps[^1].Name.ShouldBe(StepNames.FrontDoor);
        plan.Steps[^1].Action.ShouldBe(PlanAction.Probe);
        plan.Steps.ShouldAllBe(step => !step.DependsOn.Contains(StepNames.FrontDoor));
    }
}
