using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Features.Environments;

namespace Portal.Tests.Components;

public sealed class TextTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(2, 6, "a few seconds")]
    [InlineData(12, 48, "20 – 50 s")]
    [InlineData(41, 49, "about 50 s")]
    [InlineData(305, 419, "5 – 7 min")]
    [InlineData(419, 305, "5 – 7 min")]
    [InlineData(4000, 9000, "1 – 3 h")]
    public void Range_LowAndHigh_AreRoundedTheWayPeopleSayThem(int low, int high, string expected) =>
        Text.Range(TimeSpan.FromSeconds(low), TimeSpan.FromSeconds(high)).ShouldBe(expected);

    [Theory]
    [InlineData(0.2, "1 s")]
    [InlineData(59, "59 s")]
    [InlineData(180, "3 min")]
    [InlineData(538, "8 m 58 s")]
    [InlineData(3900, "1 h 5 min")]
    public void Duration_Time_IsShort(double seconds, string expected) => Text.Duration(TimeSpan.FromSeconds(seconds)).ShouldBe(expected);

    [Theory]
    [InlineData("0.2", "$ 0.20")]
    [InlineData("0.0000035", "$ 0.0000035")]
    [InlineData("7", "$ 7.00")]
    [InlineData("1234.5", "$ 1,234.50")]
    public void Price_OfOne_HasCentsAndWhatMoreThereIs(string dollars, string text) =>
        Text.Price(decimal.Parse(dollars, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(text);
}
