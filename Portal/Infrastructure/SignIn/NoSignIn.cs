using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Features.SignIn;

namespace Portal.Infrastructure.SignIn;

/// <summary>Outside Development, until a real way to sign in is configured: nobody gets in, and is told why.</summary>
internal sealed class NoSignIn : ISignInMethod
{
    public Task ChallengeAsync(HttpContext context, string returnUrl) =>
        new RazorComponentResult<NoSignInPage> { StatusCode = StatusCodes.Status401Unauthorized }.ExecuteAsync(context);

    public void Map(IEndpointRouteBuilder endpoints)
    {
    }
}
