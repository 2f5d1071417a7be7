using System.Globalization;
using System.Text;
using Portal.Core;

namespace Portal.Components.Shared;

/// <summary>
/// What an address says behind its question mark, or in a part of its path. Addresses are typed, shortened and kept for years, so nothing in one is a
/// fault: what cannot be meant is left out, and <see cref="Ignored"/> says so. Pages take their parameters as text and read them here.
/// </summary>
public sealed class QueryReader
{
    public const int LongestSearch = 60;

    private const int ShownOfAValue = 30;

    private readonly List<string> _ignored = [];

    /// <summary>"page 'abc'", for each value that was left out.</summary>
    public IReadOnlyList<string> Ignored => _ignored;

    /// <summary>From 0, where the address counts from 1. A number that is too great is a page beyond the last, which the list knows how to take.</summary>
    public int Page(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return 0;
        if (!text.All(char.IsAsciiDigit) || text.All(digit => digit == '0'))
            return Ignore(0, "page", text);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var page) ? page - 1 : int.MaxValue;
    }

    /// <summary>A name of the enumeration, in whatever case; null where there is none.</summary>
    public T? Choice<T>(string name, string? text)
        where T : struct, Enum
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        // Enum.TryParse takes numbers and lists as well.
        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(value.ToString(), text.Trim(), StringComparison.OrdinalIgnoreCase))
                return value;
        }

        return Ignore<T?>(null, name, text);
    }

    /// <summary>One of the texts that there are; null where it is none of them.</summary>
    public string? OneOf(string name, string? text, IEnumerable<string> known)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        return known.FirstOrDefault(one => string.Equals(one, text.Trim(), StringComparison.OrdinalIgnoreCase)) ?? Ignore<string?>(null, name, text);
    }

    /// <summary>As 2026-11-30; null where there is none.</summary>
    public DateOnly? Day(string name, string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        return DateOnly.TryParseExact(text.Trim(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day < DateOnly.MaxValue
            ? day
            : Ignore<DateOnly?>(null, name, text);
    }

    /// <summary>An IANA name, as Europe/Berlin; null where there is none of that name.</summary>
    public TimeZoneInfo? Zone(string name, string? text) =>
        string.IsNullOrWhiteSpace(text) ? null : TimeZones.Find(text.Trim()) ?? Ignore<TimeZoneInfo?>(null, name, text);

    /// <summary>Words to search for: without what cannot be seen, and no longer than a name can be.</summary>
    public string? Search(string? text)
    {
        var clean = Clean(text).Trim();
        if (clean.Length > LongestSearch)
        {
            _ignored.Add($"what comes after the first {LongestSearch} letters to search for");
            clean = clean[..LongestSearch];
        }

        return clean.Length == 0 ? null : clean;
    }

    /// <summary>Without control characters, which no name holds and Postgres does not take, and without broken halves of characters.</summary>
    public static string Clean(string? text)
    {
        var clean = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (!Rune.IsControl(rune) && rune != Rune.ReplacementChar)
                clean.Append(rune.ToString());
        }

        return clean.ToString();
    }

    internal T Ignore<T>(T instead, string name, string text)
    {
        var shown = Clean(text);
        _ignored.Add($"{name} '{(shown.Length > ShownOfAValue ? shown[..ShownOfAValue] + "…" : shown)}'");
        return instead;
    }
}
