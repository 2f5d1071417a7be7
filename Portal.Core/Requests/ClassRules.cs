using Portal.Core.Catalog;
using Portal.Core.Specifications;

namespace Portal.Core.Requests;

/// <summary>What an environment's class does not let be open to everybody.</summary>
internal static class ClassRules
{
    /// <summary>EKS: blocks of a public endpoint.</summary>
    private const int MostBlocks = 40;

    public static void Check(Specification specification, ServiceCatalog catalog, List<FieldError> errors)
    {
        Blocks(specification.Cluster, errors);
        var of = catalog.ClassOf(specification.Class);
        if (of.OpenRoutes)
            return;
        for (var index = 0; index < specification.Services.Count; index++)
            Routes(specification.Services[index], $"services[{SpecificationValidator.Text(index)}]", of, errors);
    }

    /// <param name="ofTarget">Who may reach the clusters of the target, where the specification does not say it; comma-separated.</param>
    public static FieldError? OpenEndpoint(Specification specification, ServiceCatalog catalog, string ofTarget)
    {
        var of = catalog.ClassOf(specification.Class);
        var own = specification.Cluster.EndpointCidrs;
        return of.OpenEndpoint || !specification.Cluster.IsOpenToTheWorld(ofTarget) ? null : new FieldError(
            "cluster.endpointCidrs", own.Count > 0 ? string.Join(' ', own) : null,
            $"The whole internet would reach the cluster's endpoint, which {of.Title.ToLowerInvariant()} does not allow. Name the blocks that may, the portal's workers among them, for example 203.0.113.0/24.");
    }

    private static void Routes(ServiceSpecification service, string at, ClassDefaults of, List<FieldError> errors)
    {
        if (!service.IsPublic)
            return;
        string Remedy(string what) => $"{what} would be open to everybody, which {of.Title.ToLowerInvariant()} does not allow. Ask for a sign-in or an API key, or choose another class.";
        if (service.LeavesOpen)
            errors.Add(new($"{at}.authentication", nameof(RouteAuthentication.None), Remedy(service.Routes.Count == 0 ? service.Name : $"What {service.Name} does not list")));
        for (var index = 0; index < service.Routes.Count; index++)
        {
            if (service.Routes[index] is { Authentication: RouteAuthentication.None, ApiKeyRequired: false } route)
                errors.Add(new($"{at}.routes[{SpecificationValidator.Text(index)}].authentication", nameof(RouteAuthentication.None), Remedy($"{route.Method} {ServiceSpecification.Before(service.Path)}{route.Path}")));
        }
    }

    private static void Blocks(ClusterSpecification cluster, List<FieldError> errors)
    {
        const string field = "cluster.endpointCidrs";
        var blocks = cluster.EndpointCidrs;
        if (blocks.Count > MostBlocks)
            errors.Add(new(field, string.Join(' ', blocks), $"{SpecificationValidator.Text(blocks.Count)} blocks; EKS takes {SpecificationValidator.Text(MostBlocks)} at most."));
        foreach (var block in blocks)
        {
            if (!Cidr.TryParse(block, out var cidr, out var onBoundary))
                errors.Add(new(field, string.Join(' ', blocks), $"'{block}' is not an IPv4 block. Write it as address/length, for example 203.0.113.0/24."));
            else if (!onBoundary)
                errors.Add(new(field, string.Join(' ', blocks), $"{block} does not begin on its boundary. Use {cidr}."));
            else
                continue;
            return;
        }
    }
}
