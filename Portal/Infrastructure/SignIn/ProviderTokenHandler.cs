using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Portal.Infrastructure.SignIn;

/// <summary>
/// Validates the provider's tokens. A key that is not known is looked for once more at the provider, which may have exchanged its
/// keys a moment ago; the stock handler would fail that sign-in and look afterwards.
/// </summary>
internal sealed class ProviderTokenHandler : JsonWebTokenHandler
{
    private readonly OpenIdConnectOptions _options;
    private readonly SemaphoreSlim _one = new(1);

    // Whoever sends tokens with invented keys does not make us ask for every one of them.
    private readonly FixedWindowRateLimiter _looks = new(new FixedWindowRateLimiterOptions { PermitLimit = 20, Window = TimeSpan.FromMinutes(1) });
    private OpenIdConnectConfiguration? _fresh;

    public ProviderTokenHandler(OpenIdConnectOptions options)
    {
        _options = options;
        MapInboundClaims = false;
    }

    /// <summary>Algorithms by which only the provider can have signed: no "none", and none with a shared secret.</summary>
    public static IReadOnlyList<string> Algorithms { get; } =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    public override async Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        var result = await base.ValidateTokenAsync(token, validationParameters);
        if (result.IsValid || result.Exception is not (SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException))
            return result;
        if (await FreshAsync() is not { } fresh)
            return result;
        var again = validationParameters.Clone();
        again.ConfigurationManager = null;
        again.ValidIssuers = [.. validationParameters.ValidIssuers ?? [], fresh.Issuer];
        again.IssuerSigningKeys = fresh.SigningKeys;
        return await base.ValidateTokenAsync(token, again);
    }

    private async Task<OpenIdConnectConfiguration?> FreshAsync()
    {
        await _one.WaitAsync();
        try
        {
            using var look = _looks.AttemptAcquire();
            if (look.IsAcquired)
            {
                _fresh = await OpenIdConnectConfigurationRetriever.GetAsync(
                    _options.MetadataAddress, new HttpDocumentRetriever(_options.Backchannel) { RequireHttps = _options.RequireHttpsMetadata }, CancellationToken.None);
                _options.ConfigurationManager!.RequestRefresh();
            }

            return _fresh;
        }
        catch (Exception error) when (ProviderFailures.IsAway(error))
        {
            // The token stays refused, for the reason that it was refused for.
            return null;
        }
        finally
        {
            _one.Release();
        }
    }
}
