using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Looks at one key at a time and makes the next step towards what is wanted; all of a cluster's share one thread of work.</summary>
internal interface IController
{
    /// <summary>The keys to look at after a change. Called under the store's lock.</summary>
    IEnumerable<string> Concerned(StoreChange change);

    /// <summary>Real time after which to look again without a change, if any.</summary>
    TimeSpan? Reconcile(string key);
}

/// <summary>What the controllers of one cluster share.</summary>
internal sealed class ControllerContext(
    ClusterIdentity cluster, ClusterStore store, EmulatorClock clock, ActivityDurations durations, Seeded random, Waits waits)
{
    public ClusterIdentity Cluster => cluster;

    public ClusterStore Store => store;

    public EmulatorClock Clock => clock;

    public ActivityDurations Durations => durations;

    public Seeded Random => random;

    public EventRecorder Events { get; } = new(store);

    public string Timestamp => clock.Now.Timestamp();

    /// <summary>Real time left of a simulated wait that began when it was first asked for; zero once it is over.</summary>
    /// <param name="isKept">Whether the wait goes on after a restart, or begins anew.</param>
    public TimeSpan Remaining(string wait, TimeSpan simulated, bool isKept = false) => waits.Remaining(wait, simulated, isKept);

    public void Forget(string wait) => waits.Forget(wait);

    public static string KeyOf(JsonObject document) => $"{document.Namespace()}/{document.Name()}";

    public JsonObject? Find(ResourceKind kind, string key)
    {
        var (inNamespace, name) = Split(key);
        return store.Find(kind, inNamespace, name);
    }

    public static (string Namespace, string Name) Split(string key)
    {
        var at = key.IndexOf('/', StringComparison.Ordinal);
        return (key[..at], key[(at + 1)..]);
    }

    public static JsonArray OwnedBy(JsonObject owner) => new(new JsonObject
    {
        ["apiVersion"] = owner.Text("apiVersion"),
        ["kind"] = owner.Kind(),
        ["name"] = owner.Name(),
        ["uid"] = owner.Uid(),
        ["controller"] = true,
        ["blockOwnerDeletion"] = true,
    });
}
