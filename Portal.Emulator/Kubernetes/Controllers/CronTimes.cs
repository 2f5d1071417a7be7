using System.Globalization;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>A CronJob's schedule, as robfig/cron's standard parser takes it: a bit for each value that a field may have.</summary>
internal sealed class CronTimes
{
    private static readonly (int Low, int High)[] _bounds = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
    private static readonly string[] _names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    private readonly ulong[] _bits = new ulong[5];
    private bool _isEitherDay = true;

    public static CronTimes? Parse(string schedule, out string fault)
    {
        var text = schedule switch
        {
            "@yearly" or "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" or "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            _ => schedule,
        };
        var fields = text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        fault = fields.Length == 5 ? "" : $"expected exactly 5 fields, found {fields.Length}: [{string.Join(' ', fields)}]";
        if (fault.Length > 0)
            return null;

        var times = new CronTimes();
        for (var field = 0; field < fields.Length; field++)
        {
            foreach (var part in fields[field].Split(','))
            {
                if (!times.Read(field, part))
                {
                    fault = $"failed to parse {part}";
                    return null;
                }
            }
        }

        times._isEitherDay = !fields[2].StartsWith('*') && !fields[2].StartsWith('?') && !fields[4].StartsWith('*') && !fields[4].StartsWith('?');
        return times;
    }

    /// <returns>Null where none comes in five years.</returns>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(after, zone).DateTime;
        var at = new DateTime(local.Year, local.Month, local.Day, local.Hour, local.Minute, 0, DateTimeKind.Unspecified).AddMinutes(1);
        var end = at.AddYears(5);
        while (at < end)
        {
            if (!Has(3, at.Month) || !IsDay(at))
                at = at.Date.AddDays(1);
            else if (!Has(1, at.Hour))
                at = at.Date.AddHours(at.Hour + 1);
            else if (!Has(0, at.Minute) || zone.IsInvalidTime(at))
                at = at.AddMinutes(1);
            else
                return new DateTimeOffset(at, zone.GetUtcOffset(at));
        }

        return null;
    }

    private bool IsDay(DateTime at) => _isEitherDay ? Has(2, at.Day) || Has(4, (int)at.DayOfWeek) : Has(2, at.Day) && Has(4, (int)at.DayOfWeek);

    private bool Has(int field, int value) => (_bits[field] & (1UL << value)) != 0;

    private bool Read(int field, string part)
    {
        var (low, high) = _bounds[field];
        var slash = part.IndexOf('/', StringComparison.Ordinal);
        var range = slash < 0 ? part : part[..slash];
        var step = 1;
        if (slash >= 0 && (!int.TryParse(part[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out step) || step == 0))
            return false;
        var (first, last) = (low, high);
        if (range is not ("*" or "?"))
        {
            var dash = range.IndexOf('-', StringComparison.Ordinal);
            if (!Value(field, dash < 0 ? range : range[..dash], out first))
                return false;
            last = slash >= 0 ? high : first;
            if (dash >= 0 && !Value(field, range[(dash + 1)..], out last))
                return false;
        }

        if (first < low || last > high || first > last)
            return false;
        for (var value = first; value <= last; value += step)
            _bits[field] |= 1UL << value;
        return true;
    }

    private static bool Value(int field, string text, out int value)
    {
        var place = field < 3 ? -1 : Array.IndexOf(_names, text.ToLowerInvariant());
        value = field == 3 ? place - 6 : place;
        return (place >= 0 && place < 7 == (field == 4)) || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
