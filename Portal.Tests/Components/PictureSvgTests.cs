using System.Text.RegularExpressions;
using System.Xml.Linq;
using Portal.Components.Topology;
using Portal.Core.Provisioning;
using Portal.Core.Topology;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Components;

public sealed class PictureSvgTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Write_HostileReason_IsAFileByItselfWithEveryNode()
    {
        var snapshot = Samples.Snapshot(Start, ("data-cart-service", StepState.Failed));
        var topology = new TopologyBuilder(Samples.Catalog).Build(snapshot, Start);
        topology = topology with { Client = topology.Client with { Detail = "</text><script>alert(1)</script>\u0001" } };
        var picture = PictureLayout.Of(topology);

        var svg = XDocument.Parse(PictureSvg.Write(topology, picture, "shop & co", PicturePalette.Dark));

        svg.Descendants().Where(element => element.Name.LocalName is "script" or "image" or "use" or "style").ShouldBeEmpty();
        svg.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "href" or "src" || attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal)).ShouldBeEmpty();
        var titles = svg.Descendants().Where(element => element.Name.LocalName == "title").Select(element => element.Value).ToList();
        titles[0].ShouldBe("shop & co");
        foreach (var node in picture.All.Select(item => item.Node).OfType<TopologyNode>())
            titles.ShouldContain(title => title.StartsWith(node.Title, StringComparison.Ordinal));
        titles.ShouldContain("DynamoDB · Failed · quota of DB clusters reached (40)");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Palette_IsThatOfThePages(bool dark)
    {
        var tokens = File.ReadAllText(Path.Combine(ProgramUnderTest.RepositoryRoot, "Portal", "wwwroot", "tokens.css"));
        var theme = tokens.Split("[data-theme=dark]")[dark ? 1 : 0];

        foreach (var (name, colour) in dark ? PicturePalette.Dark : PicturePalette.Light)
            Regex.Match(theme, $"--{name}: (#[0-9a-f]+);").Groups[1].Value.ShouldBe(colour, name);
    }
}
