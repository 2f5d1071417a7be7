using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

internal sealed class ReplicaSetController(ControllerContext context) : IController
{
    private readonly ClusterStore _store = context.Store;

    public IEnumerable<string> Concerned(StoreChange change)
    {
        if (change.Kind == Kinds.ReplicaSet)
            yield return ControllerContext.KeyOf(change.Object);
        else if (change.Kind == Kinds.Pod && change.Object.Controller() is { } owner && owner.Text("kind") == "ReplicaSet")
            yield return $"{change.Object.Namespace()}/{owner.Text("name")}";
    }

    public TimeSpan? Reconcile(string key)
    {
        if (context.Find(Kinds.ReplicaSet, key) is not { } set || set.IsDeleting())
            return null;

        var pods = _store.List(Kinds.Pod, set.Namespace())
            .Where(pod => pod.Controller().Text("uid") == set.Uid() && !pod.IsDeleting() && pod.Text("status", "phase") is not ("Succeeded" or "Failed"))
            .ToList();
        var missing = (set.Number("spec", "replicas") ?? 1) - pods.Count;
        for (var count = 0; count < missing; count++)
            CreatePod(set);
        foreach (var pod in Surplus(pods, -missing))
        {
            _store.Delete(Kinds.Pod, set.Namespace(), pod.Name(), DeleteOptions.Default);
            context.Events.Normal(set, "replicaset-controller", "SuccessfulDelete", $"Deleted pod: {pod.Name()}");
        }

        // Status follows what is there now; the pods just made or deleted bring the next look.
        if (missing == 0)
            Report(set, pods);
        return null;
    }

    private void CreatePod(JsonObject set)
    {
        var template = set.Object("spec", "template")!;
        var metadata = template.Object("metadata")?.Copy() ?? [];
        metadata.Remove("creationTimestamp");
        metadata["generateName"] = set.Name() + "-";
        metadata["namespace"] = set.Namespace();
        metadata["ownerReferences"] = ControllerContext.OwnedBy(set);
        var pod = _store.Create(Kinds.Pod, new JsonObject { ["metadata"] = metadata, ["spec"] = template["spec"]!.DeepClone() });
        context.Events.Normal(set, "replicaset-controller", "SuccessfulCreate", $"Created pod: {pod.Name()}");
    }

    /// <summary>Those that serve least go first: not scheduled, not ready, young.</summary>
    private static IEnumerable<JsonObject> Surplus(List<JsonObject> pods, int count) => pods
        .OrderBy(pod => pod.Text("spec", "nodeName") is not null)
        .ThenBy(Conditions.IsReady)
        .ThenByDescending(pod => pod.Text("metadata", "creationTimestamp"), StringComparer.Ordinal)
        .Take(Math.Max(0, count));

    private void Report(JsonObject set, List<JsonObject> pods)
    {
        var ready = pods.Count(Conditions.IsReady);
        _store.Update(Kinds.ReplicaSet, set.Namespace(), set.Name(), UpdateScope.Status, document =>
        {
            var status = document.Ensure("status");
            status["replicas"] = pods.Count;
            status["fullyLabeledReplicas"] = pods.Count;
            status["readyReplicas"] = ready;
            status["availableReplicas"] = ready;
            status["observedGeneration"] = document.Number("metadata", "generation");
            return document;
        });
    }
}
