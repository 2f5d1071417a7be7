using System.Net;
using System.Runtime.CompilerServices;
using k8s;
using k8s.Autorest;

namespace Portal.Worker.Kubernetes;

/// <summary>Lists and watches <see cref="SecretProviderClassPodStatus"/>, which the client has no type for, and not every cluster has.</summary>
internal static class MountedSecrets
{
    /// <returns>An empty list without a version where the cluster does not have the kind.</returns>
    public static async Task<SecretProviderClassPodStatusList> ListAsync(k8s.IKubernetes api, string place, string? next, CancellationToken cancellationToken)
    {
        try
        {
            return await api.CustomObjects.ListNamespacedCustomObjectAsync<SecretProviderClassPodStatusList>(
                SecretProviderClassPodStatus.Group, SecretProviderClassPodStatus.Version, place, SecretProviderClassPodStatus.Plural,
                limit: WatchedKind.PageSize, continueParameter: next, cancellationToken: cancellationToken);
        }
        catch (HttpOperationException error) when (error.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return new SecretProviderClassPodStatusList();
        }
    }

    public static async IAsyncEnumerable<(WatchEventType Type, SecretProviderClassPodStatus Item)> WatchAsync(
        k8s.IKubernetes api, string place, string version, Action<Exception> fault, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var changes = api.CustomObjects.WatchListNamespacedCustomObjectAsync(
            SecretProviderClassPodStatus.Group, SecretProviderClassPodStatus.Version, place, SecretProviderClassPodStatus.Plural,
            allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds: WatchedKind.WatchSeconds, onError: fault, cancellationToken: cancellationToken);
        await foreach (var (type, item) in changes.WithCancellation(cancellationToken))
            yield return (type, KubernetesJson.Deserialize<SecretProviderClassPodStatus>(KubernetesJson.Serialize(item)));
    }
}
