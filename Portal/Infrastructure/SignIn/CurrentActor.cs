using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Portal.Core;
using Portal.Core.Security;

namespace Portal.Infrastructure.SignIn;

/// <summary>Something was asked for after its person had been signed out.</summary>
public sealed record SignedOut() : Refusal("signed_out", "You have been signed out, so nothing was done. Sign in again and repeat it.");

/// <summary>Who sits at this circuit, as the use cases want to be told; asks the database each time, whatever the page still shows.</summary>
public sealed class CurrentActor(AuthenticationStateProvider authentication, ISessions sessions)
{
    private const string SessionClaim = "portal/session";
    private const string VersionClaim = "portal/session-version";
    private const string TeamClaim = "portal/team";
    private const string AddressClaim = "portal/address";

    /// <summary>For what somebody pressed: the refusal of who has been signed out goes back to the page.</summary>
    public async Task<Outcome<T>> ActAsync<T>(Func<Actor, Task<Outcome<T>>> act, CancellationToken cancellationToken)
    {
        var actor = await TryGetAsync(cancellationToken);
        return actor.Refusal is { } refusal ? refusal : await act(actor.Value!);
    }

    private async Task<Outcome<Actor>> TryGetAsync(CancellationToken cancellationToken)
    {
        var user = (await authentication.GetAuthenticationStateAsync()).User;
        if (SessionOf(user) is { } id && await sessions.FindAsync(id, cancellationToken) is { } session)
            return session.Actor with { Address = AddressOf(user) };
        (authentication as SessionState)?.Leave();
        return new SignedOut();
    }

    /// <summary>For what a page reads.</summary>
    /// <exception cref="UnauthorizedAccessException">Nobody is signed in any more; the page gives way at the same moment.</exception>
    public async Task<Actor> GetAsync()
    {
        var outcome = await TryGetAsync(CancellationToken.None);
        return outcome.Value ?? throw new UnauthorizedAccessException(outcome.Refusal!.Message);
    }

    /// <summary>The one mapping from claims, whichever way somebody signed in.</summary>
    public static Actor From(ClaimsPrincipal user) => new(
        user.FindFirstValue(ClaimTypes.NameIdentifier) ?? throw new InvalidOperationException("Nobody is signed in."),
        user.FindFirstValue(ClaimTypes.Name) ?? "somebody",
        user.FindAll(ClaimTypes.Role).Select(claim => claim.Value).ToHashSet(StringComparer.Ordinal))
    {
        Teams = user.FindAll(TeamClaim).Select(claim => claim.Value).ToHashSet(StringComparer.Ordinal),
        Mail = user.FindFirstValue(ClaimTypes.Email),
    };

    /// <summary>The claims that <see cref="From"/> reads.</summary>
    public static ClaimsPrincipal ToPrincipal(Actor actor, string scheme) => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, actor.Subject),
            new Claim(ClaimTypes.Name, actor.Name),
            .. actor.Roles.Select(role => new Claim(ClaimTypes.Role, role)),
            .. actor.Teams.Select(team => new Claim(TeamClaim, team)),
            .. actor.Mail is { } mail ? [new Claim(ClaimTypes.Email, mail)] : Array.Empty<Claim>(),
        ],
        scheme));

    /// <param name="address">From where this connection comes; null where it is not known.</param>
    internal static ClaimsPrincipal ToPrincipal(Session session, string scheme, string? address = null)
    {
        var principal = ToPrincipal(session.Actor, scheme);
        ((ClaimsIdentity)principal.Identity!).AddClaims(
        [
            new Claim(SessionClaim, session.Id.ToString()), new Claim(VersionClaim, session.Version.ToString(CultureInfo.InvariantCulture)),
            .. address is null ? Array.Empty<Claim>() : [new Claim(AddressClaim, address)],
        ]);
        return principal;
    }

    /// <summary>From where a request comes, as the trusted proxies tell it.</summary>
    internal static string? AddressOf(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : null;

    /// <summary>From where a circuit was opened.</summary>
    internal static string? AddressOf(ClaimsPrincipal user) => user.FindFirstValue(AddressClaim);

    /// <summary>Null where nobody is signed in.</summary>
    internal static Guid? SessionOf(ClaimsPrincipal? user) => Guid.TryParse(user?.FindFirstValue(SessionClaim), out var id) ? id : null;

    /// <summary>Of the session's name, roles and teams.</summary>
    internal static int? VersionOf(ClaimsPrincipal user) => int.TryParse(user.FindFirstValue(VersionClaim), CultureInfo.InvariantCulture, out var version) ? version : null;
}
