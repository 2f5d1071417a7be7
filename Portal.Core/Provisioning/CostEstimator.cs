using Portal.Core.Catalog;
using Portal.Core.Specifications;

namespace Portal.Core.Provisioning;

/// <summary>What a specification costs a month by the catalogue's list prices. Pure.</summary>
public sealed class CostEstimator(ServiceCatalog catalog)
{
    // As many as net-egress.yaml makes in each zone.
    private const int InterfaceEndpoints = 6;

    // As many as edge-routes.yaml gives the web ACL; a managed group of rules is billed as one.
    private const int FirewallRules = 3;

    public CostEstimate Estimate(Specification specification)
    {
        var nodes = catalog.FindSize(specification.Cluster.Size) is { } size ? Compute(specification.Cluster, size).ToList() : [];
        List<CostLine> lines = [Line("eks-control-plane", 1), .. nodes];
        var gateways = specification.Network.NatGateways == NatGateways.Single ? 1 : specification.Network.Zones;
        lines.Add(Line("nat-gateway", gateways));
        lines.Add(Line("public-ipv4", gateways));
        if (specification.Network.InterfaceEndpoints)
            lines.Add(Line("interface-endpoint", InterfaceEndpoints * specification.Network.Zones));
        lines.Add(Line("alb", 1));
        lines.Add(Line("alb-lcu", 1));
        lines.Add(Line("rest-api", 0));
        if (specification.Edge.Firewall)
            lines.AddRange([Line("waf-web-acl", 1), Line("waf-rule", FirewallRules), Line("waf-requests", 0)]);
        var stores = specification.Services
            .SelectMany(service => Prices(service, specification.Class))
            .GroupBy(item => item.Item, StringComparer.Ordinal)
            .Select(group => (Line: Line(group.Key, group.Sum(item => item.Quantity)), Rests: group.All(item => item.Rests))).ToList();
        lines.AddRange(stores.Select(store => store.Line));
        var monthly = Sum(lines);
        return new CostEstimate(monthly, lines) { Asleep = monthly - Sum(nodes) - Sum(stores.Where(store => store.Rests).Select(store => store.Line)) };
    }

    private static decimal Sum(IEnumerable<CostLine> lines) => lines.Sum(line => line.Monthly ?? 0);

    // In Auto Mode nobody says beforehand which nodes there will be: the size is taken as an estimate, and called one.
    private IEnumerable<CostLine> Compute(ClusterSpecification cluster, ClusterSize size)
    {
        var nodes = Line(size.PriceItem, Nodes(cluster, size));
        if (cluster.Mode != ClusterMode.AutoMode)
            return [nodes];
        var price = catalog.Prices.Items.GetValueOrDefault("eks-auto-mode") ?? throw new InvalidDataException("The catalogue has no price of EKS Auto Mode.");
        return
        [
            nodes with { Title = $"Nodes as the pods need them, estimated as {nodes.Title}" },
            new CostLine($"{price.Title}, {price.PercentOfNodes:0.##} % on the nodes", Math.Round((nodes.Monthly ?? 0) * (price.PercentOfNodes ?? 0) / 100, 2)),
        ];
    }

    private static int Nodes(ClusterSpecification cluster, ClusterSize size)
    {
        var low = cluster.MinNodes ?? size.Min;
        return Math.Clamp(size.Desired, low, Math.Max(low, cluster.MaxNodes ?? size.Max));
    }

    /// <summary>What the store costs with the options that the request chose.</summary>
    private IEnumerable<PricedItem> Prices(ServiceSpecification service, EnvironmentClass environmentClass)
    {
        if (catalog.FindStore(service.DataStore) is not { } store)
            return [];
        var instances = catalog.ClassOf(environmentClass).Parameters.GetValueOrDefault("MultiZone") == "true" ? 2 : 1;
        return store.PricesWith(service.StoreOptions).Select(item => item with { Quantity = item.Quantity * (item.PerInstance ? instances : 1) });
    }

    private CostLine Line(string item, decimal quantity)
    {
        if (!catalog.Prices.Items.TryGetValue(item, out var price))
            return new CostLine(item, null, "no price in the catalogue");
        if (quantity > 0 && (price.Monthly ?? price.PerUnit) is { } each)
            return new CostLine(quantity == 1 ? price.Title : $"{quantity:0.##} × {price.Title}", Math.Round(each * quantity, 2));
        return new CostLine(price.Title, null, price.PerUnit is { } unit ? $"$ {unit} per {price.Unit}" : null);
    }
}
