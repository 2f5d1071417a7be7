using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes;

namespace Portal.Emulator.FrontDoor;

/// <summary>Who may pass: Cognito's user pools, and Lambda authorizers that check the tokens of an OpenID Connect provider.</summary>
internal sealed class Authorizers(ICloudView cloud, TokenIssuers issuers, EmulatorOptions options)
{
    /// <exception cref="GatewayException">The caller may not.</exception>
    public void Check(ApiRequest request, Route route, DeployedApi api)
    {
        var type = route.Method.Text("AuthorizationType") ?? "NONE";
        if (type == "NONE")
            return;

        // AWS_IAM is not among them: no template of ours uses it, and an unsigned request is refused by it in any case.
        var authorizer = type == "AWS_IAM" ? throw GatewayException.UnknownRoute() : api.Authorizer(route.Method.Text("AuthorizerId")) ?? throw GatewayException.BrokenAuthorizer();
        var token = Identity(request, authorizer);
        if (authorizer.Text("Type") == "COGNITO_USER_POOLS")
            CheckPool(authorizer, token, [.. (route.Method.Array("AuthorizationScopes") ?? []).Select(scope => scope.ToText())]);
        else
            CheckProvider(authorizer, token);
    }

    /// <summary>https://cognito-idp.region.amazonaws.com/pool, the issuer of a pool's tokens.</summary>
    public string IssuerOf(string pool) => $"https://cognito-idp.{options.Region}.amazonaws.com/{pool}";

    private void CheckPool(JsonObject authorizer, string token, List<string> scopes)
    {
        var pools = (authorizer.Array("ProviderARNs") ?? []).Select(arn => arn.ToText().Split('/')[^1]).Where(id => cloud.Find("AWS::Cognito::UserPool", id) is not null);
        JsonObject? claims = null;
        foreach (var pool in pools.Where(pool => IssuerIn(token) == IssuerOf(pool)))
            claims = issuers.Verify(IssuerOf(pool), token);
        if (claims is null)
            throw GatewayException.Unauthorized();

        // "If the OAuth scope isn't specified, API Gateway treats the supplied token as an identity token", else as an access token.
        if (claims.Text("token_use") != (scopes.Count == 0 ? "id" : "access"))
            throw GatewayException.Unauthorized();
        if (scopes.Count > 0 && !scopes.Intersect((claims.Text("scope") ?? "").Split(' '), StringComparer.Ordinal).Any())
            throw GatewayException.AccessDenied();
    }

    /// <summary>
    /// No function runs here. A Lambda authorizer is taken for what it is in our templates: a check of an OpenID Connect token
    /// whose issuer and audience stand in the function's environment, in variables that end in ISSUER and AUDIENCE.
    /// </summary>
    private void CheckProvider(JsonObject authorizer, string token)
    {
        var name = (authorizer.Text("AuthorizerUri") ?? "").Split(":function:") is [_, var rest] ? rest.Split('/', ':')[0] : null;
        var settings = (cloud.Find("AWS::Lambda::Function", name) ?? throw GatewayException.BrokenAuthorizer()).Properties.Texts("Environment", "Variables");
        string? Setting(string end) => settings.FirstOrDefault(pair => pair.Key.EndsWith(end, StringComparison.OrdinalIgnoreCase)).Value;
        var issuer = Setting("ISSUER") ?? throw GatewayException.BrokenAuthorizer();
        if (IssuerIn(token) != issuer)
            throw GatewayException.Unauthorized();
        var claims = issuers.Verify(issuer, token);
        if (Setting("AUDIENCE") is { Length: > 0 } audience && claims["aud"].ToText() != audience)
            throw GatewayException.AccessDenied();
    }

    private static string Identity(ApiRequest request, JsonObject authorizer)
    {
        const string Header = "method.request.header.";
        var source = (authorizer.Text("IdentitySource") ?? Header + "Authorization").Split(',')[0].Trim();
        var value = source.StartsWith(Header, StringComparison.Ordinal)
            ? request.Header(source[Header.Length..])
            : request.Query.GetValueOrDefault(source.Split('.')[^1]);
        if (string.IsNullOrEmpty(value))
            throw GatewayException.Unauthorized();
        if (authorizer.Text("IdentityValidationExpression") is { Length: > 0 } expression
            && !Regex.IsMatch(value, $"^(?:{expression})$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)))
        {
            throw GatewayException.Unauthorized();
        }

        return value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? value["Bearer ".Length..].Trim() : value.Trim();
    }

    private static string? IssuerIn(string token)
    {
        try
        {
            return token.Split('.') is [_, var body, _] ? JsonNode.Parse(Microsoft.AspNetCore.WebUtilities.WebEncoders.Base64UrlDecode(body)).Text("iss") : null;
        }
        catch (Exception error) when (error is FormatException or System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
