using System.Text;
using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes;

namespace Portal.Emulator.FrontDoor;

/// <summary>The integration of a method: through a VPC link V2 to a load balancer, or an answer of API Gateway's own.</summary>
internal sealed class PrivateIntegration(ICloudView cloud, LoadBalancerTraffic loadBalancers)
{
    // "Payload size 10 MB" (quotas for REST APIs).
    private const int LargestBody = 10 * 1024 * 1024;

    /// <param name="variables">Of the stage.</param>
    public ApiResponse Send(ApiRequest request, Route route, DeployedApi api, IReadOnlyDictionary<string, string> variables, Hops hops)
    {
        if (request.Body.Length > LargestBody)
            throw GatewayException.TooLarge();
        var integration = route.Method.Object("Integration") ?? throw GatewayException.IntegrationFailed();
        return integration.Text("Type") switch
        {
            "MOCK" => MockIntegration.Answer(request, api, integration),
            "HTTP_PROXY" when integration.Text("ConnectionType") == "VPC_LINK" => Forward(request, route, api, integration, variables, hops),
            _ => throw GatewayException.IntegrationFailed(),
        };
    }

    private ApiResponse Forward(ApiRequest request, Route route, DeployedApi api, JsonObject integration, IReadOnlyDictionary<string, string> variables, Hops hops)
    {
        var link = cloud.Find("AWS::ApiGatewayV2::VpcLink", integration.Text("ConnectionId"));
        if (link is not { IsActive: true })
            throw GatewayException.IntegrationFailed();
        hops.Add("vpc-link", link.PhysicalId);

        var address = Placeholders(integration, route);
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri))
            throw GatewayException.IntegrationFailed();
        // "In a private integration, API Gateway includes the stage portion of the API endpoint in the request to your backend resources."
        // (developer guide, "Private integrations for REST APIs in API Gateway"). Cut out of the text: Uri writes some escapes anew.
        var path = address[(uri.Scheme.Length + "://".Length + uri.Authority.Length)..];
        var sent = new BackendRequest(request.Method, uri.Host, $"/{request.Stage}{path}{request.QueryString}", Headers(request, integration, variables), Body(request, api), request.SourceIp);
        return loadBalancers.Send(integration.Text("IntegrationTarget") ?? "", uri, sent, hops);
    }

    // A body of a type that is not said to be binary is taken for text: bytes that are none in UTF-8 do not come through.
    private static ReadOnlyMemory<byte> Body(ApiRequest request, DeployedApi api)
    {
        var type = (request.Header("content-type") ?? "application/json").Split(';')[0].Trim();
        var isBinary = api.BinaryMediaTypes.Contains("*/*") || api.BinaryMediaTypes.Contains(type, StringComparer.OrdinalIgnoreCase);
        return isBinary ? request.Body : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(request.Body.Span));
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

    /// <summary>Those of the request, with those that integration.request.header.name sets: to a text in quotes, or to one of the stage's variables.</summary>
    private static Dictionary<string, string> Headers(ApiRequest request, JsonObject integration, IReadOnlyDictionary<string, string> variables)
    {
        const string Header = "integration.request.header.";
        const string Variable = "stageVariables.";
        var headers = new Dictionary<string, string>(request.Headers, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, source) in integration.Texts("RequestParameters").Where(pair => pair.Key.StartsWith(Header, StringComparison.Ordinal)))
        {
            var value = source.StartsWith(Variable, StringComparison.Ordinal) ? variables.GetValueOrDefault(source[Variable.Length..]) : source.Trim('\'');
            headers.Remove(name[Header.Length..]);
            if (value is not null)
                headers[name[Header.Length..]] = value;
        }

        return headers;
    }
}
