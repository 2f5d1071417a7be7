using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Portal.Core.Security;

namespace Portal.Infrastructure.SignIn;

/// <summary>Who sits at this circuit, as the use cases want to be told.</summary>
public sealed class CurrentActor(AuthenticationStateProvider authentication)
{
    /// <exception cref="InvalidOperationException">Nobody is signed in; pages are only reached by who is.</exception>
    public async Task<Actor> GetAsync() => From((await authentication.GetAuthenticationStateAsync()).User);

    /// <summary>The one mapping from claims, whichever way somebody signed in.</summary>
    public static Actor From(ClaimsPrincipal user) => new(
        user.FindFirstValue(ClaimTypes.NameIdentifier) ?? throw new InvalidOperationException("Nobody is signed in."),
        user.FindFirstValue(ClaimTypes.Name) ?? "somebody",
        user.FindAll(ClaimTypes.Role).Select(claim => claim.Value).ToHashSet(StringComparer.Ordinal));

    /// <summary>The claims that <see cref="From"/> reads.</summary>
    public static ClaimsPrincipal ToPrincipal(Actor actor, string scheme) => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, actor.Subject),
            new Claim(ClaimTypes.Name, actor.Name),
            .. actor.Roles.Select(role => new Claim(ClaimTypes.Role, role)),
        ],
        scheme));
}
