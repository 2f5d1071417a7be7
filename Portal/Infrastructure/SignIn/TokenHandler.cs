using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Portal.Core.Security;
using Portal.Core.Tokens;
using Portal.Infrastructure.Hosting;

namespace Portal.Infrastructure.SignIn;

/// <summary>
/// A program that says who it is with a token: <c>Authorization: Bearer pt_…</c>. What is for programs takes nothing else, no cookie, so that no
/// other page can have a browser do anything there; and pages take no token.
/// </summary>
internal sealed class TokenHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, TokenQueries tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Token";

    /// <summary>Policy: somebody's token; what it may do, the use case says.</summary>
    public const string Policy = "Program";

    private const string Says = "Bearer ";

    public static void AddPolicy(AuthorizationBuilder authorization) => authorization.AddPolicy(
        Policy, policy => policy.AddAuthenticationSchemes(SchemeName).RequireAuthenticatedUser().RequireRole(Policies.RolesFor(Permission.View)));

    /// <summary>Who acts in this request.</summary>
    public static TokenHolder HolderOf(HttpContext context) => context.Features.Get<TokenHolder>() ?? throw new InvalidOperationException("The endpoint does not ask for a token.");

    /// <summary>What was said; null where nothing was.</summary>
    public static string? TokenOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Says, StringComparison.OrdinalIgnoreCase) ? header[Says.Length..].Trim() : null;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (TokenOf(Request) is not { } token)
            return AuthenticateResult.NoResult();
        if (await tokens.FindAsync(token, Context.RequestAborted) is not { } holder)
            return AuthenticateResult.Fail("The token is unknown, over or revoked.");
        Context.Features.Set(holder with { Actor = holder.Actor with { Address = CurrentActor.AddressOf(Context) } });
        return AuthenticateResult.Success(new AuthenticationTicket(CurrentActor.ToPrincipal(holder.Actor, SchemeName), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var wasSaid = TokenOf(Request) is not null;
        Response.Headers.WWWAuthenticate = wasSaid ? "Bearer error=\"invalid_token\"" : "Bearer";
        return Problems.WriteAsync(Context, StatusCodes.Status401Unauthorized, "no_token", wasSaid
            ? "This token is unknown, expired or revoked. Make another one at /tokens."
            : "Say who you are: Authorization: Bearer, and a token that you made at /tokens.");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Problems.WriteAsync(
        Context, StatusCodes.Status403Forbidden, "not_allowed", "The owner of this token has no role here any more.");
}
