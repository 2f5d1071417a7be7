using Bunit;
using Portal.Core.Provisioning;
using Portal.Core.Topology;
using Portal.Features.Requests;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Requests;

public sealed class PreviewPictureTests : IDisposable
{
    private static readonly TopologyBuilder s_builder = new(Samples.Catalog);

    private readonly BunitContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public void Render_Change_MarksWhatComesChangesAndGoesInSignsAndWords()
    {
        var shop = Samples.Shop();
        var whole = Samples.Plans.Build(shop, Samples.Target).Plan;
        var plan = whole with
        {
            Steps = [whole.Step("svc-user-service"), whole.Step("svc-product-service"), whole.Step("svc-cart-service") with { Action = PlanAction.Remove }, whole.Step("data-cart-service") with { Action = PlanAction.Remove }],
        };
        var there = whole.Steps.Select(step => step.Name).Where(name => !name.EndsWith("product-service", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);

        var picture = Picture(s_builder.Difference(shop with { Services = [.. shop.Services.Take(2)] }, plan, there));

        picture.FindAll(".mini-column > .mini-box:nth-child(2)").Select(box => (box.TextContent, box.ClassList[^1])).ShouldBe(
            [("+ product-service", "comes"), ("~ user-service", "changes"), ("− cart-service", "goes")]);
        picture.FindAll(".mini-column .store")[2].ClassList.ShouldContain("goes");
        picture.Find(".mini").GetAttribute("aria-label")!.ShouldContain("cart-service (goes)");
        picture.Find(".signs").TextContent.ShouldContain("− goes");
    }

    [Fact]
    public void Render_NewEnvironment_HasNoSigns() => Picture(s_builder.Preview(Samples.Shop())).FindAll(".signs, .comes, .goes").ShouldBeEmpty();

    private IRenderedComponent<PreviewPicture> Picture(EnvironmentTopology topology) => _context.Render<PreviewPicture>(all => all.Add(one => one.Topology, topology));
}
