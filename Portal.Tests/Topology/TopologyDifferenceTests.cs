using Portal.Core.Provisioning;
using Portal.Core.Topology;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Topology;

public sealed class TopologyDifferenceTests
{
    private static readonly TopologyBuilder Builder = new(Samples.Catalog);

    [Fact]
    public void Difference_OneServiceComesOneGoesOneIsReplaced_EachSaysSo()
    {
        // There are user-service and cart-service; wanted are product-service and user-service, whose store is made anew.
        var whole = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;
        var there = whole.Steps.Select(step => step.Name).Where(name => !name.Contains("product-service", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        string[] ensured = ["data-product-service", "bind-product-service", "svc-product-service", "data-user-service", "svc-user-service", "ingress", "edge-routes"];
        string[] removed = ["svc-cart-service", "bind-cart-service", "data-cart-service"];
        var plan = whole with
        {
            Steps = [.. whole.Steps.Where(step => ensured.Contains(step.Name)), .. whole.Steps.Where(step => removed.Contains(step.Name)).Select(step => step with { Action = PlanAction.Remove }), .. whole.Steps.Where(step => step.Action == PlanAction.Probe)],
            Replaces = ["data-user-service"],
        };
        var wanted = Samples.Shop() with { Services = [.. Samples.Shop().Services.Take(2)] };

        var topology = Builder.Difference(wanted, plan, there);

        topology.Columns.Select(column => (column.Service.Title, column.Service.Change, column.Stores.Single().Change)).ShouldBe(
        [
            ("product-service", NodeChange.Comes, NodeChange.Comes),
            ("user-service", NodeChange.Changes, NodeChange.Replaced),
            ("cart-service", NodeChange.Goes, NodeChange.Goes),
        ]);
        topology.Columns.Select(column => column.Path?.Change).ShouldBe([NodeChange.Comes, NodeChange.None, null]);
        (topology.Vpc.Change, topology.Ingress.Change, topology.Gateway.Change, topology.Client.Change).ShouldBe((NodeChange.None, NodeChange.Changes, NodeChange.Changes, NodeChange.None));
    }

    /// <summary>All of it goes but what is kept on purpose; what was never made says so, and the same store is not drawn twice.</summary>
    [Fact]
    public void Destruction_OfWhatIsThere_GoesAndSaysWhatStays()
    {
        var shop = Samples.InProduction(Samples.Shop());
        var whole = Samples.Plans.Build(shop, Samples.Target).Plan;
        var plan = PlanDifference.Destroy(whole, [.. whole.Steps.Where(step => step.Name != "svc-cart-service")], new HashSet<string>());

        var topology = Builder.Destruction(shop, plan);

        topology.Columns.Select(column => (column.Service.Change, column.Path!.Change)).ShouldBe([(NodeChange.Goes, NodeChange.Goes), (NodeChange.Goes, NodeChange.Goes), (NodeChange.None, NodeChange.None)]);
        topology.Columns[2].Service.Detail.ShouldBe("is not there");
        var stores = topology.Columns.Select(column => column.Stores.ShouldHaveSingleItem()).ToList();
        stores.ShouldAllBe(store => store.Change == NodeChange.Goes);
        stores.Select(store => store.Keeps).ShouldBe(["A final snapshot of it is kept, and billed.", "The user pool stays with its users; delete it when nobody needs them.", null]);
        (topology.Vpc.Change, topology.Cluster.Change, topology.LoadBalancer.Change, topology.Gateway.Change, topology.Client.Change)
            .ShouldBe((NodeChange.Goes, NodeChange.Goes, NodeChange.Goes, NodeChange.Goes, NodeChange.None));
    }
}
