using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Portal.Tests.SignIn.Providers;

/// <summary>An identity provider that issues whatever token a test wants; correct ones unless told otherwise.</summary>
public sealed class FaultyProvider : IAsyncDisposable
{
    public const string ClientId = "portal";
    public const string ClientSecret = "a secret of sixteen or more characters";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, string?> _nonces = new(StringComparer.Ordinal);
    private readonly List<RsaSecurityKey> _published = [];
    private int _codes;

    private FaultyProvider(WebApplication app)
    {
        _app = app;
        Rotate();
    }

    public string Issuer { get; private set; } = "";

    /// <summary>Signs, and is published.</summary>
    public RsaSecurityKey Key { get; private set; } = null!;

    /// <summary>Makes the token of a sign-in from its claims.</summary>
    public Func<Dictionary<string, object>, string> Issue { get; set; } = null!;

    /// <summary>Of the person who signs in.</summary>
    public string[] Groups { get; set; } = ["ops-group"];

    /// <summary>More claims of the person.</summary>
    public Dictionary<string, object> More { get; } = new(StringComparer.Ordinal);

    /// <summary>Answers a refresh instead of new tokens: status and body.</summary>
    public (int Status, string Body)? RefreshAnswer { get; set; }

    /// <summary>What the authorize endpoint says instead of giving a code.</summary>
    public string? AuthorizeError { get; set; }

    public int Refreshes;

    public static async Task<FaultyProvider> StartAsync(X509Certificate2? certificate = null, string path = "")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            if (certificate is not null)
                endpoint.UseHttps(certificate);
        }));
        var app = builder.Build();
        var provider = new FaultyProvider(app);
        app.MapGet(path + "/.well-known/openid-configuration", provider.Discovery);
        app.MapGet(path + "/keys", provider.PublishedKeys);
        app.MapGet(path + "/authorize", provider.Authorize);
        app.MapPost(path + "/token", (Delegate)provider.TokenAsync);
        await app.StartAsync();
        provider.Issuer = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + path;
        provider.Reset();
        return provider;
    }

    /// <summary>Back to an honest provider.</summary>
    public void Reset()
    {
        Issue = claims => Sign(claims);
        Groups = ["ops-group"];
        RefreshAnswer = null;
        AuthorizeError = null;
    }

    /// <summary>A new key, at once and without notice.</summary>
    public void Rotate()
    {
        Key = new RsaSecurityKey(RSA.Create(2048)) { KeyId = Guid.NewGuid().ToString("N") };
        _published.Clear();
        _published.Add(Key);
    }

    public string Sign(Dictionary<string, object> claims, SecurityKey? key = null, string algorithm = SecurityAlgorithms.RsaSha256, string? type = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Claims = claims,
            SigningCredentials = new SigningCredentials(key ?? Key, algorithm),
            TokenType = type ?? "JWT",
            IssuedAt = claims.ContainsKey("iat") ? null : now.UtcDateTime,
            Expires = claims.ContainsKey("exp") ? null : now.AddMinutes(5).UtcDateTime,
        });
    }

    /// <summary>Header and payload as they are, without a signature.</summary>
    public static string Unsigned(Dictionary<string, object> claims, string header)
    {
        var all = new Dictionary<string, object>(claims, StringComparer.Ordinal) { ["exp"] = TimeProvider.System.GetUtcNow().AddMinutes(5).ToUnixTimeSeconds(), ["iat"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() };
        return $"{Base64UrlEncoder.Encode(header)}.{Base64UrlEncoder.Encode(System.Text.Json.JsonSerializer.Serialize(all))}.";
    }

    /// <summary>The claims of a correct logout token.</summary>
    public Dictionary<string, object> Logout(string session) => new(StringComparer.Ordinal)
    {
        ["iss"] = Issuer,
        ["aud"] = ClientId,
        ["sub"] = "person-1",
        ["sid"] = session,
        ["jti"] = Guid.NewGuid().ToString(),
        ["events"] = new Dictionary<string, object>(StringComparer.Ordinal) { ["http://schemas.openid.net/event/backchannel-logout"] = new Dictionary<string, object>(StringComparer.Ordinal) },
    };

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private IResult Discovery() => Results.Json(new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["issuer"] = Issuer,
        ["authorization_endpoint"] = Issuer + "/authorize",
        ["token_endpoint"] = Issuer + "/token",
        ["jwks_uri"] = Issuer + "/keys",
        ["response_types_supported"] = new[] { "code" },
        ["subject_types_supported"] = new[] { "public" },
        ["id_token_signing_alg_values_supported"] = new[] { "RS256" },
    });

    private IResult PublishedKeys() => Results.Json(new
    {
        keys = _published.Select(key =>
        {
            var parameters = key.Rsa.ExportParameters(false);
            return new { kty = "RSA", use = "sig", alg = "RS256", kid = key.KeyId, n = Base64UrlEncoder.Encode(parameters.Modulus), e = Base64UrlEncoder.Encode(parameters.Exponent) };
        }),
    });

    private IResult Authorize(HttpContext context)
    {
        var query = context.Request.Query;
        if (query["code_challenge_method"] != "S256" || query["response_type"] != "code" || query["response_mode"].Count > 0 && query["response_mode"] != "query")
            return Results.BadRequest("No PKCE, or not the code flow.");
        var code = Interlocked.Increment(ref _codes).ToString(System.Globalization.CultureInfo.InvariantCulture);
        _nonces[code] = query["nonce"];
        var answer = new Dictionary<string, string?>(StringComparer.Ordinal) { ["state"] = query["state"] };
        if (AuthorizeError is not null)
            answer["error"] = AuthorizeError;
        else
            answer["code"] = code;
        return Results.Redirect(QueryHelpers.AddQueryString(query["redirect_uri"]!, answer));
    }

    private async Task<IResult> TokenAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        if (form["client_id"] != ClientId || form["client_secret"] != ClientSecret)
            return Results.Json(new { error = "invalid_client" }, statusCode: 401);
        string? nonce = null;
        if (form["grant_type"] == "refresh_token")
        {
            Interlocked.Increment(ref Refreshes);
            if (RefreshAnswer is var (status, body))
                return Results.Text(body, "application/json", statusCode: status);
        }
        else if (!_nonces.TryRemove(form["code"].ToString(), out nonce) || form["code_verifier"].Count == 0)
        {
            return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        }

        var claims = new Dictionary<string, object>(More, StringComparer.Ordinal)
        {
            ["iss"] = Issuer,
            ["aud"] = ClientId,
            ["sub"] = "person-1",
            ["name"] = "Pat Person",
            ["groups"] = Groups,
            ["sid"] = "provider-session-1",
        };
        foreach (var (name, value) in More)
            claims[name] = value;
        if (nonce is not null)
            claims["nonce"] = nonce;
        return Results.Json(new { access_token = "an-access-token", token_type = "Bearer", expires_in = 300, refresh_token = Guid.NewGuid().ToString(), id_token = Issue(claims) });
    }
}
