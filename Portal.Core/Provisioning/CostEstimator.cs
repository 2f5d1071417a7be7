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

    public CostEstimate Estimate(Specification specification) => Estimate(specification, _ => true);

    /// <summary>What those of its steps cost that exist, or may.</summary>
    public CostEstimate OfWhatExists(Specification specification, IReadOnlyCollection<string> steps) => Estimate(specification, steps.Contains);

    /// <summary>A month of what a destruction left; null where that depends on its size or use.</summary>
    /// <param name="kind">As in <see cref="Residue"/>.</param>
    public decimal? OfResidue(string kind) => kind switch
    {
        "elasticloadbalancing:loadbalancer" => Line("alb", 1).Monthly,
        "ec2:natgateway" => Line("nat-gateway", 1).Monthly,
        "ec2:elastic-ip" => Line("public-ipv4", 1).Monthly,
        "eks:cluster" => Line("eks-control-plane", 1).Monthly,
        "ec2:network-interface" or "ec2:security-group" or "elasticloadbalancing:targetgroup" or "secretsmanager:secret" or "kms:key" or "cloudformation:stack" => 0,
        _ => null,
    };

    private CostEstimate Estimate(Specification specification, Func<string, bool> exists)
    {
        var lines = new List<CostLine>();
        if (exists(StepNames.Cluster))
            lines.Add(Line("eks-control-plane", 1));
        var nodes = exists(StepNames.Nodes) && catalog.FindSize(specification.Cluster.Size) is { } size ? Compute(specification.Cluster, size).ToList() : [];
        lines.AddRange(nodes);
        var range = nodes.Count > 0 ? NodePrices(specification.Cluster) : null;
        if (exists(StepNames.NetworkEgress))
            lines.AddRange(Egress(specification.Network));
        var endpoints = (specification.Network.InterfaceEndpoints && exists(StepNames.NetworkEgress) ? InterfaceEndpoints : 0)
            + (exists(StepNames.NetworkEndpoints) ? catalog.EndpointsOf(specification).Count : 0);
        if (endpoints > 0)
            lines.Add(Line("interface-endpoint", endpoints * specification.Network.Zones));
        if (exists(StepNames.Ingress))
            lines.AddRange([Line("alb", 1), Line("alb-lcu", 1)]);
        if (exists(StepNames.EdgeRoutes))
            lines.AddRange(Edge(specification.Edge));
        var stores = specification.Services
            .SelectMany(service => service.Stores.Where(store => exists(StepNames.Data(service.Name, store.Name))))
            .SelectMany(store => Prices(store, specification.Class))
            .Concat(UserSecrets(specification, exists))
            .GroupBy(item => item.Item, StringComparer.Ordinal)
            .Select(group => (Line: Line(group.Key, group.Sum(item => item.Quantity)), Rests: group.All(item => item.Rests))).ToList();
        lines.AddRange(stores.Select(store => store.Line));
        if (exists(StepNames.SecretsStore) && ServiceSettings.ReadSecrets(specification, catalog))
            lines.Add(Line("secret-reads", 0));
        var monthly = Sum(lines);
        return new CostEstimate(monthly, lines)
        {
            Asleep = monthly - Sum(nodes) - Sum(stores.Where(store => store.Rests).Select(store => store.Line)),
            Least = range is null ? null : monthly - Sum(nodes) + range.Value.Least,
            Most = range is null ? null : monthly - Sum(nodes) + range.Value.Most,
        };
    }

    /// <summary>Of the fewest and the most nodes that there may be; null where there are always as many, or nobody says how many.</summary>
    private (decimal Least, decimal Most)? NodePrices(ClusterSpecification cluster) =>
        cluster.Mode != ClusterMode.AutoMode && catalog.FindSize(cluster.Size) is { } size && NodeRange.Of(cluster, size) is { Grows: true } range
            && Line(size.PriceItem, range.Least).Monthly is { } least && Line(size.PriceItem, range.Most).Monthly is { } most
            ? (least, most)
            : null;

    private IEnumerable<CostLine> Egress(NetworkSpecification network)
    {
        var gateways = network.NatGateways == NatGateways.Single ? 1 : network.Zones;
        yield return Line("nat-gateway", gateways);
        yield return Line("public-ipv4", gateways);
    }

    private IEnumerable<CostLine> Edge(EdgeSpecification edge)
    {
        yield return Line("rest-api", 0);
        if (!edge.Firewall)
            yield break;
        yield return Line("waf-web-acl", 1);
        yield return Line("waf-rule", FirewallRules);
        yield return Line("waf-requests", 0);
    }

    private static decimal Sum(IEnumerable<CostLine> lines) => lines.Sum(line => line.Monthly ?? 0);

    // In Auto Mode nobody says beforehand which nodes there will be: the size is taken as an estimate, and called one.
    private IEnumerable<CostLine> Compute(ClusterSpecification cluster, ClusterSize size)
    {
        var range = NodeRange.Of(cluster, size);
        var nodes = Line(size.PriceItem, range.Begins);
        if (cluster.Mode != ClusterMode.AutoMode)
        {
            var spot = cluster.NodeCapacity == NodeCapacity.Spot ? ", on demand; spot costs less" : "";
            var grows = range.Grows ? $" to begin with, {range.Least} at least, {range.Most} at most" : "";
            return [nodes with { Title = $"{nodes.Title}{grows}{spot}" }];
        }

        var price = catalog.Prices.Items.GetValueOrDefault("eks-auto-mode") ?? throw new InvalidDataException("The catalogue has no price of EKS Auto Mode.");
        return
        [
            nodes with { Title = $"Nodes as the pods need them, estimated as {nodes.Title}" },
            new CostLine($"{price.Title}, {price.PercentOfNodes:0.##} % on the nodes", Math.Round((nodes.Monthly ?? 0) * (price.PercentOfNodes ?? 0) / 100, 2)),
        ];
    }

    // One a user: whoever uses a database of another service has one too.
    private IEnumerable<PricedItem> UserSecrets(Specification specification, Func<string, bool> exists) =>
        from service in specification.Services
        from used in new ServiceSettings(specification, service, catalog).Databases
        where exists(StepNames.User(service.Name, used.Name))
        select new PricedItem { Item = "secret", Quantity = 1 };

    /// <summary>What the store costs with the options that the request chose.</summary>
    private IEnumerable<PricedItem> Prices(StoreSpecification asked, EnvironmentClass environmentClass)
    {
        if (catalog.FindStore(asked.Type) is not { } store)
            return [];
        var several = catalog.ClassOf(environmentClass).Parameters.GetValueOrDefault("MultiZone") == "true";
        return store.PricesWith(asked.Options).Select(item => item with { Quantity = item.Quantity * (item.PerInstance && several ? item.Instances : 1) });
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
