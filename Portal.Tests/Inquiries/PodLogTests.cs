using Portal.Core.Inquiries;

namespace Portal.Tests.Inquiries;

public sealed class PodLogTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, "3 4 5")]
    [InlineData(4, "5")]
    [InlineData(5, "")]
    [InlineData(2, "3 4 5")]
    public void After_LastKnownLine_IsWhatCameSince(int known, string expected)
    {
        var log = new PodLog([Line(3), Line(4), Line(5)], null);

        string.Join(' ', log.After(known == 0 ? null : Line(known)).Select(line => line.Text)).ShouldBe(expected);
    }

    [Fact]
    public void After_LinesOfOneMoment_NoneIsSaidTwiceOrLost()
    {
        var log = new PodLog([new LogLine(Start, "a"), new LogLine(Start, "b"), new LogLine(Start, "c")], null);

        log.After(new LogLine(Start, "b")).Select(line => line.Text).ShouldBe(["c"]);
    }

    private static LogLine Line(int number) => new(Start.AddSeconds(number), $"{number}");
}
