using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Portal.Core.Security;
using Portal.Features.SignIn;
using Portal.Infrastructure.Live;

namespace Portal.Infrastructure.SignIn;

/// <summary>The cookie and the session it is the key of, whichever way somebody signed in.</summary>
internal sealed class SessionHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, SessionStore sessions, ISignInMethod method,
    IOptions<SignInOptions> signIn) : SignInAuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Session";

    // Of the authentication properties; in memory only.
    public const string Provider = "provider";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // Files are for everybody: no question to the database.
        if (Context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            return AuthenticateResult.NoResult();
        if (SessionKey.Read(Request) is not { } key || await sessions.FindAsync(key, Context.RequestAborted) is not { } session)
            return AuthenticateResult.NoResult();
        var person = CurrentActor.ToPrincipal(session, SchemeName, CurrentActor.AddressOf(Context));
        ViewerZone.Note(person, Request);
        return AuthenticateResult.Success(new AuthenticationTicket(person, SchemeName));
    }

    protected override async Task HandleSignInAsync(ClaimsPrincipal user, AuthenticationProperties? properties)
    {
        // Nobody goes on with a session that was there before.
        await EndAsync();
        var key = await sessions.StartAsync(CurrentActor.From(user), properties?.GetParameter<ProviderSession>(Provider), Context.RequestAborted);
        SessionKey.Write(Response, key);
    }

    protected override async Task HandleSignOutAsync(AuthenticationProperties? properties)
    {
        await EndAsync();
        SessionKey.Delete(Response);
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (WantsPage())
            return method.ChallengeAsync(Context, LocalUrl.Of(Request.PathBase.Add(Request.Path).Add(Request.QueryString)));
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status403Forbidden;
        return WantsPage() && !Roles.All.Any(Context.User.IsInRole)
            ? new RazorComponentResult<NoRolePage>(new { Name = Context.User.Identity?.Name, signIn.Value.Contact }) { StatusCode = StatusCodes.Status403Forbidden }.ExecuteAsync(Context)
            : Task.CompletedTask;
    }

    private async Task EndAsync()
    {
        if (CurrentActor.SessionOf((await Context.AuthenticateAsync(SchemeName)).Principal) is { } id)
            await sessions.EndAsync(id, Context.RequestAborted);
    }

    /// <summary>A browser that goes somewhere, not a script or a program.</summary>
    private bool WantsPage() =>
        HttpMethods.IsGet(Request.Method) && !Request.Path.StartsWithSegments("/_blazor", StringComparison.OrdinalIgnoreCase)
        && Request.Headers.Accept.Any(accept => accept?.Contains("text/html", StringComparison.OrdinalIgnoreCase) == true);
}
