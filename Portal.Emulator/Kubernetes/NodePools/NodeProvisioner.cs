using System.Globalization;
using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.NodePools;

/// <summary>
/// The compute controller of EKS Auto Mode: a node for the pods that fit on none, and an end to nodes that have stood empty long enough.
/// A NodeClaim is a node on its way or there. Of Karpenter's consolidation only that of empty nodes is done.
/// </summary>
internal sealed class NodeProvisioner(ControllerContext context, AutoModeSettings settings, SubnetPlaces subnets) : IController
{
    /// <summary>All pools are looked at together, since a pod may go to any of them.</summary>
    public const string Key = "pools";

    private const string Component = "eks-auto-mode/compute";

    private readonly ClusterStore _store = context.Store;

    public IEnumerable<string> Concerned(StoreChange change) =>
        settings.Mode is not null && (change.Kind == Kinds.Pod || change.Kind == Kinds.Node || change.Kind.StorageKey == AutoModeKinds.NodeClaim.StorageKey || change.Kind.StorageKey == AutoModeKinds.NodePool.StorageKey)
            ? [Key]
            : [];

    public TimeSpan? Reconcile(string key)
    {
        var pools = settings.Mode is null ? [] : NodePool.All(_store);
        TimeSpan? next = null;
        foreach (var claim in _store.List(AutoModeKinds.NodeClaim))
        {
            var pool = pools.FirstOrDefault(one => one.Name == claim.Labels().GetValueOrDefault(NodePool.Label));
            if (pool is null || claim.IsDeleting())
                End(claim);
            else
                next = Earlier(next, NodeOf(claim) is { } node ? Consolidate(claim, node, pool) : Start(claim, pool));
        }

        if (pools.Count > 0)
            Launch(pools);
        foreach (var pool in pools)
            Count(pool);
        return next;
    }

    private void Count(NodePool pool)
    {
        var nodes = _store.List(Kinds.Node).Count(node => node.Labels().GetValueOrDefault(NodePool.Label) == pool.Name);
        _store.Update(AutoModeKinds.NodePool, null, pool.Name, UpdateScope.Status, document =>
        {
            document.Ensure("status").Ensure("resources")["nodes"] = nodes.ToString(CultureInfo.InvariantCulture);
            return document;
        });
    }

    private TimeSpan? Start(JsonObject claim, NodePool pool)
    {
        if (claim.Text("status", "nodeName") is not null)
        {
            // The node was deleted by somebody: its claim goes too, and whoever still needs a node gets another.
            End(claim);
            return null;
        }

        var wait = $"claim/{claim.Name()}";
        var left = context.Remaining(wait, context.Durations.Create(ActivityDurations.NodeJoin, $"{context.Cluster.Arn}/{wait}"), isKept: true);
        if (left > TimeSpan.Zero)
            return left;

        context.Forget(wait);
        var node = Nodes.Join(context, Joining(claim.Name(), pool, TypeOf(claim), PlaceOf(claim)));
        SetStatus(claim, node.Name());
        return null;
    }

    private TimeSpan? Consolidate(JsonObject claim, JsonObject node, NodePool pool)
    {
        var wait = $"empty/{claim.Name()}";
        if (pool.ConsolidateAfter is not { } patience || Guests(node).Count > 0)
        {
            context.Forget(wait);
            return null;
        }

        var left = context.Remaining(wait, patience, isKept: true);
        if (left > TimeSpan.Zero)
            return left;

        context.Events.Normal(node, Component, "DisruptionTerminating", "Disrupting Node: Empty/Delete");
        End(claim);
        return null;
    }

    private void End(JsonObject claim)
    {
        context.Forget($"claim/{claim.Name()}");
        context.Forget($"empty/{claim.Name()}");
        if (NodeOf(claim) is { } node)
            Nodes.Remove(context, node);
        if (_store.Find(AutoModeKinds.NodeClaim, null, claim.Name()) is not null)
            _store.Delete(AutoModeKinds.NodeClaim, null, claim.Name(), DeleteOptions.Default);
    }

    // Pods are placed in thought on the nodes there are and on those on their way; for what is left a node is started.
    private void Launch(IReadOnlyList<NodePool> pools)
    {
        var waiting = _store.List(Kinds.Pod).Where(IsUnschedulable).ToList();
        if (waiting.Count == 0)
            return;

        var room = _store.List(Kinds.Node).Select(node => (Node: node, Guests: Guests(node))).ToList();
        foreach (var claim in _store.List(AutoModeKinds.NodeClaim).Where(claim => NodeOf(claim) is null))
        {
            if (pools.FirstOrDefault(one => one.Name == claim.Labels().GetValueOrDefault(NodePool.Label)) is { } pool)
                room.Add((Nodes.Document(context, Joining(claim.Name(), pool, TypeOf(claim), PlaceOf(claim))), []));
        }

        var homeless = waiting.Where(pod => !room.Exists(place => Place(pod, place.Node, place.Guests))).ToList();
        foreach (var pool in pools)
        {
            while (Choose(pool, homeless) is { } choice)
            {
                Claim(pool, choice.Type, choice.Pods);
                homeless.RemoveAll(choice.Pods.Contains);
            }
        }

        foreach (var pod in homeless)
            context.Events.Warning(pod, Component, "FailedScheduling", "Failed to schedule pod, no node pool has an instance type that satisfies its requests, its node selector and its tolerations");
    }

    /// <summary>The cheapest type that takes all of the pods that the pool may serve, else the one that takes most; null where it may serve none.</summary>
    private (InstanceType Type, List<JsonObject> Pods)? Choose(NodePool pool, IReadOnlyList<JsonObject> pods)
    {
        (InstanceType Type, List<JsonObject> Pods)? best = null;
        foreach (var type in pool.InstanceTypes)
        {
            var node = Nodes.Document(context, Joining("new", pool, type, subnets.Of(SubnetIds, 0)));
            var guests = new List<JsonObject>();
            foreach (var pod in pods)
                Place(pod, node, guests);
            if (guests.Count > (best?.Pods.Count ?? 0))
                best = (type, guests);
        }

        return best;
    }

    private static bool Place(JsonObject pod, JsonObject node, List<JsonObject> guests)
    {
        if (new Placement([node], guests.ToLookup(_ => node.Name())).Refusal(node, pod) is not null)
            return false;
        guests.Add(pod);
        return true;
    }

    private void Claim(NodePool pool, InstanceType type, List<JsonObject> pods)
    {
        var place = subnets.Of(SubnetIds, _store.List(AutoModeKinds.NodeClaim).Count);
        var name = $"{pool.Name}-{context.Random.Suffix($"{context.Cluster.Arn}/{pool.Name}/{_store.Version}")}";
        var labels = pool.LabelsOf(type);
        labels["topology.kubernetes.io/zone"] = place.Zone;
        _store.Create(AutoModeKinds.NodeClaim, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = labels.ToObject() },
            ["spec"] = new JsonObject
            {
                ["nodeClassRef"] = pool.Document.At("spec", "template", "spec", "nodeClassRef")?.DeepClone(),
                ["expireAfter"] = pool.Document.Text("spec", "template", "spec", "expireAfter") ?? "336h",
            },
        });
        SetStatus(_store.Get(AutoModeKinds.NodeClaim, null, name), null);
        foreach (var pod in pods)
            context.Events.Normal(pod, Component, "Nominated", $"Pod should schedule on: nodeclaim/{name}");
    }

    private void SetStatus(JsonObject claim, string? nodeName) => _store.Update(AutoModeKinds.NodeClaim, null, claim.Name(), UpdateScope.Status, document =>
    {
        document.Ensure("status");
        Conditions.Set(document, "Launched", true, "Launched", "", context.Timestamp);
        foreach (var condition in (ReadOnlySpan<string>)["Registered", "Initialized", "Ready"])
            Conditions.Set(document, condition, nodeName is not null, nodeName is not null ? condition : "NodeNotFound", nodeName is not null ? "" : "Node not registered with cluster", context.Timestamp);
        if (nodeName is not null)
            document["status"]!["nodeName"] = nodeName;
        return document;
    });

    private JoiningNode Joining(string claim, NodePool pool, InstanceType type, SubnetPlace place) =>
        new($"{context.Cluster.Arn}/{claim}", type.Name, place, "Bottlerocket (EKS Auto, Standard, emulated)", true, pool.LabelsOf(type)) { Taints = pool.Taints };

    private JsonObject? NodeOf(JsonObject claim) => claim.Text("status", "nodeName") is { } name ? _store.Find(Kinds.Node, null, name) : null;

    private List<JsonObject> Guests(JsonObject node) => [.. _store.List(Kinds.Pod).Where(pod => pod.Text("spec", "nodeName") == node.Name())];

    private static InstanceType TypeOf(JsonObject claim) =>
        InstanceType.All.First(type => type.Name == claim.Labels().GetValueOrDefault("node.kubernetes.io/instance-type"));

    private SubnetPlace PlaceOf(JsonObject claim) => subnets.In(SubnetIds, claim.Labels().GetValueOrDefault("topology.kubernetes.io/zone"));

    private IReadOnlyList<string> SubnetIds => settings.Mode?.SubnetIds ?? [];

    private static bool IsUnschedulable(JsonObject pod) =>
        pod.Text("spec", "nodeName") is null && !pod.IsDeleting() && Conditions.Find(pod, "PodScheduled").Text("reason") == "Unschedulable";

    private static TimeSpan? Earlier(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other ?? one : one;
}
