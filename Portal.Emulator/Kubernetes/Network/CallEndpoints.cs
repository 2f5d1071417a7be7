using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Network;

/// <summary>
/// Has a pod of a cluster call an address, as its container would: POST /_emulator/kubernetes/{cluster}/calls {"namespace", "from": how the
/// pod's name begins, "url"}. The answer says which pod answered, or what the caller would have met.
/// </summary>
internal static class CallEndpoints
{
    public static void MapKubernetesCalls(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/_emulator/kubernetes/{cluster}/calls", (string cluster, PodCall call, KubernetesFleet fleet, ILedger ledger) =>
        {
            if (fleet.All.FirstOrDefault(one => one.Identity.Name == cluster) is not { } found)
                return Results.NotFound($"There is no cluster {cluster}.");
            if (string.IsNullOrEmpty(call.Namespace) || string.IsNullOrEmpty(call.From) || !Uri.TryCreate(call.Url, UriKind.Absolute, out var url))
                return Results.BadRequest("A call takes namespace, from (how the pod's name begins) and url, for example http://cart-service:8080/.");
            var from = found.Store.List(Kinds.Pod, call.Namespace).FirstOrDefault(pod => pod.Name().StartsWith(call.From, StringComparison.Ordinal) && Conditions.IsReady(pod) && !pod.IsDeleting());
            if (from is null)
                return Results.NotFound($"No pod {call.From}… is ready in {call.Namespace}.");
            var (answered, error) = Call(found.Store, from, url);
            ledger.Record("effect", "kubernetes", answered is null ? "call-refused" : "call", $"{cluster}/{from.Name()} {url}");
            return Results.Json(new JsonObject { ["from"] = from.Name(), ["pod"] = answered, ["error"] = error });
        });

    private static (string? Pod, string? Error) Call(ClusterStore store, JsonObject from, Uri url)
    {
        var (name, inNamespace) = url.Host.Split('.') switch
        {
            [var only] => (only, from.Namespace()),
            [var service, var ns] => (service, ns),
            [var service, var ns, "svc", ..] => (service, ns),
            _ => ("", ""),
        };
        if (store.Find(Kinds.Service, inNamespace, name) is not { } target)
            return (null, $"Could not resolve host: {url.Host}");
        if (target.Items("spec", "ports").FirstOrDefault(one => one.Number("port") == url.Port) is not { } port)
            return (null, $"Connection timed out: {url.Host} has no port {url.Port}");
        var pods = store.List(Kinds.Pod, inNamespace).Where(pod => ServicePorts.Selects(target, pod.Labels()) && Conditions.IsReady(pod) && !pod.IsDeleting()).ToList();
        if (pods.Count == 0)
            return (null, $"Connection refused: no pod of {url.Host} is ready");
        return NetworkPolicies.Refusal(store, from, pods[0], ServicePorts.Target(port, pods[0])) is { } refusal
            ? (null, $"Connection timed out: {refusal}")
            : (pods[0].Name(), null);
    }
}

/// <param name="From">How the calling pod's name begins.</param>
internal sealed record PodCall(string Namespace, string From, string Url);
