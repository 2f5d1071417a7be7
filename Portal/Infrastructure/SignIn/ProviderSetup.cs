using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.Identity.Web;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Portal.Features.SignIn;

namespace Portal.Infrastructure.SignIn;

/// <summary>The framework's handler, set up; Entra ID's peculiarities come from Microsoft.Identity.Web, all else is the same for both.</summary>
internal static class ProviderSetup
{
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    public static void AddProvider(this AuthenticationBuilder authentication, SignInOptions options)
    {
        var services = authentication.Services;
        if (options.Way == SignInWay.EntraId)
            authentication.AddEntraId(options.EntraId);
        else
            authentication.AddOpenIdConnect(ProviderSignIn.SchemeName, provider => UseAny(provider, options.OpenIdConnect));

        // After what the packages make of it.
        services.AddSingleton<IPostConfigureOptions<OpenIdConnectOptions>>(new PostConfigureOptions<OpenIdConnectOptions>(
            ProviderSignIn.SchemeName, provider => UseCommon(provider, options)));
        services.AddSingleton<ISignInMethod, ProviderSignIn>();
        services.AddSingleton<ProviderIdentity>();
        services.AddHttpClient<IGroupLookup, GraphGroups>();
        services.AddSingleton<BackChannelLogout>();
        services.AddSingleton<ProviderClient>();
        services.AddHostedService<ProviderChecks>();
    }

    private static void AddEntraId(this AuthenticationBuilder authentication, EntraIdSettings entra) => authentication.AddMicrosoftIdentityWebApp(
        identity =>
        {
            identity.Instance = entra.Instance;
            identity.TenantId = entra.TenantId;
            identity.ClientId = entra.ClientId;
            identity.ClientSecret = entra.ClientSecret;
            identity.Scope.Add("offline_access");
            // With it the access token is one for Graph.
            identity.Scope.Add(new Uri(new Uri(entra.GraphUrl), "/GroupMember.Read.All").ToString());
        },
        openIdConnectScheme: ProviderSignIn.SchemeName, cookieScheme: null);

    private static void UseAny(OpenIdConnectOptions provider, OpenIdConnectSettings settings)
    {
        provider.Authority = settings.Authority;
        provider.ClientId = settings.ClientId;
        provider.ClientSecret = settings.ClientSecret;
        provider.RequireHttpsMetadata = settings.Authority.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
        provider.GetClaimsFromUserInfoEndpoint = settings.UserInfo;
        foreach (var scope in settings.Scopes)
            provider.Scope.Add(scope);
        if (settings.OfflineAccess)
            provider.Scope.Add("offline_access");
    }

    private static void UseCommon(OpenIdConnectOptions provider, SignInOptions options)
    {
        provider.SignInScheme = SessionHandler.SchemeName;
        provider.SignOutScheme = SessionHandler.SchemeName;
        provider.CallbackPath = ProviderSignIn.CallbackPath;
        provider.SignedOutCallbackPath = ProviderSignIn.SignedOutCallbackPath;
        provider.SignedOutRedirectUri = ProviderSignIn.SignedOutPath;
        // Browsers no longer send the cookie into the provider's frame; the back channel tells us instead.
        provider.RemoteSignOutPath = default;
        provider.ResponseType = OpenIdConnectResponseType.Code;
        provider.ResponseMode = OpenIdConnectResponseMode.Query;
        provider.UsePkce = true;
        provider.UseTokenLifetime = false;
        provider.MapInboundClaims = false;
        // Until the session is stored, which keeps of them what is needed.
        provider.SaveTokens = true;
        provider.TokenHandler = new ProviderTokenHandler(provider);
        provider.TokenValidationParameters.ClockSkew = ClockSkew;
        provider.TokenValidationParameters.ValidAlgorithms = ProviderTokenHandler.Algorithms;
        provider.ClaimActions.Clear();
        foreach (var claim in options.GroupClaimsOrDefault.Concat([options.OpenIdConnect.NameClaim, "name", "preferred_username", "email"]).Distinct(StringComparer.Ordinal))
            provider.ClaimActions.MapJsonKey(claim, claim);
        foreach (var cookie in new[] { provider.CorrelationCookie, provider.NonceCookie })
        {
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        }

        UseEvents(provider.Events);
    }

    private static void UseEvents(OpenIdConnectEvents events)
    {
        var validated = events.OnTokenValidated;
        events.OnTokenValidated = async context =>
        {
            MustBeSigned(context);
            await validated(context);
        };
        events.OnTicketReceived = ReceiveAsync;
        events.OnAccessDenied = async context =>
        {
            context.HandleResponse();
            await ProviderFailures.TellAsync(context.HttpContext, SignInFault.Declined);
        };
        events.OnRemoteFailure = async context =>
        {
            var logger = context.HttpContext.RequestServices.GetRequiredService<ILogger<ProviderSignIn>>();
            if (context.Failure is not null)
                logger.LogWarning("A sign-in failed: {Reason}", ProviderFailures.Reason(context.Failure));
            context.HandleResponse();
            await ProviderFailures.TellAsync(context.HttpContext, ProviderFailures.Classify(context.Failure));
        };
        var leaving = events.OnRedirectToIdentityProviderForSignOut;
        events.OnRedirectToIdentityProviderForSignOut = async context =>
        {
            await leaving(context);
            context.ProtocolMessage.IdTokenHint = context.Properties.GetParameter<string>(OpenIdConnectParameters.IdTokenHint);
        };
    }

    /// <summary>In the code flow the stock handler takes a token that is not signed at all.</summary>
    private static void MustBeSigned(TokenValidatedContext context)
    {
        if (!ProviderTokenHandler.Algorithms.Contains(context.SecurityToken.Header.Alg, StringComparer.Ordinal))
            throw new SignInRefusedException(SignInFault.Untrusted, $"The token's algorithm is '{context.SecurityToken.Header.Alg}'.");
    }

    private static async Task ReceiveAsync(TicketReceivedContext context)
    {
        var identity = context.HttpContext.RequestServices.GetRequiredService<ProviderIdentity>();
        var properties = context.Properties!;
        try
        {
            var user = context.Principal!;
            var actor = await identity.ActorAsync(user, properties.GetTokenValue(OpenIdConnectParameterNames.AccessToken), context.HttpContext.RequestAborted);
            properties.SetParameter(SessionHandler.Provider, new ProviderSession(
                user.FindFirst("sub")!.Issuer, user.FindFirstValue("sub")!, user.FindFirstValue("sid"),
                new ProviderTokens(properties.GetTokenValue(OpenIdConnectParameterNames.IdToken), properties.GetTokenValue(OpenIdConnectParameterNames.RefreshToken))));
            context.Principal = CurrentActor.ToPrincipal(actor, SessionHandler.SchemeName);
        }
        catch (Exception error) when (error is SignInRefusedException || ProviderFailures.IsAway(error))
        {
            context.HttpContext.RequestServices.GetRequiredService<ILogger<ProviderSignIn>>().LogWarning("A sign-in was refused: {Reason}", ProviderFailures.Reason(error));
            context.HandleResponse();
            await ProviderFailures.TellAsync(context.HttpContext, ProviderFailures.Classify(error));
        }
    }
}
