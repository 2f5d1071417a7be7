using Portal.Core.Inquiries;
using Portal.Worker.Aws;

namespace Portal.Worker.Kubernetes;

/// <summary>What the containers of a cluster write.</summary>
public interface IPodLogs
{
    /// <summary>The last lines of a pod's first container, at most <see cref="PodLog.MostLines"/>, as they were written.</summary>
    /// <returns>Trouble where the pod is gone or its container has not started.</returns>
    Task<PodLog> TailAsync(ClusterConnection cluster, string kubernetesNamespace, string pod, CancellationToken cancellationToken);
}
