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
