using System.Globalization;
using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>Target groups of a load balancer: one for each Ingress and Service port that it leads to, with the Service's ready pods.</summary>
internal sealed class TargetGroupBuilder(ControllerContext context, TargetHealth health, RunningController controller, IngressGroup group)
{
    private readonly Dictionary<string, TargetGroupDescription> _built = new(StringComparer.Ordinal);

    public IReadOnlyList<TargetGroupDescription> Built => [.. _built.Values];

    /// <summary>Name of the group; null where the Service does not exist.</summary>
    public string? Build(JsonObject ingress, JsonObject path)
    {
        var backend = path.Object("backend", "service") ?? throw new ModelException("missing required \"service\" field");
        var serviceName = backend.Text("name") ?? "";
        var portText = backend.Text("port", "name") ?? backend.Number("port", "number")?.ToString(CultureInfo.InvariantCulture) ?? "";
        if (context.Store.Find(Kinds.Service, ingress.Namespace(), serviceName) is not { } service)
            return null;

        var resource = $"{Annotations.NameOf(ingress)}-{serviceName}:{portText}";
        if (!_built.TryGetValue(resource, out var built))
            _built[resource] = built = Build(ingress, service, portText, resource);
        return built.Name;
    }

    private TargetGroupDescription Build(JsonObject ingress, JsonObject service, string portText, string resource)
    {
        var port = service.Items("spec", "ports").FirstOrDefault(item => item.Text("name") == portText || item.Number("port")?.ToString(CultureInfo.InvariantCulture) == portText)
            ?? throw new ModelException($"unable to find port {portText} on service {Annotations.NameOf(service)}");
        var targetType = Annotations.Of(service, ingress, "target-type") ?? controller.DefaultTargetType;
        if (targetType is not ("ip" or "instance"))
            throw new ModelException($"unknown targetType: {targetType}");
        // Of pods by address the port is not in the way of the traffic: each target has its own. A named one is written 1.
        var number = targetType == "ip" ? port.Number("targetPort") ?? 1 : port.Number("nodePort") ?? 0;
        if (number == 0)
            throw new ModelException("TargetGroup port is empty. When using Instance targets, your service be must of type 'NodePort' or 'LoadBalancer'");

        var check = HealthCheck(service, ingress);
        var name = Name(ingress, service, portText, number, targetType);
        return new TargetGroupDescription(name, number, check, Tags(ingress, service, resource), Targets(name, service, port, check))
        {
            TargetType = targetType,
            Attributes = Merged(service, ingress, "target-group-attributes"),
        };
    }

    // As the controller derives it, buildTargetGroupName of its model_build_target_group.go (v3.5.0).
    private string Name(JsonObject ingress, JsonObject service, string port, int targetPort, string targetType)
    {
        var hash = Seeded.Hex(string.Concat(controller.ClusterName, group.Key, ingress.Namespace(), ingress.Name(), service.Uid(), port, targetPort.ToString(CultureInfo.InvariantCulture), targetType, "HTTPHTTP1"), 10);
        return $"k8s-{ModelBuilder.Cut(service.Namespace(), 8)}-{ModelBuilder.Cut(service.Name(), 8)}-{hash}";
    }

    private static HealthCheck HealthCheck(JsonObject service, JsonObject ingress)
    {
        var protocol = Annotations.Of(service, ingress, "healthcheck-protocol") ?? "HTTP";
        if (protocol is not ("HTTP" or "HTTPS"))
            throw new ModelException("healthCheckProtocol must be within [HTTP, HTTPS]");
        return new HealthCheck(
            Annotations.Of(service, ingress, "healthcheck-path") ?? "/", protocol,
            Annotations.Of(service, ingress, "healthcheck-port") ?? "traffic-port",
            Annotations.Of(service, ingress, "success-codes") ?? "200",
            Annotations.Number(service, ingress, "healthcheck-interval-seconds", 15),
            Annotations.Number(service, ingress, "healthcheck-timeout-seconds", 5),
            Annotations.Number(service, ingress, "healthy-threshold-count", 2),
            Annotations.Number(service, ingress, "unhealthy-threshold-count", 2));
    }

    private List<TargetDescription> Targets(string targetGroup, JsonObject service, JsonObject port, HealthCheck check)
    {
        var pods = context.Store.List(Kinds.Pod, service.Namespace())
            .Where(pod => ServicePorts.Selects(service, pod.Labels()) && Controllers.Conditions.IsReady(pod) && !pod.IsDeleting());
        return [.. pods.Select(pod => health.Of(targetGroup, pod, ServicePorts.Target(port, pod), check))];
    }

    private Dictionary<string, string> Tags(JsonObject ingress, JsonObject service, string resource)
    {
        var tags = Merged(service, ingress, "tags");
        ModelBuilder.Track(tags, group, controller, resource);
        return tags;
    }

    private static Dictionary<string, string> Merged(JsonObject service, JsonObject ingress, string name)
    {
        var merged = new Dictionary<string, string>(Annotations.Map(ingress, name), StringComparer.Ordinal);
        foreach (var (key, value) in Annotations.Map(service, name))
            merged[key] = value;
        return merged;
    }
}
