namespace Portal.Infrastructure.SignIn;

/// <summary>
/// A way to find out who somebody is; the session that remembers it is common to all. <see cref="SignInExtensions.AddPortalSignIn"/>
/// chooses one by configuration.
/// </summary>
public interface ISignInMethod
{
    /// <summary>The browser asked for a page and nobody is signed in.</summary>
    /// <param name="returnUrl">Within this site.</param>
    Task ChallengeAsync(HttpContext context, string returnUrl);

    /// <summary>Ends the session and says where to go from there.</summary>
    Task SignOutAsync(HttpContext context);

    /// <summary>Endpoints of its own.</summary>
    void Map(IEndpointRouteBuilder endpoints);
}
