using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Patching;
using Portal.Emulator.Kubernetes.Security;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>Reads and writes of the objects of one cluster.</summary>
internal sealed class ResourceHandler(Cluster cluster, ServiceAccountTokens tokens, EmulatorClock clock)
{
    private readonly ClusterStore _store = cluster.Store;

    public Task HandleAsync(HttpContext context, ApiPath path)
    {
        if (path.Kind.Group == Kinds.PodMetrics.Group)
            return ReadMetricsAsync(context, path);
        if (path.Subresource is not null)
            return SubresourceAsync(context, path);

        return (context.Request.Method, path.Name) switch
        {
            ("GET", null) => ReadListAsync(context, path),
            ("GET", _) when ListQuery.Read(path.Kind, context.Request.Query, path.Name) is { IsWatch: true } query => WatchAsync(context, path, query),
            ("GET", _) => WriteAsync(context, path.Kind, _store.Get(path.Kind, path.Namespace, path.Name)),
            ("POST", null) => CreateAsync(context, path),
            ("PUT", not null) => ReplaceAsync(context, path, UpdateScope.Main),
            ("PATCH", not null) => PatchAsync(context, path, UpdateScope.Main),
            ("DELETE", null) => DeleteAllAsync(context, path),
            ("DELETE", _) => DeleteAsync(context, path),
            _ => throw ApiException.MethodNotAllowed(),
        };
    }

    private Task SubresourceAsync(HttpContext context, ApiPath path) => (path.Subresource, context.Request.Method) switch
    {
        ("status", "GET") when path.Kind.HasStatus => WriteAsync(context, path.Kind, _store.Get(path.Kind, path.Namespace, path.Name!)),
        ("status", "PUT") when path.Kind.HasStatus => ReplaceAsync(context, path, UpdateScope.Status),
        ("status", "PATCH") when path.Kind.HasStatus => PatchAsync(context, path, UpdateScope.Status),
        ("scale", _) when path.Kind.HasScale => new ScaleHandler(_store).HandleAsync(context, path),
        ("log", "GET") when path.Kind == Kinds.Pod => new PodLogs(_store).WriteAsync(context, path),
        ("exec" or "attach" or "portforward", _) when path.Kind == Kinds.Pod => throw Streams(path),
        ("token", "POST") when path.Kind == Kinds.ServiceAccount => IssueTokenAsync(context, path),
        ("eviction", "POST") when path.Kind == Kinds.Pod => new Evictions(_store).HandleAsync(context, path),
        ("finalize", "PUT") when path.Kind == Kinds.Namespace => ReplaceAsync(context, path, UpdateScope.Main),
        _ => throw ApiException.NoSuchPath(),
    };

    private Task ReadListAsync(HttpContext context, ApiPath path)
    {
        var query = ListQuery.Read(path.Kind, context.Request.Query);
        if (query.IsWatch)
            return WatchAsync(context, path, query);

        var (page, metadata) = query.Page(path.Kind, path.Namespace, _store);
        switch (Accept.Negotiate(context.Request))
        {
            case Shape.Table:
                return Answers.WriteAsync(context, Tables.Of(path.Kind, page, metadata, clock.Now, context.Request.Query["includeObject"]));
            case Shape.PartialMetadataList:
                return Answers.WriteAsync(context, List("meta.k8s.io/v1", "PartialObjectMetadataList", page.Select(Shapes.PartialMetadata), metadata));
            default:
                return Answers.WriteAsync(context, List(path.Kind.ApiVersion, path.Kind.ListKind, page.Select(item => Shapes.InVersion(path.Kind, item)), metadata));
        }
    }

    private Task WatchAsync(HttpContext context, ApiPath path, ListQuery query) =>
        new WatchHandler(_store, clock).HandleAsync(context, path, query, Accept.Negotiate(context.Request));

    private async Task CreateAsync(HttpContext context, ApiPath path)
    {
        var options = WriteOptions.Read(context.Request);
        var body = await ReadAsync(context, path, options);
        Warn(context, path, body);
        if (path.Kind == Kinds.HorizontalPodAutoscalerV1)
            body = AutoscalerVersions.ToV2(body);
        var created = _store.Create(path.Kind, body, options.DryRun, options.Writer(path));
        await WriteAsync(context, path.Kind, created, StatusCodes.Status201Created);
    }

    private async Task ReplaceAsync(HttpContext context, ApiPath path, UpdateScope scope)
    {
        var options = WriteOptions.Read(context.Request);
        var body = await ReadAsync(context, path, options);
        Warn(context, path, body);
        if (path.Kind == Kinds.HorizontalPodAutoscalerV1)
            body = AutoscalerVersions.ToV2(body);
        var updated = _store.Update(path.Kind, path.Namespace, path.Name!, scope, _ => body.Copy(), options.DryRun, options.Writer(path));
        await WriteAsync(context, path.Kind, updated);
    }

    private async Task PatchAsync(HttpContext context, ApiPath path, UpdateScope scope)
    {
        var options = WriteOptions.Read(context.Request);
        var type = Bodies.MediaType(context.Request);
        var duplicates = new List<string>();
        var body = await Bodies.ReadAsync(context.Request, context.RequestAborted, duplicates);
        if (type == Patches.ApplyType)
        {
            await ApplyAsync(context, path, scope, options, body as JsonObject ?? throw ApiException.BadRequest("the configuration to apply is not an object"));
            return;
        }

        var change = Patches.Of(type, body, path.Kind);
        var isOlder = path.Kind == Kinds.HorizontalPodAutoscalerV1;
        var updated = _store.Update(
            path.Kind, path.Namespace, path.Name!, scope,
            document =>
            {
                var patched = Decoding.Patched(context, path.Kind, change(isOlder ? AutoscalerVersions.ToV1(document) : document), body, options.Validation, duplicates);
                return isOlder ? AutoscalerVersions.ToV2(patched) : patched;
            },
            options.DryRun, options.Writer(path));
        await WriteAsync(context, path.Kind, updated);
    }

    private async Task ApplyAsync(HttpContext context, ApiPath path, UpdateScope scope, WriteOptions options, JsonObject body)
    {
        var writer = options.Applier(path);
        if (body.Text("apiVersion") is null || body.Text("kind") is null)
            throw ApiException.BadRequest("the configuration to apply needs apiVersion and kind");

        body.Metadata()["name"] ??= path.Name;
        CheckIdentity(path, body);
        if (body.Array("metadata", "managedFields") is not null)
            throw ApiException.BadRequest("metadata.managedFields must be nil");
        body = Decoding.Applied(path.Kind, body);
        Warn(context, path, body);
        if (_store.Find(path.Kind, path.Namespace, path.Name!) is null)
        {
            if (scope == UpdateScope.Status)
                throw ApiException.NotFound(path.Kind, path.Name!);
            if (body.Text("metadata", "uid") is { } uid)
                throw ApiException.Conflict(path.Kind, path.Name!, $"uid mismatch: the provided object specified uid {uid}, and no existing object was found");

            await WriteAsync(context, path.Kind, _store.Create(path.Kind, body, options.DryRun, writer), StatusCodes.Status201Created);
            return;
        }

        var now = clock.Now.Timestamp();
        var updated = _store.Update(
            path.Kind, path.Namespace, path.Name!, scope, document => ManagedFields.Apply(path.Kind, document, body, writer, now), options.DryRun, writer);
        await WriteAsync(context, path.Kind, updated);
    }

    private void Warn(HttpContext context, ApiPath path, JsonObject body)
    {
        if (Admission.Warning(path.Kind, body, _store) is { } warning)
            Warnings.Add(context, warning);
    }

    private static async Task<JsonObject> ReadAsync(HttpContext context, ApiPath path, WriteOptions options)
    {
        var duplicates = new List<string>();
        var body = await Bodies.ReadObjectAsync(context.Request, context.RequestAborted, duplicates);
        CheckIdentity(path, body);
        return Decoding.Read(context, path.Kind, body, options.Validation, duplicates);
    }

    private async Task DeleteAsync(HttpContext context, ApiPath path)
    {
        var options = await DeleteOptionsReader.ReadAsync(context.Request, context.RequestAborted);
        var (deleted, isGone) = _store.Delete(path.Kind, path.Namespace, path.Name!, options);
        await Answers.WriteAsync(context, isGone ? Answers.Success(path.Kind, deleted) : Shapes.InVersion(path.Kind, deleted));
    }

    private async Task DeleteAllAsync(HttpContext context, ApiPath path)
    {
        var options = await DeleteOptionsReader.ReadAsync(context.Request, context.RequestAborted);
        var query = ListQuery.Read(path.Kind, context.Request.Query);
        var deleted = new List<JsonObject>();
        foreach (var item in _store.List(path.Kind, path.Namespace).Where(query.Matches))
            deleted.Add(_store.Delete(path.Kind, path.Namespace is null ? item.Namespace() : path.Namespace, item.Name(), options).Object);
        var metadata = new JsonObject { ["resourceVersion"] = _store.Version.ToString() };
        await Answers.WriteAsync(context, List(path.Kind.ApiVersion, path.Kind.ListKind, deleted, metadata));
    }

    private Task ReadMetricsAsync(HttpContext context, ApiPath path)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
            throw ApiException.MethodNotAllowed();

        var items = path.Kind.Namespaced ? cluster.Metrics.Pods(path.Namespace) : cluster.Metrics.Nodes();
        if (path.Name is not null)
            return WriteAsync(context, path.Kind, items.FirstOrDefault(item => item.Name() == path.Name) ?? throw ApiException.NotFound(path.Kind, path.Name));
        var query = ListQuery.Read(path.Kind, context.Request.Query);
        return Answers.WriteAsync(context, List(path.Kind.ApiVersion, path.Kind.ListKind, items.Where(query.Matches), []));
    }

    /// <summary>In the form of an admission plug-in's refusal, which kubectl prints as it is.</summary>
    private ApiException Streams(ApiPath path)
    {
        var pod = _store.Get(path.Kind, path.Namespace, path.Name!);
        return ApiException.Forbidden(Kinds.Pod, pod.Name(), $"{path.Subresource} is not possible: no program runs in the pods of this emulator");
    }

    private async Task IssueTokenAsync(HttpContext context, ApiPath path)
    {
        var body = await Bodies.ReadObjectAsync(context.Request, context.RequestAborted);
        var account = _store.Get(path.Kind, path.Namespace, path.Name!);
        await Answers.WriteAsync(context, tokens.Issue(cluster, account, body), StatusCodes.Status201Created);
    }

    private Task WriteAsync(HttpContext context, ResourceKind kind, JsonObject document, int status = StatusCodes.Status200OK) =>
        Accept.Negotiate(context.Request) switch
        {
            Shape.Table => Answers.WriteAsync(context, Tables.Of(kind, [document], [], clock.Now, context.Request.Query["includeObject"]), status),
            Shape.PartialMetadata => Answers.WriteAsync(context, Shapes.PartialMetadata(document), status),
            _ => Answers.WriteAsync(context, Shapes.InVersion(kind, document), status),
        };

    private static JsonObject List(string apiVersion, string kind, IEnumerable<JsonObject> items, JsonObject metadata) => new()
    {
        ["kind"] = kind,
        ["apiVersion"] = apiVersion,
        ["metadata"] = metadata,
        ["items"] = items.Select(item => (JsonNode?)item.DeepClone()).ToJsonArray(),
    };

    private static void CheckIdentity(ApiPath path, JsonObject body)
    {
        if (body.Text("kind") is { } kind && kind != path.Kind.Kind)
            throw ApiException.BadRequest($"{kind} in version \"{body.Text("apiVersion")}\" cannot be handled as a {path.Kind.Kind}");
        if (body.Text("apiVersion") is { } version && version != path.Kind.ApiVersion)
            throw ApiException.BadRequest($"the API version in the data ({version}) does not match the expected API version ({path.Kind.ApiVersion})");
        if (path.Name is not null && body.Name().Length > 0 && body.Name() != path.Name)
            throw ApiException.BadRequest($"the name of the object ({body.Name()}) does not match the name on the URL ({path.Name})");
        if (path.Kind.Namespaced)
        {
            if (body.Namespace().Length > 0 && body.Namespace() != path.Namespace)
                throw ApiException.BadRequest($"the namespace of the provided object does not match the namespace sent on the request");
            body.Metadata()["namespace"] = path.Namespace;
        }
        else
        {
            body.Metadata().Remove("namespace");
        }
    }
}
