using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes;

namespace Portal.Emulator.FrontDoor;

/// <summary>The request path: stage URLs, the keys of token issuers, and what people need to call an API by hand.</summary>
public static class FrontDoorSetup
{
    public static IServiceCollection AddFrontDoor(this IServiceCollection services)
    {
        services.AddSingleton<TokenIssuers>();
        services.AddSingleton<Authorizers>();
        services.AddSingleton<TrafficLimits>();
        services.AddSingleton<PodTraffic>();
        services.AddSingleton<LoadBalancerTraffic>();
        services.AddSingleton<PrivateIntegration>();
        services.AddSingleton<ApiGateway>();
        services.AddSingleton<FrontDoorEndpoint>();
        return services;
    }

    /// <summary>Takes what is for an API, or for Cognito's key sets, before the AWS endpoints do.</summary>
    public static WebApplication UseFrontDoor(this WebApplication app)
    {
        app.MapWhen(FrontDoorEndpoint.Concerns, branch => branch.Run(context => context.RequestServices.GetRequiredService<FrontDoorEndpoint>().HandleAsync(context)));
        app.MapWhen(IsKeySet, branch => branch.Run(context =>
        {
            var pool = context.Request.Path.Value!.Split('/')[1];
            var services = context.RequestServices;
            return services.GetRequiredService<ICloudView>().Find("AWS::Cognito::UserPool", pool) is null
                ? Results.Json(new JsonObject { ["message"] = $"User pool {pool} does not exist." }, statusCode: 400).ExecuteAsync(context)
                : Results.Json(services.GetRequiredService<TokenIssuers>().KeySet(services.GetRequiredService<Authorizers>().IssuerOf(pool))).ExecuteAsync(context);
        }));
        app.MapGet("/_emulator/apis", (ICloudView cloud) => Results.Json(Apis(cloud)));
        app.MapPost("/_emulator/tokens", Issue);
        app.MapGet("/_emulator/tokens/keys", (TokenIssuers issuers, string issuer) => Results.Json(issuers.KeySet(issuer)));
        return app;
    }

    /// <summary>cognito-idp.region.amazonaws.com/pool/.well-known/jwks.json, by its host.</summary>
    private static bool IsKeySet(HttpContext context) =>
        context.Request.Host.Host.StartsWith("cognito-idp.", StringComparison.Ordinal)
        && context.Request.Path.Value!.Split('/') is ["", _, ".well-known", "jwks.json"];

    private static JsonArray Apis(ICloudView cloud) => cloud.OfType("AWS::ApiGateway::RestApi").Select(api => (JsonNode?)new JsonObject
    {
        ["id"] = api.PhysicalId,
        ["name"] = api.Properties.Text("Name"),
        ["stages"] = cloud.OfType("AWS::ApiGateway::Stage").Where(stage => stage.Properties.Text("RestApiId") == api.PhysicalId)
            .Select(stage => (JsonNode?)new JsonObject { ["name"] = stage.PhysicalId, ["path"] = $"{FrontDoorEndpoint.Prefix}{api.PhysicalId}/{stage.PhysicalId}" }).ToJsonArray(),
        ["keys"] = cloud.OfType("AWS::ApiGateway::UsagePlanKey").Where(item => PlanConcerns(cloud, item, api))
            .Select(item => cloud.Find("AWS::ApiGateway::ApiKey", item.Properties.Text("KeyId"))).Where(key => key is not null)
            .Select(key => (JsonNode?)new JsonObject { ["id"] = key!.PhysicalId, ["value"] = TrafficLimits.ValueOf(key) }).ToJsonArray(),
    }).ToJsonArray();

    private static bool PlanConcerns(ICloudView cloud, CloudThing planKey, CloudThing api) =>
        cloud.Find("AWS::ApiGateway::UsagePlan", planKey.Properties.Text("UsagePlanId"))?.Properties.Items("ApiStages").Any(stage => stage.Text("ApiId") == api.PhysicalId) == true;

    /// <summary>
    /// POST /_emulator/tokens {"userPoolId": "…"} or {"issuer": "https://…", "audience": "…"}, with "subject", "use" (id or access),
    /// "scope", "expiresIn" (seconds) and "claims" if wanted, answers {"token": "…"}.
    /// </summary>
    private static IResult Issue([FromBody] TokenRequest wanted, ICloudView cloud, TokenIssuers issuers, Authorizers authorizers, EmulatorClock clock)
    {
        var client = cloud.OfType("AWS::Cognito::UserPoolClient").FirstOrDefault(item => item.Properties.Text("UserPoolId") == wanted.UserPoolId)?.PhysicalId;
        if (wanted.UserPoolId is { } pool ? cloud.Find("AWS::Cognito::UserPool", pool) is null : string.IsNullOrEmpty(wanted.Issuer))
            return Results.BadRequest("A token takes the userPoolId of a pool that exists, or an issuer.");

        var subject = wanted.Subject ?? "user";
        var use = wanted.Use ?? "id";
        var now = clock.Now.ToUnixTimeSeconds();
        var claims = wanted.Claims?.Copy() ?? [];
        claims["sub"] = subject;
        claims["iat"] = now;
        claims["exp"] = now + (wanted.ExpiresIn ?? 3600);
        claims["token_use"] = use;
        claims[use == "id" ? "cognito:username" : "username"] = subject;
        claims[use == "id" ? "aud" : "client_id"] = wanted.Audience ?? client;
        if (wanted.Scope is not null)
            claims["scope"] = wanted.Scope;
        return Results.Json(new JsonObject { ["token"] = issuers.Sign(wanted.UserPoolId is null ? wanted.Issuer! : authorizers.IssuerOf(wanted.UserPoolId), claims) });
    }

    private sealed record TokenRequest(
        string? UserPoolId, string? Issuer, string? Audience, string? Subject, string? Use, string? Scope, int? ExpiresIn, JsonObject? Claims);
}
