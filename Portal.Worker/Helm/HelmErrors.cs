using Portal.Core.Provisioning;

namespace Portal.Worker.Helm;

/// <summary>Helm tells what went wrong in prose only, so its prose is what is looked at. First match wins.</summary>
internal static class HelmErrors
{
    private static readonly Rule[] Rules =
    [
        new("helm_invalid_values", "values don't meet the specifications of the schema", "The values of release {0} do not fit its chart: {1}."),
        new("helm_busy", "another operation (install/upgrade/rollback) is in progress", "Another helm works on release {0} at the moment.", CanRetry: true),
        new("helm_busy", "cannot re-use a name that is still in use", "Another helm works on release {0} at the moment.", CanRetry: true),
        new("helm_untrusted", "x509:", "Helm does not trust the certificate of the cluster or repository for release {0}: {1}."),
        new("helm_unauthorized", "provide credentials", "The cluster does not accept the worker's token for release {0}: it needs an access entry for the worker's role.", CanRetry: true),
        new("helm_unauthorized", "Unauthorized", "The cluster does not accept the worker's token for release {0}: it needs an access entry for the worker's role.", CanRetry: true),
        new("helm_cluster_unreachable", "Kubernetes cluster unreachable", "Helm cannot reach the cluster for release {0}: {1}.", CanRetry: true, Correspondents.Cluster),
        new("helm_forbidden", "is forbidden", "The cluster does not allow the worker what release {0} needs: {1}."),
        new("helm_repository_unreachable", "is not a valid chart repository or cannot be reached", "The chart repository of release {0} cannot be reached: {1}.", CanRetry: true, Correspondents.Charts),
        new("helm_webhook_unavailable", "failed calling webhook", "An admission webhook of the cluster did not answer for release {0}: {1}.", CanRetry: true),
        // By the cause inside: helm wraps a lost connection in whatever it was doing, for example "unable to build kubernetes objects".
        .. Silent("connection refused", "connection reset", "unexpected EOF", "client connection lost", "client connection force closed", "server sent GOAWAY",
            "i/o timeout", "TLS handshake timeout", "Client.Timeout", "connection timed out", "broken pipe", "use of closed network connection",
            "no route to host", "network is unreachable", "no such host", "the server is currently unable to handle the request", "the server has received too many requests", "etcdserver: ", ": EOF"),
        new("helm_chart_missing", "not found in", "The chart of release {0} does not exist: {1}."),
        new("helm_chart_missing", "Chart.yaml file is missing", "The chart of release {0} does not exist: {1}."),
        new("helm_chart_missing", "no such file or directory", "A file for release {0} does not exist: {1}."),
        new("helm_denied", "denied the request", "The cluster refused release {0}: {1}."),
        new("helm_resource_exists", "cannot be imported into the current release", "Something that release {0} would make exists already: {1}."),
        new("helm_immutable", "field is immutable", "Release {0} cannot be changed in place: {1}."),
        new("helm_timeout", "timed out waiting for the condition", "Release {0} did not become ready in time.", CanRetry: true),
        new("helm_timeout", "context deadline exceeded", "Release {0} did not become ready in time.", CanRetry: true),
        new("helm_chart_broken", "parse error", "The chart of release {0} cannot be rendered: {1}."),
        new("helm_chart_broken", "execution error at", "The chart of release {0} cannot be rendered: {1}."),
        new("helm_chart_broken", "unable to build kubernetes objects", "The chart of release {0} makes objects that the cluster does not know: {1}."),
        // Somebody asked helm to end, and not this call's caller.
        new("helm_interrupted", "context canceled", "Helm was stopped while it worked on release {0}.", CanRetry: true),
    ];

    /// <summary>True where helm only says that there is no such release.</summary>
    public static bool IsNotFound(HelmOutput output) =>
        output.ExitCode != 0 && output.StandardError.Contains("release: not found", StringComparison.OrdinalIgnoreCase);

    public static StepFailedException Classify(HelmOutput output, string release, string helm)
    {
        // What a shell answers for a program that it cannot find or may not start.
        if (output.ExitCode is 126 or 127)
        {
            return new StepFailedException(
                "helm_missing", $"Helm cannot be started from '{helm}': install Helm 3.10 or newer and set Worker:Helm:Path to it.");
        }

        if (output.ExitCode is 137 or 143)
            return new StepFailedException("helm_interrupted", $"Helm was stopped while it worked on release {release}.", canRetry: true);

        var said = OneLine(output.StandardError);
        var rule = Array.Find(Rules, rule => output.StandardError.Contains(rule.Words, StringComparison.OrdinalIgnoreCase))
            ?? new Rule("helm_failed", "", "Helm failed on release {0}: {1}.");
        var sentence = rule.Sentence.Replace("{0}", release, StringComparison.Ordinal).Replace("{1}", said, StringComparison.Ordinal);
        return new StepFailedException(new Failure(rule.Code, Evidence.Presentable(sentence), Evidence.Presentable(said), rule.CanRetry)
        {
            Silent = rule.Silent,
            Evidence = [Evidence.Of("What helm said", output.StandardError.Split('\n', StringSplitOptions.RemoveEmptyEntries))],
        });
    }

    /// <summary>Helm's last "Error:" on one line, short enough to be read.</summary>
    private static string OneLine(string error)
    {
        var start = error.LastIndexOf("Error: ", StringComparison.Ordinal);
        var text = start < 0 ? error : error[(start + "Error: ".Length)..];
        var line = string.Join(' ', text.Split((char[])['\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        line = line.Trim().TrimEnd('.');
        return line.Length switch
        {
            0 => "it gives no reason",
            > 600 => line[..600] + "…",
            _ => line,
        };
    }

    private static IEnumerable<Rule> Silent(params string[] words) =>
        words.Select(word => new Rule("helm_connection_lost", word, "Helm lost the cluster while it worked on release {0}: {1}.", CanRetry: true, Correspondents.Cluster));

    /// <param name="Sentence">{0} is the release, {1} what helm said.</param>
    /// <param name="Silent">Who did not answer, where that is all that was wrong.</param>
    private sealed record Rule(string Code, string Words, string Sentence, bool CanRetry = false, string? Silent = null);
}
