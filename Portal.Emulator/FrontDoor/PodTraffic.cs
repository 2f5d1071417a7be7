using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.LoadBalancerController;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.FrontDoor;

/// <summary>A pod that answers: who it is, what it was asked, and which data store it was given.</summary>
internal sealed class PodTraffic(KubernetesFleet fleet, ICloudView cloud)
{
    private static readonly string[] _stores =
        ["AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "AWS::DynamoDB::Table", "AWS::Cognito::UserPool"];

    /// <summary>Null where nobody answers at that address.</summary>
    public ApiResponse? Answer(string vpcId, TargetGroupDescription group, TargetDescription target, BackendRequest request, Hops hops)
    {
        foreach (var cluster in fleet.All.Where(cluster => cluster.Identity.VpcId == vpcId))
        {
            var pod = cluster.Store.List(Kinds.Pod).FirstOrDefault(pod => pod.Text("status", "podIP") == target.Id && Conditions.IsReady(pod) && !pod.IsDeleting());
            if (pod is null)
                continue;

            var service = ServiceOf(cluster.Store, group, pod);
            hops.Add("service", $"{pod.Namespace()}/{service}");
            hops.Add("pod", pod.Name());
            return new ApiResponse(200, "application/json", Body(cluster, pod, service, request).ToJsonString());
        }

        return null;
    }

    /// <summary>Either controller tags a target group with namespace/ingress-service:port.</summary>
    private static string ServiceOf(ClusterStore store, TargetGroupDescription group, JsonObject pod)
    {
        var resource = group.Tags.GetValueOrDefault(BalancingController.Pods.ResourceTag) ?? group.Tags.GetValueOrDefault(BalancingController.AutoMode.ResourceTag) ?? "";
        var services = store.List(Kinds.Service, pod.Namespace()).Where(service => ServicePorts.Selects(service, pod.Labels())).Select(service => service.Name()).ToList();
        return services.Find(name => resource.Contains($"-{name}:", StringComparison.Ordinal)) ?? services.FirstOrDefault() ?? "";
    }

    private JsonObject Body(Cluster cluster, JsonObject pod, string service, BackendRequest request)
    {
        var settings = PodSettings.Of(cluster.Store, pod);
        return new JsonObject
        {
            ["service"] = service,
            ["namespace"] = pod.Namespace(),
            ["pod"] = pod.Name(),
            ["node"] = pod.Text("spec", "nodeName"),
            ["cluster"] = cluster.Identity.Name,
            ["method"] = request.Method,
            ["path"] = request.Path,
            ["query"] = request.QueryString,
            ["host"] = request.Host,
            ["prefix"] = request.Headers.GetValueOrDefault("x-forwarded-prefix"),
            ["contentType"] = request.Headers.GetValueOrDefault("content-type"),
            ["bodyLength"] = request.Body.Length,
            ["bodySha256"] = Convert.ToHexStringLower(SHA256.HashData(request.Body.Span)),
            ["dataStore"] = StoreIn(settings) is var (type, id) && type is not null ? new JsonObject { ["type"] = type, ["id"] = id } : null,
            ["settings"] = settings.ToObject(),
        };
    }

    /// <summary>The store of the account that one of the settings names: by its address, its name or its id.</summary>
    private (string? Type, string? Id) StoreIn(IReadOnlyDictionary<string, string> settings)
    {
        foreach (var type in _stores)
        {
            foreach (var store in cloud.OfType(type))
            {
                var address = store.Attributes.Text("Endpoint.Address");
                if (settings.Values.Any(value => value == store.PhysicalId || (address is not null && value == address)))
                    return (type, store.PhysicalId);
            }
        }

        return (null, null);
    }
}
