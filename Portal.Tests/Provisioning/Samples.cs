using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Requests;

namespace Portal.Tests.Provisioning;

/// <summary>The seed's example, and the templates of this repository.</summary>
internal static class Samples
{
    private static readonly string Folder = TemplateSet.Locate(null);

    public static TemplateSet Templates { get; } = TemplateSet.Read(Folder);

    public static ServiceCatalog Catalog { get; } = CatalogReader.Read(Path.Combine(Folder, "catalog"));

    public static PlanBuilder Plans { get; } = new(Templates, Catalog, new CostEstimator(Catalog));

    public static PlanTarget Target { get; } = new("sandbox", "us-east-1", "0.0.0.0/0");

    public static Specification Shop(string environment = "shop-staging", string cidr = "10.40.0.0/16") => new()
    {
        Environment = environment,
        Target = Target.Name,
        Network = new NetworkSpecification { Cidr = cidr },
        Services = [.. Catalog.Services.Where(service => service.Id != "blank").Select(service => new ServiceSpecification
        {
            Name = service.Name,
            Image = service.Image,
            Port = service.Port,
            Path = service.Path,
            Replicas = service.Replicas,
            HealthPath = service.HealthPath,
            DataStore = service.DataStore,
        })],
    };
}
