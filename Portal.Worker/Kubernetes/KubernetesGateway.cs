using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Worker.Kubernetes;

/// <summary>A cluster's REST API: https://kubernetes.io/docs/reference/using-api/api-concepts/.</summary>
internal sealed class KubernetesGateway(ClusterHttp http, IEksTokens tokens, TimeProvider clock) : IKubernetes
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(5);

    /// <summary>How long the server keeps a watch open.</summary>
    private const int WatchSeconds = 240;

    /// <summary>An API server sends a bookmark about every minute; after more silence than this the connection counts as dead.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(100);

    public async Task<bool> IsReachableAsync(ClusterConnection cluster, CancellationToken cancellationToken)
    {
        try
        {
            using var limit = Limit(ProbeLimit, cancellationToken);
            await ReadAsync(cluster, "/api/v1/namespaces?limit=1", limit.Token, cancellationToken);
            return true;
        }
        catch (StepFailedException error) when (error.Failure.CanRetry)
        {
            return false;
        }
    }

    public async Task<ObjectList> ListAsync(
        ClusterConnection cluster, ObjectKind kind, string? kubernetesNamespace, CancellationToken cancellationToken)
    {
        var items = new List<ClusterObject>();
        string? next = null;
        while (true)
        {
            var query = "?limit=500" + (next is null ? "" : $"&continue={Uri.EscapeDataString(next)}");
            using var limit = Limit(CallLimit, cancellationToken);
            var page = await ReadAsync(cluster, ResourcePath.Of(kind, kubernetesNamespace) + query, limit.Token, cancellationToken);
            items.AddRange(page.Items("items").Select(item => ObjectReader.Read(kind, item)));
            var metadata = page.Child("metadata") ?? default;
            next = metadata.Text("continue");
            if (next is null)
                return new ObjectList(items, metadata.Text("resourceVersion") ?? "");
        }
    }

    public async IAsyncEnumerable<ObjectChange> WatchAsync(
        ClusterConnection cluster,
        ObjectKind kind,
        string? kubernetesNamespace,
        string resourceVersion,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var path = $"{ResourcePath.Of(kind, kubernetesNamespace)}?watch=true&allowWatchBookmarks=true&timeoutSeconds={WatchSeconds}"
            + $"&resourceVersion={Uri.EscapeDataString(resourceVersion)}";
        using var silence = Limit(Silence, cancellationToken);
        using var answer = await SendAsync(cluster, HttpMethod.Get, path, silence.Token, cancellationToken);
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        using var reader = new StreamReader(stream);
        while (await NextLineAsync(reader, cluster, silence, cancellationToken) is { } line)
        {
            if (line.Length > 0)
                yield return Parse(line, kind, cluster);
        }
    }

    /// <summary>Null at the end of the watch, also where the connection has gone quiet or broken: the caller watches again.</summary>
    private static async Task<string?> NextLineAsync(
        StreamReader reader, ClusterConnection cluster, CancellationTokenSource silence, CancellationToken cancellationToken)
    {
        try
        {
            silence.CancelAfter(Silence);
            return await reader.ReadLineAsync(silence.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception error) when (error is IOException or HttpRequestException && !cancellationToken.IsCancellationRequested)
        {
            throw ClusterErrors.OfTransport(error, cluster);
        }
    }

    private static ObjectChange Parse(string line, ObjectKind kind, ClusterConnection cluster)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var type = document.RootElement.Text("type");
            var json = document.RootElement.Child("object") ?? throw new JsonException("The event has no object.");
            if (type == "ERROR")
                throw Fault(json, cluster);
            if (type == "BOOKMARK")
                return new ObjectChange(json.Child("metadata")?.Text("resourceVersion") ?? "", null, IsDeleted: false);
            var item = ObjectReader.Read(kind, json);
            return new ObjectChange(item.ResourceVersion, item, type == "DELETED");
        }
        catch (JsonException error)
        {
            throw ClusterErrors.Unreadable(error, cluster);
        }
    }

    public async Task DeleteSecretAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken)
    {
        using var limit = Limit(CallLimit, cancellationToken);
        using var answer = await SendAsync(
            cluster, HttpMethod.Delete, $"/api/v1/namespaces/{kubernetesNamespace}/secrets/{name}", limit.Token, cancellationToken, accepted: HttpStatusCode.NotFound);
    }

    /// <summary>A watch that began well tells of its end in an event.</summary>
    private static Exception Fault(JsonElement status, ClusterConnection cluster)
    {
        var message = status.Text("message") ?? "no reason given";
        return status.Number("code") == (int)HttpStatusCode.Gone
            ? new WatchExpiredException(message)
            : new StepFailedException(
                "k8s_watch_failed", $"Cluster {cluster.ClusterName} ended a watch: {message.TrimEnd('.')}.", canRetry: true);
    }

    private async Task<JsonElement> ReadAsync(
        ClusterConnection cluster, string path, CancellationToken limit, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(cluster, HttpMethod.Get, path, limit, cancellationToken);
        try
        {
            await using var stream = await answer.Content.ReadAsStreamAsync(limit);
            using var document = await JsonDocument.ParseAsync(stream, default, limit);
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw ClusterErrors.Unreadable(error, cluster);
        }
        catch (Exception error) when (error is IOException or HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw ClusterErrors.OfTransport(error, cluster);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        ClusterConnection cluster, HttpMethod method, string path, CancellationToken limit, CancellationToken cancellationToken,
        HttpStatusCode accepted = HttpStatusCode.OK)
    {
        var token = await tokens.CreateAsync(cluster.Target, cluster.ClusterName, cancellationToken);
        using var request = new HttpRequestMessage(method, new Uri(cluster.Endpoint.AbsoluteUri.TrimEnd('/') + path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("portal-worker", null));
        try
        {
            var answer = await http.For(cluster).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit);
            return answer.IsSuccessStatusCode || answer.StatusCode == accepted ? answer : throw await RefusedAsync(answer, cluster, limit);
        }
        catch (Exception error) when (error is IOException or HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw ClusterErrors.OfTransport(error, cluster);
        }
    }

    private static async Task<Exception> RefusedAsync(HttpResponseMessage answer, ClusterConnection cluster, CancellationToken cancellationToken)
    {
        using (answer)
        {
            var body = await answer.Content.ReadAsStringAsync(cancellationToken);
            return answer.StatusCode == HttpStatusCode.Gone ? new WatchExpiredException(body) : ClusterErrors.OfAnswer(answer, body, cluster);
        }
    }

    private CancellationTokenSource Limit(TimeSpan time, CancellationToken cancellationToken) => new LinkedLimit(time, clock, cancellationToken);

    /// <summary>Cancelled by the caller or by the clock, which the framework's own linked source cannot be given.</summary>
    private sealed class LinkedLimit : CancellationTokenSource
    {
        private readonly CancellationTokenRegistration _link;

        public LinkedLimit(TimeSpan time, TimeProvider clock, CancellationToken cancellationToken) : base(time, clock) =>
            _link = cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), this);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _link.Dispose();
            base.Dispose(disposing);
        }
    }
}
