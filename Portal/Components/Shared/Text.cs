using System.Globalization;

namespace Portal.Components.Shared;

/// <summary>Numbers and durations as people read them, everywhere the same. Moments read differently in each zone: <see cref="Times"/>.</summary>
public static class Text
{
    /// <summary>Never 100 before it is done.</summary>
    public static int Percent(double fraction) => fraction >= 1 ? 100 : (int)Math.Clamp(Math.Floor(fraction * 100), 0, 99);

    /// <summary>What one of something costs: cents always, and as many digits more as there are, because millions of it are bought.</summary>
    public static string Price(decimal dollars) => string.Create(CultureInfo.InvariantCulture, $"$ {dollars:#,0.00##########}");

    public static string Money(decimal dollars) => string.Create(CultureInfo.InvariantCulture, $"$ {Math.Round(dollars):N0}");

    /// <summary>"40 s", "3 min", "8 m 58 s", "1 h 5 min".</summary>
    public static string Duration(TimeSpan time) =>
        time.TotalSeconds < 60 ? $"{Math.Max(1, (int)Math.Round(time.TotalSeconds))} s"
        : time.TotalMinutes < 60 ? (time.Seconds == 0 ? $"{time.Minutes} min" : $"{time.Minutes} m {time.Seconds} s")
        : $"{(int)time.TotalHours} h {time.Minutes} min";

    /// <summary>"about 10 s", "5 – 7 min": rough on purpose, so that it does not jitter.</summary>
    public static string Range(TimeSpan low, TimeSpan high)
    {
        if (high < low)
            (low, high) = (high, low);
        if (high.TotalSeconds < 10)
            return "a few seconds";
        if (high.TotalSeconds < 90)
            return Join(Step(low.TotalSeconds, 10), Step(high.TotalSeconds, 10), "s");
        if (high.TotalMinutes < 90)
            return Join(Math.Max(1, (int)Math.Floor(low.TotalMinutes)), (int)Math.Ceiling(high.TotalMinutes), "min");
        return Join(Math.Max(1, (int)Math.Floor(low.TotalHours)), (int)Math.Ceiling(high.TotalHours), "h");
    }

    public static string Day(DateOnly day) => day.ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    private static int Step(double seconds, int step) => Math.Max(step, (int)Math.Ceiling(seconds / step) * step);

    private static string Join(int low, int high, string unit) => low == high ? $"about {low} {unit}" : $"{low} – {high} {unit}";
}
