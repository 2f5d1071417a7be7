using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using Portal.Worker.Aws;

namespace Portal.Worker.Kubernetes;

/// <summary>Reads the kinds that our charts make.</summary>
internal sealed class LiveObjects(ClusterClients clients) : ILiveObjects
{
    private static readonly Dictionary<(string ApiVersion, string Kind), Func<k8s.IKubernetes, ObjectReference, CancellationToken, Task<object>>> Readers = new()
    {
        [("v1", "Namespace")] = async (api, it, token) => await api.CoreV1.ReadNamespaceAsync(it.Name, cancellationToken: token),
        [("v1", "Service")] = async (api, it, token) => await api.CoreV1.ReadNamespacedServiceAsync(it.Name, it.Namespace, cancellationToken: token),
        [("v1", "ServiceAccount")] = async (api, it, token) => await api.CoreV1.ReadNamespacedServiceAccountAsync(it.Name, it.Namespace, cancellationToken: token),
        [("v1", "ConfigMap")] = async (api, it, token) => await api.CoreV1.ReadNamespacedConfigMapAsync(it.Name, it.Namespace, cancellationToken: token),
        [("apps/v1", "Deployment")] = async (api, it, token) => await api.AppsV1.ReadNamespacedDeploymentAsync(it.Name, it.Namespace, cancellationToken: token),
        [("batch/v1", "CronJob")] = async (api, it, token) => await api.BatchV1.ReadNamespacedCronJobAsync(it.Name, it.Namespace, cancellationToken: token),
        [("autoscaling/v2", "HorizontalPodAutoscaler")] = async (api, it, token) => await api.AutoscalingV2.ReadNamespacedHorizontalPodAutoscalerAsync(it.Name, it.Namespace, cancellationToken: token),
        [("policy/v1", "PodDisruptionBudget")] = async (api, it, token) => await api.PolicyV1.ReadNamespacedPodDisruptionBudgetAsync(it.Name, it.Namespace, cancellationToken: token),
        [("networking.k8s.io/v1", "Ingress")] = async (api, it, token) => await api.NetworkingV1.ReadNamespacedIngressAsync(it.Name, it.Namespace, cancellationToken: token),
        [("networking.k8s.io/v1", "IngressClass")] = async (api, it, token) => await api.NetworkingV1.ReadIngressClassAsync(it.Name, cancellationToken: token),
        [("networking.k8s.io/v1", "NetworkPolicy")] = async (api, it, token) => await api.NetworkingV1.ReadNamespacedNetworkPolicyAsync(it.Name, it.Namespace, cancellationToken: token),
        [("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass")] = (api, it, token) => api.CustomObjects.GetNamespacedCustomObjectAsync(SecretProviderClassPodStatus.Group, SecretProviderClassPodStatus.Version, it.Namespace, "secretproviderclasses", it.Name, token),
        [("eks.amazonaws.com/v1", "IngressClassParams")] = (api, it, token) => api.CustomObjects.GetClusterCustomObjectAsync("eks.amazonaws.com", "v1", "ingressclassparams", it.Name, token),
    };

    public bool Knows(ObjectReference reference) => Readers.ContainsKey((reference.ApiVersion, reference.Kind));

    public async Task<JsonObject?> FindAsync(ClusterConnection cluster, ObjectReference reference, CancellationToken cancellationToken)
    {
        try
        {
            var found = await Readers[(reference.ApiVersion, reference.Kind)](clients.For(cluster), reference, cancellationToken);
            return JsonNode.Parse(KubernetesJson.Serialize(found))?.AsObject();
        }
        catch (HttpOperationException error) when (error.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (Exception error) when (ClusterErrors.IsOfTheCluster(error) && !cancellationToken.IsCancellationRequested)
        {
            throw ClusterErrors.Of(error, cluster);
        }
    }
}
