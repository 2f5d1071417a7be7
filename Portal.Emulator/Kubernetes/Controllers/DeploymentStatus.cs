using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>The status that helm --wait and kubectl rollout status go by.</summary>
internal sealed class DeploymentStatus(ControllerContext context)
{
    private readonly Dictionary<string, string> _progress = new(StringComparer.Ordinal);

    /// <returns>When to look again whether the rollout's deadline has passed.</returns>
    public TimeSpan? Report(JsonObject deployment, JsonObject? current, List<JsonObject> sets)
    {
        var wanted = deployment.Number("spec", "replicas") ?? 1;
        var (total, updated) = (Sum(sets, "replicas"), current?.Number("status", "replicas") ?? 0);
        var (ready, available) = (Sum(sets, "readyReplicas"), Sum(sets, "availableReplicas"));
        var isComplete = current is not null && updated == wanted && total == wanted && available == wanted
            && current.Number("status", "observedGeneration") == current.Number("metadata", "generation");

        var wait = $"progress/{deployment.Uid()}/{deployment.Number("metadata", "generation")}/{updated}/{available}";
        if (_progress.Remove(deployment.Uid(), out var before) && before != wait)
            context.Forget(before);
        if (!isComplete)
            _progress[deployment.Uid()] = wait;
        var left = isComplete ? TimeSpan.Zero : context.Remaining(wait, TimeSpan.FromSeconds(deployment.Number("spec", "progressDeadlineSeconds") ?? 600));
        var isLate = !isComplete && left == TimeSpan.Zero;
        var leastAvailable = wanted - MostUnavailable(deployment, wanted);

        context.Store.Update(Kinds.Deployment, deployment.Namespace(), deployment.Name(), UpdateScope.Status, document =>
        {
            var status = document.Ensure("status");
            status["observedGeneration"] = document.Number("metadata", "generation");
            Count(status, "replicas", total);
            Count(status, "updatedReplicas", updated);
            Count(status, "readyReplicas", ready);
            Count(status, "availableReplicas", available);
            Count(status, "unavailableReplicas", Math.Max(0, Math.Max(total, wanted) - available));
            SetConditions(document, current?.Name() ?? "", available >= leastAvailable, isComplete, isLate);
            SetFailure(document, sets);
            return document;
        });
        return isComplete || isLate ? null : left;
    }

    private void SetConditions(JsonObject document, string set, bool isAvailable, bool isComplete, bool isLate)
    {
        var now = context.Timestamp;
        if (isAvailable)
            Conditions.Set(document, "Available", true, "MinimumReplicasAvailable", "Deployment has minimum availability.", now, hasUpdateTime: true);
        else
            Conditions.Set(document, "Available", false, "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", now, hasUpdateTime: true);

        var (reason, message) = (isComplete, isLate) switch
        {
            (true, _) => ("NewReplicaSetAvailable", $"ReplicaSet \"{set}\" has successfully progressed."),
            (_, true) => ("ProgressDeadlineExceeded", $"ReplicaSet \"{set}\" has timed out progressing."),
            _ => ("ReplicaSetUpdated", $"ReplicaSet \"{set}\" is progressing."),
        };
        Conditions.Set(document, "Progressing", !isLate, reason, message, now, hasUpdateTime: true);
    }

    /// <summary>What keeps a replica set from making pods is told of the Deployment too.</summary>
    private void SetFailure(JsonObject document, List<JsonObject> sets)
    {
        var failure = sets.Select(set => Conditions.Find(set, ReplicaSetController.Failure)).FirstOrDefault(condition => condition is not null);
        if (failure is not null)
            Conditions.Set(document, ReplicaSetController.Failure, true, failure.Text("reason"), failure.Text("message"), context.Timestamp, hasUpdateTime: true);
        else if (Conditions.Find(document, ReplicaSetController.Failure) is { } past)
            document.Array("status", "conditions")!.Remove(past);
    }

    private static int MostUnavailable(JsonObject deployment, int wanted)
    {
        var value = deployment.At("spec", "strategy", "rollingUpdate", "maxUnavailable");
        if (value is JsonValue text && text.TryGetValue<string>(out var percent) && double.TryParse(percent.TrimEnd('%'), out var share))
            return (int)Math.Floor(share / 100 * wanted);
        return deployment.Number("spec", "strategy", "rollingUpdate", "maxUnavailable") ?? 0;
    }

    private static int Sum(IEnumerable<JsonObject> sets, string field) => sets.Sum(set => set.Number("status", field) ?? 0);

    /// <summary>Kubernetes leaves counts of zero out.</summary>
    private static void Count(JsonObject status, string field, int count)
    {
        if (count == 0)
            status.Remove(field);
        else
            status[field] = count;
    }
}
