using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Patching;

/// <summary>How server-side apply joins an object with a configuration and takes out what the configuration has no longer.</summary>
internal static class AppliedDocument
{
    public static JsonNode? Merge(FieldSlot slot, JsonNode? current, JsonNode? wanted)
    {
        var form = slot.FormOf(wanted);
        if (form == SlotForm.Leaf)
            return wanted is JsonObject { Count: 0 } && current is JsonObject kept && slot.FormOf(kept) != SlotForm.Leaf ? kept.DeepClone() : wanted?.DeepClone();
        if (form is SlotForm.KeyedList or SlotForm.SetList)
            return MergeList(slot, current as JsonArray ?? [], (JsonArray)wanted!);

        var result = current is JsonObject existing ? existing.Copy() : [];
        foreach (var (name, value) in (JsonObject)wanted!)
        {
            // A null is the absence of a field: it neither sets nor owns anything.
            if (value is not null)
                result[name] = Merge(slot.Child(name), result[name], value);
        }

        return result;
    }

    /// <summary>Takes out the members of <paramref name="dropped"/>, but nothing that has a member of <paramref name="kept"/> at or below it.</summary>
    public static void Prune(FieldSlot slot, JsonNode document, JsonObject dropped, JsonObject kept)
    {
        foreach (var (name, slotBelow, value) in slot.ChildrenOf(document).ToList())
        {
            if (dropped[name] is not JsonObject drop)
                continue;

            var keep = kept[name] as JsonObject;
            if (FieldSet.IsMember(drop) && keep is null)
            {
                Remove(document, name, value);
                continue;
            }

            if (value is JsonObject or JsonArray)
                Prune(slotBelow, value, drop, keep ?? []);
            if (keep is null && value is JsonObject { Count: 0 } or JsonArray { Count: 0 })
                Remove(document, name, value);
        }
    }

    private static JsonArray MergeList(FieldSlot slot, JsonArray current, JsonArray wanted)
    {
        var result = current.Select(item => item?.DeepClone()).ToList();
        foreach (var item in wanted)
        {
            var name = slot.NameOf(item);
            var at = result.FindIndex(known => slot.NameOf(known) == name);
            if (at < 0)
                result.Add(Merge(slot.Item(), null, item));
            else
                result[at] = Merge(slot.Item(), result[at], item);
        }

        return result.ToJsonArray();
    }

    private static void Remove(JsonNode parent, string name, JsonNode? value)
    {
        if (parent is JsonObject fields)
            fields.Remove(name[2..]);
        else
            ((JsonArray)parent).Remove(value);
    }
}
