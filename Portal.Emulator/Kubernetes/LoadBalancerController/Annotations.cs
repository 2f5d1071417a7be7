using System.Text.Json;
using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>The annotations alb.ingress.kubernetes.io/* of a group's Ingresses.</summary>
internal static class Annotations
{
    public static string? Of(JsonObject ingress, string name) => ingress.Annotation(IngressGroup.Prefix + name)?.Trim() is { Length: > 0 } value ? value : null;

    public static IReadOnlyList<string> List(JsonObject ingress, string name) =>
        Of(ingress, name)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>A setting of the whole load balancer: all Ingresses of the group that state it must agree.</summary>
    public static string? Shared(IReadOnlyList<JsonObject> members, string name, string what)
    {
        var values = members.Select(member => Of(member, name)).Where(value => value is not null).Distinct(StringComparer.Ordinal).ToList();
        return values.Count > 1
            ? throw new ModelException($"conflicting {what}: {{{string.Join(" ", values.Select(value => $"{value}:{{}}"))}}}")
            : values.FirstOrDefault();
    }

    public static int Order(JsonObject ingress)
    {
        if (Of(ingress, "group.order") is not { } text)
            return 0;
        if (int.TryParse(text, out var order) && order is >= -1000 and <= 1000)
            return order;
        throw new ModelException($"explicit Ingress group order must be within [-1000:1000], Ingress: {ingress.Namespace()}/{ingress.Name()}, order: {text}");
    }

    public static IEnumerable<KeyValuePair<string, string>> Tags(JsonObject ingress)
    {
        foreach (var item in List(ingress, "tags"))
        {
            var parts = item.Split('=', 2);
            if (parts.Length != 2 || parts[0].Length == 0)
                throw new ModelException($"failed to parse stringMap annotation, {IngressGroup.Prefix}tags: {Of(ingress, "tags")}");
            yield return KeyValuePair.Create(parts[0], parts[1]);
        }
    }

    /// <summary>The listener: HTTPS where there is a certificate, else HTTP. Of several listen-ports the first of the protocol counts.</summary>
    public static (int Port, string Protocol) Listener(IReadOnlyList<JsonObject> members)
    {
        var protocol = members.Any(member => Of(member, "certificate-arn") is not null) ? "HTTPS" : "HTTP";
        foreach (var member in members)
        {
            if (Of(member, "listen-ports") is not { } text)
                continue;

            var ports = Parse(text).ToList();
            var asked = ports.Where(port => port.Protocol == "HTTPS").Select(port => port.Port).FirstOrDefault();
            if (asked != 0 && protocol != "HTTPS")
                throw new ModelException($"failed to derive certificates for HTTPS listener {asked}: no certificate found for host");

            return ports.Find(port => port.Protocol == protocol) is { Port: > 0 } found ? found : ports[0];
        }

        return (protocol == "HTTPS" ? 443 : 80, protocol);
    }

    private static IEnumerable<(int Port, string Protocol)> Parse(string text)
    {
        JsonArray entries;
        try
        {
            entries = JsonNode.Parse(text) as JsonArray ?? throw new ModelException($"failed to parse listen-ports configuration: `{text}`");
        }
        catch (JsonException error)
        {
            throw new ModelException($"failed to parse listen-ports configuration: `{text}`: {error.Message}");
        }

        if (entries.Count == 0)
            throw new ModelException($"empty listen-ports configuration: `{text}`");
        foreach (var (protocol, port) in entries.OfType<JsonObject>().SelectMany(entry => entry))
        {
            if (protocol is not ("HTTP" or "HTTPS") || port is null || !int.TryParse(port.ToString(), out var number) || number is < 1 or > 65535)
                throw new ModelException($"listen port must be within [1, 65535] and its protocol HTTP or HTTPS: `{text}`");
            yield return (number, protocol);
        }
    }
}
