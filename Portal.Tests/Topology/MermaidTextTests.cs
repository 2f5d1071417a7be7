using Portal.Core.Topology;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Topology;

public sealed class MermaidTextTests
{
    [Fact]
    public void Of_SeedsExample_HasItsShape()
    {
        var shop = Samples.Shop();
        var topology = new TopologyBuilder(Samples.Catalog).Preview(shop with { Services = [shop.Services[0] with { Calls = ["cart-service"] }, .. shop.Services.Skip(1)] });

        var text = MermaidText.Of(topology);

        text.ShouldStartWith("flowchart TD\n");
        text.Split('\n').Count(line => line.Trim() == "end").ShouldBe(text.Split('\n').Count(line => line.Trim().StartsWith("subgraph ", StringComparison.Ordinal)));
        text.ShouldContain("n_ingress -->|\"/products\"| n_service_product_service");
        text.ShouldContain("n_service_cart_service -->|\"by the gateway endpoint\"| n_store_cart_service");
        text.ShouldContain("n_service_product_service -. calls .-> n_service_cart_service");
    }

    [Fact]
    public void Of_Caption_StandsAboveThePicture() =>
        MermaidText.Of(new TopologyBuilder(Samples.Catalog).Preview(Samples.Shop()), caption: "shop · \"Ready\"").ShouldStartWith("---\ntitle: \"shop · 'Ready'\"\n---\nflowchart TD\n");

    [Fact]
    public void Of_QuotesInATitle_StayText()
    {
        var topology = new TopologyBuilder(Samples.Catalog).Preview(Samples.Shop());

        MermaidText.Of(topology with { Client = topology.Client with { Title = "a\"] --> b" } }).ShouldContain("n_client[\"a#quot;] --> b\"]");
    }
}
