using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

internal sealed record TableColumn(string Name, Func<JsonObject, DateTimeOffset, JsonNode?> Cell, bool IsWide = false, bool IsNumber = false);

/// <summary>The columns of kubectl get, kind by kind.</summary>
internal static class TableColumns
{
    private static readonly TableColumn _name = Text("Name", item => item.Name());
    private static readonly TableColumn _age = new("Age", (item, now) => Age(item.Text("metadata", "creationTimestamp"), now));

    private static readonly Dictionary<ResourceKind, TableColumn[]> _byKind = new()
    {
        [Kinds.Pod] =
        [
            Text("Ready", item => $"{item.Items("status", "containerStatuses").Count(status => status.Flag("ready") == true)}/{item.Items("spec", "containers").Count()}"),
            Text("Status", PodStatus),
            Text("Restarts", item => item.Items("status", "containerStatuses").Sum(status => status.Number("restartCount") ?? 0).ToString()),
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
        ],
        [Kinds.Service] =
        [
            Text("Type", item => item.Text("spec", "type")),
            Text("Cluster-IP", item => item.Text("spec", "clusterIP")),
            Text("External-IP", item => item.Text("spec", "externalName")),
            Text("Port(s)", item => string.Join(',', item.Items("spec", "ports").Select(port => $"{port.Number("port")}/{port.Text("protocol")}"))),
            _age,
            Wide("Selector", item => Selector(item.Texts("spec", "selector"))),
        ],
        [Kinds.Node] =
        [
            Text("Status", item => item.Items("status", "conditions").Any(condition => condition.Text("type") == "Ready" && condition.Text("status") == "True") ? "Ready" : "NotReady"),
            Text("Roles", _ => null),
            _age,
            Text("Version", item => item.Text("status", "nodeInfo", "kubeletVersion")),
            Wide("Internal-IP", item => item.Items("status", "addresses").FirstOrDefault(address => address.Text("type") == "InternalIP").Text("address")),
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
        [Kinds.IngressClass] = [Text("Controller", item => item.Text("spec", "controller")), Text("Parameters", _ => null), _age],
        [Kinds.Endpoints] = [Text("Endpoints", EndpointList), _age],
        [Kinds.HorizontalPodAutoscaler] =
        [
            Text("Reference", item => $"{item.Text("spec", "scaleTargetRef", "kind")}/{item.Text("spec", "scaleTargetRef", "name")}"),
            Number("MinPods", item => item.Number("spec", "minReplicas")),
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

    private static string PodStatus(JsonObject pod)
    {
        if (pod.IsDeleting())
            return "Terminating";

        var waiting = pod.Items("status", "containerStatuses").Select(status => status.Text("state", "waiting", "reason")).FirstOrDefault(reason => reason is not null);
        return waiting ?? pod.Text("status", "phase") ?? "Unknown";
    }

    private static string? EndpointList(JsonObject endpoints)
    {
        var pairs = endpoints.Items("subsets").SelectMany(subset => subset.Items("addresses").SelectMany(
            address => subset.Items("ports").Select(port => $"{address.Text("ip")}:{port.Number("port")}"))).ToList();
        return pairs.Count switch
        {
            0 => null,
            > 3 => $"{string.Join(',', pairs.Take(3))} + {pairs.Count - 3} more...",
            _ => string.Join(',', pairs),
        };
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
