using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Patching;

/// <summary>Who writes.</summary>
/// <param name="Manager">The request's fieldManager, or the first word of its user agent.</param>
/// <param name="IsApply">Whether it is server-side apply.</param>
/// <param name="Subresource">For example <c>status</c>; null for the object itself.</param>
internal sealed record FieldWriter(string Manager, string ApiVersion, bool IsApply = false, bool IsForced = false, string? Subresource = null);

/// <summary>
/// metadata.managedFields ("Server-Side Apply" in Kubernetes' documentation). Only what clients write is tracked, and what a controller
/// writes on their behalf under its own name: nobody applies what the others write.
/// </summary>
internal static class ManagedFields
{
    private static readonly string[] _identity = ["name", "generateName", "namespace", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "uid", "generation", "managedFields", "resourceVersion"];

    /// <summary>After an update: the writer owns what it changed, and nobody owns what is gone.</summary>
    public static void Update(ResourceKind kind, JsonObject? before, JsonObject after, FieldWriter writer, string now)
    {
        var (changed, removed) = FieldSet.Compare(FieldSlot.Root(kind), before is null ? null : Body(before), Body(after));
        (changed, removed) = (Strip(changed, writer), Strip(removed, writer));
        if (changed.Count == 0 && removed.Count == 0)
            return;

        var others = Entries(after).Where(entry => !IsBy(entry, writer)).Select(entry => Without(entry, FieldSet.Union(changed, removed))).ToList();
        var own = Entries(after).FirstOrDefault(entry => IsBy(entry, writer))?.Object("fieldsV1") ?? [];
        own = FieldSet.Difference(FieldSet.Union(own, changed), removed);
        Write(after, [.. others, Entry(writer, own, now)]);
    }

    /// <summary>What applying <paramref name="wanted"/> makes of the object, and of the ownership of its fields.</summary>
    /// <exception cref="ApiException">409: others own fields that it would change, and it is not forced.</exception>
    public static JsonObject Apply(ResourceKind kind, JsonObject current, JsonObject wanted, FieldWriter writer, string now)
    {
        var root = FieldSlot.Root(kind);
        var configured = Strip(FieldSet.Of(root, Body(wanted)), writer);
        var merged = (JsonObject)AppliedDocument.Merge(root, current, Body(wanted))!;
        var (changed, _) = FieldSet.Compare(root, Body(current), Body(merged));
        var others = Entries(current).Where(entry => !IsBy(entry, writer)).ToList();
        var conflicts = others.Select(entry => (Entry: entry, Fields: FieldSet.Intersection(entry.Object("fieldsV1") ?? [], FieldSet.Intersection(changed, configured))))
            .Where(conflict => conflict.Fields.Count > 0).ToList();
        if (conflicts.Count > 0 && !writer.IsForced)
            throw ApplyConflict.Of(conflicts);

        others = [.. others.Select(entry => Without(entry, FieldSet.Intersection(changed, configured)))];
        var before = Entries(current).FirstOrDefault(entry => IsBy(entry, writer));
        var elsewhere = others.Aggregate(new JsonObject(), (all, entry) => FieldSet.Union(all, entry.Object("fieldsV1") ?? []));
        AppliedDocument.Prune(root, merged, FieldSet.Difference(before.Object("fieldsV1") ?? [], configured), FieldSet.Union(elsewhere, configured));
        // The time of an entry moves with what it says.
        var isSame = before is not null && JsonNode.DeepEquals(before["fieldsV1"], configured);
        Write(merged, [.. others, isSame ? before!.Copy() : Entry(writer, configured, now)]);
        return merged;
    }

    /// <summary>Of an object that server-side apply makes.</summary>
    public static void Created(ResourceKind kind, JsonObject created, JsonObject wanted, FieldWriter writer, string now) =>
        Write(created, [Entry(writer, Strip(FieldSet.Of(FieldSlot.Root(kind), Body(wanted)), writer), now)]);

    private static IEnumerable<JsonObject> Entries(JsonObject document) => document.Items("metadata", "managedFields");

    private static bool IsBy(JsonObject entry, FieldWriter writer) =>
        entry.Text("manager") == writer.Manager && entry.Text("operation") == Operation(writer) && entry.Text("subresource") == writer.Subresource
        && (writer.IsApply || entry.Text("apiVersion") == writer.ApiVersion);

    private static string Operation(FieldWriter writer) => writer.IsApply ? "Apply" : "Update";

    private static JsonObject Entry(FieldWriter writer, JsonObject fields, string now)
    {
        var entry = new JsonObject
        {
            ["manager"] = writer.Manager,
            ["operation"] = Operation(writer),
            ["apiVersion"] = writer.ApiVersion,
            ["time"] = now,
            ["fieldsType"] = "FieldsV1",
            ["fieldsV1"] = fields,
        };
        if (writer.Subresource is not null)
            entry["subresource"] = writer.Subresource;
        return entry;
    }

    private static JsonObject Without(JsonObject entry, JsonObject fields)
    {
        var copy = entry.Copy();
        copy["fieldsV1"] = FieldSet.Difference(entry.Object("fieldsV1") ?? [], fields);
        return copy;
    }

    private static void Write(JsonObject document, IEnumerable<JsonObject> entries)
    {
        var kept = entries.Where(entry => entry.Object("fieldsV1") is { Count: > 0 })
            .OrderBy(entry => entry.Text("operation"), StringComparer.Ordinal).ThenBy(entry => entry.Text("time"), StringComparer.Ordinal).ThenBy(entry => entry.Text("manager"), StringComparer.Ordinal)
            .Select(entry => (JsonNode?)(entry.Parent is null ? entry : entry.DeepClone())).ToJsonArray();
        if (kept.Count == 0)
            document.Metadata().Remove("managedFields");
        else
            document.Metadata()["managedFields"] = kept;
    }

    private static JsonObject Body(JsonObject document)
    {
        var body = document.Copy();
        body.Remove("apiVersion");
        body.Remove("kind");
        foreach (var field in _identity)
            body.Object("metadata")?.Remove(field);
        if (body["metadata"] is JsonObject { Count: 0 })
            body.Remove("metadata");
        return body;
    }

    /// <summary>Status belongs to those who write the status subresource, everything else to the others.</summary>
    private static JsonObject Strip(JsonObject set, FieldWriter writer)
    {
        const string Status = "f:status";
        return new JsonObject(set.Where(pair => pair.Key == Status == (writer.Subresource == "status")).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));
    }
}
