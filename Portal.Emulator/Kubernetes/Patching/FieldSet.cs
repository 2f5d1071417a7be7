using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Patching;

/// <summary>
/// Sets of paths in the form of FieldsV1 (meta/v1): a node with nothing in it is a member, one with "." and more is a member and has members
/// below it. The root is never a member.
/// </summary>
internal static class FieldSet
{
    private const string Self = ".";

    /// <summary>The paths that a value has, as an applied configuration owns them.</summary>
    public static JsonObject Of(FieldSlot slot, JsonNode? value) => Children(slot, value, all: false);

    /// <summary>What differs between two values: paths that are new or other in <paramref name="after"/>, and paths that it has no longer.</summary>
    public static (JsonObject Changed, JsonObject Removed) Compare(FieldSlot slot, JsonNode? before, JsonNode? after)
    {
        var (changed, removed) = (new JsonObject(), new JsonObject());
        var old = ByName(slot, before);
        foreach (var (name, child, value) in slot.ChildrenOf(after))
        {
            if (!old.Remove(name, out var previous))
                changed[name] = WithSelf(child, value, all: true);
            else if (child.FormOf(value) == SlotForm.Leaf || child.FormOf(previous) == SlotForm.Leaf)
                Differ(changed, name, child, previous, value);
            else
                Nest(changed, removed, name, Compare(child, previous, value));
        }

        foreach (var (name, previous) in old)
            removed[name] = WithSelf(SlotOf(slot, name), previous, all: true);
        return (changed, removed);
    }

    public static JsonObject Union(JsonObject left, JsonObject right) => Join(left, right, (a, b) => a || b);

    /// <summary>Members of <paramref name="left"/> that are not members of <paramref name="right"/>.</summary>
    public static JsonObject Difference(JsonObject left, JsonObject right) => Join(left, right, (a, b) => a && !b);

    public static JsonObject Intersection(JsonObject left, JsonObject right) => Join(left, right, (a, b) => a && b);

    public static bool IsMember(JsonObject node) => node.Count == 0 || node.ContainsKey(Self);

    /// <summary>The members as messages write them: <c>.spec.template.spec.containers[name="main"].image</c>.</summary>
    public static IEnumerable<string> Paths(JsonObject set, string prefix = "")
    {
        foreach (var (name, child) in set.Where(pair => pair.Key != Self))
        {
            var path = prefix + Element(name);
            if (IsMember((JsonObject)child!))
                yield return path;
            foreach (var below in Paths((JsonObject)child!, path))
                yield return below;
        }
    }

    private static JsonObject Children(FieldSlot slot, JsonNode? value, bool all)
    {
        var set = new JsonObject();
        foreach (var (name, child, item) in slot.ChildrenOf(value))
            set[name] = WithSelf(child, item, all || name[0] != 'f' || slot.FormOf(value) == SlotForm.Map);
        return set;
    }

    /// <param name="all">Whether the path itself is a member where others are below it.</param>
    private static JsonObject WithSelf(FieldSlot slot, JsonNode? value, bool all)
    {
        var children = Children(slot, value, all: false);
        if (children.Count > 0 && all && !(slot.FormOf(value) == SlotForm.Struct && !slot.IsItem))
            children.Insert(0, Self, new JsonObject());
        return children;
    }

    private static void Differ(JsonObject changed, string name, FieldSlot slot, JsonNode? before, JsonNode? after)
    {
        if (!JsonNode.DeepEquals(before, after))
            changed[name] = WithSelf(slot, after, all: true);
    }

    private static void Nest(JsonObject changed, JsonObject removed, string name, (JsonObject Changed, JsonObject Removed) below)
    {
        if (below.Changed.Count > 0)
            changed[name] = below.Changed;
        if (below.Removed.Count > 0)
            removed[name] = below.Removed;
    }

    private static Dictionary<string, JsonNode?> ByName(FieldSlot slot, JsonNode? value)
    {
        var children = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var (name, _, item) in slot.ChildrenOf(value))
            children[name] = item;
        return children;
    }

    private static FieldSlot SlotOf(FieldSlot slot, string name) => name[0] == 'f' ? slot.Child(name[2..]) : slot.Item();

    private static JsonObject Join(JsonObject left, JsonObject right, Func<bool, bool, bool> isMember)
    {
        var result = new JsonObject();
        foreach (var name in left.Select(pair => pair.Key).Union(right.Select(pair => pair.Key), StringComparer.Ordinal).Where(name => name != Self))
        {
            var (a, b) = (left[name] as JsonObject, right[name] as JsonObject);
            var children = Join(a ?? [], b ?? [], isMember);
            var member = isMember(a is not null && IsMember(a), b is not null && IsMember(b));
            if (member && children.Count > 0)
                children.Insert(0, Self, new JsonObject());
            if (member || children.Count > 0)
                result[name] = children;
        }

        return result;
    }

    private static string Element(string name)
    {
        if (name[0] == 'f')
            return "." + name[2..];
        if (name[0] == 'v')
            return $"[={name[2..]}]";

        var keys = (JsonObject)JsonNode.Parse(name[2..])!;
        return $"[{string.Join(',', keys.Select(key => $"{key.Key}={key.Value?.ToJsonString()}"))}]";
    }
}
