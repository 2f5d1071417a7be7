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
    ControllerContext context, Lazy<ILoadBalancers> loadBalancers, HeldLoadBalancers held, BalancingController balancing, Func<RunningController?> running) : IController
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
        if (members.Count == 0)
            return Dissolve(group, leavers);

        foreach (var member in members)
            Change(member, UpdateScope.Main, document => document.AddFinalizer(group.Finalizer));
        try
        {
            return Deploy(group, members, leavers, controller);
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
        var wanted = new ModelBuilder(context, _health).Build(group, members, controller);
        if (held.NameOf(group.Key) is not { } present)
        {
            var left = context.Remaining($"deploy/{group.Key}", context.Durations.Create(ActivityDurations.IngressReconcile, $"{context.Cluster.Arn}/{group.Key}"), isKept: true);
            if (left > TimeSpan.Zero)
                return left;
            context.Forget($"deploy/{group.Key}");
        }
        else if (present != wanted.Name)
        {
            // A load balancer cannot be renamed: the controller makes another one.
            loadBalancers.Value.Delete(present);
            _deployed.Remove(group.Key);
        }

        // First the note, then the effect: a load balancer that exists is always known to be held.
        held.Set(group.Key, wanted.Name);
        var text = JsonSerializer.Serialize(wanted);
        if (_deployed.GetValueOrDefault(group.Key) != text)
        {
            var state = Deploy(members, wanted);
            _deployed[group.Key] = text;
            foreach (var member in members)
                Publish(member, wanted, state);
        }

        foreach (var member in members.Where(member => member.At("status", "loadBalancer", "ingress") is null))
            Publish(member, wanted, loadBalancers.Value.Reconcile(wanted));
        Release(group, leavers);
        return _health.Next;
    }

    private LoadBalancerState Deploy(List<JsonObject> members, LoadBalancerDescription wanted)
    {
        try
        {
            return loadBalancers.Value.Reconcile(wanted);
        }
        catch (Exception error)
        {
            foreach (var member in members)
                context.Events.Warning(member, Component, "FailedDeployModel", $"Failed deploy model due to {error.Message}");
            throw;
        }
    }

    private TimeSpan? Dissolve(IngressGroup group, List<JsonObject> leavers)
    {
        if (held.NameOf(group.Key) is { } name)
        {
            var left = context.Remaining($"dissolve/{group.Key}", context.Durations.Delete(ActivityDurations.IngressReconcile), isKept: true);
            if (left > TimeSpan.Zero)
                return left;

            context.Forget($"dissolve/{group.Key}");
            loadBalancers.Value.Delete(name);
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
                    ["ports"] = new JsonArray(new JsonObject { ["port"] = wanted.ListenerPort, ["protocol"] = "TCP" }),
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
