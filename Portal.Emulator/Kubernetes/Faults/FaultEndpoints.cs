using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Faults;

/// <summary>
/// Faults of a cluster, below /_emulator/kubernetes/{cluster}. Where a name is <c>*</c>, the seed picks one.
/// <list type="bullet">
/// <item>POST faults {"kind": "CrashLoopBackOff", "ImagePullBackOff" or "ReadinessProbe", "namespace", "name": how the pods' names begin}; GET lists them, DELETE ends them all.</item>
/// <item>POST pods/{namespace}/{name}/crash: its containers end with exit code 1 and start again.</item>
/// <item>POST load {"namespace", "name": how the pods' names begin, "cpuPercent": of what they request, null for the usual}: autoscalers follow it.</item>
/// <item>POST nodes/{name}/stop and nodes/{name}/start: its kubelet stops reporting; its pods are evicted after their toleration.</item>
/// </list>
/// </summary>
internal static class FaultEndpoints
{
    public static void MapKubernetesFaults(this IEndpointRouteBuilder routes)
    {
        var faults = routes.MapGroup("/_emulator/kubernetes/{cluster}");
        faults.MapGet("/faults", (string cluster, KubernetesFleet fleet) => With(fleet, cluster, found => Results.Json(found.Faults.All)));
        faults.MapPost("/faults", (string cluster, PodFault fault, KubernetesFleet fleet) => With(fleet, cluster, found =>
        {
            if (fault.Kind is not (PodFaults.CrashLoop or PodFaults.ImagePull or PodFaults.Readiness) || string.IsNullOrEmpty(fault.Namespace) || string.IsNullOrEmpty(fault.Name))
                return Results.BadRequest("A fault takes kind (CrashLoopBackOff, ImagePullBackOff or ReadinessProbe), namespace and name.");
            found.Faults.Add(fault);
            found.LookAtPods();
            return Results.NoContent();
        }));
        faults.MapDelete("/faults", (string cluster, KubernetesFleet fleet) => With(fleet, cluster, found =>
        {
            found.Faults.Clear();
            found.LookAtPods();
            return Results.NoContent();
        }));
        faults.MapPost("/load", (string cluster, PodLoad load, KubernetesFleet fleet) => With(fleet, cluster, found =>
        {
            if (string.IsNullOrEmpty(load.Namespace) || string.IsNullOrEmpty(load.Name) || load.CpuPercent is < 0)
                return Results.BadRequest("A load takes namespace, name and cpuPercent (a number from 0, or null).");
            found.Metrics.SetLoad(load.Namespace, load.Name, load.CpuPercent);
            found.LookAtAutoscalers();
            return Results.NoContent();
        }));
        faults.MapPost("/pods/{inNamespace}/{name}/crash", (string cluster, string inNamespace, string name, KubernetesFleet fleet, ILedger ledger, EmulatorOptions options) =>
            With(fleet, cluster, found => Apply(found, Kinds.Pod, inNamespace, name, options.Seed, ledger, "crash", document =>
                document.Ensure("annotations")[Kubelet.Crash] = found.Store.Version.ToString())));
        faults.MapPost("/nodes/{name}/stop", (string cluster, string name, KubernetesFleet fleet, ILedger ledger, EmulatorOptions options) =>
            With(fleet, cluster, found => Apply(found, Kinds.Node, null, name, options.Seed, ledger, "stop", metadata => metadata.Ensure("annotations")[NodeLifecycle.Stopped] = "true")));
        faults.MapPost("/nodes/{name}/start", (string cluster, string name, KubernetesFleet fleet, ILedger ledger, EmulatorOptions options) =>
            With(fleet, cluster, found => Apply(found, Kinds.Node, null, name, options.Seed, ledger, "start", metadata => metadata.Object("annotations")?.Remove(NodeLifecycle.Stopped))));
    }

    private static IResult Apply(
        Cluster cluster, ResourceKind kind, string? inNamespace, string name, int seed, ILedger ledger, string action, Action<JsonObject> change)
    {
        var candidates = cluster.Store.List(kind, inNamespace).Where(item => name == "*" ? Conditions.IsReady(item) : item.Name() == name).ToList();
        if (candidates.Count == 0)
            return Results.NotFound($"There is no {kind.Singular} {name} in cluster {cluster.Identity.Name}.");

        // In the order of their names, so that the same seed picks the same one of the same state.
        var chosen = candidates[new Seeded(seed).Below($"{action}/{kind.Plural}/{candidates.Count}", candidates.Count)];
        cluster.Store.Update(kind, inNamespace, chosen.Name(), UpdateScope.All, document =>
        {
            change(document.Metadata());
            return document;
        });
        ledger.Record("effect", "kubernetes", action, $"{cluster.Identity.Name}/{kind.Plural}/{chosen.Name()}");
        return Results.Json(new JsonObject { ["name"] = chosen.Name() });
    }

    private static IResult With(KubernetesFleet fleet, string name, Func<Cluster, IResult> act) =>
        fleet.All.FirstOrDefault(cluster => cluster.Identity.Name == name) is { } cluster ? act(cluster) : Results.NotFound($"There is no cluster {name}.");
}

/// <param name="Name">How the names of the pods begin.</param>
internal sealed record PodLoad(string Namespace, string Name, int? CpuPercent);
