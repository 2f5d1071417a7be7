using k8s.Models;

namespace Portal.Worker.Kubernetes;

/// <summary>The client's typed objects, where nearly every field may be absent → what we keep of them. Pure.</summary>
internal static class ObjectReader
{
    public static ClusterObject Read(V1Pod pod)
    {
        var containers = pod.Status?.ContainerStatuses ?? [];
        var isReady = Condition(pod, "Ready")?.Status == "True" && pod.Metadata.DeletionTimestamp is null;
        var (reason, message) = isReady ? default : Trouble(pod, containers);
        return Object(ObjectKind.Pod, pod.Metadata, new PodStatus(
            pod.Status?.Phase ?? "Pending",
            isReady,
            containers.Sum(container => container.RestartCount),
            Text(reason),
            Text(message),
            Text(pod.Spec?.NodeName),
            Text(pod.Status?.PodIP),
            pod.Metadata.OwnerReferences?.FirstOrDefault(owner => owner.Controller == true)?.Name,
            pod.Spec?.Containers?.FirstOrDefault()?.Image));
    }

    public static ClusterObject Read(V1Deployment deployment)
    {
        var status = deployment.Status;
        var stuck = status?.Conditions?.FirstOrDefault(condition => condition is { Type: "Progressing", Status: "False" });
        var trouble = status?.Conditions?.FirstOrDefault(condition => condition is { Type: "ReplicaFailure", Status: "True" }) ?? stuck;
        return Object(ObjectKind.Deployment, deployment.Metadata, new DeploymentStatus(
            deployment.Spec?.Replicas ?? 1,
            status?.UpdatedReplicas ?? 0,
            status?.ReadyReplicas ?? 0,
            status?.AvailableReplicas ?? 0,
            (status?.ObservedGeneration ?? 0) >= (deployment.Metadata.Generation ?? 0),
            stuck is null,
            Text(trouble?.Reason),
            Text(trouble?.Message))
        { Total = status?.Replicas ?? 0 });
    }

    public static ClusterObject Read(V1CronJob schedule) => Object(ObjectKind.CronJob, schedule.Metadata, new CronJobStatus(
        schedule.Spec?.Suspend ?? false, schedule.Status?.Active?.Count ?? 0, At(schedule.Status?.LastScheduleTime), At(schedule.Status?.LastSuccessfulTime)));

    public static ClusterObject Read(V1Service service) => Object(ObjectKind.Service, service.Metadata, new ServiceStatus(
        service.Spec?.Type ?? "ClusterIP",
        Text(service.Spec?.ClusterIP),
        [.. (service.Spec?.Ports ?? []).Select(port => port.Port)],
        Pairs(service.Spec?.Selector)));

    public static ClusterObject Read(V1Ingress ingress) => Object(ObjectKind.Ingress, ingress.Metadata, new IngressStatus(
        ingress.Spec?.IngressClassName ?? Pairs(ingress.Metadata.Annotations).GetValueOrDefault("kubernetes.io/ingress.class"),
        (ingress.Status?.LoadBalancer?.Ingress ?? []).Select(point => Text(point.Hostname) ?? Text(point.Ip)).FirstOrDefault(),
        [.. (ingress.Spec?.Rules ?? []).SelectMany(rule => rule.Http?.Paths ?? []).Where(path => path.Backend?.Service?.Name is not null).Select(path =>
            new IngressPath(path.Path ?? "/", path.PathType ?? "ImplementationSpecific", path.Backend.Service.Name, path.Backend.Service.Port?.Number))]));

    public static ClusterObject Read(V1Node node)
    {
        var ready = node.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready");
        return Object(ObjectKind.Node, node.Metadata, new NodeStatus(ready?.Status == "True", Text(ready?.Message)));
    }

    // It bears the name of its pod, which is who reads it.
    public static ClusterObject Read(SecretProviderClassPodStatus mounted) => Object(ObjectKind.MountedSecrets, mounted.Metadata, new MountedSecretsStatus(
        mounted.Status?.ClassName ?? "",
        [.. (mounted.Status?.Objects ?? []).Select(one => $"{one.Id}={one.Version}").Order(StringComparer.Ordinal)])) with
    {
        Name = Text(mounted.Status?.PodName) ?? mounted.Metadata.Name,
    };

    private static ClusterObject Object(ObjectKind kind, V1ObjectMeta metadata, ObjectStatus status) => new(
        kind,
        metadata.NamespaceProperty ?? "",
        metadata.Name,
        metadata.Uid ?? "",
        metadata.ResourceVersion ?? "",
        At(metadata.CreationTimestamp) ?? default,
        metadata.DeletionTimestamp is not null,
        Pairs(metadata.Labels),
        status);

    /// <summary>What has a reason and a message: a container that waits, one that ended, then what the scheduler says, then the pod.</summary>
    private static (string? Reason, string? Message) Trouble(V1Pod pod, IList<V1ContainerStatus> containers)
    {
        var states = containers.Select(container => container.State).OfType<V1ContainerState>().ToList();
        if (states.Select(state => state.Waiting).OfType<V1ContainerStateWaiting>().FirstOrDefault() is { } waiting)
            return (waiting.Reason, waiting.Message);
        if (states.Select(state => state.Terminated).OfType<V1ContainerStateTerminated>().FirstOrDefault() is { } ended)
            return (ended.Reason, ended.Message);
        return Condition(pod, "PodScheduled") is { Status: "False" } unscheduled
            ? (unscheduled.Reason, unscheduled.Message)
            : (pod.Status?.Reason, pod.Status?.Message);
    }

    private static V1PodCondition? Condition(V1Pod pod, string type) => pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == type);

    private static DateTimeOffset? At(DateTime? time) => time is { } at ? new DateTimeOffset(at.ToUniversalTime(), TimeSpan.Zero) : null;

    private static string? Text(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static IReadOnlyDictionary<string, string> Pairs(IDictionary<string, string>? pairs) =>
        pairs is null ? new Dictionary<string, string>(StringComparer.Ordinal) : new Dictionary<string, string>(pairs, StringComparer.Ordinal);
}
