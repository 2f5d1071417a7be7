using Portal.Core.Provisioning;

namespace Portal.Worker.Steps.Probes;

/// <summary>At which hop a request to the front door broke, if it did. Pure.</summary>
internal static class DoorVerdict
{
    /// <returns>Null where it is as it should be.</returns>
    public static Failure? Of(FrontDoorProbe.Request request, DoorAnswer answer)
    {
        var what = $"{request.Method} {request.Path}";
        return (request.Expect, answer) switch
        {
            (FrontDoorProbe.Expectation.SignIn, { Status: 401, GatewayError: not null }) => null,
            (FrontDoorProbe.Expectation.Key, { Status: 403, GatewayError: "ForbiddenException" }) => null,
            (_, { GatewayError: "MissingAuthenticationTokenException" }) => At("gateway", $"The API has no route {what}, which {request.Service} asked for. The deployment of the routes is an older one."),
            (_, { GatewayError: "AuthorizerConfigurationException" }) => At("gateway", $"The authorizer of {what} does not work: the gateway cannot ask it."),
            (FrontDoorProbe.Expectation.Answer, { GatewayError: "ForbiddenException" }) => At("gateway", $"The gateway refuses {what} to everybody: there is no such stage, or a rule of the firewall or of the API's policy keeps callers out."),
            (_, { Status: 429 }) => At("gateway", $"The gateway asks for patience at {what}: the throttle of the stage or of the account is used up."),
            (_, { Status: 504, GatewayError: not null }) => At("vpc_link", $"{what} passes the gateway, and the load balancer does not answer through the VPC link: it is not active, does not listen there, or a security group keeps them apart."),
            (_, { Status: >= 500, GatewayError: not null }) => At("vpc_link", $"{what} passes the gateway and not the VPC link: the link is not available, or points to no load balancer."),
            (FrontDoorProbe.Expectation.SignIn, { GatewayError: null }) => At("gateway", $"{what} is answered with {answer.Status} without a sign-in, though the route asks for one: it is open to everybody."),
            (FrontDoorProbe.Expectation.Key, { GatewayError: null }) => At("gateway", $"{what} is answered with {answer.Status} without an API key, though the route asks for one: it is open to everybody."),
            (_, { GatewayError: { } other }) => At("gateway", $"The gateway answers {what} with {answer.Status} ({other})."),
            (_, { IsOfLoadBalancer: true, Status: 404 }) => At("load_balancer", $"{what} reaches the load balancer, which has no rule for it: the Ingress of {request.Service} is not carried out."),
            (_, { IsOfLoadBalancer: true, Status: 503 }) => At("target", $"{what} reaches the load balancer, which knows no pod of {request.Service} that could answer."),
            (_, { IsOfLoadBalancer: true }) => At("target", $"{what} reaches the load balancer, and no pod of {request.Service} answers it ({answer.Status})."),
            (_, { Status: >= 500 }) => At("pod", $"{what} reaches {request.Service}, which answers with {answer.Status} itself."),
            _ => null,
        };

        static Failure At(string hop, string sentence) => new($"front_door_{hop}", sentence, CanRetry: true);
    }
}
