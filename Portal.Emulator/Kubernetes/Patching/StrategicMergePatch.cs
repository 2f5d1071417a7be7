using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Schema;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Patching;

/// <summary>
/// Strategic merge patch: a merge patch that joins some lists by a key (<see cref="SchemaField.PatchKey"/>), with the directives
/// $patch, $retainKeys, $deleteFromPrimitiveList and $setElementOrder.
/// </summary>
internal static class StrategicMergePatch
{
    private const string DeleteFromList = "$deleteFromPrimitiveList/";
    private const string ElementOrder = "$setElementOrder/";

    /// <param name="type">Of the target; null where its lists are not known, so that they are replaced.</param>
    public static JsonObject Apply(JsonObject target, JsonObject patch, SchemaType? type) => Merge(target, patch, type);

    private static JsonObject Merge(JsonObject target, JsonObject patch, SchemaType? type)
    {
        switch (patch.Text("$patch"))
        {
            case "replace":
                return WithoutDirectives(patch);
            case "delete":
                return [];
            case null or "merge":
                break;
            case var unknown:
                throw ApiException.BadRequest($"Unknown patch type: {unknown}");
        }

        if (patch.Array("$retainKeys") is { } retained)
        {
            var keep = retained.Select(item => item?.GetValue<string>()).ToHashSet();
            foreach (var name in target.Select(pair => pair.Key).Where(name => !keep.Contains(name)).ToList())
                target.Remove(name);
        }

        foreach (var (name, value) in patch)
        {
            if (name.StartsWith(DeleteFromList, StringComparison.Ordinal))
                DeleteValues(target, name[DeleteFromList.Length..], (JsonArray)value!);
            else if (!name.StartsWith('$'))
                MergeField(target, name, value, type);
        }

        foreach (var (name, order) in patch.Where(pair => pair.Key.StartsWith(ElementOrder, StringComparison.Ordinal)))
            Order(target, name[ElementOrder.Length..], (JsonArray)order!, type);
        return target;
    }

    private static void MergeField(JsonObject target, string name, JsonNode? value, SchemaType? parent)
    {
        var field = parent?.Field(name);
        switch (value)
        {
            case null:
                target.Remove(name);
                break;
            case JsonObject changes when changes.Text("$patch") == "delete":
                target.Remove(name);
                break;
            case JsonObject changes:
                var merged = Merge(target[name] as JsonObject ?? [], changes, field?.Object);
                if (!ReferenceEquals(target[name], merged))
                    target[name] = merged;
                break;
            case JsonArray changes when field is { PatchKey: { Length: > 0 } key }:
                target[name] = MergeList(target[name] as JsonArray ?? [], changes, key, field);
                break;
            case JsonArray changes when field is { PatchKey: "" }:
                target[name] = Join(target[name] as JsonArray ?? [], changes);
                break;
            default:
                target[name] = value.DeepClone();
                break;
        }
    }

    private static JsonArray MergeList(JsonArray target, JsonArray changes, string key, SchemaField field)
    {
        if (changes.OfType<JsonObject>().Any(item => item.Text("$patch") == "replace"))
            return changes.OfType<JsonObject>().Where(item => item.Text("$patch") is null).Select(item => (JsonNode?)item.DeepClone()).ToJsonArray();

        var result = target.Select(item => item?.DeepClone()).ToList();
        foreach (var change in changes.OfType<JsonObject>())
        {
            if (change[key] is null)
                throw ApiException.BadRequest($"map: {change.ToJsonString()} does not contain declared merge key: {key}");

            var at = result.FindIndex(item => item is JsonObject existing && JsonNode.DeepEquals(existing[key], change[key]));
            if (change.Text("$patch") == "delete")
            {
                if (at >= 0)
                    result.RemoveAt(at);
            }
            else if (at >= 0)
            {
                result[at] = Merge((JsonObject)result[at]!, change, field.Object);
            }
            else
            {
                result.Add(Merge([], change, field.Object));
            }
        }

        return result.ToJsonArray();
    }

    private static JsonArray Join(JsonArray target, JsonArray more)
    {
        var result = target.Select(item => item?.DeepClone()).ToList();
        result.AddRange(more.Where(item => !result.Exists(known => JsonNode.DeepEquals(known, item))).Select(item => item?.DeepClone()).ToList());
        return result.ToJsonArray();
    }

    private static void DeleteValues(JsonObject target, string name, JsonArray values)
    {
        if (target.Array(name) is { } list)
            target[name] = list.Where(item => !values.Any(value => JsonNode.DeepEquals(item, value))).Select(item => item?.DeepClone()).ToJsonArray();
    }

    private static void Order(JsonObject target, string name, JsonArray order, SchemaType? parent)
    {
        if (target.Array(name) is not { } list)
            return;

        var key = parent?.Field(name)?.PatchKey is { Length: > 0 } mergeKey ? mergeKey : null;
        int Rank(JsonNode? item)
        {
            for (var index = 0; index < order.Count; index++)
            {
                if (JsonNode.DeepEquals(key is null ? item : item.At(key), key is null ? order[index] : order[index].At(key)))
                    return index;
            }

            return int.MaxValue;
        }

        target[name] = list.OrderBy(Rank).Select(item => item?.DeepClone()).ToJsonArray();
    }

    private static JsonObject WithoutDirectives(JsonObject patch) =>
        new(patch.Where(pair => !pair.Key.StartsWith('$')).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));
}
