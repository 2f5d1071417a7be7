using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Features.SignIn;

namespace Portal.Infrastructure.SignIn;

/// <summary>Until a way to sign in is configured: nobody gets in, and is told why.</summary>
internal sealed class NoSignIn : ISignInMethod
{
    public Task ChallengeAsync(HttpContext context, string returnUrl) =>
        new RazorComponentResult<NoSignInPage> { StatusCode = StatusCodes.Status401Unauthorized }.ExecuteAsync(context);

    public async Task SignOutAsync(HttpContext context)
    {
        await context.SignOutAsync();
        context.Response.Redirect(LocalUrl.Home);
    }

    public void Map(IEndpointRouteBuilder endpoints)
    {
    }
}
