using System.Text.Json;
using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>
/// One load balancer for each group of Ingresses of a controller's classes, while that controller runs.
/// Without it nothing happens to an Ingress, and one that carries its finalizer stays.
/// </summary>
/// <param name="running">The controller's settings; null while it does not run.</param>
internal sealed class IngressController(
    ControllerContext context, Lazy<ILoadBalancers> loadBalancers, Lazy<ICloudView> cloud, HeldLoadBalancers held, BalancingController balancing, Func<RunningController?> running) : IController
{
    private const string Component = "ingress";

    private readonly ClusterStore _store = context.Store;
    private readonly TargetHealth _health = new(context);
    private readonly Dictionary<string, string> _deployed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _restored = [.. held.Groups];

    /// <summary>Keys are group keys.</summary>
    public IEnumerable<string> Concerned(StoreChange change)
    {
        if (change.Kind == Kinds.Ingress)
            return GroupsOf(change.Object).Concat(change.Previous is null ? [] : GroupsOf(change.Previous));
        if (balancing.IsAboutClasses(change.Kind) || (change.Kind == Kinds.Deployment && ControllerDeployment.Is(change.Object)))
            return _store.List(Kinds.Ingress).SelectMany(GroupsOf);
        if (change.Kind == Kinds.Service || change.Kind == Kinds.Endpoints)
            return _store.List(Kinds.Ingress, change.Object.Namespace()).SelectMany(GroupsOf);
        return [];
    }

    public TimeSpan? Reconcile(string key)
    {
        if (running() is not { } controller)
            return null;

        var group = new IngressGroup(key, balancing);
        var ingresses = _store.List(Kinds.Ingress).Select(item => balancing.Effective(_store, item)).ToList();
        var members = ingresses.Where(item => IngressGroup.Of(item, balancing) == group && !item.IsDeleting() && balancing.Serves(_store, item)).ToList();
        var leavers = ingresses.Where(item => !members.Contains(item) && IngressGroup.HoldersOf(item, balancing).Contains(group)).ToList();
        foreach (var member in members)
            Change(member, UpdateScope.Main, document => document.AddFinalizer(group.Finalizer));
        try
        {
            foreach (var leaver in leavers.Where(leaver => leaver.IsDeleting() && Annotations.Map(leaver, "load-balancer-attributes").GetValueOrDefault("deletion_protection.enabled") == "true"))
                throw new ModelException($"deletion_protection is enabled, cannot delete the ingress: {leaver.Name()}");
            return members.Count == 0 ? Dissolve(group, leavers) : Deploy(group, members, leavers, controller);
        }
        catch (ModelException fault)
        {
            foreach (var member in members)
                context.Events.Warning(member, Component, "FailedBuildModel", $"Failed build model due to {fault.Message}");
            return null;
        }
    }

    private TimeSpan? Deploy(IngressGroup group, List<JsonObject> members, List<JsonObject> leavers, RunningController controller)
    {
        _health.Begin(_restored.Contains(group.Key));
        var name = held.NameOf(group.Key);
        var present = name is null ? null : loadBalancers.Value.Find(name);
        var wanted = new ModelBuilder(context, _health, new SubnetChoice(cloud)).Build(group, members, controller, present);
        if (name is null)
        {
            var left = context.Remaining($"deploy/{group.Key}", context.Durations.Create(ActivityDurations.IngressReconcile, $"{context.Cluster.Arn}/{group.Key}"), isKept: true);
            if (left > TimeSpan.Zero)
                return left;
            context.Forget($"deploy/{group.Key}");
        }
        else if (present is not null && present.Scheme != wanted.Scheme)
        {
            // Neither can be changed; of the two only another scheme makes the controller replace it (isSDKLoadBalancerRequiresReplacement).
            loadBalancers.Value.Delete(name);
            _deployed.Remove(group.Key);
        }

        // First the note, then the effect: a load balancer that exists is always known to be held.
        held.Set(group.Key, wanted.Name);
        var text = JsonSerializer.Serialize(wanted);
        if (_deployed.GetValueOrDefault(group.Key) != text)
        {
            if (Deploy(group, members, wanted) is not { } state)
                return null;

            _deployed[group.Key] = text;
            foreach (var member in members)
                Publish(member, wanted, state);
        }

        foreach (var member in members.Where(member => member.At("status", "loadBalancer", "ingress") is null))
            Publish(member, wanted, loadBalancers.Value.Reconcile(wanted));
        Release(group, leavers);
        return _health.Next;
    }

    /// <summary>Null where ELBv2 refuses: nothing to try again until an Ingress changes.</summary>
    private LoadBalancerState? Deploy(IngressGroup group, List<JsonObject> members, LoadBalancerDescription wanted)
    {
        try
        {
            return loadBalancers.Value.Reconcile(wanted);
        }
        catch (LoadBalancingException refusal)
        {
            // Before it is told: whoever hears of it finds nothing held.
            if (loadBalancers.Value.Find(wanted.Name) is null)
                held.Remove(group.Key);
            foreach (var member in members)
                Refused(member, refusal);
            return null;
        }
    }

    private void Refused(JsonObject ingress, LoadBalancingException refusal) => context.Events.Warning(
        ingress, Component, "FailedDeployModel", $"Failed deploy model due to operation error Elastic Load Balancing v2: https response error StatusCode: 400, api error {refusal.Code}: {refusal.Message}");

    private TimeSpan? Dissolve(IngressGroup group, List<JsonObject> leavers)
    {
        if (held.NameOf(group.Key) is { } name)
        {
            var left = context.Remaining($"dissolve/{group.Key}", context.Durations.Delete(ActivityDurations.IngressReconcile), isKept: true);
            if (left > TimeSpan.Zero)
                return left;

            context.Forget($"dissolve/{group.Key}");
            try
            {
                loadBalancers.Value.Delete(name);
            }
            catch (LoadBalancingException refusal)
            {
                // Nobody is left who could say otherwise: the controller asks again and again, and the Ingresses stay.
                foreach (var leaver in leavers)
                    Refused(leaver, refusal);
                return null;
            }

            held.Remove(group.Key);
            _deployed.Remove(group.Key);
            _restored.Remove(group.Key);
        }

        Release(group, leavers);
        return null;
    }

    private void Publish(JsonObject ingress, LoadBalancerDescription wanted, LoadBalancerState state)
    {
        Change(ingress, UpdateScope.Status, document => document["status"] = new JsonObject
        {
            ["loadBalancer"] = new JsonObject
            {
                ["ingress"] = new JsonArray(new JsonObject
                {
                    ["hostname"] = state.DnsName.ToLowerInvariant(),
                    ["ports"] = wanted.Listeners.Select(listener => (JsonNode?)new JsonObject { ["port"] = listener.Port, ["protocol"] = "TCP" }).ToJsonArray(),
                }),
            },
        });
        context.Events.Normal(ingress, Component, "SuccessfullyReconciled", "Successfully reconciled");
    }

    private void Release(IngressGroup group, List<JsonObject> leavers)
    {
        foreach (var leaver in leavers)
            Change(leaver, UpdateScope.Main, document => document.RemoveFinalizer(group.Finalizer));
    }

    private void Change(JsonObject ingress, UpdateScope scope, Action<JsonObject> change)
    {
        if (_store.Find(Kinds.Ingress, ingress.Namespace(), ingress.Name()) is null)
            return;

        _store.Update(Kinds.Ingress, ingress.Namespace(), ingress.Name(), scope, document =>
        {
            change(document);
            return document;
        });
    }

    private IEnumerable<string> GroupsOf(JsonObject ingress) =>
        IngressGroup.HoldersOf(ingress, balancing).Append(IngressGroup.Of(balancing.Effective(_store, ingress), balancing)).Select(group => group.Key).Distinct(StringComparer.Ordinal);
}
