using System.Text.Json;
using System.Text.Json.Serialization;
using Portal.Core.Specifications;

namespace Portal.Core.Operations;

/// <summary>When an environment is awake, by the week; it sleeps the rest of the time. Pure.</summary>
/// <param name="TimeZone">IANA name, for example <c>Europe/Berlin</c>.</param>
/// <param name="Days">On which it wakes up.</param>
/// <param name="From">On the day's clock.</param>
/// <param name="To">On the same day, later than <paramref name="From"/>.</param>
public sealed record Timetable(string TimeZone, IReadOnlyList<DayOfWeek> Days, TimeOnly From, TimeOnly To)
{
    public static Timetable WorkingHours(string timeZone) =>
        new(timeZone, [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday], new TimeOnly(7, 0), new TimeOnly(19, 0));

    /// <summary>Hours awake in a week.</summary>
    [JsonIgnore]
    public double HoursAwake => Days.Count * (To - From).TotalHours;

    public bool IsAwake(DateTimeOffset at)
    {
        var local = TimeZoneInfo.ConvertTime(at, TimeZoneInfo.FindSystemTimeZoneById(TimeZone));
        var time = TimeOnly.FromTimeSpan(local.TimeOfDay);
        return Days.Contains(local.DayOfWeek) && time >= From && time < To;
    }

    /// <summary>"Mon, Tue and Fri, 07:00 to 19:00 (Europe/Berlin)".</summary>
    public string InWords()
    {
        // The week begins on Monday.
        var names = Days.OrderBy(day => ((int)day + 6) % 7).Select(day => day.ToString()[..3]).ToList();
        var days = names.Count switch
        {
            7 => "every day",
            1 => names[0],
            _ => $"{string.Join(", ", names.Take(names.Count - 1))} and {names[^1]}",
        };
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{days}, {From:HH:mm} to {To:HH:mm} ({TimeZone})");
    }

    /// <summary>Everything that may be wrong with one that somebody made.</summary>
    public IEnumerable<FieldError> Faults()
    {
        if (TimeZones.Find(TimeZone) is null)
            yield return new FieldError("timetable.timeZone", TimeZone, $"There is no time zone '{TimeZone}'. Give an IANA name, such as Europe/Berlin or UTC.");
        if (Days.Count == 0)
            yield return new FieldError("timetable.days", "", "Choose at least one day; an environment that never wakes up is better destroyed.");
        if (To <= From)
            yield return new FieldError("timetable.to", To.ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture), $"It has to fall asleep later than it wakes up, {From:HH:mm}, on the same day.");
    }

    public string ToJson() => JsonSerializer.Serialize(this, Specification.Json);

    public static Timetable FromJson(string json) => JsonSerializer.Deserialize<Timetable>(json, Specification.Json) ?? throw new InvalidDataException("The stored timetable is empty.");
}
