using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>
/// What pods use, as metrics-server tells it. No program runs: a pod uses what it was told to (its load, in percent of what it requests), and
/// else so much that its autoscaler, or anybody who looks, finds it well sized.
/// </summary>
internal sealed class PodMetrics(ClusterStore store)
{
    private const double UsualPercent = 40;

    // Of a pod that requests nothing.
    private const double SmallestCpu = 0.005;
    private const double SmallestMemory = 32 * 1024 * 1024;

    private readonly Dictionary<string, int> _loads = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>While pods of the add-on metrics-server are ready: it is they who answer.</summary>
    public bool IsServed => store.Find(Kinds.Deployment, "kube-system", ClusterBootstrap.MetricsServerName).Number("status", "readyReplicas") > 0;

    /// <param name="name">How the pods' names begin, for example that of their Deployment.</param>
    /// <param name="percent">Of the processor time requested; null for the usual again.</param>
    public void SetLoad(string inNamespace, string name, int? percent)
    {
        lock (_gate)
        {
            if (percent is null)
                _loads.Remove($"{inNamespace}/{name}");
            else
                _loads[$"{inNamespace}/{name}"] = percent.Value;
        }
    }

    public int? LoadOf(JsonObject pod)
    {
        lock (_gate)
        {
            foreach (var (key, percent) in _loads)
            {
                if ($"{pod.Namespace()}/{pod.Name()}".StartsWith(key + "-", StringComparison.Ordinal))
                    return percent;
            }

            return null;
        }
    }

    /// <summary>Processors and bytes that a container uses.</summary>
    public (double Cpu, double Memory) Usage(JsonObject pod, JsonObject container)
    {
        var percent = LoadOf(pod) ?? UsualPercent;
        var (cpu, memory) = (Requested(container, "cpu"), Requested(container, "memory"));
        return (cpu > 0 ? cpu * percent / 100 : SmallestCpu, memory > 0 ? memory * UsualPercent / 100 : SmallestMemory);
    }

    public IReadOnlyList<JsonObject> Pods(string? inNamespace) =>
        [.. store.List(Kinds.Pod, inNamespace).Where(pod => pod.Text("status", "phase") == "Running").Select(Of)];

    public IReadOnlyList<JsonObject> Nodes()
    {
        var pods = store.List(Kinds.Pod).Where(pod => pod.Text("status", "phase") == "Running").ToLookup(pod => pod.Text("spec", "nodeName"));
        return [.. store.List(Kinds.Node).Select(node =>
        {
            var uses = pods[node.Name()].SelectMany(pod => pod.Items("spec", "containers").Select(container => Usage(pod, container))).ToList();
            return Document(Kinds.NodeMetrics, node, "usage", Text((0.05 + uses.Sum(use => use.Cpu), (400 * 1024 * 1024) + uses.Sum(use => use.Memory))));
        })];
    }

    private JsonObject Of(JsonObject pod) => Document(Kinds.PodMetrics, pod, "containers", pod.Items("spec", "containers").Select(container => (JsonNode?)new JsonObject
    {
        ["name"] = container.Text("name"),
        ["usage"] = Text(Usage(pod, container)),
    }).ToJsonArray());

    private JsonObject Document(ResourceKind kind, JsonObject about, string field, JsonNode value)
    {
        var metadata = new JsonObject { ["name"] = about.Name(), ["creationTimestamp"] = store.Now.Timestamp(), ["labels"] = about.Labels().ToObject() };
        if (about.Namespace().Length > 0)
            metadata["namespace"] = about.Namespace();
        return new JsonObject
        {
            ["kind"] = kind.Kind,
            ["apiVersion"] = kind.ApiVersion,
            ["metadata"] = metadata,
            ["timestamp"] = store.Now.Timestamp(),
            ["window"] = "15s",
            [field] = value,
        };
    }

    private static JsonObject Text((double Cpu, double Memory) use) => new() { ["cpu"] = $"{(long)(use.Cpu * 1e9)}n", ["memory"] = $"{(long)(use.Memory / 1024)}Ki" };

    public static double Requested(JsonObject container, string resource) =>
        Quantity.Parse((container.At("resources", "requests", resource) ?? container.At("resources", "limits", resource))?.ToString());
}
