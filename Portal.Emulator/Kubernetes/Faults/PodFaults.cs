using System.Text.Json;
using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Kubernetes.Faults;

/// <param name="Kind"><c>CrashLoopBackOff</c>, <c>ImagePullBackOff</c> or <c>ReadinessProbe</c> (which then fails).</param>
/// <param name="Name">How the names of the pods begin, for example that of their Deployment.</param>
internal sealed record PodFault(string Kind, string Namespace, string Name);

/// <summary>Which pods of a cluster are told to fail, kept on disk until they are told otherwise.</summary>
internal sealed class PodFaults(IDocumentStore documents, string clusterId)
{
    public const string CrashLoop = "CrashLoopBackOff";
    public const string ImagePull = "ImagePullBackOff";

    public const string Readiness = "ReadinessProbe";

    private readonly string _collection = $"kubernetes-faults-{clusterId}";
    private readonly Lock _gate = new();
    private List<PodFault>? _faults;

    public IReadOnlyList<PodFault> All
    {
        get
        {
            lock (_gate)
                return _faults ??= [.. documents.All(_collection).Select(entry => JsonSerializer.Deserialize<PodFault>(entry.Value)!)];
        }
    }

    public bool Concerns(string kind, JsonObject pod) => All.Any(fault =>
        fault.Kind == kind && fault.Namespace == pod.Namespace() && (pod.Name() == fault.Name || pod.Name().StartsWith(fault.Name + "-", StringComparison.Ordinal)));

    public void Add(PodFault fault)
    {
        lock (_gate)
        {
            documents.Put(_collection, $"{fault.Kind}/{fault.Namespace}/{fault.Name}", JsonSerializer.Serialize(fault));
            _faults = null;
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            documents.PutAll([.. documents.All(_collection).Select(entry => (_collection, entry.Key, (string?)null))]);
            _faults = null;
        }
    }
}
