using System.Text.Json.Nodes;
using System.Xml.Linq;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.Eks;

/// <summary>The reads of EKS's REST API, over what CloudFormation has made.</summary>
internal sealed class EksService(Inventory inventory, IKubernetesFleet fleet, KnownValues known) : IAwsService
{
    public string SigningName => "eks";

    public AwsProtocol Protocol => AwsProtocol.RestJson;

    public XNamespace Namespace => "";

    public string ActionOf(AwsRequest request) => (request.Method, Segments(request)) switch
    {
        ("GET", ["addons", "supported-versions"]) => "DescribeAddonVersions",
        ("GET", ["cluster-versions"]) => "DescribeClusterVersions",
        ("GET", ["clusters"]) => "ListClusters",
        ("GET", ["clusters", _]) => "DescribeCluster",
        ("GET", ["clusters", _, "node-groups"]) => "ListNodegroups",
        ("GET", ["clusters", _, "node-groups", _]) => "DescribeNodegroup",
        ("GET", ["clusters", _, "addons"]) => "ListAddons",
        ("GET", ["clusters", _, "addons", _]) => "DescribeAddon",
        ("GET", ["clusters", _, "access-entries"]) => "ListAccessEntries",
        ("GET", ["clusters", _, "access-entries", .., "access-policies"]) => "ListAssociatedAccessPolicies",
        // The principal's ARN has slashes of its own, decoded by now.
        ("GET", ["clusters", _, "access-entries", ..]) => "DescribeAccessEntry",
        ("GET", ["clusters", _, "pod-identity-associations", _]) => "DescribePodIdentityAssociation",
        ("GET", ["clusters", _, "pod-identity-associations"]) => "ListPodIdentityAssociations",
        _ => "",
    };

    public string SubjectOf(AwsRequest request) => string.Join('/', Segments(request).Skip(1));

    public AwsResponse Handle(AwsRequest request)
    {
        var path = Segments(request);
        var action = ActionOf(request);
        if (action == "ListClusters")
            return List(request, "clusters", inventory.OfType("AWS::EKS::Cluster").Select(one => (JsonNode)one.PhysicalId));
        if (action == "DescribeAddonVersions")
            return Json(new JsonObject { ["addons"] = Versions(request.Parameters["addonName"], request.Parameters["kubernetesVersion"]) });
        if (action == "DescribeClusterVersions")
            return List(request, "clusterVersions", known.Kubernetes.Order(StringComparer.Ordinal).Reverse().Select(ClusterVersion));
        if (action.Length == 0)
            throw new AwsException("UnknownOperationException", "", 404);

        var cluster = inventory.Find("AWS::EKS::Cluster", path[1]) ?? throw NotFound($"No cluster found for name: {path[1]}.");
        IEnumerable<CloudResource> Of(string type) => inventory.OfType(type).Where(one => one.Properties["ClusterName"].ToText() == cluster.PhysicalId);
        CloudResource Entry(string principal) => Of("AWS::EKS::AccessEntry").FirstOrDefault(one => one.Properties["PrincipalArn"].ToText() == principal)
            ?? throw NotFound($"The specified principalArn could not be found: {principal}.");
        return action switch
        {
            "DescribeCluster" => Json(new JsonObject { ["cluster"] = EksJson.Cluster(cluster, inventory) }),
            "ListNodegroups" => List(request, "nodegroups", Of("AWS::EKS::Nodegroup").Select(one => (JsonNode)one.PhysicalId.Split('/')[^1])),
            "DescribeNodegroup" => Json(new JsonObject
            {
                ["nodegroup"] = EksJson.NodeGroup(inventory.Find("AWS::EKS::Nodegroup", $"{cluster.PhysicalId}/{path[3]}") ?? throw NotFound($"No node group found for name: {path[3]}."), cluster, fleet.NodesOf(cluster.PhysicalId, path[3])),
            }),
            "ListAddons" => List(request, "addons", Of("AWS::EKS::Addon").Select(one => one.Properties["AddonName"]!.DeepClone())),
            "DescribeAddon" => Json(new JsonObject
            {
                ["addon"] = EksJson.Addon(inventory.Find("AWS::EKS::Addon", $"{cluster.PhysicalId}|{path[3]}") ?? throw NotFound($"No addon: {path[3]} found in cluster: {cluster.PhysicalId}")),
            }),
            "DescribeAccessEntry" => Json(new JsonObject { ["accessEntry"] = EksJson.AccessEntry(Entry(string.Join('/', path[3..])), cluster) }),
            "ListAssociatedAccessPolicies" => Json(new JsonObject
            {
                ["clusterName"] = cluster.PhysicalId,
                ["principalArn"] = string.Join('/', path[3..^1]),
                ["associatedAccessPolicies"] = EksJson.AccessPolicies(Entry(string.Join('/', path[3..^1]))),
            }),
            "DescribePodIdentityAssociation" => Json(new JsonObject
            {
                ["association"] = EksJson.PodIdentityAssociationDetail(Of("AWS::EKS::PodIdentityAssociation").FirstOrDefault(one => one.PhysicalId.EndsWith("/" + path[3], StringComparison.Ordinal))
                    ?? throw NotFound($"The associationId '{path[3]}' cannot be found.")),
            }),
            "ListAccessEntries" => List(request, "accessEntries", Principals(cluster)),
            _ => List(request, "associations", Of("AWS::EKS::PodIdentityAssociation").Select(EksJson.PodIdentityAssociation)),
        };
    }

    private JsonArray Versions(string? addOn, string? kubernetes) =>
    [
        .. known.AddOns.Keys.Where(name => string.IsNullOrEmpty(addOn) || name == addOn).Select(name => new JsonObject
        {
            ["addonName"] = name,
            ["owner"] = "aws",
            ["publisher"] = "eks",
            ["addonVersions"] = new JsonArray([.. known.Offered(name, kubernetes ?? known.Kubernetes[^1]).Select(version => (JsonNode)new JsonObject
            {
                ["addonVersion"] = version,
                ["compatibilities"] = new JsonArray(new JsonObject { ["clusterVersion"] = kubernetes ?? known.Kubernetes[^1] }),
            })]),
        }),
    ];

    // Its dates, and which of them are in extended support, known-values.yaml does not have.
    private JsonObject ClusterVersion(string version) => new()
    {
        ["clusterVersion"] = version,
        ["clusterType"] = "eks",
        ["defaultVersion"] = version == known.Kubernetes[^1],
        ["status"] = "standard-support",
        ["versionStatus"] = "STANDARD_SUPPORT",
    };

    private IEnumerable<JsonNode> Principals(CloudResource cluster)
    {
        var principals = EksAccess.EntriesOf(inventory, cluster.PhysicalId).Select(entry => entry.Properties["PrincipalArn"].ToText());
        if (EksAccess.AdmitsCreator(cluster))
            principals = principals.Prepend(cluster.Creator);
        return principals.Distinct().Select(arn => (JsonNode)arn);
    }

    private static AwsResponse List(AwsRequest request, string name, IEnumerable<JsonNode> items)
    {
        var size = int.TryParse(request.Parameters["maxResults"], out var asked) && asked is >= 1 and <= 100 ? asked : 100;
        var (page, next) = Paging.Page(items, item => item.ToJsonString(), request.Parameters["nextToken"], size,
            () => new AwsException("InvalidParameterException", "The nextToken is invalid."));
        return Json(new JsonObject { [name] = new JsonArray([.. page]), ["nextToken"] = next });
    }

    private static AwsResponse Json(JsonObject body) => new(200, "application/json", body.ToJsonString());

    private static AwsException NotFound(string message) => new("ResourceNotFoundException", message, 404);

    private static string[] Segments(AwsRequest request) => request.Path.Trim('/').Split('/');
}
