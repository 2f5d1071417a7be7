using System.Globalization;
using Portal.Core.Catalog;
using Portal.Core.Requests;

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
        var lines = new List<CostLine> { Line("eks-control-plane", 1) };
        if (catalog.FindSize(specification.Cluster.Size) is { } size)
            lines.Add(Line(size.PriceItem, Nodes(specification.Cluster, size)));
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
            .GroupBy(item => item.Item, StringComparer.Ordinal);
        lines.AddRange(stores.Select(group => Line(group.Key, group.Sum(item => item.Quantity))));
        return new CostEstimate(lines.Sum(line => line.Monthly ?? 0), lines);
    }

    private static int Nodes(ClusterSpecification cluster, ClusterSize size)
    {
        var low = cluster.MinNodes ?? size.Min;
        return Math.Clamp(size.Desired, low, Math.Max(low, cluster.MaxNodes ?? size.Max));
    }

    /// <summary>A standby or second instance costs what the first one does; the lowest Aurora capacity is what runs whether used or not.</summary>
    private IEnumerable<PricedItem> Prices(ServiceSpecification service, EnvironmentClass environmentClass)
    {
        if (catalog.FindStore(service.DataStore) is not { } store)
            return [];
        var instances = catalog.ClassOf(environmentClass).Parameters.GetValueOrDefault("MultiZone") == "true" ? 2 : 1;
        return store.PriceItems.Select(item => item.Item switch
        {
            "aurora-acu" when decimal.TryParse(service.StoreOptions.GetValueOrDefault("MinCapacity"), CultureInfo.InvariantCulture, out var capacity) =>
                item with { Quantity = capacity * instances },
            "aurora-acu" => item with { Quantity = item.Quantity * instances },
            _ when item.Item.StartsWith("rds-", StringComparison.Ordinal) => item with { Quantity = item.Quantity * instances },
            _ => item,
        });
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
