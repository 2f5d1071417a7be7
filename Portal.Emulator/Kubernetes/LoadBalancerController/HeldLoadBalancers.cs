using Portal.Emulator.Contracts;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>Which load balancer each Ingress group holds, kept on disk. (The real controller finds them by their tags.)</summary>
internal sealed class HeldLoadBalancers(IDocumentStore documents, string clusterId, BalancingController controller)
{
    private readonly string _collection = $"kubernetes-loadbalancers-{clusterId}{controller.Held}";

    public int Count => documents.All(_collection).Count;

    public IEnumerable<string> Groups => documents.All(_collection).Select(entry => entry.Key);

    public string? NameOf(string group) => documents.All(_collection).FirstOrDefault(entry => entry.Key == group).Value;

    public void Set(string group, string name) => documents.Put(_collection, group, name);

    public void Remove(string group) => documents.Delete(_collection, group);

    public void Forget() => documents.PutAll([.. documents.All(_collection).Select(entry => (_collection, entry.Key, (string?)null))]);
}
