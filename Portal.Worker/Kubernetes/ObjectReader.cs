using System.Text.Json;

namespace Portal.Worker.Kubernetes;

/// <summary>Kubernetes objects into our records.</summary>
internal static class ObjectReader
{
    public static ClusterObject Read(ObjectKind kind, JsonElement json)
    {
        var metadata = json.Child("metadata") ?? throw new JsonException("The object has no metadata.");
        var spec = json.Child("spec") ?? default;
        var status = json.Child("status") ?? default;
        return new ClusterObject(
            kind,
            metadata.Text("namespace") ?? "",
            metadata.Text("name") ?? throw new JsonException("The object has no name."),
            metadata.Text("uid") ?? "",
            metadata.Text("resourceVersion") ?? "",
            metadata.Time("creationTimestamp") ?? default,
            metadata.Text("deletionTimestamp") is not null,
            metadata.Texts("labels"),
            kind switch
            {
                ObjectKind.Pod => Pod(metadata, spec, status),
                ObjectKind.Deployment => Deployment(metadata, spec, status),
                ObjectKind.Service => Service(spec),
                ObjectKind.Ingress => Ingress(metadata, spec, status),
                ObjectKind.Node => Node(status),
                _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, message: null),
            });
    }

    private static PodStatus Pod(JsonElement metadata, JsonElement spec, JsonElement status)
    {
        var containers = status.Items("containerStatuses").ToList();
        var isReady = status.Condition("Ready")?.Text("status") == "True" && metadata.Text("deletionTimestamp") is null;
        var trouble = isReady ? null : Trouble(containers, status);
        return new PodStatus(
            status.Text("phase") ?? "Pending",
            isReady,
            containers.Sum(container => container.Number("restartCount") ?? 0),
            trouble?.Text("reason"),
            trouble?.Text("message"),
            spec.Text("nodeName"),
            status.Text("podIP"),
            metadata.Items("ownerReferences").Where(owner => owner.IsTrue("controller")).Select(owner => owner.Text("name")).FirstOrDefault(),
            spec.Items("containers").Select(container => container.Text("image")).FirstOrDefault());
    }

    /// <summary>What has a reason and a message: a container that waits, one that ended, then what the scheduler says, then the pod.</summary>
    private static JsonElement? Trouble(IReadOnlyList<JsonElement> containers, JsonElement status)
    {
        var states = containers.Select(container => container.Child("state")).OfType<JsonElement>().ToList();
        return states.Select(state => state.Child("waiting")).FirstOrDefault(state => state is not null)
            ?? states.Select(state => state.Child("terminated")).FirstOrDefault(state => state is not null)
            ?? Where(status.Condition("PodScheduled"), "status", "False")
            ?? (status.Text("reason") is null ? null : status);
    }

    private static JsonElement? Where(JsonElement? condition, string field, string value) =>
        condition?.Text(field) == value ? condition : null;

    private static DeploymentStatus Deployment(JsonElement metadata, JsonElement spec, JsonElement status)
    {
        var stuck = Where(status.Condition("Progressing"), "status", "False");
        var trouble = Where(status.Condition("ReplicaFailure"), "status", "True") ?? stuck;
        return new DeploymentStatus(
            spec.Number("replicas") ?? 1,
            status.Number("updatedReplicas") ?? 0,
            status.Number("readyReplicas") ?? 0,
            status.Number("availableReplicas") ?? 0,
            (status.Number("observedGeneration") ?? 0) >= (metadata.Number("generation") ?? 0),
            stuck is null,
            trouble?.Text("reason"),
            trouble?.Text("message"));
    }

    private static NodeStatus Node(JsonElement status)
    {
        var ready = status.Condition("Ready");
        return new NodeStatus(ready?.Text("status") == "True", ready?.Text("message"));
    }

    private static ServiceStatus Service(JsonElement spec) => new(
        spec.Text("type") ?? "ClusterIP",
        spec.Text("clusterIP"),
        [.. spec.Items("ports").Select(port => port.Number("port")).OfType<int>()],
        spec.Texts("selector"));

    private static IngressStatus Ingress(JsonElement metadata, JsonElement spec, JsonElement status) => new(
        spec.Text("ingressClassName") ?? metadata.Child("annotations")?.Text("kubernetes.io/ingress.class"),
        status.Child("loadBalancer")?.Items("ingress").Select(point => point.Text("hostname") ?? point.Text("ip")).FirstOrDefault(),
        [.. spec.Items("rules").SelectMany(rule => rule.Child("http")?.Items("paths") ?? []).Select(Path).OfType<IngressPath>()]);

    private static IngressPath? Path(JsonElement path) =>
        path.Child("backend")?.Child("service") is { } service && service.Text("name") is { } name
            ? new IngressPath(path.Text("path") ?? "/", path.Text("pathType") ?? "ImplementationSpecific", name, service.Child("port")?.Number("number"))
            : null;
}
