namespace Portal.Core;

/// <summary>Time zones by their names, and days as they have them. Pure.</summary>
public static class TimeZones
{
    /// <summary>Of an IANA name, for example <c>Europe/Berlin</c>; null where there is none of that name.</summary>
    /// <remarks>The runtime takes a name for a file of its folder of zones, and reads <c>/dev/zero</c> or <c>../x</c> as well: those are no names.</remarks>
    public static TimeZoneInfo? Find(string? name) =>
        name is [var first, ..] && char.IsAsciiLetter(first) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '+' or '-' or '/')
        && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId ? zone : null;

    /// <summary>The day that it is there at that moment.</summary>
    public static DateOnly DayOf(this TimeZoneInfo zone, DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);

    /// <summary>
    /// The day's first moment: midnight, the earlier one where clocks show it twice, and where clocks are put forward at midnight, as in Beirut, the
    /// moment at which they are.
    /// </summary>
    public static DateTimeOffset BeginOf(this TimeZoneInfo zone, DateOnly day)
    {
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max()
            : zone.GetUtcOffset(zone.IsInvalidTime(midnight) ? midnight.AddDays(-1) : midnight);
        return new DateTimeOffset(midnight, offset).ToUniversalTime();
    }

    /// <summary>The last day of a time that ends there: of one that ends at midnight, the day before.</summary>
    public static DateOnly LastDayOf(this TimeZoneInfo zone, DateTimeOffset end) => zone.DayOf(end.AddTicks(-1));
}
