namespace Portal.Core.Catalog;

/// <summary>A region in which an environment can live: regions.yaml.</summary>
/// <param name="Zones">In how many availability zones it can.</param>
/// <param name="Pick">Ids of those, for example use1-az1, where others of the region will not do; empty where any will.</param>
public sealed record Region(string Id, int Zones, IReadOnlyList<string> Pick);

/// <summary>Reads regions.yaml.</summary>
internal static class Regions
{
    public const string File = "regions.yaml";

    private const string ZoneId = "^[a-z0-9]+-az[1-9]$";

    public static List<Region> Read(CatalogNode file) => file.List("regions", One);

    private static Region One(CatalogNode node)
    {
        var region = new Region(node.Id(), node.Integer("zones", 2, 9), node.TextList("pick", ZoneId, "use1-az1", required: false));
        if (region.Pick.Count > 0 && region.Pick.Count != region.Zones)
            node.Fault("pick", $"has {region.Pick.Count} zones, and zones says {region.Zones}.");
        return region;
    }
}
