using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Endpoints and EndpointSlices of the pods that a Service selects.</summary>
internal sealed class EndpointsController(ControllerContext context) : IController
{
    private const string Label = "kubernetes.io/service-name";

    private readonly ClusterStore _store = context.Store;

    public IEnumerable<string> Concerned(StoreChange change)
    {
        if (change.Kind == Kinds.Service)
            return [ControllerContext.KeyOf(change.Object)];
        if (change.Kind != Kinds.Pod)
            return [];

        var labels = change.Object.Labels();
        return _store.List(Kinds.Service, change.Object.Namespace())
            .Where(service => ServicePorts.Selects(service, labels)).Select(ControllerContext.KeyOf);
    }

    public TimeSpan? Reconcile(string key)
    {
        var (inNamespace, name) = ControllerContext.Split(key);
        if (_store.Find(Kinds.Service, inNamespace, name) is not { } service)
        {
            if (_store.Find(Kinds.Endpoints, inNamespace, name) is { } left && left.Labels().ContainsKey("endpoints.kubernetes.io/managed-by"))
                _store.Delete(Kinds.Endpoints, inNamespace, name, DeleteOptions.Default);
            return null;
        }

        if (service.IsDeleting() || service.Object("spec", "selector") is not { Count: > 0 })
            return null;

        var pods = _store.List(Kinds.Pod, inNamespace)
            .Where(pod => ServicePorts.Selects(service, pod.Labels()) && pod.Text("status", "podIP") is not null && !pod.IsDeleting()).ToList();
        WriteEndpoints(service, pods);
        WriteSlice(service, pods);
        return null;
    }

    private void WriteEndpoints(JsonObject service, List<JsonObject> pods)
    {
        var subsets = new JsonArray();
        if (pods.Count > 0)
        {
            var subset = new JsonObject();
            Addresses(subset, "addresses", pods.Where(Conditions.IsReady));
            Addresses(subset, "notReadyAddresses", pods.Where(pod => !Conditions.IsReady(pod)));
            subset["ports"] = Ports(service, pods[0]);
            subsets.Add(subset);
        }

        Write(Kinds.Endpoints, service, service.Name(), document =>
        {
            document.Metadata().Ensure("labels")["endpoints.kubernetes.io/managed-by"] = "endpoint-controller";
            document["subsets"] = subsets;
        });
    }

    private void WriteSlice(JsonObject service, List<JsonObject> pods) =>
        Write(Kinds.EndpointSlice, service, $"{service.Name()}-{context.Random.Suffix(service.Uid())}", document =>
        {
            document.Metadata()["ownerReferences"] = ControllerContext.OwnedBy(service);
            document.Metadata()["labels"] = new JsonObject { [Label] = service.Name(), ["endpointslice.kubernetes.io/managed-by"] = "endpointslice-controller.k8s.io" };
            document["addressType"] = "IPv4";
            document["ports"] = pods.Count > 0 ? Ports(service, pods[0]) : new JsonArray();
            document["endpoints"] = pods.Select(pod => (JsonNode?)new JsonObject
            {
                ["addresses"] = new JsonArray(pod.Text("status", "podIP")),
                ["conditions"] = new JsonObject { ["ready"] = Conditions.IsReady(pod), ["serving"] = Conditions.IsReady(pod), ["terminating"] = false },
                ["nodeName"] = pod.Text("spec", "nodeName"),
                ["targetRef"] = Reference(pod),
            }).ToJsonArray();
        });

    private void Write(ResourceKind kind, JsonObject service, string name, Action<JsonObject> fill)
    {
        if (_store.Find(kind, service.Namespace(), name) is not null)
        {
            _store.Update(kind, service.Namespace(), name, UpdateScope.All, document =>
            {
                fill(document);
                return document;
            });
            return;
        }

        var made = new JsonObject { ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = service.Namespace() } };
        fill(made);
        _store.Create(kind, made);
    }

    private static void Addresses(JsonObject subset, string field, IEnumerable<JsonObject> pods)
    {
        var addresses = pods.Select(pod => (JsonNode?)new JsonObject
        {
            ["ip"] = pod.Text("status", "podIP"),
            ["nodeName"] = pod.Text("spec", "nodeName"),
            ["targetRef"] = Reference(pod),
        }).ToJsonArray();
        if (addresses.Count > 0)
            subset[field] = addresses;
    }

    private static JsonArray Ports(JsonObject service, JsonObject pod) => service.Items("spec", "ports").Select(port =>
    {
        var entry = new JsonObject();
        if (port.Text("name") is { } name)
            entry["name"] = name;
        entry["port"] = ServicePorts.Target(port, pod);
        entry["protocol"] = port.Text("protocol") ?? "TCP";
        return (JsonNode?)entry;
    }).ToJsonArray();

    private static JsonObject Reference(JsonObject pod) => new()
    {
        ["kind"] = "Pod",
        ["namespace"] = pod.Namespace(),
        ["name"] = pod.Name(),
        ["uid"] = pod.Uid(),
    };
}
