using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Portal.Core;

namespace Portal.Infrastructure.Live;

/// <summary>
/// The zone that a browser says it is in, by a cookie (<c>wwwroot/zone.js</c>). It comes with the connection that opens a circuit, because pages are
/// not prerendered: so the first page of a first visit has it already.
/// </summary>
internal static class ViewerZone
{
    public const string Cookie = "portal-zone";

    private const string ClaimType = "portal/zone";

    // IANA's longest has 32 letters.
    private const int Longest = 64;

    /// <summary>Keeps what the browser says with who is at it.</summary>
    public static void Note(ClaimsPrincipal person, HttpRequest request)
    {
        if (request.Cookies[Cookie] is { Length: > 0 and <= Longest } name)
            ((ClaimsIdentity)person.Identity!).AddClaim(new Claim(ClaimType, name));
    }

    /// <summary>Where the browser said nothing, or named a zone that is not known here, the one of everybody.</summary>
    public static TimeZoneInfo Of(ClaimsPrincipal person) =>
        TimeZones.Find(person.FindFirstValue(ClaimType)) ?? TimeZoneInfo.Utc;
}

/// <summary>Has a circuit's pages read in the zone of its browser.</summary>
internal sealed class ViewerZoneWatch(PageClock clock, AuthenticationStateProvider state) : CircuitHandler
{
    public override async Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken) =>
        clock.ReadIn(ViewerZone.Of((await state.GetAuthenticationStateAsync()).User));
}
