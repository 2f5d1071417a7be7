using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Portal.Infrastructure.SignIn;

/// <summary>OpenID Connect Back-Channel Logout 1.0: the provider itself tells that a session of its own has ended.</summary>
internal sealed partial class BackChannelLogout(ProviderClient provider, SessionStore sessions, TimeProvider clock, ILogger<BackChannelLogout> logger)
{
    private const string Event = "http://schemas.openid.net/event/backchannel-logout";
    private const int MaxBody = 32 * 1024;

    // How long a token without an expiry is good after it was issued.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);

    public async Task<IResult> HearAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (!context.Request.HasFormContentType || context.Request.ContentLength is null or > MaxBody)
            return Refuse("Send the logout_token as a form.");
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        try
        {
            var token = await ValidateAsync(form["logout_token"].ToString(), context.RequestAborted);
            if (!await sessions.HearLogoutAsync(Hash(token.Issuer + "\n" + token.Id), clock.GetUtcNow() + Fresh + Fresh, context.RequestAborted))
                return Refuse("This logout_token was used before.");
            await sessions.EndAsync(token.Issuer, Claim(token, "sub"), Claim(token, "sid"), context.RequestAborted);
            return Results.Ok();
        }
        catch (Exception error) when (error is SecurityTokenException or ArgumentException)
        {
            LogRefused(logger, ProviderFailures.Reason(error));
            return Refuse("The logout_token is not valid.");
        }
        catch (Exception error) when (ProviderFailures.IsAway(error))
        {
            LogRefused(logger, ProviderFailures.Reason(error));
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }
    }

    private async Task<JsonWebToken> ValidateAsync(string text, CancellationToken cancellationToken)
    {
        var token = (JsonWebToken)(await provider.ValidateAsync(text, null, cancellationToken, mustExpire: false)).SecurityToken;
        if (token.Typ is { Length: > 0 } and not "logout+jwt" and not "JWT")
            throw new SecurityTokenException($"A token of type '{token.Typ}' is no logout token.");
        if (!token.TryGetPayloadValue<JsonElement>("events", out var events) || events.ValueKind != JsonValueKind.Object || !events.TryGetProperty(Event, out var what) || what.ValueKind != JsonValueKind.Object)
            throw new SecurityTokenException("The token is about no logout.");
        // An ID token has one; it must not do as a logout token.
        if (Claim(token, "nonce") is not null)
            throw new SecurityTokenException("A logout token has no nonce.");
        if (Claim(token, "sub") is null && Claim(token, "sid") is null)
            throw new SecurityTokenException("The token names neither person nor session.");
        if (token.Id is not { Length: > 0 })
            throw new SecurityTokenException("The token has no jti.");
        var age = clock.GetUtcNow().UtcDateTime - token.IssuedAt;
        if (token.IssuedAt == default || age > Fresh || age < -Fresh)
            throw new SecurityTokenException("The token was not issued just now.");
        return token;
    }

    private static string? Claim(JsonWebToken token, string type) => token.TryGetPayloadValue<string>(type, out var value) && value.Length > 0 ? value : null;

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static IResult Refuse(string why) => Results.Json(new { error = "invalid_request", error_description = why }, statusCode: StatusCodes.Status400BadRequest);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A back-channel logout was refused: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason);
}
