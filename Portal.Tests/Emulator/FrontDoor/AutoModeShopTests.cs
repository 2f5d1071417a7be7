using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Core.Topology;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Emulator.FrontDoor;

/// <summary>The seed's example on a cluster in EKS Auto Mode, from the request to an answer, with the templates and charts as they are.</summary>
public sealed class AutoModeShopTests
{
    [Fact]
    public async Task Shop_InAutoMode_GetsReadyAndAnswersThroughItsFrontDoor()
    {
        await using var fleet = await Fleet.StartAsync(scale: 240);
        await fleet.StartWorkerAsync();
        var shop = Samples.Shop("shop-auto") with { Cluster = new ClusterSpecification { Mode = ClusterMode.AutoMode } };

        var environment = await fleet.ApproveAsync(shop);
        var done = await fleet.WaitAsync(environment, snapshot => snapshot.Operation!.State.IsSettled(), TimeSpan.FromSeconds(90));

        done.Environment.State.ShouldBe(EnvironmentState.Ready);
        var topology = new TopologyBuilder(Samples.Catalog).Build(done, TimeProvider.System.GetUtcNow());
        topology.Nodes.ShouldAllBe(node => node.State == NodeState.Ready);
        var cluster = (await fleet.Emulator.GetFromJsonAsync<JsonArray>("/_emulator/clusters"))!.ShouldHaveSingleItem()!;
        cluster["nodes"]!.AsArray().ShouldNotBeEmpty();
        cluster["nodes"]!.AsArray().ShouldAllBe(node => node!["name"]!.GetValue<string>().StartsWith("i-"));
        cluster["releases"]!.AsArray().Select(release => release!["name"]!.GetValue<string>()).ShouldNotContain("aws-load-balancer-controller");
        cluster["loadBalancers"]!.GetValue<int>().ShouldBe(1);

        var api = (await fleet.Emulator.GetFromJsonAsync<JsonArray>("/_emulator/apis"))!.Single()!;
        var stage = api["stages"]![0]!["path"]!.GetValue<string>();
        foreach (var (path, service) in new[] { ("/products/42", "product-service"), ("/cart", "cart-service") })
            (await fleet.Emulator.GetFromJsonAsync<JsonObject>(stage + path))!["service"]!.GetValue<string>().ShouldBe(service);
        (await fleet.LedgerAsync("kind=effect&service=elasticloadbalancing&action=create")).ShouldHaveSingleItem();
    }
}
