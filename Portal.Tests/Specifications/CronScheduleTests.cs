using Portal.Core.Specifications;
using Portal.Emulator.Kubernetes.Controllers;

namespace Portal.Tests.Specifications;

/// <summary>Expected: https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax and the standard parser of robfig/cron v3.</summary>
public sealed class CronScheduleTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("0 3 * * *", "2026-11-29T20:00:00Z", "2026-11-30T03:00:00+01:00")]
    [InlineData("*/15 9-17 * * MON-FRI", "2026-11-27T16:50:00Z", "2026-11-30T09:00:00+01:00")]
    [InlineData("5,35 0 1 JAN,jul ?", "2026-03-01T00:00:00Z", "2026-07-01T00:05:00+02:00")]
    [InlineData("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00+01:00")]
    [InlineData("0 0 13 * 5", "2026-11-13T12:00:00Z", "2026-11-20T00:00:00+01:00")] // Either day will do.
    [InlineData("0 0 */2 * 1", "2026-11-30T12:00:00Z", "2026-12-07T00:00:00+01:00")] // A star with a step is a star: both have to hold.
    [InlineData("30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-30T02:30:00+02:00")] // There is no half past two on the 29th.
    [InlineData("@weekly", "2026-11-29T20:00:00Z", "2026-12-06T00:00:00+01:00")]
    public void Next_Schedule_IsTheFirstTimeAfter(string text, string after, string expected)
    {
        var next = CronSchedule.Parse(text, out var fault)!.Next(At(after), Berlin);

        fault.ShouldBeEmpty();
        next.ShouldBe(At(expected));
        CronTimes.Parse(text, out _)!.Next(At(after), Berlin).ShouldBe(next);
    }

    [Theory]
    [InlineData("", "needs five: minute, hour")]
    [InlineData("0 3 * *", "It has 4 fields and needs five")]
    [InlineData("0 3 * * * *", "It has 6 fields and needs five")]
    [InlineData("60 * * * *", "minute: '60' is out of range: 0 to 59.")]
    [InlineData("0 24 * * *", "hour: '24' is out of range: 0 to 23.")]
    [InlineData("0 0 * * 7", "weekday: '7' is out of range: 0 to 6, from Sunday, which is 0.")]
    [InlineData("0 0 * * FRI-MON", "weekday: 'FRI-MON' ends before it begins.")]
    [InlineData("0 0 * FOO *", "month: 'FOO' is not one of its values. Write 1-12, a list of them, a range or */5, or JAN to DEC.")]
    [InlineData("*/0 * * * *", "minute: '*/0' is not one of its values.")]
    [InlineData("1,,2 * * * *", "minute: '' is not one of its values.")]
    [InlineData("-1 * * * *", "minute: '-1' is not one of its values.")]
    [InlineData("0 0 31 2,4 *", "It never comes: none of its months has that day.")]
    [InlineData("@often", "There is no @often. Write @yearly, @monthly")]
    public void Parse_NoSchedule_SaysWhatIsWrongAndWhatWouldDo(string text, string message)
    {
        CronSchedule.Parse(text, out var fault).ShouldBeNull();
        fault.ShouldContain(message);
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
