using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Rolls a Deployment's replica sets from old to new within its surge and unavailability.</summary>
internal sealed class DeploymentController(ControllerContext context) : IController
{
    private const string Component = "deployment-controller";

    private readonly ClusterStore _store = context.Store;
    private readonly ReplicaSets _sets = new(context);
    private readonly DeploymentStatus _status = new(context);

    public IEnumerable<string> Concerned(StoreChange change)
    {
        if (change.Kind == Kinds.Deployment)
            yield return ControllerContext.KeyOf(change.Object);
        else if (change.Kind == Kinds.ReplicaSet && change.Object.Controller() is { } owner && owner.Text("kind") == "Deployment")
            yield return $"{change.Object.Namespace()}/{owner.Text("name")}";
    }

    public TimeSpan? Reconcile(string key)
    {
        if (context.Find(Kinds.Deployment, key) is not { } deployment || deployment.IsDeleting())
            return null;

        var sets = _sets.OwnedBy(deployment);
        var current = _sets.Current(deployment, sets);
        if (current is null && deployment.Flag("spec", "paused") != true)
        {
            current = _sets.Create(deployment, sets, InitialReplicas(deployment, sets));
            sets.Add(current);
            context.Events.Normal(deployment, Component, "ScalingReplicaSet", $"Scaled up replica set {current.Name()} from 0 to {current.Number("spec", "replicas")}");
        }

        if (current is not null)
        {
            _sets.Number(deployment, current, sets);
            if (deployment.Text("spec", "strategy", "type") == "Recreate")
                Recreate(deployment, current, sets);
            else
                Roll(deployment, current, sets);
        }

        sets = _sets.OwnedBy(deployment);
        _sets.Prune(deployment, current, sets);
        return _status.Report(deployment, sets.Find(set => set.Uid() == current?.Uid()), sets);
    }

    private static int InitialReplicas(JsonObject deployment, List<JsonObject> sets)
    {
        var desired = Desired(deployment);
        if (deployment.Text("spec", "strategy", "type") == "Recreate")
            return sets.TrueForAll(set => (set.Number("status", "replicas") ?? 0) == 0 && Replicas(set) == 0) ? desired : 0;
        return Math.Clamp(desired + Surge(deployment) - sets.Sum(Replicas), 0, desired);
    }

    private void Recreate(JsonObject deployment, JsonObject current, List<JsonObject> sets)
    {
        var old = sets.Where(set => set.Uid() != current.Uid()).ToList();
        foreach (var set in old)
            Scale(deployment, set, 0);
        if (old.TrueForAll(set => (set.Number("status", "replicas") ?? 0) == 0))
            Scale(deployment, current, Desired(deployment));
    }

    private void Roll(JsonObject deployment, JsonObject current, List<JsonObject> sets)
    {
        var desired = Desired(deployment);
        var old = sets.Where(set => set.Uid() != current.Uid() && Replicas(set) > 0).ToList();
        if (old.Count == 0)
        {
            Scale(deployment, current, desired);
            return;
        }

        var room = desired + Surge(deployment) - sets.Sum(Replicas);
        if (Replicas(current) > desired || room > 0)
            current = Scale(deployment, current, Math.Min(desired, Replicas(current) + Math.Max(0, room)));

        var leastAvailable = desired - Unavailable(deployment);
        var removable = sets.Where(set => set.Uid() != current.Uid()).Sum(Replicas) + Replicas(current)
            - leastAvailable - Math.Max(0, Replicas(current) - Available(current));
        foreach (var set in old.OrderBy(set => set.Text("metadata", "creationTimestamp"), StringComparer.Ordinal))
        {
            // What is not available anyway may go at once; the rest only as far as enough stays available.
            var step = Math.Min(removable, Replicas(set));
            if (step <= 0)
                continue;

            Scale(deployment, set, Replicas(set) - step);
            removable -= step;
        }
    }

    private JsonObject Scale(JsonObject deployment, JsonObject set, int replicas)
    {
        var before = Replicas(set);
        if (before == replicas)
            return set;

        var scaled = _store.Update(Kinds.ReplicaSet, set.Namespace(), set.Name(), UpdateScope.Main, document =>
        {
            document.Ensure("spec")["replicas"] = replicas;
            document.Metadata().Ensure("annotations")["deployment.kubernetes.io/desired-replicas"] = Desired(deployment).ToString();
            return document;
        });
        context.Events.Normal(deployment, Component, "ScalingReplicaSet", $"Scaled {(replicas > before ? "up" : "down")} replica set {set.Name()} from {before} to {replicas}");
        return scaled;
    }

    private static int Desired(JsonObject deployment) => deployment.Number("spec", "replicas") ?? 1;

    private static int Replicas(JsonObject set) => set.Number("spec", "replicas") ?? 0;

    private static int Available(JsonObject set) => set.Number("status", "availableReplicas") ?? 0;

    private static int Surge(JsonObject deployment) => Share(deployment, "maxSurge", roundUp: true);

    private static int Unavailable(JsonObject deployment)
    {
        var share = Share(deployment, "maxUnavailable", roundUp: false);
        // Neither surge nor unavailability would never move: Kubernetes then takes one down.
        return share == 0 && Surge(deployment) == 0 ? 1 : share;
    }

    private static int Share(JsonObject deployment, string field, bool roundUp)
    {
        var value = deployment.At("spec", "strategy", "rollingUpdate", field);
        if (value is JsonValue text && text.TryGetValue<string>(out var percent) && double.TryParse(percent.TrimEnd('%'), out var share))
        {
            var exact = share / 100 * Desired(deployment);
            return (int)(roundUp ? Math.Ceiling(exact) : Math.Floor(exact));
        }

        return deployment.Number("spec", "strategy", "rollingUpdate", field) ?? 0;
    }
}
