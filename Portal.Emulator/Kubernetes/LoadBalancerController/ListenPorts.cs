using System.Text.Json;
using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>Where the load balancer listens: what its Ingresses ask for, put together port by port.</summary>
/// <param name="Members">The Ingresses whose rules stand at this port, in the order of the group.</param>
internal sealed record ListenPorts(int Port, string Protocol, IReadOnlyList<string> Certificates, string? SslPolicy, IReadOnlyList<JsonObject> Members)
{
    public static IReadOnlyList<ListenPorts> Of(IReadOnlyList<JsonObject> members, string defaultSslPolicy)
    {
        var asked = members.SelectMany(member => ModelException.Of(member, () => Asked(member).ToList()).Select(one => (Member: member, one.Port, one.Protocol, one.Certificates)));
        return [.. asked.GroupBy(one => one.Port).OrderBy(group => group.Key).Select(group => Merge(group.Key, [.. group], defaultSslPolicy))];
    }

    private static ListenPorts Merge(int port, List<(JsonObject Member, int Port, string Protocol, IReadOnlyList<string> Certificates)> asked, string defaultSslPolicy)
    {
        var first = asked[0];
        if (asked.Find(one => one.Protocol != first.Protocol) is { Member: not null } other)
            throw Conflict(port, "protocol", first.Member, first.Protocol, other.Member, other.Protocol);
        if (first.Protocol != "HTTPS")
            return new ListenPorts(port, first.Protocol, [], null, [.. asked.Select(one => one.Member)]);

        var policies = asked.Select(one => (one.Member, Policy: Annotations.Of(one.Member, "ssl-policy"))).Where(one => one.Policy is not null).ToList();
        if (policies.Find(one => one.Policy != policies[0].Policy) is { Member: not null } another)
            throw Conflict(port, "sslPolicy", policies[0].Member, policies[0].Policy!, another.Member, another.Policy!);
        return new ListenPorts(
            port, "HTTPS", [.. asked.SelectMany(one => one.Certificates).Distinct(StringComparer.Ordinal)],
            policies.Count > 0 ? policies[0].Policy : defaultSslPolicy, [.. asked.Select(one => one.Member)]);
    }

    private static IEnumerable<(int Port, string Protocol, IReadOnlyList<string> Certificates)> Asked(JsonObject member)
    {
        var certificates = Annotations.List(member, "certificate-arn");
        var ports = Annotations.Of(member, "listen-ports") is { } text ? Parse(text) : [certificates.Count > 0 ? (443, "HTTPS") : (80, "HTTP")];
        foreach (var (port, protocol) in ports)
        {
            // Without a named certificate the controller looks for one of each host in ACM, and this account has none.
            if (protocol == "HTTPS" && certificates.Count == 0 && HostOf(member) is { } host)
                throw new ModelException($"no certificate found for host: {host}");
            yield return (port, protocol, protocol == "HTTPS" ? certificates : []);
        }
    }

    private static string? HostOf(JsonObject member) => member.Items("spec", "rules").Select(rule => rule.Text("host"))
        .Concat(member.Items("spec", "tls").SelectMany(tls => tls.Array("hosts") ?? []).Select(host => host?.ToString()))
        .Where(host => !string.IsNullOrEmpty(host)).Order(StringComparer.Ordinal).FirstOrDefault();

    private static List<(int Port, string Protocol)> Parse(string text)
    {
        JsonArray? entries;
        try
        {
            entries = JsonNode.Parse(text) as JsonArray;
        }
        catch (JsonException error)
        {
            throw new ModelException($"failed to parse listen-ports configuration: `{text}`: {error.Message}");
        }

        if (entries is null || entries.Any(entry => entry is not JsonObject map || map.Any(pair => pair.Value?.GetValueKind() != JsonValueKind.Number)))
            throw new ModelException($"failed to parse listen-ports configuration: `{text}`");
        if (entries.Count == 0)
            throw new ModelException($"empty listen-ports configuration: `{text}`");

        var ports = new Dictionary<int, string>();
        foreach (var (protocol, number) in entries.OfType<JsonObject>().SelectMany(entry => entry))
        {
            if (!int.TryParse(number!.ToString(), out var port) || port is < 1 or > 65535)
                throw new ModelException($"listen port must be within [1, 65535]: {number}");
            ports[port] = protocol is "HTTP" or "HTTPS" ? protocol : throw new ModelException($"listen protocol must be within [HTTP, HTTPS]: {protocol}");
        }

        return [.. ports.Select(pair => (pair.Key, pair.Value))];
    }

    private static ModelException Conflict(int port, string what, JsonObject one, string value, JsonObject other, string otherValue) => new(
        $"failed to merge listenPort config for port: {port}: conflicting {what}, {Annotations.NameOf(one)}: {value} | {Annotations.NameOf(other)}: {otherValue}");
}
