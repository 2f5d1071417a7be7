using System.Text.RegularExpressions;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Architecture;

/// <summary>Pages tell times by <c>Times</c> of their reader's zone and by nothing else, so that no page mixes zones.</summary>
public sealed partial class TimeTests
{
    // What is not a time of a page, and why.
    private static readonly Dictionary<string, string> s_others = new(StringComparer.Ordinal)
    {
        ["Components/Shared/Times.cs"] = "is the one way",
        ["Infrastructure/Live/PageClock.cs"] = "begins with UTC, until the browser has said more",
        ["Infrastructure/SignIn/BackChannelLogout.cs"] = "compares with a token's time",
        ["Infrastructure/Embedded/EmbeddedPostgres.cs"] = "sets the server's own zone",
        ["Features/Requests/Steps/ScheduleFields.razor"] = "tells the times of a schedule in the schedule's zone, which stands beside them",
        ["Features/Requests/Form/WorkloadDrafts.cs"] = "is the zone of a schedule",
        ["Features/Environments/PictureDownload.cs"] = "leaves the portal",
    };

    [Fact]
    public void Pages_TellTimes_InTheReadersZoneOnly()
    {
        var root = Path.Combine(ProgramUnderTest.RepositoryRoot, "Portal");
        var telling = new[] { "*.cs", "*.razor" }.SelectMany(kind => Directory.EnumerateFiles(root, kind, SearchOption.AllDirectories))
            .Select(path => (Name: Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/'), Path: path))
            .Where(file => !file.Name.Split('/').Any(part => part is "obj" or "bin"))
            // What programs are told leaves the portal.
            .Where(file => !file.Name.StartsWith("Features/Api/", StringComparison.Ordinal))
            .Where(file => Tells(File.ReadAllText(file.Path))).Select(file => file.Name).ToList();

        telling.Where(name => !s_others.ContainsKey(name)).ShouldBeEmpty("Use Times of PageClock (in a LiveComponent: Times), and TimeZones for days.");
        s_others.Keys.Where(name => !telling.Contains(name)).ShouldBeEmpty("These need no exception any more.");
    }

    [Theory]
    [InlineData("at.UtcDateTime", true)]
    [InlineData("at.ToLocalTime()", true)]
    [InlineData("at.ToString(\"HH:mm\")", true)]
    [InlineData("$\"{at:HH:mm:ss}\"", true)]
    [InlineData("<p>times are UTC</p>", true)]
    [InlineData("Times.Utc.Clock(at)", true)]
    [InlineData("clock.GetUtcNow()", false)]
    [InlineData("Times.Clock(at)", false)]
    public void Tells_Text_IsTold(string text, bool tells) => Tells(text).ShouldBe(tells);

    private static bool Tells(string text) => Telling().IsMatch(text);

    [GeneratedRegex(@"\.(UtcDateTime|LocalDateTime|ToLocalTime|ToUniversalTime)\b|HH:mm|\bUTC\b|\bTimes\.Utc\b|TimeZoneInfo\.Local\b", RegexOptions.ExplicitCapture)]
    private static partial Regex Telling();
}
