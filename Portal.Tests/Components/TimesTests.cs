using Portal.Components.Shared;
using Portal.Core;

namespace Portal.Tests.Components;

public sealed class TimesTests
{
    private static readonly Times s_berlin = new(TimeZones.Find("Europe/Berlin")!);

    // Half an hour before clocks go from 02:00 to 03:00.
    private static readonly DateTimeOffset Before = new(2027, 3, 28, 0, 30, 0, TimeSpan.Zero);

    [Fact]
    public void Moments_AroundAChangeOfClocks_AreAsTheyStandThen()
    {
        s_berlin.Clock(Before).ShouldBe("01:30:00");
        s_berlin.Clock(Before.AddHours(1)).ShouldBe("03:30:00");
        s_berlin.Full(Before).ShouldBe("28 Mar 2027 01:30:00 (Europe/Berlin, UTC+01:00) · 00:30:00 UTC");
        s_berlin.Full(Before.AddHours(1)).ShouldBe("28 Mar 2027 03:30:00 (Europe/Berlin, UTC+02:00) · 01:30:00 UTC");
        s_berlin.Full(Before.AddHours(-1)).ShouldBe("28 Mar 2027 00:30:00 (Europe/Berlin, UTC+01:00) · 27 Mar 2027 23:30:00 UTC");
        s_berlin.NoteAt(Before).ShouldBe("times are in Europe/Berlin, UTC+01:00");
        new Times(TimeZones.Find("America/St_Johns")!).NoteAt(Before).ShouldBe("times are in America/St_Johns, UTC-02:30");
    }

    [Fact]
    public void Moments_InUtc_SaySo()
    {
        Times.Utc.At(Before, Before).ShouldBe("00:30:00 UTC");
        Times.Utc.Full(Before).ShouldBe("28 Mar 2027 00:30:00 UTC");
        Times.Utc.NoteAt(Before).ShouldBe("times are UTC");
        Times.Utc.NotSeen(Before, Before).ShouldBe("Not seen since 00:30 UTC");
    }

    [Theory]
    [InlineData(0, "01:30:00")]
    [InlineData(-2, "27 Mar 23:30:00")]
    [InlineData(-24 * 120, "28 Nov 2026 01:30:00")]
    public void At_AnotherDayThanToday_NamesIt(int hours, string expected) => s_berlin.At(Before.AddHours(hours), Before).ShouldBe(expected);

    [Theory]
    [InlineData(4, "just now")]
    [InlineData(44, "40 s ago")]
    [InlineData(3 * 60, "3 min ago")]
    [InlineData(23 * 3600, "23 h ago")]
    [InlineData(25 * 3600, "yesterday")]
    // Two days by the calendar, though less than 48 hours.
    [InlineData(26 * 3600, "2 days ago")]
    [InlineData(40 * 86400, "16 Feb 2027")]
    public void Ago_Age_IsInTheReadersDays(int seconds, string expected) => s_berlin.Ago(Before.AddSeconds(-seconds), Before).ShouldBe(expected);

    [Fact]
    public void Days_OfAnothersZone_AreToldWithTheirTimes()
    {
        var (begin, end) = (new DateTimeOffset(2027, 3, 26, 23, 0, 0, TimeSpan.Zero), new DateTimeOffset(2027, 3, 28, 22, 0, 0, TimeSpan.Zero));

        s_berlin.Span(begin, end).ShouldBe("from 27 Mar 2027 to 28 Mar 2027");
        s_berlin.Span(begin, begin.AddDays(1)).ShouldBe("on 27 Mar 2027");
        s_berlin.Last(end).ShouldBe("28 Mar 2027");
        Times.Utc.Span(begin, end).ShouldBe("from 26 Mar 2027 23:00 UTC to 28 Mar 2027 22:00 UTC");
        Times.Utc.Date(begin).ShouldBe("26 Mar 2027 23:00 UTC");
    }

    [Theory]
    [InlineData("it expires on 2027-03-28 12:03 UTC", "it expires on 28 Mar 2027 14:03")]
    [InlineData("destroyed on 28 Mar 2027, 23:03 UTC, unless", "destroyed on 29 Mar 2027 01:03, unless")]
    [InlineData("at 2027-99-28 12:03 UTC", "at 2027-99-28 12:03 UTC")]
    public void Told_SentenceWithMomentsInUtc_HasThemAsTheyAreHere(string written, string told)
    {
        s_berlin.Told(written).ShouldBe(told);
        Times.Utc.Told(written).ShouldBe(written);
    }
}
