using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Portal.Features.SignIn;

namespace Portal.Infrastructure.SignIn;

/// <summary>OpenID Connect, with whichever provider: its handler brings people here, this takes them there and back.</summary>
internal sealed partial class ProviderSignIn(IOptionsMonitor<OpenIdConnectOptions> provider, SessionStore sessions, ILogger<ProviderSignIn> logger) : ISignInMethod
{
    public const string SchemeName = "Provider";
    public const string CallbackPath = "/signin-oidc";
    public const string SignedOutCallbackPath = "/signout-callback-oidc";
    public const string BackChannelPath = "/sign-out/back-channel";
    public const string SignedOutPath = "/signed-out";

    public async Task ChallengeAsync(HttpContext context, string returnUrl)
    {
        try
        {
            await context.ChallengeAsync(SchemeName, new AuthenticationProperties { RedirectUri = returnUrl });
        }
        catch (Exception error) when (ProviderFailures.IsAway(error))
        {
            LogAway(logger, ProviderFailures.Reason(error));
            await ProviderFailures.TellAsync(context, SignInFault.Away);
        }
    }

    /// <summary>Here at once, then at the provider where it offers that.</summary>
    public async Task SignOutAsync(HttpContext context)
    {
        var tokens = CurrentActor.SessionOf(context.User) is { } id ? await sessions.TokensAsync(id, context.RequestAborted) : null;
        await context.SignOutAsync();
        if (!await HasEndSessionAsync(context.RequestAborted))
        {
            context.Response.Redirect(SignedOutPath);
            return;
        }

        var properties = new AuthenticationProperties { RedirectUri = SignedOutPath };
        properties.SetParameter(OpenIdConnectParameters.IdTokenHint, tokens?.IdToken);
        await context.SignOutAsync(SchemeName, properties);
        // The answer to a form may not lead to another site (form-action); a page that goes on by itself may.
        var location = context.Response.Headers.Location.ToString();
        context.Response.Headers.Remove("Location");
        context.Response.Headers["Refresh"] = $"0;url={location}";
        await new RazorComponentResult<LeavingPage>(new { Next = location }) { StatusCode = StatusCodes.Status200OK }.ExecuteAsync(context);
    }

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(SignedOutPath, () => new RazorComponentResult<SignedOutPage>());
        endpoints.MapPost(BackChannelPath, (HttpContext context, BackChannelLogout logout) => logout.HearAsync(context));
    }

    private async Task<bool> HasEndSessionAsync(CancellationToken cancellationToken)
    {
        try
        {
            var configuration = await provider.Get(SchemeName).ConfigurationManager!.GetConfigurationAsync(cancellationToken);
            return !string.IsNullOrEmpty(configuration.EndSessionEndpoint);
        }
        catch (Exception error) when (ProviderFailures.IsAway(error))
        {
            LogAway(logger, ProviderFailures.Reason(error));
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The identity provider does not answer: {Reason}")]
    private static partial void LogAway(ILogger logger, string reason);
}

/// <summary>Names of the in-memory parameters that go along with a sign-out.</summary>
internal static class OpenIdConnectParameters
{
    public const string IdTokenHint = "id_token_hint";
}
