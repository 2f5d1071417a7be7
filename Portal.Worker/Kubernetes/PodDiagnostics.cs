using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Portal.Worker.Kubernetes;

/// <summary>Events and log of one pod, with the typed client.</summary>
internal static class PodDiagnostics
{
    // A line may be long; what is shown is cut again.
    private const int LogBytes = 16 * 1024;

    public static async Task<IReadOnlyList<PodEvent>> EventsAsync(k8s.IKubernetes api, string kubernetesNamespace, string pod, CancellationToken cancellationToken)
    {
        var list = await api.CoreV1.ListNamespacedEventAsync(kubernetesNamespace, fieldSelector: $"involvedObject.name={pod}", limit: 200, cancellationToken: cancellationToken);
        return [.. (list.Items ?? []).Select(Read).OrderBy(said => said.At).TakeLast(PodReport.MostEvents)];
    }

    public static async Task<(IReadOnlyList<string> Lines, int? ExitCode)> LogAsync(k8s.IKubernetes api, string kubernetesNamespace, string pod, CancellationToken cancellationToken)
    {
        var statuses = (await api.CoreV1.ReadNamespacedPodAsync(pod, kubernetesNamespace, cancellationToken: cancellationToken)).Status?.ContainerStatuses ?? [];
        if (statuses.FirstOrDefault(status => !status.Ready) is not { } container)
            return ([], null);
        var ended = container.State?.Terminated ?? container.LastState?.Terminated;
        try
        {
            await using var stream = await api.CoreV1.ReadNamespacedPodLogAsync(
                pod, kubernetesNamespace, container.Name, previous: container.LastState?.Terminated is not null && container.State?.Terminated is null,
                tailLines: Core.Provisioning.Evidence.MostLines, limitBytes: LogBytes, cancellationToken: cancellationToken);
            using var reader = new StreamReader(stream);
            return ((await reader.ReadToEndAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries), ended?.ExitCode);
        }
        catch (HttpOperationException)
        {
            // A container that never started has no log.
            return ([], ended?.ExitCode);
        }
    }

    private static PodEvent Read(Corev1Event said)
    {
        var at = said.LastTimestamp ?? said.EventTime ?? said.Metadata.CreationTimestamp ?? default;
        return new PodEvent(new DateTimeOffset(at.ToUniversalTime(), TimeSpan.Zero), said.Type == "Warning", said.Reason ?? "", (said.Message ?? "").Trim(), said.Count ?? 1);
    }
}
