using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Security;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>Everything below /clusters/{id}: who asks, and which part answers.</summary>
internal sealed class ClusterEndpoint(KubernetesFleet fleet, Identities identities, ServiceAccountTokens tokens, EmulatorClock clock, ILogger<ClusterEndpoint> logger)
{
    public Task HandleAsync(HttpContext context, string id, string? path) => HandleAsync(context, path ?? "", request =>
    {
        // The plain port serves AWS and the administration; a token must not travel on it.
        if (!request.IsHttps || fleet.FindById(id) is not { } cluster)
            throw ApiException.NoSuchPath();

        return (cluster, identities.Find(request, cluster) ?? throw ApiException.Unauthorized());
    });

    /// <summary>
    /// Without the cluster's prefix, as kubectl get --raw asks: it drops what the server's address has after the host.
    /// A token is made for one cluster: that one is meant.
    /// </summary>
    public Task HandleAtRootAsync(HttpContext context) => HandleAsync(context, context.Request.Path, request =>
    {
        foreach (var cluster in fleet.All)
        {
            if (identities.Find(request, cluster) is { } user)
                return (cluster, user);
        }

        throw ApiException.Unauthorized();
    });

    private async Task HandleAsync(HttpContext context, string path, Func<HttpRequest, (Cluster Cluster, KubernetesUser User)> find)
    {
        try
        {
            var (cluster, user) = find(context.Request);
            await RouteAsync(context, cluster, user, path.Split('/', StringSplitOptions.RemoveEmptyEntries));
        }
        catch (ApiException refusal) when (!context.Response.HasStarted)
        {
            await Answers.WriteAsync(context, refusal);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            logger.LogDebug("The client left {Path}", context.Request.Path);
        }
        catch (Exception error) when (error is not ApiException && !context.Response.HasStarted)
        {
            logger.LogError(error, "{Method} {Path} failed", context.Request.Method, context.Request.Path);
            await Answers.WriteAsync(context, new ApiException(500, "InternalError", $"Internal error occurred: {error.Message}"));
        }
    }

    private Task RouteAsync(HttpContext context, Cluster cluster, KubernetesUser user, string[] segments)
    {
        var kinds = cluster.ServedKinds;
        var request = context.Request;
        var authorizer = new Authorizer(cluster.Store);
        user = Identities.Impersonated(request, user, authorizer);
        if (segments is not (["api", _, _, ..] or ["apis", _, _, _, ..]))
            authorizer.Check(user, new AccessRequest(request.Method.ToLowerInvariant(), Path: "/" + string.Join('/', segments)));
        switch (segments)
        {
            case ["version"]:
                return Answers.WriteAsync(context, Discovery.Version(cluster.Identity.Version));
            case ["healthz" or "livez" or "readyz", ..]:
                return context.Response.WriteAsync("ok", context.RequestAborted);
            case []:
                return Answers.WriteAsync(context, new System.Text.Json.Nodes.JsonObject { ["paths"] = new System.Text.Json.Nodes.JsonArray("/api", "/apis", "/openapi/v2", "/openapi/v3", "/version") });
            case ["api" or "apis"] when AggregatedDiscovery.IsWanted(request):
                return AggregatedDiscovery.WriteAsync(context, kinds.Where(kind => kind.Group.Length == 0 == (segments[0] == "api")));
            case ["api"]:
                return Answers.WriteAsync(context, Discovery.CoreVersions());
            case ["apis"]:
                return Answers.WriteAsync(context, Discovery.Groups(kinds));
            case ["apis", var group]:
                return Answers.WriteAsync(context, Discovery.Group(kinds, group) ?? throw ApiException.NoSuchPath());
            case ["api", var version]:
                return Answers.WriteAsync(context, Discovery.Resources(kinds, "", version) ?? throw ApiException.NoSuchPath());
            case ["apis", var group, var version]:
                return Answers.WriteAsync(context, Discovery.Resources(kinds, group, version) ?? throw ApiException.NoSuchPath());
            case ["openapi", ..]:
                return DescribeAsync(context, cluster, segments);
            case ["api" or "apis", ..]:
                var path = ApiPath.Parse(segments, kinds) ?? throw ApiException.NoSuchPath();
                authorizer.Check(user, path.AccessOf(request));
                if (path.Kind.IsReview)
                    return new AccessReviews(authorizer).AnswerAsync(context, path, user);
                return new ResourceHandler(cluster, tokens, clock).HandleAsync(context, path);
            default:
                throw ApiException.NoSuchPath();
        }
    }

    private static Task DescribeAsync(HttpContext context, Cluster cluster, string[] segments)
    {
        var kinds = cluster.ServedKinds;
        switch (segments)
        {
            case ["openapi", "v2"] when context.Request.Headers.Accept.ToString().Contains("proto-openapi.spec.v2", StringComparison.Ordinal):
                context.Response.ContentType = OpenApi.ProtobufType;
                return context.Response.Body.WriteAsync(OpenApi.V2Protobuf(kinds), context.RequestAborted).AsTask();
            case ["openapi", "v2"]:
                return Answers.WriteAsync(context, OpenApi.V2(kinds));
            case ["openapi", "v3"]:
                return Answers.WriteAsync(context, OpenApi.Index(kinds, $"/clusters/{cluster.Id}"));
            case ["openapi", "v3", .. var root]:
                return Answers.WriteAsync(context, OpenApi.V3(kinds, string.Join('/', root)) ?? throw ApiException.NoSuchPath());
            default:
                throw ApiException.NoSuchPath();
        }
    }
}
