using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Kubernetes;

namespace Portal.Emulator.FrontDoor;

/// <summary>An integration that API Gateway answers itself ("Mock integrations for REST APIs").</summary>
internal static partial class MockIntegration
{
    public static ApiResponse Answer(ApiRequest request, DeployedApi api, JsonObject integration)
    {
        var type = (request.Header("content-type") ?? "application/json").Split(';')[0].Trim();
        // A binary request reaches no template unless it is made text before (aws/chalice#1310, squidfunk/terraform-aws-api-gateway-enable-cors#10).
        if (IsBinary(api, type) && integration.Text("ContentHandling") != "CONVERT_TO_TEXT")
            throw GatewayException.IntegrationFailed();
        // "NEVER rejects unmapped content types with an HTTP 415 Unsupported Media Type response" (PassthroughBehavior).
        if (integration.Text("RequestTemplates", type) is not { } template)
            throw integration.Text("PassthroughBehavior") == "NEVER" ? GatewayException.UnsupportedType() : GatewayException.IntegrationFailed();
        var status = StatusOf(template);
        var response = integration.Items("IntegrationResponses").FirstOrDefault(one => one["StatusCode"].ToText() == status) ?? throw GatewayException.IntegrationFailed();
        var answer = new ApiResponse(int.Parse(status, System.Globalization.CultureInfo.InvariantCulture), "application/json", "");
        foreach (var (header, value) in response.Texts("ResponseParameters"))
        {
            if (header.StartsWith("method.response.header.", StringComparison.Ordinal))
                answer.Headers[header["method.response.header.".Length..]] = value.Trim('\'');
        }

        return Fill(answer, response.Text("ResponseTemplates", "application/json") ?? "", request);
    }

    private static bool IsBinary(DeployedApi api, string type) => api.BinaryMediaTypes.Contains("*/*") || api.BinaryMediaTypes.Contains(type, StringComparer.OrdinalIgnoreCase);

    private static string StatusOf(string template)
    {
        try
        {
            return JsonNode.Parse(template)?["statusCode"].ToText() is { Length: > 0 } status ? status : throw GatewayException.IntegrationFailed();
        }
        catch (JsonException)
        {
            throw GatewayException.IntegrationFailed();
        }
    }

    /// <summary>
    /// Of the Velocity templates only what chooses one of several origins: a header taken for $origin, compared with texts, and put into
    /// $context.responseOverride. Anything else that is an instruction fails, as one that API Gateway cannot run.
    /// </summary>
    private static ApiResponse Fill(ApiResponse answer, string template, ApiRequest request)
    {
        if (!template.Contains('#', StringComparison.Ordinal))
            return answer with { Body = template };
        if (ChosenOrigin().Match(template) is not { Success: true } match)
            throw GatewayException.IntegrationFailed();
        var origin = request.Header("origin") ?? "";
        if (Quoted().Matches(match.Groups["condition"].Value).Any(one => one.Groups[1].Value == origin))
            answer.Headers[match.Groups["header"].Value] = origin;
        return answer;
    }

    [GeneratedRegex("""
        ^\s*\#set\(\$origin\ =\ \$input\.params\(\)\.header\.get\("Origin"\)\)\s*
        \#if\(\$origin\ ==\ ""\)\#set\(\$origin\ =\ \$input\.params\(\)\.header\.get\("origin"\)\)\#end\s*
        \#if\((?<condition>(?:\$origin\ ==\ "[^"]*"(?:\ \|\|\ )?)+)\)\s*
        \#set\(\$context\.responseOverride\.header\.(?<header>[A-Za-z-]+)\ =\ \$origin\)\s*
        \#end\s*$
        """, RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex ChosenOrigin();

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex Quoted();
}
