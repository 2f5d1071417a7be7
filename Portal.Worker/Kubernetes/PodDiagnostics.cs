using System.Globalization;
using System.Net;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Portal.Core.Inquiries;

namespace Portal.Worker.Kubernetes;

/// <summary>Events and log of one pod, with the typed client.</summary>
internal static class PodDiagnostics
{
    // A line may be long; what is shown is cut again.
    private const int LogBytes = 16 * 1024;
    private const int TailBytes = 256 * 1024;

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

    public static async Task<PodLog> TailAsync(k8s.IKubernetes api, string kubernetesNamespace, string pod, CancellationToken cancellationToken)
    {
        try
        {
            var container = (await api.CoreV1.ReadNamespacedPodAsync(pod, kubernetesNamespace, cancellationToken: cancellationToken)).Spec?.Containers?.FirstOrDefault()?.Name;
            await using var stream = await api.CoreV1.ReadNamespacedPodLogAsync(
                pod, kubernetesNamespace, container, tailLines: PodLog.MostLines, limitBytes: TailBytes, timestamps: true, cancellationToken: cancellationToken);
            using var reader = new StreamReader(stream);
            return new PodLog([.. (await reader.ReadToEndAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Line)], null);
        }
        catch (HttpOperationException error) when (error.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return new PodLog([], "The pod is not there any more.");
        }
        catch (HttpOperationException error) when (error.Response.StatusCode == HttpStatusCode.BadRequest)
        {
            return new PodLog([], $"It has no log yet: {Said(error)}.");
        }
    }

    private static LogLine Line(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && DateTimeOffset.TryParse(line.AsSpan(0, space), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? new LogLine(at, line[(space + 1)..].TrimEnd('\r'))
            : new LogLine(default, line.TrimEnd('\r'));
    }

    // The API's own words, for example that a container waits for its image.
    private static string Said(HttpOperationException error)
    {
        try
        {
            using var status = JsonDocument.Parse(error.Response.Content);
            return status.RootElement.TryGetProperty("message", out var message) && message.GetString() is { Length: > 0 } text ? text.TrimEnd('.') : "its container has not started";
        }
        catch (JsonException)
        {
            return "its container has not started";
        }
    }

    private static PodEvent Read(Corev1Event said)
    {
        var at = said.LastTimestamp ?? said.EventTime ?? said.Metadata.CreationTimestamp ?? default;
        return new PodEvent(new DateTimeOffset(at.ToUniversalTime(), TimeSpan.Zero), said.Type == "Warning", said.Reason ?? "", (said.Message ?? "").Trim(), said.Count ?? 1);
    }
}
