using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes;

namespace Portal.Emulator.FrontDoor;

/// <summary>Takes a request through a stage: route, authorizer, key and plan, throttle, and on to the backend.</summary>
internal sealed class ApiGateway(ICloudView cloud, Authorizers authorizers, TrafficLimits limits, PrivateIntegration integration, ILogger<ApiGateway> logger)
{
    private readonly ConditionalWeakTable<JsonObject, DeployedApi> _deployed = [];

    public ApiResponse Handle(ApiRequest request)
    {
        DeployedApi? api = null;
        var hops = new Hops();
        try
        {
            var (stage, deployment) = StageOf(request);
            api = deployment;
            hops.Add("api-gateway", $"{request.Api}/{request.Stage}");
            var route = api.Match(request.Method, request.Segments) ?? throw GatewayException.UnknownRoute();
            authorizers.Check(request, route, api);
            if (route.Method["ApiKeyRequired"].ToText() == "true")
                limits.CheckKey(request, route);
            limits.CheckStage(request, stage.Properties, route);
            var answer = integration.Send(request, route, api, stage.Properties.Texts("Variables"), hops);
            answer.Headers[Hops.Header] = hops.ToString();
            return answer;
        }
        catch (GatewayException refusal)
        {
            logger.LogDebug(refusal, "{Method} {Path} is refused", request.Method, request.RawPath);
            var answer = Refuse(request, api, refusal);
            answer.Headers[Hops.Header] = hops.ToString();
            return answer;
        }
    }

    private (CloudThing Stage, DeployedApi Api) StageOf(ApiRequest request)
    {
        var root = cloud.Find("AWS::ApiGateway::RestApi", request.Api)?.Attributes.Text("RootResourceId") ?? throw GatewayException.UnknownStage();
        var stage = cloud.OfType("AWS::ApiGateway::Stage").FirstOrDefault(item => item.PhysicalId == request.Stage && item.Properties.Text("RestApiId") == request.Api && item.IsActive)
            ?? throw GatewayException.UnknownStage();
        var snapshot = cloud.Find("AWS::ApiGateway::Deployment", stage.Properties.Text("DeploymentId"))?.Attributes.Object(ApiSnapshot.Attribute)
            ?? throw GatewayException.UnknownStage();
        if (request.IsByDefaultEndpoint && snapshot["DisableExecuteApiEndpoint"].ToText() == "true")
            throw GatewayException.UnknownStage();
        return (stage, _deployed.GetValue(snapshot, one => new DeployedApi(one, root)));
    }

    private static ApiResponse Refuse(ApiRequest request, DeployedApi? api, GatewayException refusal)
    {
        var own = api?.Response(refusal.ResponseType, refusal.Status);
        var status = int.TryParse(own?["StatusCode"].ToText(), out var given) ? given : refusal.Status;
        // A denial by an authorizer says "Message", the rest "message", and a broken authorizer says nothing.
        var name = refusal.ErrorType == "AccessDeniedException" ? "Message" : "message";
        var message = refusal.Message.Length == 0 ? null : refusal.Message;
        var body = new JsonObject { [name] = message }.ToJsonString();
        if (own?.Text("ResponseTemplates", "application/json") is { } template)
        {
            body = template.Replace("$context.error.messageString", JsonSerializer.Serialize(message), StringComparison.Ordinal)
                .Replace("$context.error.message", message, StringComparison.Ordinal)
                .Replace("$context.error.responseType", refusal.ResponseType, StringComparison.Ordinal)
                .Replace("$context.requestId", request.Id, StringComparison.Ordinal);
        }

        var answer = new ApiResponse(status, "application/json", body);
        answer.Headers["x-amzn-ErrorType"] = refusal.ErrorType;
        foreach (var (header, value) in own.Texts("ResponseParameters"))
        {
            if (header.StartsWith("gatewayresponse.header.", StringComparison.Ordinal))
                Set(answer, header["gatewayresponse.header.".Length..], Mapped(value, request));
        }

        return answer;
    }

    private static void Set(ApiResponse answer, string name, string? value)
    {
        if (value is not null)
            answer.Headers[name] = value;
    }

    /// <summary>A text in quotes, or what the request has in a header; nothing where it has none.</summary>
    private static string? Mapped(string expression, ApiRequest request)
    {
        const string Header = "method.request.header.";
        return expression.StartsWith(Header, StringComparison.Ordinal) ? request.Header(expression[Header.Length..]) : expression.Trim('\'');
    }
}

/// <summary>The way a request took, for the response header that shows it.</summary>
internal sealed class Hops
{
    public const string Header = "x-portal-hops";

    private readonly List<string> _passed = [];

    public void Add(string kind, string name) => _passed.Add($"{kind}={name}");

    public override string ToString() => string.Join(", ", _passed);
}
