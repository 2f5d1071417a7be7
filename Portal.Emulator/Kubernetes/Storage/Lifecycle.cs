using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Storage;

/// <summary>What the API server itself does to an object's metadata from creation to removal.</summary>
internal static class Lifecycle
{
    private const int MaximumNameLength = 253;

    public static void Prepare(ResourceKind kind, JsonObject document, ClusterStore store, string subject)
    {
        var metadata = document.Metadata();
        if (document.Name().Length == 0 && document.Text("metadata", "generateName") is { Length: > 0 } prefix)
            metadata["name"] = prefix[..Math.Min(prefix.Length, MaximumNameLength - 5)] + store.Random.Suffix(subject);
        foreach (var field in (ReadOnlySpan<string>)["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields", "generation"])
            metadata.Remove(field);
        metadata["uid"] = store.Random.Uid(subject).ToString();
        metadata["creationTimestamp"] = store.Now.Timestamp();
        if (kind.HasGeneration || kind.IsCustom)
            metadata["generation"] = 1;
        if (kind.HasStatus)
            document.Remove("status");
        if (kind.Namespaced)
            CheckNamespace(kind, document, store);
    }

    /// <summary>What no update may change, taken from <paramref name="current"/>; refuses an update made from an older state.</summary>
    public static JsonObject Carry(ResourceKind kind, JsonObject current, JsonObject next, UpdateScope scope)
    {
        var version = next.Text("metadata", "resourceVersion");
        if (!string.IsNullOrEmpty(version) && version != current.Text("metadata", "resourceVersion"))
            throw ApiException.Conflict(kind, current.Name());
        if (next.Text("metadata", "uid") is { Length: > 0 } uid && uid != current.Uid())
            throw ApiException.Conflict(kind, current.Name(), $"Precondition failed: UID in precondition: {uid}, UID in object meta: {current.Uid()}");

        if (scope == UpdateScope.Status)
        {
            var result = current.Copy();
            if (next.Array("metadata", "managedFields") is { } managed)
                result.Metadata()["managedFields"] = managed.DeepClone();
            result["status"] = next["status"]?.DeepClone();
            if (result["status"] is null)
                result.Remove("status");
            return result;
        }

        if (kind.HasStatus && scope == UpdateScope.Main)
            Replace(next, current, "status");
        foreach (var field in (ReadOnlySpan<string>)["name", "namespace", "uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion", "generateName"])
            Replace(next.Metadata(), current.Metadata(), field);
        // A client may leave them out, or reset them with a list of one empty entry.
        if (next.Array("metadata", "managedFields") is not { Count: > 0 } managedFields)
            Replace(next.Metadata(), current.Metadata(), "managedFields");
        else if (managedFields is [JsonObject { Count: 0 }])
            next.Metadata().Remove("managedFields");
        next["apiVersion"] ??= current["apiVersion"]?.DeepClone();
        next["kind"] = current["kind"]?.DeepClone();
        return next;
    }

    public static void CountGeneration(ResourceKind kind, JsonObject current, JsonObject next)
    {
        if (!kind.HasGeneration && !kind.IsCustom)
            return;

        var names = current.Select(pair => pair.Key).Union(next.Select(pair => pair.Key), StringComparer.Ordinal);
        var changed = names.Any(name => name is not ("metadata" or "status" or "apiVersion" or "kind") && !JsonNode.DeepEquals(current[name], next[name]));
        if (changed)
            next.Metadata()["generation"] = (current.Number("metadata", "generation") ?? 1) + 1;
    }

    public static JsonObject MarkDeleted(ResourceKind kind, JsonObject current, DeleteOptions options, DateTimeOffset now)
    {
        var next = current.Copy();
        var metadata = next.Metadata();
        if (options.Propagation == Propagation.Foreground)
            next.AddFinalizer("foregroundDeletion");
        if (options.Propagation == Propagation.Orphan)
            next.AddFinalizer("orphan");

        var grace = GraceOf(kind, next, options);
        if (!current.IsDeleting() || grace < (current.Number("metadata", "deletionGracePeriodSeconds") ?? 0))
        {
            metadata["deletionTimestamp"] = now.AddSeconds(grace).Timestamp();
            metadata["deletionGracePeriodSeconds"] = grace;
            if (kind.HasGeneration || kind.IsCustom)
                metadata["generation"] = (next.Number("metadata", "generation") ?? 1) + 1;
        }

        if (kind == Kinds.Namespace)
            next.Ensure("status")["phase"] = "Terminating";
        return next;
    }

    /// <summary>Whether nothing holds the object any longer.</summary>
    public static bool IsFinished(ResourceKind kind, JsonObject document) =>
        document.IsDeleting()
        && document.Array("metadata", "finalizers") is not { Count: > 0 }
        && (document.Number("metadata", "deletionGracePeriodSeconds") ?? 0) == 0
        && !(kind == Kinds.Namespace && document.Array("spec", "finalizers") is { Count: > 0 });

    private static int GraceOf(ResourceKind kind, JsonObject document, DeleteOptions options)
    {
        if (kind != Kinds.Pod || document.Text("spec", "nodeName") is null || document.Text("status", "phase") is "Succeeded" or "Failed")
            return 0;

        return options.GraceSeconds ?? document.Number("spec", "terminationGracePeriodSeconds") ?? 30;
    }

    private static void CheckNamespace(ResourceKind kind, JsonObject document, ClusterStore store)
    {
        var name = document.Namespace();
        var home = store.Find(Kinds.Namespace, null, name) ?? throw ApiException.NotFound(Kinds.Namespace, name);
        if (home.IsDeleting())
        {
            throw ApiException.Forbidden(
                kind, document.Name(), $"unable to create new content in namespace {name} because it is being terminated");
        }
    }

    private static void Replace(JsonObject target, JsonObject source, string field)
    {
        if (source[field] is { } value)
            target[field] = value.DeepClone();
        else
            target.Remove(field);
    }
}
