using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes;

/// <summary>What /_emulator/clusters tells people and tests about each cluster.</summary>
internal static class ClusterReport
{
    public static JsonArray Of(KubernetesFleet fleet) => fleet.All.Select(cluster => (JsonNode?)Of(cluster)).ToJsonArray();

    private static JsonObject Of(Cluster cluster)
    {
        var store = cluster.Store;
        return new JsonObject
        {
            ["name"] = cluster.Identity.Name,
            ["id"] = cluster.Id,
            ["version"] = cluster.Identity.Version,
            ["nodes"] = store.List(Kinds.Node).Select(node => (JsonNode?)new JsonObject { ["name"] = node.Name(), ["ready"] = Conditions.IsReady(node) }).ToJsonArray(),
            ["namespaces"] = store.List(Kinds.Namespace).Select(space => (JsonNode?)Pods(store, space.Name())).ToJsonArray(),
            ["releases"] = store.List(Kinds.Secret).Where(secret => secret.Text("type") == "helm.sh/release.v1").Select(Release).ToJsonArray(),
            ["ingresses"] = store.List(Kinds.Ingress).Select(Ingress).ToJsonArray(),
            ["loadBalancers"] = cluster.LoadBalancers.Sum(held => held.Count),
        };
    }

    private static JsonObject Pods(ClusterStore store, string name)
    {
        var pods = store.List(Kinds.Pod, name);
        return new JsonObject
        {
            ["name"] = name,
            ["pods"] = pods.Count,
            ["ready"] = pods.Count(Conditions.IsReady),
            ["deployments"] = store.List(Kinds.Deployment, name).Select(item => (JsonNode?)new JsonObject
            {
                ["name"] = item.Name(),
                ["replicas"] = item.Number("spec", "replicas") ?? 0,
                ["ready"] = item.Number("status", "readyReplicas") ?? 0,
            }).ToJsonArray(),
        };
    }

    private static JsonNode? Release(JsonObject secret)
    {
        var labels = secret.Labels();
        return new JsonObject
        {
            ["namespace"] = secret.Namespace(),
            ["name"] = labels.GetValueOrDefault("name"),
            ["version"] = int.TryParse(labels.GetValueOrDefault("version"), out var version) ? version : 0,
            ["status"] = labels.GetValueOrDefault("status"),
        };
    }

    private static JsonNode? Ingress(JsonObject ingress) => new JsonObject
    {
        ["namespace"] = ingress.Namespace(),
        ["name"] = ingress.Name(),
        ["hostname"] = ingress.Items("status", "loadBalancer", "ingress").FirstOrDefault().Text("hostname"),
        ["paths"] = ingress.Items("spec", "rules").SelectMany(rule => rule.Items("http", "paths")).Select(path => (JsonNode?)path.Text("path")).ToJsonArray(),
    };
}
