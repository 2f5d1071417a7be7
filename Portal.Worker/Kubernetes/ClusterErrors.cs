using System.Net;
using System.Security.Authentication;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Worker.Kubernetes;

/// <summary>What a cluster's API or the way to it answered, as a failure that says what to do.</summary>
internal static class ClusterErrors
{
    /// <summary>Code of the failure where what was asked for is not in the cluster.</summary>
    public const string NotFound = "k8s_not_found";

    /// <summary>What the client throws where the cluster or the way to it is to blame, and not the caller.</summary>
    public static bool IsOfTheCluster(Exception error) => error is HttpOperationException or HttpRequestException or IOException or KubernetesException or JsonException;

    public static StepFailedException Of(Exception error, ClusterConnection cluster) => error switch
    {
        HttpOperationException refused => OfAnswer(refused, cluster),
        KubernetesException watch => new StepFailedException(
            "k8s_watch_failed", $"Cluster {cluster.ClusterName} ended a watch: {watch.Message.TrimEnd('.')}.", canRetry: true, watch),
        JsonException unreadable => new StepFailedException(
            "k8s_unreadable", $"The API of cluster {cluster.ClusterName} gave an answer that cannot be read: {unreadable.Message}", canRetry: true, unreadable),
        _ => OfTransport(error, cluster),
    };

    private static StepFailedException OfTransport(Exception error, ClusterConnection cluster)
    {
        for (var inner = error; inner is not null; inner = inner.InnerException)
        {
            if (inner is AuthenticationException)
            {
                return new StepFailedException(
                    "k8s_untrusted",
                    $"The API of cluster {cluster.ClusterName} does not show a certificate of the cluster's own CA: something stands between it and the worker.",
                    canRetry: false,
                    error);
            }
        }

        return new StepFailedException(
            new Failure("k8s_unreachable", $"The API of cluster {cluster.ClusterName} cannot be reached: {error.Message.TrimEnd('.')}.", CanRetry: true) { Silent = Correspondents.Cluster }, error);
    }

    private static StepFailedException OfAnswer(HttpOperationException error, ClusterConnection cluster)
    {
        var answer = error.Response;
        var said = Message(answer.Content) ?? $"HTTP {(int)answer.StatusCode}";
        var name = $"The API of cluster {cluster.ClusterName}";
        var failure = answer.StatusCode switch
        {
            // An access entry takes some seconds to be known everywhere, so this may pass.
            HttpStatusCode.Unauthorized => new Failure(
                "k8s_unauthorized", $"{name} does not accept the worker's token: the cluster needs an access entry for the worker's role.", CanRetry: true),
            HttpStatusCode.NotFound => new Failure(NotFound, $"{name} knows no such thing: {said}."),
            HttpStatusCode.Forbidden => new Failure("k8s_forbidden", $"{name} does not allow it: {said}."),
            HttpStatusCode.TooManyRequests => new Failure("k8s_throttled", $"{name} asks for patience.", CanRetry: true, RetryAfter: RetryAfter(answer)) { IsThrottling = true, Silent = Correspondents.Cluster },
            >= HttpStatusCode.InternalServerError => new Failure("k8s_unavailable", $"{name} failed to answer: {said}.", CanRetry: true) { Silent = Correspondents.Cluster },
            _ => new Failure("k8s_refused", $"{name} refused the request: {said}."),
        };
        return new StepFailedException(failure, error);
    }

    private static TimeSpan? RetryAfter(HttpResponseMessageWrapper answer) =>
        answer.Headers.TryGetValue("Retry-After", out var values)
            && int.TryParse(values.FirstOrDefault(), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var seconds)
                ? TimeSpan.FromSeconds(seconds)
                : null;

    /// <summary>A Kubernetes Status object tells why; anything else comes from in between.</summary>
    private static string? Message(string? body)
    {
        try
        {
            using var document = JsonDocument.Parse(body ?? "");
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("message", out var message)
                ? message.GetString()?.TrimEnd('.')
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
