using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.Faults;
using Portal.Emulator.Kubernetes.LoadBalancerController;
using Portal.Emulator.Kubernetes.NodePools;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes;

/// <summary>One running cluster: its objects and the loop that reconciles them.</summary>
internal sealed class Cluster(
    string id, ClusterIdentity identity, ClusterStore store, NodeGroups nodeGroups, NodeController nodes, AutoModeSettings autoMode, NodeProvisioner provisioner,
    IReadOnlyList<HeldLoadBalancers> loadBalancers, PodFaults faults, PodMetrics metrics, Waits waits, Kubelet kubelet,
    IReadOnlyList<IController> controllers, ControllerLoop loop)
{
    public string Id => id;

    public ClusterIdentity Identity => identity;

    public ClusterStore Store => store;

    public NodeGroups NodeGroups => nodeGroups;

    /// <summary>Of each controller that makes some.</summary>
    public IReadOnlyList<HeldLoadBalancers> LoadBalancers => loadBalancers;

    public PodFaults Faults => faults;

    public PodMetrics Metrics => metrics;

    public Waits Waits => waits;

    /// <summary>Everything that its API serves.</summary>
    public IReadOnlyList<ResourceKind> ServedKinds => metrics.IsServed ? [.. store.AllKinds, Kinds.PodMetrics, Kinds.NodeMetrics] : store.AllKinds;

    public void Start()
    {
        loop.Start(controllers);
        foreach (var group in nodeGroups.All())
            LookAtNodeGroup(group.Name);
        loop.Enqueue(provisioner, NodeProvisioner.Key);
    }

    /// <summary>Other controllers work from now on, so everything is looked at again.</summary>
    public void Switch(AutoMode? mode)
    {
        autoMode.Set(mode);
        loop.Enqueue(provisioner, NodeProvisioner.Key);
        loop.LookAtAll();
    }

    public void Forget()
    {
        store.Forget();
        nodeGroups.Forget();
        autoMode.Set(null);
        foreach (var held in loadBalancers)
            held.Forget();
        faults.Clear();
        waits.ForgetAll();
    }

    public void LookAtPods()
    {
        foreach (var pod in store.List(Kinds.Pod))
            loop.Enqueue(kubelet, ControllerContext.KeyOf(pod));
    }

    public void LookAtAutoscalers()
    {
        foreach (var controller in controllers.OfType<AutoscalerController>())
        {
            foreach (var scaler in store.List(Kinds.HorizontalPodAutoscaler))
                loop.Enqueue(controller, ControllerContext.KeyOf(scaler));
        }
    }

    public void LookAtNodeGroup(string name) => loop.Enqueue(nodes, name);

    public async Task StopAsync()
    {
        await loop.DisposeAsync();
        store.CompleteWatches();
    }
}
