using k8s;
using k8s.Models;

namespace Portal.Worker.Kubernetes;

/// <summary>How one kind is listed and watched with the typed client, and what we keep of its objects.</summary>
internal abstract class WatchedKind
{
    /// <summary>How long the server keeps a watch open.</summary>
    public const int WatchSeconds = 240;

    public const int PageSize = 500;

    public static WatchedKind Of(ObjectKind kind) => kind switch
    {
        ObjectKind.Pod => new Typed<V1Pod, V1PodList>(
            (api, place, next, token) => api.CoreV1.ListNamespacedPodAsync(place, limit: PageSize, continueParameter: next, cancellationToken: token),
            (api, place, version, fault, token) => api.CoreV1.WatchListNamespacedPodAsync(
                place, allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds: WatchSeconds, onError: fault, cancellationToken: token),
            ObjectReader.Read),
        ObjectKind.Deployment => new Typed<V1Deployment, V1DeploymentList>(
            (api, place, next, token) => api.AppsV1.ListNamespacedDeploymentAsync(place, limit: PageSize, continueParameter: next, cancellationToken: token),
            (api, place, version, fault, token) => api.AppsV1.WatchListNamespacedDeploymentAsync(
                place, allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds: WatchSeconds, onError: fault, cancellationToken: token),
            ObjectReader.Read),
        ObjectKind.Service => new Typed<V1Service, V1ServiceList>(
            (api, place, next, token) => api.CoreV1.ListNamespacedServiceAsync(place, limit: PageSize, continueParameter: next, cancellationToken: token),
            (api, place, version, fault, token) => api.CoreV1.WatchListNamespacedServiceAsync(
                place, allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds: WatchSeconds, onError: fault, cancellationToken: token),
            ObjectReader.Read),
        ObjectKind.Ingress => new Typed<V1Ingress, V1IngressList>(
            (api, place, next, token) => api.NetworkingV1.ListNamespacedIngressAsync(place, limit: PageSize, continueParameter: next, cancellationToken: token),
            (api, place, version, fault, token) => api.NetworkingV1.WatchListNamespacedIngressAsync(
                place, allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds: WatchSeconds, onError: fault, cancellationToken: token),
            ObjectReader.Read),
        ObjectKind.CronJob => new Typed<V1CronJob, V1CronJobList>(
            (api, place, next, token) => api.BatchV1.ListNamespacedCronJobAsync(place, limit: PageSize, continueParameter: next, cancellationToken: token),
            (api, place, version, fault, token) => api.BatchV1.WatchListNamespacedCronJobAsync(
                place, allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds: WatchSeconds, onError: fault, cancellationToken: token),
            ObjectReader.Read),
        ObjectKind.Node => new Typed<V1Node, V1NodeList>(
            (api, _, next, token) => api.CoreV1.ListNodeAsync(limit: PageSize, continueParameter: next, cancellationToken: token),
            (api, _, version, fault, token) => api.CoreV1.WatchListNodeAsync(
                allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds: WatchSeconds, onError: fault, cancellationToken: token),
            ObjectReader.Read),
        ObjectKind.MountedSecrets => new Typed<SecretProviderClassPodStatus, SecretProviderClassPodStatusList>(MountedSecrets.ListAsync, MountedSecrets.WatchAsync, ObjectReader.Read),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, message: null),
    };

    /// <param name="place">The namespace; means nothing to nodes.</param>
    /// <param name="next">What the page before said to go on with; null for the first.</param>
    public abstract Task<(IReadOnlyList<ClusterObject> Items, V1ListMeta Metadata)> PageAsync(
        k8s.IKubernetes api, string place, string? next, CancellationToken cancellationToken);

    /// <param name="fault">Told of what ends the watch: the enumeration itself then ends without an exception.</param>
    public abstract IAsyncEnumerable<ObjectChange> WatchAsync(
        k8s.IKubernetes api, string place, string version, Action<Exception> fault, CancellationToken cancellationToken);

    private sealed class Typed<TItem, TList>(
        Func<k8s.IKubernetes, string, string?, CancellationToken, Task<TList>> list,
        Func<k8s.IKubernetes, string, string, Action<Exception>, CancellationToken, IAsyncEnumerable<(WatchEventType Type, TItem Item)>> watch,
        Func<TItem, ClusterObject> read) : WatchedKind
        where TItem : IKubernetesObject<V1ObjectMeta>
        where TList : IKubernetesObject<V1ListMeta>, IItems<TItem>
    {
        public override async Task<(IReadOnlyList<ClusterObject> Items, V1ListMeta Metadata)> PageAsync(
            k8s.IKubernetes api, string place, string? next, CancellationToken cancellationToken)
        {
            var page = await list(api, place, next, cancellationToken);
            return ([.. (page.Items ?? []).Select(read)], page.Metadata ?? new V1ListMeta());
        }

        public override async IAsyncEnumerable<ObjectChange> WatchAsync(
            k8s.IKubernetes api, string place, string version, Action<Exception> fault, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var (type, item) in watch(api, place, version, fault, cancellationToken).WithCancellation(cancellationToken))
            {
                var at = item.Metadata?.ResourceVersion ?? "";
                yield return type == WatchEventType.Bookmark ? new ObjectChange(at, null, IsDeleted: false) : new ObjectChange(at, read(item), type == WatchEventType.Deleted);
            }
        }
    }
}
