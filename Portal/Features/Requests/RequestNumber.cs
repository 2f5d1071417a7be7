using System.Globalization;

namespace Portal.Features.Requests;

/// <summary>A request's number in an address.</summary>
public static class RequestNumber
{
    /// <returns>-1, which no request has, for what is no number or greater than numbers get: such an address leads to a page that says so.</returns>
    public static long Read(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
