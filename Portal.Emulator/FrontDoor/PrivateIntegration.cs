using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes;

namespace Portal.Emulator.FrontDoor;

/// <summary>The integration of a method: through a VPC link V2 to a load balancer, or an answer of API Gateway's own.</summary>
internal sealed class PrivateIntegration(ICloudView cloud, LoadBalancerTraffic loadBalancers)
{
    public ApiResponse Send(ApiRequest request, Route route, Hops hops)
    {
        var integration = route.Method.Object("Integration") ?? throw GatewayException.IntegrationFailed();
        return integration.Text("Type") switch
        {
            "MOCK" => Mock(integration),
            "HTTP_PROXY" or "HTTP" when integration.Text("ConnectionType") == "VPC_LINK" => Forward(request, route, integration, hops),
            _ => throw GatewayException.IntegrationFailed(),
        };
    }

    private ApiResponse Forward(ApiRequest request, Route route, JsonObject integration, Hops hops)
    {
        var link = cloud.Find("AWS::ApiGatewayV2::VpcLink", integration.Text("ConnectionId"));
        if (link is not { IsActive: true })
            throw GatewayException.IntegrationFailed();
        hops.Add("vpc-link", link.PhysicalId);

        if (!Uri.TryCreate(Placeholders(integration, route), UriKind.Absolute, out var uri))
            throw GatewayException.IntegrationFailed();
        // "In a private integration, API Gateway includes the stage portion of the API endpoint in the request to your backend resources.
        // […] To remove the stage name […], create an override for the $context.requestOverride.path variable."
        // (developer guide, "Private integrations for REST APIs in API Gateway")
        var path = Mapped(request, route, integration).Path ?? $"/{request.Stage}{uri.AbsolutePath}";
        return loadBalancers.Send(integration.Text("IntegrationTarget") ?? "", request, uri, path, hops);
    }

    private static RequestOverride Mapped(ApiRequest request, Route route, JsonObject integration)
    {
        var templates = integration.Texts("RequestTemplates");
        var type = (request.Header("content-type") ?? "application/json").Split(';')[0].Trim().ToLowerInvariant();
        var mapping = new MappingTemplate(request, route);
        if (templates.TryGetValue(type, out var template))
            mapping.Run(template);
        else if (integration.Text("PassthroughBehavior") is "NEVER" || (integration.Text("PassthroughBehavior") == "WHEN_NO_TEMPLATES" && templates.Count > 0))
            throw GatewayException.UnsupportedMediaType();
        return mapping.Override;
    }

    /// <summary>The Uri with its {names} filled in by integration.request.path.name.</summary>
    private static string Placeholders(JsonObject integration, Route route)
    {
        var uri = integration.Text("Uri") ?? "";
        foreach (var (name, source) in integration.Texts("RequestParameters"))
        {
            if (name.StartsWith("integration.request.path.", StringComparison.Ordinal) && source.StartsWith("method.request.path.", StringComparison.Ordinal))
                uri = uri.Replace($"{{{name["integration.request.path.".Length..]}}}", route.PathParameters.GetValueOrDefault(source["method.request.path.".Length..]), StringComparison.Ordinal);
        }

        return uri;
    }

    private static ApiResponse Mock(JsonObject integration)
    {
        var response = integration.Items("IntegrationResponses").FirstOrDefault() ?? throw GatewayException.IntegrationFailed();
        var status = int.TryParse(response["StatusCode"].ToText(), out var given) ? given : 200;
        var answer = new ApiResponse(status, "application/json", response.Text("ResponseTemplates", "application/json") ?? "");
        foreach (var (header, value) in response.Texts("ResponseParameters"))
        {
            if (header.StartsWith("method.response.header.", StringComparison.Ordinal))
                answer.Headers[header["method.response.header.".Length..]] = value.Trim('\'');
        }

        return answer;
    }
}
