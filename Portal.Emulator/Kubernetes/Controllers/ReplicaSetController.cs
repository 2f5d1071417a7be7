using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

internal sealed class ReplicaSetController(ControllerContext context) : IController
{
    public const string Failure = "ReplicaFailure";

    private const string Component = "replicaset-controller";

    private static readonly TimeSpan _retry = TimeSpan.FromSeconds(10);

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
        if (!CreatePods(set, missing))
            return Failed(set, pods);
        foreach (var pod in Surplus(pods, -missing))
        {
            _store.Delete(Kinds.Pod, set.Namespace(), pod.Name(), DeleteOptions.Default);
            context.Events.Normal(set, Component, "SuccessfulDelete", $"Deleted pod: {pod.Name()}");
        }

        // Status follows what is there now; the pods just made or deleted bring the next look.
        return missing == 0 ? Report(set, pods) : null;
    }

    /// <returns>Whether admission let them in.</returns>
    private bool CreatePods(JsonObject set, int count)
    {
        try
        {
            for (; count > 0; count--)
                CreatePod(set);
            return true;
        }
        catch (ApiException refusal) when (refusal is { Code: 403 } && _store.Find(Kinds.Namespace, null, set.Namespace()) is { } home && !home.IsDeleting())
        {
            context.Events.Warning(set, Component, "FailedCreate", "Error creating: " + refusal.Message);
            _store.Update(Kinds.ReplicaSet, set.Namespace(), set.Name(), UpdateScope.Status, document =>
            {
                Conditions.Set(document, Failure, true, "FailedCreate", refusal.Message, context.Timestamp);
                return document;
            });
            return false;
        }
    }

    private TimeSpan Failed(JsonObject set, List<JsonObject> pods)
    {
        Report(_store.Get(Kinds.ReplicaSet, set.Namespace(), set.Name()), pods, isFailing: true);
        return context.Clock.ToReal(_retry);
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
        context.Events.Normal(set, Component, "SuccessfulCreate", $"Created pod: {pod.Name()}");
    }

    /// <summary>Those that serve least go first: not scheduled, not ready, young.</summary>
    private static IEnumerable<JsonObject> Surplus(List<JsonObject> pods, int count) => pods
        .OrderBy(pod => pod.Text("spec", "nodeName") is not null)
        .ThenBy(Conditions.IsReady)
        .ThenByDescending(pod => pod.Text("metadata", "creationTimestamp"), StringComparer.Ordinal)
        .Take(Math.Max(0, count));

    /// <returns>When a pod that is ready becomes available.</returns>
    private TimeSpan? Report(JsonObject set, List<JsonObject> pods, bool isFailing = false)
    {
        var ready = pods.Where(Conditions.IsReady).ToList();
        var waits = ready.Select(pod => Conditions.UntilAvailable(context, pod, set.Number("spec", "minReadySeconds") ?? 0)).Where(left => left > TimeSpan.Zero).ToList();
        _store.Update(Kinds.ReplicaSet, set.Namespace(), set.Name(), UpdateScope.Status, document =>
        {
            var status = document.Ensure("status");
            status["replicas"] = pods.Count;
            Count(status, "fullyLabeledReplicas", pods.Count);
            Count(status, "readyReplicas", ready.Count);
            Count(status, "availableReplicas", ready.Count - waits.Count);
            status["observedGeneration"] = document.Number("metadata", "generation");
            if (!isFailing && Conditions.Find(document, Failure) is { } failure)
                document.Array("status", "conditions")!.Remove(failure);
            return document;
        });
        return waits.Count > 0 ? waits.Min() : null;
    }

    /// <summary>Kubernetes leaves counts of zero out.</summary>
    private static void Count(JsonObject status, string field, int count)
    {
        if (count == 0)
            status.Remove(field);
        else
            status[field] = count;
    }
}
