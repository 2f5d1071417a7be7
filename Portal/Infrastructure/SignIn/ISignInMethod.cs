using Microsoft.AspNetCore.Authentication;

namespace Portal.Infrastructure.SignIn;

/// <summary>
/// A way to find out who somebody is; the cookie that remembers it is common to all. OpenID Connect becomes one more class
/// beside <see cref="PersonaSignIn"/> and <see cref="NoSignIn"/>, chosen in <see cref="SignInExtensions.AddPortalSignIn"/>.
/// </summary>
public interface ISignInMethod
{
    /// <summary>The browser asked for a page and nobody is signed in.</summary>
    Task ChallengeAsync(HttpContext context, string returnUrl);

    /// <summary>Endpoints of its own.</summary>
    void Map(IEndpointRouteBuilder endpoints);
}
