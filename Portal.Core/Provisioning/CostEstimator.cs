using Portal.Core.Catalog;
using Portal.Core.Requests;

namespace Portal.Core.Provisioning;

/// <summary>What a specification costs a month by the catalogue's list prices. Pure.</summary>
public sealed class CostEstimator(ServiceCatalog catalog)
{
    public CostEstimate Estimate(Specification specification)
    {
        var lines = new List<CostLine> { Line("eks-control-plane", 1) };
        if (catalog.FindSize(specification.Cluster.Size) is { } size)
            lines.Add(Line(size.PriceItem, size.Desired));
        var gateways = specification.Network.NatGateways == NatGateways.Single ? 1 : specification.Network.Zones;
        lines.Add(Line("nat-gateway", gateways));
        lines.Add(Line("public-ipv4", gateways));
        lines.Add(Line("alb", 1));
        lines.Add(Line("alb-lcu", 1));
        lines.Add(Line("rest-api", 0));
        var stores = specification.Services
            .Select(service => catalog.FindStore(service.DataStore))
            .OfType<DataStore>()
            .SelectMany(store => store.PriceItems)
            .GroupBy(item => item.Item, StringComparer.Ordinal);
        lines.AddRange(stores.Select(group => Line(group.Key, group.Sum(item => item.Quantity))));
        return new CostEstimate(lines.Sum(line => line.Monthly ?? 0), lines);
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
