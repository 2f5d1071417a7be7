using System.Globalization;
using System.Text.RegularExpressions;
using Portal.Core;

namespace Portal.Components.Shared;

/// <summary>
/// Moments and days as people read them in one zone. Pages ask the one of their reader (<c>PageClock.Times</c>), so that no page mixes zones; what
/// leaves the portal is <see cref="Utc"/>. Only UTC is named beside each time: a reader's own zone stands once, in the menu of who is signed in.
/// </summary>
public sealed partial class Times(TimeZoneInfo zone)
{
    // As our events and notices have them.
    private static readonly string[] s_written = ["yyyy-MM-dd HH:mm", "d MMM yyyy, HH:mm"];

    public static Times Utc { get; } = new(TimeZoneInfo.Utc);

    public TimeZoneInfo Zone => zone;

    /// <summary>"UTC", or as IANA calls it: "Europe/Berlin".</summary>
    public string ZoneName => IsUtc ? "UTC" : zone.Id;

    /// <summary>"times are UTC", "times are in Europe/Berlin": for the head of a list.</summary>
    public string Note => IsUtc ? "times are UTC" : $"times are in {zone.Id}";

    /// <summary>The same of one moment, as its clocks stand then: "times are in Europe/Berlin, UTC+02:00".</summary>
    public string NoteAt(DateTimeOffset time) => IsUtc ? Note : $"{Note}, {Offset(time)}";

    private bool IsUtc => zone.Id is "UTC" or "Etc/UTC";

    /// <summary>"14:03:00": where it says beside it whose time it is.</summary>
    public string Clock(DateTimeOffset time) => In(time, "HH:mm:ss");

    /// <summary>"2027-03-29 14:03:00": below each other in a table.</summary>
    public string Stamp(DateTimeOffset time) => In(time, "yyyy-MM-dd HH:mm:ss");

    /// <summary>"14:03:00", with the day before it where that is another than <paramref name="now"/>'s: "28 Mar 14:03:00".</summary>
    public string At(DateTimeOffset time, DateTimeOffset now) => Near(time, now, "HH:mm:ss") + Suffix;

    /// <summary>"29 Mar 2027 14:03:00".</summary>
    public string Moment(DateTimeOffset time) => In(time, "d MMM yyyy HH:mm:ss") + Suffix;

    /// <summary>For a title, everything that may be asked about a moment: "29 Mar 2027 14:03:00 (Europe/Berlin, UTC+02:00) · 12:03:00 UTC".</summary>
    public string Full(DateTimeOffset time) => IsUtc ? Moment(time)
        : $"{Moment(time)} ({zone.Id}, {Offset(time)}) · {(zone.DayOf(time) == TimeZoneInfo.Utc.DayOf(time) ? Utc.Clock(time) + " UTC" : Utc.Moment(time))}";

    /// <summary>A sentence that was written where nobody knew who would read it, "it expires on 2027-03-29 12:03 UTC": with its moments as they are here.</summary>
    public string Told(string sentence) => IsUtc ? sentence : Moments().Replace(sentence, match =>
        DateTimeOffset.TryParseExact(match.Groups["at"].Value, s_written, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? In(at, "d MMM yyyy HH:mm") : match.Value);

    /// <summary>"29 Mar 2027".</summary>
    public string Day(DateTimeOffset time) => In(time, "d MMM yyyy");

    /// <summary>"29 Mar 2027", or "29 Mar 2027 14:03" where it is not the day's beginning.</summary>
    public string Date(DateTimeOffset begin) => IsMidnight(begin) ? Day(begin) : In(begin, "d MMM yyyy HH:mm") + Suffix;

    /// <summary>Until when, where a day usually ends: "28 Mar 2027", the last day, or "29 Mar 2027 14:03" where it ends within one.</summary>
    public string Last(DateTimeOffset end) => IsMidnight(end) ? Text.Day(zone.LastDayOf(end)) : Date(end);

    /// <summary>"on 28 Mar 2027", "from 1 Mar 2027 to 28 Mar 2027"; with times where it does not begin and end with days here.</summary>
    public string Span(DateTimeOffset begin, DateTimeOffset end)
    {
        var (first, last) = (Date(begin), Last(end));
        return first == last ? $"on {first}" : $"from {first} to {last}";
    }

    /// <summary>"just now", "40 s ago", "12 min ago", "3 h ago", "yesterday", "14 Mar 2027".</summary>
    public string Ago(DateTimeOffset time, DateTimeOffset now)
    {
        var age = now - time;
        var days = zone.DayOf(now).DayNumber - zone.DayOf(time).DayNumber;
        return age.TotalSeconds < 5 ? "just now"
            : age.TotalSeconds < 60 ? $"{(int)age.TotalSeconds / 5 * 5} s ago"
            : age.TotalMinutes < 60 ? $"{(int)age.TotalMinutes} min ago"
            : age.TotalHours < 24 ? $"{(int)age.TotalHours} h ago"
            : days <= 1 ? "yesterday"
            : days < 30 ? $"{days} days ago"
            : Day(time);
    }

    /// <summary>"in 40 min", "in 5 h", "in 3 days", "14 Mar 2027"; "now" for what is over.</summary>
    public string Ahead(DateTimeOffset time, DateTimeOffset now)
    {
        var left = time - now;
        return left <= TimeSpan.Zero ? "now"
            : left.TotalMinutes < 60 ? $"in {Math.Max(1, (int)left.TotalMinutes)} min"
            : left.TotalHours < 48 ? $"in {(int)left.TotalHours} h"
            : left.TotalDays < 30 ? $"in {(int)left.TotalDays} days"
            : Day(time);
    }

    /// <summary>"Not seen since 14:05".</summary>
    public string NotSeen(DateTimeOffset? since, DateTimeOffset now) => since is { } time ? $"Not seen since {Near(time, now, "HH:mm")}{Suffix}" : "Not seen yet";

    private string Suffix => IsUtc ? " UTC" : "";

    private string Near(DateTimeOffset time, DateTimeOffset now, string clock)
    {
        var (day, today) = (zone.DayOf(time), zone.DayOf(now));
        return In(time, day == today ? clock : day.Year == today.Year ? $"d MMM {clock}" : $"d MMM yyyy {clock}");
    }

    private bool IsMidnight(DateTimeOffset time) => zone.BeginOf(zone.DayOf(time)) == time;

    private string Offset(DateTimeOffset time)
    {
        var offset = zone.GetUtcOffset(time);
        return string.Create(CultureInfo.InvariantCulture, $"UTC{(offset < TimeSpan.Zero ? '-' : '+')}{offset:hh\\:mm}");
    }

    [GeneratedRegex(@"(?<at>\d{4}-\d{2}-\d{2} \d{2}:\d{2}|\d{1,2} [A-Z][a-z]{2} \d{4}, \d{2}:\d{2}) UTC", RegexOptions.ExplicitCapture)]
    private static partial Regex Moments();

    private string In(DateTimeOffset time, string format) => TimeZoneInfo.ConvertTime(time, zone).ToString(format, CultureInfo.InvariantCulture);
}
