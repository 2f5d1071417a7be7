using System.Net;
using System.Net.Http.Headers;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Portal.Infrastructure.SignIn;

/// <summary>The provider says that the person is not signed in with it any more.</summary>
internal sealed class ProviderSaysNoException(string error) : Exception($"The provider answered '{error}'.");

/// <param name="User">Null where the provider said nothing new of the person.</param>
internal sealed record Refreshed(ClaimsPrincipal? User, string? AccessToken, ProviderTokens Tokens);

/// <summary>What is asked of the provider without a browser.</summary>
internal sealed class ProviderClient(IOptionsMonitor<OpenIdConnectOptions> provider)
{
    // RFC 6749 5.2 and OpenID Connect Core 3.1.2.6: the answers that are about the person, not about us.
    private static readonly HashSet<string> s_no = new(StringComparer.Ordinal) { "invalid_grant", "interaction_required", "login_required", "consent_required", "account_selection_required" };

    private OpenIdConnectOptions Options => provider.Get(ProviderSignIn.SchemeName);

    /// <exception cref="ProviderSaysNoException"/>
    /// <exception cref="HttpRequestException">The provider did not answer, or not as one.</exception>
    /// <exception cref="SecurityTokenException">The new token does not prove who it is about.</exception>
    public async Task<Refreshed> RefreshAsync(string subject, ProviderTokens tokens, CancellationToken cancellationToken)
    {
        var options = Options;
        var configuration = await options.ConfigurationManager!.GetConfigurationAsync(cancellationToken);
        var answer = await AskAsync(options, configuration, tokens.RefreshToken!, cancellationToken);
        var identity = answer.IdToken is { Length: > 0 } token ? (await ValidateAsync(token, subject, cancellationToken)).ClaimsIdentity : null;
        if (options.GetClaimsFromUserInfoEndpoint && configuration.UserInfoEndpoint is { Length: > 0 } endpoint && answer.AccessToken is { Length: > 0 } access)
            identity = await AddUserInfoAsync(options, endpoint, access, subject, identity, cancellationToken);
        return new Refreshed(
            identity is null ? null : new ClaimsPrincipal(identity), answer.AccessToken,
            new ProviderTokens(answer.IdToken ?? tokens.IdToken, answer.RefreshToken ?? tokens.RefreshToken));
    }

    /// <summary>Issuer, audience, signature, lifetime and algorithm; a logout token has no lifetime everywhere.</summary>
    /// <exception cref="SecurityTokenException"/>
    public async Task<TokenValidationResult> ValidateAsync(string token, string? subject, CancellationToken cancellationToken, bool mustExpire = true)
    {
        var options = Options;
        var configuration = await options.ConfigurationManager!.GetConfigurationAsync(cancellationToken);
        var parameters = options.TokenValidationParameters.Clone();
        parameters.RequireExpirationTime = mustExpire;
        parameters.RequireSignedTokens = true;
        parameters.ValidAudience = options.ClientId;
        if (options.ConfigurationManager is BaseConfigurationManager manager)
            parameters.ConfigurationManager = manager;
        parameters.ValidIssuers = [.. parameters.ValidIssuers ?? [], configuration.Issuer];
        parameters.IssuerSigningKeys = configuration.SigningKeys;
        var result = await options.TokenHandler.ValidateTokenAsync(token, parameters);
        if (!result.IsValid)
            throw result.Exception as SecurityTokenException ?? new SecurityTokenException("The token is not valid.", result.Exception);
        if (subject is not null && result.ClaimsIdentity.FindFirst("sub")?.Value != subject)
            throw new SecurityTokenException("The token is about another person.");
        return result;
    }

    private static async Task<OpenIdConnectMessage> AskAsync(OpenIdConnectOptions options, OpenIdConnectConfiguration configuration, string refreshToken, CancellationToken cancellationToken)
    {
        using var form = new FormUrlEncodedContent(
        [
            new("grant_type", "refresh_token"), new("refresh_token", refreshToken), new("client_id", options.ClientId), new("client_secret", options.ClientSecret),
        ]);
        using var response = await options.Backchannel.PostAsync(configuration.TokenEndpoint, form, cancellationToken);
        if (!response.IsSuccessStatusCode && response.StatusCode is not (HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized))
            response.EnsureSuccessStatusCode();
        var answer = Parse(await response.Content.ReadAsStringAsync(cancellationToken));
        if (response.IsSuccessStatusCode)
            return answer;
        throw s_no.Contains(answer.Error ?? "")
            ? new ProviderSaysNoException(answer.Error!)
            : new HttpRequestException($"The token endpoint answered {(int)response.StatusCode} '{answer.Error}'.");
    }

    private static OpenIdConnectMessage Parse(string body)
    {
        try
        {
            return new OpenIdConnectMessage(body);
        }
        catch (ArgumentException error)
        {
            throw new HttpRequestException("The token endpoint answered no JSON.", error);
        }
    }

    private static async Task<ClaimsIdentity> AddUserInfoAsync(
        OpenIdConnectOptions options, string endpoint, string accessToken, string subject, ClaimsIdentity? identity, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, endpoint) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", accessToken) } };
        using var response = await options.Backchannel.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        using var user = await System.Text.Json.JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
        if (!user.RootElement.TryGetProperty("sub", out var sub) || sub.GetString() != subject)
            throw new SecurityTokenException("The user info is about another person.");
        identity ??= new ClaimsIdentity([new Claim("sub", subject)], ProviderSignIn.SchemeName);
        foreach (var action in options.ClaimActions)
            action.Run(user.RootElement, identity, identity.FindFirst("sub")!.Issuer);
        return identity;
    }
}
