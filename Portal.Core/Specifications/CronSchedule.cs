using System.Globalization;

namespace Portal.Core.Specifications;

/// <summary>
/// Times as Kubernetes' CronJob reads them (https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax): minute, hour,
/// day of the month, month, weekday. Where both days are given, either of them will do.
/// </summary>
public sealed class CronSchedule
{
    // Leap days come every eight years at worst.
    private const int YearsAhead = 8;

    private static readonly string[] s_months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] s_weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    private static readonly Field[] s_fields =
    [
        new("minute", 0, 59, []), new("hour", 0, 23, []), new("day of the month", 1, 31, []), new("month", 1, 12, s_months), new("weekday", 0, 6, s_weekdays),
    ];

    private static readonly Dictionary<string, string> s_words = new(StringComparer.Ordinal)
    {
        ["@yearly"] = "0 0 1 1 *",
        ["@annually"] = "0 0 1 1 *",
        ["@monthly"] = "0 0 1 * *",
        ["@weekly"] = "0 0 * * 0",
        ["@daily"] = "0 0 * * *",
        ["@midnight"] = "0 0 * * *",
        ["@hourly"] = "0 * * * *",
    };

    private readonly HashSet<int>[] _allowed;
    private readonly bool _anyDay;

    private CronSchedule(HashSet<int>[] allowed, bool hasDay, bool hasWeekday) => (_allowed, _anyDay) = (allowed, hasDay && hasWeekday);

    /// <param name="fault">What is wrong with it and what would do, as a sentence; empty where it can be read.</param>
    /// <returns>Null where it cannot.</returns>
    public static CronSchedule? Parse(string text, out string fault)
    {
        fault = "";
        var parts = s_words.GetValueOrDefault(text.Trim(), text).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != s_fields.Length)
        {
            fault = text.StartsWith('@')
                ? $"There is no {text}. Write {string.Join(", ", s_words.Keys.Where(word => word is not ("@annually" or "@midnight")))} or five fields, for example 0 3 * * * for every day at three."
                : $"It has {parts.Length.ToString(CultureInfo.InvariantCulture)} fields and needs five: minute, hour, day of the month, month and weekday, for example 0 3 * * * for every day at three.";
            return null;
        }

        var allowed = new HashSet<int>[s_fields.Length];
        for (var index = 0; index < parts.Length; index++)
        {
            allowed[index] = [];
            foreach (var item in parts[index].Split(','))
            {
                if (s_fields[index].Add(item, allowed[index]) is not { } wrong)
                    continue;
                fault = wrong;
                return null;
            }
        }

        var schedule = new CronSchedule(allowed, !IsAny(parts[2]), !IsAny(parts[4]));
        if (schedule.Days(new DateOnly(2024, 1, 1)).Any())
            return schedule;
        fault = "It never comes: none of its months has that day.";
        return null;
    }

    /// <summary>The first time after that one; what a clock leaves out when it is put forward is left out.</summary>
    public DateTimeOffset Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(after, zone).DateTime;
        var times = _allowed[1].Order().SelectMany(hour => _allowed[0].Order().Select(minute => new TimeOnly(hour, minute))).ToList();
        return Days(DateOnly.FromDateTime(local)).SelectMany(day => times.Select(time => day.ToDateTime(time)))
            .Where(time => !zone.IsInvalidTime(time)).Select(time => new DateTimeOffset(time, zone.GetUtcOffset(time))).First(time => time > after);
    }

    private IEnumerable<DateOnly> Days(DateOnly from) => Enumerable.Range(0, YearsAhead * 366).Select(from.AddDays).Where(IsDay);

    private bool IsDay(DateOnly date)
    {
        var (day, weekday) = (_allowed[2].Contains(date.Day), _allowed[4].Contains((int)date.DayOfWeek));
        return _allowed[3].Contains(date.Month) && (_anyDay ? day || weekday : day && weekday);
    }

    private static bool IsAny(string part) => part[0] is '*' or '?';

    private sealed record Field(string Name, int Low, int High, string[] Words)
    {
        /// <returns>What is wrong with the item; null where nothing is.</returns>
        public string? Add(string item, HashSet<int> allowed)
        {
            var (range, step) = item.Split('/') switch
            {
                [var only] => (only, 1),
                [var before, var after] when int.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 => (before, number),
                _ => ("", 0),
            };
            var ends = range is "*" or "?" ? [Low, High] : range.Split('-').Select(Number).ToArray();
            if (step == 0 || ends is not ([_] or [_, _]) || ends.Contains(null))
                return $"{Name}: '{item}' is not one of its values. Write {Low}-{High}, a list of them, a range or */{Math.Min(5, High)}{(Words.Length > 0 ? $", or {Words[0]} to {Words[^1]}" : "")}.";
            var (first, last) = (ends[0]!.Value, ends.Length > 1 ? ends[1]!.Value : step > 1 ? High : ends[0]!.Value);
            if (first < Low || last > High)
                return $"{Name}: '{item}' is out of range: {Low} to {High}{(Words.Length == 7 ? ", from Sunday, which is 0" : "")}.";
            if (first > last)
                return $"{Name}: '{item}' ends before it begins. Write the earlier one first, or two ranges with a comma.";
            for (var value = first; value <= last; value += step)
                allowed.Add(value);
            return null;
        }

        private int? Number(string text) => Array.FindIndex(Words, word => word.Equals(text, StringComparison.OrdinalIgnoreCase)) is >= 0 and var place ? place + Low
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
