using System.Globalization;

namespace Portal.Core.Catalog;

/// <summary>What a class of environment, such as production, gives a request and the templates: classes.yaml.</summary>
public sealed record ClassDefaults
{
    /// <summary>As in the specification, in lower case.</summary>
    public string Id { get; init; } = "";

    public string Title { get; init; } = "";
    public string Description { get; init; } = "";

    /// <summary>Availability zones a request begins with, 2 or 3.</summary>
    public int Zones { get; init; }

    /// <summary><c>Single</c> or <c>OnePerZone</c>, as in the specification.</summary>
    public string NatGateways { get; init; } = "";

    /// <summary>Id of a cluster size.</summary>
    public string ClusterSize { get; init; } = "";

    /// <summary><c>Public</c> or <c>Private</c>: the load balancer's subnets.</summary>
    public string LoadBalancerSubnets { get; init; } = "";

    /// <summary><c>OnDemand</c> or <c>Spot</c>: the nodes.</summary>
    public string NodeCapacity { get; init; } = "";

    public bool Firewall { get; init; }

    public bool InterfaceEndpoints { get; init; }

    /// <summary>Whether a route may ask its callers neither for a sign-in nor for a key.</summary>
    public bool OpenRoutes { get; init; }

    /// <summary>Whether the whole internet may reach the cluster's endpoint.</summary>
    public bool OpenEndpoint { get; init; }

    /// <summary>Fewest pods a service should have.</summary>
    public int MinReplicas { get; init; }

    /// <summary>Parameter of a template → value, for every template that has a parameter of that name.</summary>
    public Dictionary<string, string> Parameters { get; init; } = [];
}

/// <summary>Reads classes.yaml; every class of the specification must be in it.</summary>
internal static class EnvironmentClasses
{
    public const string File = "classes.yaml";

    private static readonly string[] Ids = ["development", "staging", "production"];

    public static List<ClassDefaults> Read(CatalogNode file)
    {
        var classes = file.List("classes", Class);
        foreach (var id in Ids.Where(id => classes.TrueForAll(one => one.Id != id)))
            file.Fault("classes", $"has to have the class '{id}'.");
        return classes;
    }

    private static ClassDefaults Class(CatalogNode node)
    {
        var one = new ClassDefaults
        {
            Id = node.Id(),
            Title = node.Text("title"),
            Description = node.Text("description"),
            Zones = node.Integer("zones", 2, 3),
            NatGateways = node.Text("natGateways", "^(Single|OnePerZone)$", "Single or OnePerZone"),
            ClusterSize = node.Reference("clusterSize", "clusters.yaml"),
            LoadBalancerSubnets = node.Text("loadBalancerSubnets", "^(Public|Private)$", "Public or Private"),
            NodeCapacity = node.Text("nodeCapacity", "^(OnDemand|Spot)$", "OnDemand or Spot"),
            Firewall = node.Flag("firewall"),
            InterfaceEndpoints = node.Flag("interfaceEndpoints"),
            OpenRoutes = node.Flag("openRoutes"),
            OpenEndpoint = node.Flag("openEndpoint"),
            MinReplicas = node.Integer("minReplicas", 1, 100),
            Parameters = node.Texts("parameters"),
        };
        if (node.Has("parameters"))
        {
            Check(node, one, "DeletionProtection", "true or false", value => value is "true" or "false");
            Check(node, one, "FinalSnapshot", "true or false", value => value is "true" or "false");
            Check(node, one, "MultiZone", "true or false", value => value is "true" or "false");
            Check(node, one, "BackupRetentionDays", "1 to 35", value => int.TryParse(value, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= 35);
        }

        return one;
    }

    private static void Check(CatalogNode node, ClassDefaults one, string parameter, string allowed, Func<string, bool> holds)
    {
        if (!one.Parameters.TryGetValue(parameter, out var value))
            node.Fault("parameters", $"has no {parameter}.");
        else if (!holds(value))
            node.Fault("parameters", $"gives {parameter} the value '{value}'; it has to be {allowed}.");
    }
}
