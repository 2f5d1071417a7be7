using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace Portal.Infrastructure.SignIn;

/// <summary>The random key of a session, which is all that a cookie carries.</summary>
internal static class SessionKey
{
    private const int Bytes = 32;

    public static string New() => WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>Who reads the table cannot sign in with it.</summary>
    public static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    public static string? Read(HttpRequest request) => request.Cookies[CookieName(request)] is { Length: > 0 and < 200 } key ? key : null;

    public static void Write(HttpResponse response, string key) => response.Cookies.Append(CookieName(response.HttpContext.Request), key, Cookie(response));

    public static void Delete(HttpResponse response) => response.Cookies.Delete(CookieName(response.HttpContext.Request), Cookie(response));

    // With the prefix no other host and no plain connection can have set it; plain http remains for loopback.
    private static string CookieName(HttpRequest request) => request.IsHttps ? "__Host-portal" : "portal";

    private static CookieOptions Cookie(HttpResponse response) =>
        new() { HttpOnly = true, IsEssential = true, Path = "/", SameSite = SameSiteMode.Lax, Secure = response.HttpContext.Request.IsHttps };
}

/// <summary>Keeps the provider's tokens from who can read the table.</summary>
internal sealed class TokenProtector(IDataProtectionProvider protection)
{
    private readonly IDataProtector _protector = protection.CreateProtector("Portal.Sessions.Tokens");

    public string? Protect(ProviderTokens? tokens) =>
        tokens is null or { IdToken: null, RefreshToken: null } ? null : _protector.Protect(JsonSerializer.Serialize(tokens));

    /// <returns>Null where the keys are gone: the session goes on, but cannot be asked about.</returns>
    public ProviderTokens? Unprotect(string? tokens)
    {
        try
        {
            return tokens is null ? null : JsonSerializer.Deserialize<ProviderTokens>(_protector.Unprotect(tokens));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
