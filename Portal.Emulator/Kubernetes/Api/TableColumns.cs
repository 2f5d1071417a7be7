using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

internal sealed record TableColumn(string Name, Func<JsonObject, DateTimeOffset, JsonNode?> Cell, bool IsWide = false, bool IsNumber = false);

/// <summary>The columns of kubectl get, kind by kind.</summary>
internal static class TableColumns
{
    private static readonly TableColumn _name = Text("Name", item => item.Name());
    private static readonly TableColumn _age = new("Age", (item, now) => Age(item.Text("metadata", "creationTimestamp"), now));

    private static readonly TableColumn[] _bindings =
    [
        Text("Role", item => $"{item.Text("roleRef", "kind")}/{item.Text("roleRef", "name")}"),
        _age,
        Wide("Users", item => Subjects(item, "User")),
        Wide("Groups", item => Subjects(item, "Group")),
        Wide("ServiceAccounts", item => Subjects(item, "ServiceAccount")),
    ];

    private static readonly Dictionary<ResourceKind, TableColumn[]> _byKind = new()
    {
        [Kinds.Pod] =
        [
            Text("Ready", item => $"{item.Items("status", "containerStatuses").Count(status => status.Flag("ready") == true)}/{item.Items("spec", "containers").Count()}"),
            Text("Status", PodStatus),
            new("Restarts", (item, now) => Restarts(item, now)),
            _age,
            Wide("IP", item => item.Text("status", "podIP")),
            Wide("Node", item => item.Text("spec", "nodeName")),
            Wide("Nominated Node", _ => null),
            Wide("Readiness Gates", _ => null),
        ],
        [Kinds.Deployment] =
        [
            Text("Ready", item => $"{item.Number("status", "readyReplicas") ?? 0}/{item.Number("spec", "replicas") ?? 0}"),
            Number("Up-to-date", item => item.Number("status", "updatedReplicas")),
            Number("Available", item => item.Number("status", "availableReplicas")),
            _age,
            Wide("Containers", item => Containers(item, "name")),
            Wide("Images", item => Containers(item, "image")),
            Wide("Selector", item => Selector(item.Texts("spec", "selector", "matchLabels"))),
        ],
        [Kinds.ReplicaSet] =
        [
            Number("Desired", item => item.Number("spec", "replicas")),
            Number("Current", item => item.Number("status", "replicas")),
            Number("Ready", item => item.Number("status", "readyReplicas")),
            _age,
            Wide("Containers", item => Containers(item, "name")),
            Wide("Images", item => Containers(item, "image")),
            Wide("Selector", item => Selector(item.Texts("spec", "selector", "matchLabels"))),
        ],
        [Kinds.Job] =
        [
            Text("Status", JobStatus),
            Text("Completions", item => $"{item.Number("status", "succeeded") ?? 0}/{item.Number("spec", "completions") ?? 1}"),
            new("Duration", (item, now) => Duration(item.Text("status", "startTime"), item.Text("status", "completionTime"), now)),
            _age,
            Wide("Containers", item => Containers(item, "name")),
            Wide("Images", item => Containers(item, "image")),
            Wide("Selector", item => Selector(item.Texts("spec", "selector", "matchLabels"))),
        ],
        [Kinds.CronJob] =
        [
            Text("Schedule", item => item.Text("spec", "schedule")),
            Text("Timezone", item => item.Text("spec", "timeZone") ?? "<none>"),
            Text("Suspend", item => item.Flag("spec", "suspend") == true ? "True" : "False"),
            Number("Active", item => item.Items("status", "active").Count()),
            new("Last Schedule", (item, now) => item.Text("status", "lastScheduleTime") is { } last ? Age(last, now) : "<none>"),
            _age,
        ],
        [Kinds.Service] =
        [
            Text("Type", item => item.Text("spec", "type")),
            Text("Cluster-IP", item => item.Text("spec", "clusterIP")),
            Text("External-IP", ExternalAddress),
            Text("Port(s)", item => string.Join(',', item.Items("spec", "ports").Select(port =>
                $"{port.Number("port")}{(port.Number("nodePort") is { } open ? $":{open}" : "")}/{port.Text("protocol")}"))),
            _age,
            Wide("Selector", item => Selector(item.Texts("spec", "selector"))),
        ],
        [Kinds.Node] =
        [
            Text("Status", item => (Conditions.IsReady(item) ? "Ready" : "NotReady") + (item.Flag("spec", "unschedulable") == true ? ",SchedulingDisabled" : "")),
            Text("Roles", _ => null),
            _age,
            Text("Version", item => item.Text("status", "nodeInfo", "kubeletVersion")),
            Wide("Internal-IP", item => item.Items("status", "addresses").FirstOrDefault(address => address.Text("type") == "InternalIP").Text("address")),
            Wide("External-IP", item => item.Items("status", "addresses").FirstOrDefault(address => address.Text("type") == "ExternalIP").Text("address")),
            Wide("OS-Image", item => item.Text("status", "nodeInfo", "osImage")),
            Wide("Kernel-Version", item => item.Text("status", "nodeInfo", "kernelVersion")),
            Wide("Container-Runtime", item => item.Text("status", "nodeInfo", "containerRuntimeVersion")),
        ],
        [Kinds.Namespace] = [Text("Status", item => item.Text("status", "phase")), _age],
        [Kinds.ConfigMap] = [Number("Data", item => item.Object("data")?.Count ?? 0), _age],
        [Kinds.Secret] = [Text("Type", item => item.Text("type")), Number("Data", item => item.Object("data")?.Count ?? 0), _age],
        [Kinds.ServiceAccount] = [Number("Secrets", item => item.Items("secrets").Count()), _age],
        [Kinds.Ingress] =
        [
            Text("Class", item => item.Text("spec", "ingressClassName")),
            Text("Hosts", item => string.Join(',', item.Items("spec", "rules").Select(rule => rule.Text("host") ?? "*").Distinct(StringComparer.Ordinal))),
            Text("Address", item => string.Join(',', item.Items("status", "loadBalancer", "ingress").Select(entry => entry.Text("hostname"))), blank: ""),
            Text("Ports", item => item.Items("spec", "tls").Any() ? "80, 443" : "80"),
            _age,
        ],
        [Kinds.IngressClass] = [Text("Controller", item => item.Text("spec", "controller")), Text("Parameters", Parameters), _age],
        [Kinds.NetworkPolicy] = [Text("Pod-Selector", item => Selector(item.Texts("spec", "podSelector", "matchLabels"))), _age],
        [Kinds.EndpointSlice] =
        [
            Text("AddressType", item => item.Text("addressType")),
            Text("Ports", item => Listed(item.Items("ports").Select(port => port.Number("port")?.ToString() ?? "")), blank: "<unset>"),
            Text("Endpoints", item => Listed(item.Items("endpoints").SelectMany(endpoint => endpoint.Array("addresses") ?? []).Select(address => address!.GetValue<string>())), blank: "<unset>"),
            _age,
        ],
        [Kinds.Lease] = [Text("Holder", item => item.Text("spec", "holderIdentity"), blank: ""), _age],
        [Kinds.Role] = [Text("Created At", item => item.Text("metadata", "creationTimestamp"))],
        [Kinds.ClusterRole] = [Text("Created At", item => item.Text("metadata", "creationTimestamp"))],
        [Kinds.RoleBinding] = _bindings,
        [Kinds.ClusterRoleBinding] = _bindings,
        [Kinds.Endpoints] = [Text("Endpoints", EndpointList), _age],
        [Kinds.HorizontalPodAutoscaler] =
        [
            Text("Reference", item => $"{item.Text("spec", "scaleTargetRef", "kind")}/{item.Text("spec", "scaleTargetRef", "name")}"),
            Text("Targets", Targets),
            Text("MinPods", item => item.Number("spec", "minReplicas")?.ToString(), blank: "<unset>"),
            Number("MaxPods", item => item.Number("spec", "maxReplicas")),
            Number("Replicas", item => item.Number("status", "currentReplicas")),
            _age,
        ],
        [Kinds.PodDisruptionBudget] =
        [
            Text("Min Available", item => item.At("spec", "minAvailable")?.ToString() ?? "N/A"),
            Text("Max Unavailable", item => item.At("spec", "maxUnavailable")?.ToString() ?? "N/A"),
            Number("Allowed Disruptions", item => item.Number("status", "disruptionsAllowed")),
            _age,
        ],
        [Kinds.CustomResourceDefinition] = [Text("Created At", item => item.Text("metadata", "creationTimestamp"))],
        [Kinds.Event] =
        [
            new("Last Seen", (item, now) => Age(item.Text("lastTimestamp"), now)),
            Text("Type", item => item.Text("type")),
            Text("Reason", item => item.Text("reason")),
            Text("Object", item => $"{item.Text("involvedObject", "kind")?.ToLowerInvariant()}/{item.Text("involvedObject", "name")}"),
            Text("Message", item => item.Text("message")),
        ],
    };

    public static IReadOnlyList<TableColumn> Of(ResourceKind kind)
    {
        if (kind == Kinds.Event)
            return _byKind[kind];
        if (_byKind.TryGetValue(kind, out var columns))
            return [_name, .. columns];
        return [_name, .. kind.PrinterColumns.Select(column => Text(column.Name, item => JsonPaths.Text(item, column.JsonPath))), _age];
    }

    /// <summary>As kubectl writes ages: two units where that says more.</summary>
    internal static string Age(string? timestamp, DateTimeOffset now)
    {
        if (!DateTimeOffset.TryParse(timestamp, out var at))
            return "<unknown>";

        var age = now > at ? now - at : TimeSpan.Zero;
        return age switch
        {
            { TotalSeconds: < 120 } => $"{(int)age.TotalSeconds}s",
            { TotalMinutes: < 10 } when age.Seconds > 0 => $"{(int)age.TotalMinutes}m{age.Seconds}s",
            { TotalHours: < 3 } => $"{(int)age.TotalMinutes}m",
            { TotalHours: < 8 } when age.Minutes > 0 => $"{(int)age.TotalHours}h{age.Minutes}m",
            { TotalDays: < 2 } => $"{(int)age.TotalHours}h",
            { TotalDays: < 8 } when age.Hours > 0 => $"{(int)age.TotalDays}d{age.Hours}h",
            _ => $"{(int)age.TotalDays}d",
        };
    }

    // As kubectl writes it: IngressClassParams.eks.amazonaws.com/alb.
    private static string? Parameters(JsonObject ingressClass) => ingressClass.Object("spec", "parameters") is { } reference
        ? $"{reference.Text("kind")}.{reference.Text("apiGroup")}/{reference.Text("name")}"
        : null;

    private static string PodStatus(JsonObject pod)
    {
        var statuses = pod.Items("status", "containerStatuses").ToList();
        var reason = pod.Text("status", "reason") ?? pod.Text("status", "phase") ?? "Unknown";
        if (Conditions.Find(pod, "PodScheduled").Text("reason") == "SchedulingGated")
            reason = "SchedulingGated";
        foreach (var state in statuses.Select(status => status.Object("state")))
        {
            if ((state.Text("waiting", "reason") ?? state.Text("terminated", "reason")) is { } told)
                reason = told;
        }

        return !pod.IsDeleting() ? reason : pod.Text("status", "reason") == "NodeLost" ? "Unknown" : "Terminating";
    }

    /// <summary>Restarts, and how long ago the last one was.</summary>
    private static string Restarts(JsonObject pod, DateTimeOffset now)
    {
        var statuses = pod.Items("status", "containerStatuses").ToList();
        var count = statuses.Sum(status => status.Number("restartCount") ?? 0);
        var last = statuses.Select(status => status.Text("lastState", "terminated", "finishedAt")).Where(at => at is not null).Max();
        return count == 0 || last is null ? count.ToString() : $"{count} ({Age(last, now)} ago)";
    }

    private static string JobStatus(JsonObject job) => Conditions.StatusOf(job, "Complete") == "True" ? "Complete"
        : Conditions.StatusOf(job, "Failed") == "True" ? "Failed"
        : job.IsDeleting() ? "Terminating"
        : job.Flag("spec", "suspend") == true ? "Suspended" : "Running";

    private static string Duration(string? from, string? to, DateTimeOffset now) =>
        from is null ? "" : Age(from, DateTimeOffset.TryParse(to, out var end) ? end : now);

    private static string? ExternalAddress(JsonObject service) => service.Text("spec", "type") switch
    {
        "ExternalName" => service.Text("spec", "externalName"),
        "LoadBalancer" => service.Items("status", "loadBalancer", "ingress").FirstOrDefault() is { } entry ? entry.Text("hostname") ?? entry.Text("ip") : "<pending>",
        _ => null,
    };

    private static string Targets(JsonObject scaler)
    {
        var current = scaler.Items("status", "currentMetrics").ToList();
        return string.Join(", ", scaler.Items("spec", "metrics").Where(metric => metric.Object("resource") is not null).Select(metric =>
        {
            var name = metric.Text("resource", "name");
            var now = current.FirstOrDefault(item => item.Text("resource", "name") == name).Number("resource", "current", "averageUtilization");
            return $"{name}: {(now is null ? "<unknown>" : $"{now}%")}/{metric.Number("resource", "target", "averageUtilization")}%";
        }));
    }

    private static string Subjects(JsonObject binding, string kind) => string.Join(", ", binding.Items("subjects").Where(subject => subject.Text("kind") == kind)
        .Select(subject => subject.Text("namespace") is { } home ? $"{home}/{subject.Text("name")}" : subject.Text("name")));

    private static string? Listed(IEnumerable<string> texts)
    {
        var all = texts.ToList();
        return all.Count > 3 ? $"{string.Join(',', all.Take(3))} + {all.Count - 3} more..." : string.Join(',', all);
    }

    private static string? EndpointList(JsonObject endpoints)
    {
        return Listed(endpoints.Items("subsets").SelectMany(subset => subset.Items("addresses").SelectMany(
            address => subset.Items("ports").Select(port => $"{address.Text("ip")}:{port.Number("port")}"))));
    }

    private static string Containers(JsonObject workload, string field) =>
        string.Join(',', workload.Items("spec", "template", "spec", "containers").Select(container => container.Text(field)));

    private static string? Selector(IReadOnlyDictionary<string, string> labels) =>
        labels.Count == 0 ? null : string.Join(',', labels.Select(pair => $"{pair.Key}={pair.Value}"));

    private static TableColumn Text(string name, Func<JsonObject, string?> cell, string blank = "<none>") =>
        new(name, (item, _) => cell(item) is { Length: > 0 } text ? text : blank);

    private static TableColumn Wide(string name, Func<JsonObject, string?> cell) => Text(name, cell) with { IsWide = true };

    private static TableColumn Number(string name, Func<JsonObject, int?> cell) => new(name, (item, _) => cell(item) ?? 0, IsNumber: true);
}
