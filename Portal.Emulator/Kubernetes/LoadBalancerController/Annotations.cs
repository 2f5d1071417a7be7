using System.Text.Json;
using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>The annotations alb.ingress.kubernetes.io/* of Ingresses and Services, and what the controller says of those it cannot read.</summary>
internal static class Annotations
{
    public static string? Of(JsonObject? document, string name) => document?.Annotation(IngressGroup.Prefix + name)?.Trim() is { Length: > 0 } value ? value : null;

    /// <summary>A Service's word goes before that of the Ingress that leads to it.</summary>
    public static string? Of(JsonObject? service, JsonObject ingress, string name) => Of(service, name) ?? Of(ingress, name);

    public static IReadOnlyList<string> List(JsonObject ingress, string name) =>
        Of(ingress, name)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>Of the form key=value,key=value.</summary>
    public static IReadOnlyDictionary<string, string> Map(JsonObject? document, string name)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in Of(document, name)?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            var parts = item.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts.Length != 2 || parts[0].Length == 0)
                throw new ModelException($"failed to parse stringMap annotation, {IngressGroup.Prefix}{name}: {Of(document, name)}");
            map[parts[0]] = parts[1];
        }

        return map;
    }

    /// <summary>Maps of the whole load balancer: what several Ingresses say of a key has to be the same.</summary>
    public static Dictionary<string, string> SharedMap(IReadOnlyList<JsonObject> members, string name, string what)
    {
        var merged = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in members.SelectMany(member => Map(member, name)))
        {
            if (merged.TryGetValue(key, out var other) && other != value)
                throw new ModelException($"conflicting {what} {key}: {other} | {value}");
            merged[key] = value;
        }

        return merged;
    }

    public static int Number(JsonObject? service, JsonObject ingress, string name, int fallback)
    {
        if (Of(service, ingress, name) is not { } text)
            return fallback;
        return int.TryParse(text, out var number) ? number : throw new ModelException($"failed to parse int32 annotation, {IngressGroup.Prefix}{name}: {text}");
    }

    public static IEnumerable<JsonObject> Objects(JsonObject ingress, string name)
    {
        if (Of(ingress, name) is not { } text)
            return [];
        try
        {
            if (JsonNode.Parse(text) is JsonArray items && items.All(item => item is JsonObject))
                return items.OfType<JsonObject>();
        }
        catch (JsonException error)
        {
            throw new ModelException($"failed to parse json annotation, {IngressGroup.Prefix}{name}: {text}: {error.Message}");
        }

        throw new ModelException($"failed to parse json annotation, {IngressGroup.Prefix}{name}: {text}");
    }

    /// <summary>A setting of the whole load balancer: all Ingresses of the group that state it must agree.</summary>
    public static string? Shared(IReadOnlyList<JsonObject> members, string name, string what)
    {
        var values = members.Select(member => Of(member, name)).Where(value => value is not null).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return values.Count > 1
            ? throw new ModelException($"conflicting {what}: map[{string.Join(" ", values.Select(value => $"{value}:{{}}"))}]")
            : values.FirstOrDefault();
    }

    public static int Order(JsonObject ingress)
    {
        if (Of(ingress, "group.order") is not { } text)
            return 0;
        if (!int.TryParse(text, out var order))
            throw new ModelException($"failed to load Ingress group order for ingress: {NameOf(ingress)}: failed to parse int32 annotation, {IngressGroup.Prefix}group.order: {text}");
        return order is >= -1000 and <= 1000
            ? order
            : throw new ModelException($"explicit Ingress group order must be within [-1000:1000], Ingress: {NameOf(ingress)}, order: {text}");
    }

    public static string NameOf(JsonObject document) => $"{document.Namespace()}/{document.Name()}";
}
