using System.Text.RegularExpressions;
using System.Xml.Linq;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Infrastructure;

/// <summary>What the LGPL asks of whoever hands the programs on.</summary>
public sealed partial class ThirdPartyTests
{
    [Fact]
    public void Notice_HangfirePackages_NamesEachWithTheVersionThatIsUsed()
    {
        var used = XDocument.Load(Path.Combine(ProgramUnderTest.RepositoryRoot, "Directory.Packages.props")).Descendants("PackageVersion")
            .Where(package => package.Attribute("Include")!.Value.StartsWith("Hangfire.", StringComparison.Ordinal))
            .Select(package => $"{package.Attribute("Include")!.Value} {package.Attribute("Version")!.Value}");
        var named = Row().Matches(File.ReadAllText(Path.Combine(ProgramUnderTest.RepositoryRoot, "THIRD-PARTY.md"))).Select(row => $"{row.Groups["name"].Value} {row.Groups["version"].Value}");

        named.ShouldBe(used, ignoreOrder: true);
    }

    [Theory]
    [InlineData("COPYING", "GNU GENERAL PUBLIC LICENSE")]
    [InlineData("COPYING.LESSER", "GNU LESSER GENERAL PUBLIC LICENSE")]
    public void Output_BesideTheAssemblies_HasTheTexts(string file, string title)
    {
        File.Exists(Path.Combine(AppContext.BaseDirectory, "Hangfire.Core.dll")).ShouldBeTrue();
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "licences", "Hangfire", file)).ShouldContain(title);
    }

    [Theory]
    [InlineData("Portal")]
    [InlineData("Portal.Worker")]
    public void Image_OfAProgramWithHangfire_CarriesTheNotice(string project) =>
        File.ReadAllText(Path.Combine(ProgramUnderTest.RepositoryRoot, project, "Dockerfile")).ShouldContain("COPY THIRD-PARTY.md");

    [GeneratedRegex(@"^\| (?<name>Hangfire\.\S+) \| (?<version>\S+) \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Row();
}
