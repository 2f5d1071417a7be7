using System.Globalization;
using Portal.Core.Inquiries;
using Portal.Core.Provisioning;

namespace Portal.Worker.Steps.Probes;

/// <summary>How far a person's request came, hop by hop. Pure; where it breaks is what <see cref="DoorVerdict"/> says.</summary>
internal static class DoorTrail
{
    private const int Gateway = 1;
    private const int Checks = 2;
    private const int Link = 3;
    private const int LoadBalancer = 4;
    private const int Pod = 5;

    /// <param name="route">What the API has for it; null where it has nothing.</param>
    public static IReadOnlyList<DoorHop> Of(DoorRequest request, RouteTree.Method? route, DoorAnswer answer)
    {
        var service = route?.Service ?? "a service";
        var expected = route is null ? FrontDoorProbe.Expectation.Answer : FrontDoorProbe.Expected(route);
        if (answer is { GatewayError: null, IsOfLoadBalancer: false })
            return Answered(request, route, service, expected, answer);
        var verdict = DoorVerdict.Of(new FrontDoorProbe.Request(service, request.Method, request.Address, expected), answer);
        if (verdict is null)
        {
            return Until(service, Checks, DoorHopState.Ends, expected == FrontDoorProbe.Expectation.SignIn
                ? $"The route asks for a sign-in, and this was sent without: {answer.Status} is as it should be."
                : $"The route asks for an API key, and this was sent without: {answer.Status} is as it should be.");
        }

        return Until(service, HopOf(verdict.Code, answer), DoorHopState.Broke, verdict.Message);
    }

    /// <summary>Of a request to which nothing answered.</summary>
    public static IReadOnlyList<DoorHop> Unreachable(string why) => Until("a service", Gateway, DoorHopState.Broke, why);

    // Whatever it says: no hop before said it.
    private static IReadOnlyList<DoorHop> Answered(DoorRequest request, RouteTree.Method? route, string service, FrontDoorProbe.Expectation expected, DoorAnswer answer)
    {
        if (route is { IsClosed: true })
            return Until(service, Gateway, DoorHopState.Ends, $"The API answers this itself: {service} lists its routes, and this is none of them.");
        if (route is { Preflight: not null })
            return Until(service, Gateway, DoorHopState.Ends, "The API answers this itself: it tells browsers who may call.");
        var opened = expected == FrontDoorProbe.Expectation.Answer ? null
            : DoorVerdict.Of(new FrontDoorProbe.Request(service, request.Method, request.Address, expected), answer)?.Message;
        return
        [
            .. Until(service, Pod, answer.Status >= 500 ? DoorHopState.Broke : DoorHopState.Passed, string.Create(CultureInfo.InvariantCulture, $"{service} answers with {answer.Status} itself."))
                .Select((hop, index) => index == Checks && opened is not null ? hop with { State = DoorHopState.Broke, Says = opened } : hop),
        ];
    }

    private static int HopOf(string code, DoorAnswer answer) => code switch
    {
        "front_door_vpc_link" => Link,
        "front_door_load_balancer" => LoadBalancer,
        "front_door_target" or "front_door_pod" => Pod,
        _ => answer is { Status: 429 } or { GatewayError: "UnauthorizedException" or "AccessDeniedException" or "AuthorizerConfigurationException" } ? Checks : Gateway,
    };

    private static IReadOnlyList<DoorHop> Until(string service, int last, DoorHopState state, string says) =>
        [.. new[] { "Client", "API Gateway", "Sign-in, key, throttle", "VPC link", "Load balancer", service }
            .Select((title, index) => new DoorHop(title, index < last ? DoorHopState.Passed : index == last ? state : DoorHopState.NotReached, index == last ? says : null))];
}
