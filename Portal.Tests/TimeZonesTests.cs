using Portal.Core;

namespace Portal.Tests;

public sealed class TimeZonesTests
{
    [Theory]
    [InlineData("Europe/Berlin")]
    [InlineData("America/Argentina/Buenos_Aires")]
    [InlineData("Etc/GMT+1")]
    [InlineData("UTC")]
    public void Find_NameOfIana_IsThatZone(string name) => TimeZones.Find(name)!.Id.ShouldBe(name);

    /// <summary>Some of which the runtime would read as files; the last has no end.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Mars/Olympus")]
    [InlineData("Etc/Unknown")]
    [InlineData("Europe/../Europe/Berlin")]
    [InlineData("/usr/share/zoneinfo/Europe/Berlin")]
    [InlineData("/dev/zero")]
    public void Find_AnythingElse_IsNone(string? name) => TimeZones.Find(name).ShouldBeNull();

    [Theory]
    // 23 hours, and 25.
    [InlineData("Europe/Berlin", "2027-03-28", "2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z")]
    [InlineData("Europe/Berlin", "2027-10-31", "2027-10-30T22:00:00Z", "2027-10-31T23:00:00Z")]
    // Clocks go from 00:00 to 01:00.
    [InlineData("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z")]
    // Clocks go from 01:00 back to 00:00: the day begins with the first midnight.
    [InlineData("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z")]
    public void BeginOf_DaysOfWhichClocksChange_AreAsLongAsTheyAre(string name, string day, string begin, string end)
    {
        var (zone, date) = (TimeZones.Find(name)!, DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture));

        zone.BeginOf(date).ShouldBe(DateTimeOffset.Parse(begin, System.Globalization.CultureInfo.InvariantCulture));
        zone.BeginOf(date.AddDays(1)).ShouldBe(DateTimeOffset.Parse(end, System.Globalization.CultureInfo.InvariantCulture));
        zone.DayOf(zone.BeginOf(date)).ShouldBe(date);
        zone.LastDayOf(zone.BeginOf(date)).ShouldBe(date.AddDays(-1));
    }
}
