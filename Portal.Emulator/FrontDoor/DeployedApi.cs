using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Kubernetes;

namespace Portal.Emulator.FrontDoor;

/// <param name="ResourcePath">As $context.resourcePath says it: <c>/products/{proxy+}</c>.</param>
/// <param name="PathParameters">Values as they were sent, not decoded.</param>
internal sealed record Route(string ResourcePath, IReadOnlyDictionary<string, string> PathParameters, JsonObject Method);

/// <summary>A deployment's snapshot, made ready to match requests.</summary>
internal sealed class DeployedApi
{
    private readonly Node _root = new("");
    private readonly Dictionary<string, JsonObject> _authorizers;
    private readonly Dictionary<string, JsonObject> _responses;

    /// <param name="rootId">Id of the API's resource for the path /.</param>
    public DeployedApi(JsonObject snapshot, string rootId)
    {
        var nodes = new Dictionary<string, Node>(StringComparer.Ordinal) { [rootId] = _root };
        var resources = snapshot.Items("Resource").ToList();
        foreach (var resource in resources)
            nodes[resource.Text("Id")!] = new Node(resource.Text("PathPart") ?? "");
        foreach (var resource in resources)
        {
            if (nodes.TryGetValue(resource.Text("ParentId") ?? "", out var parent))
                parent.Children.Add(nodes[resource.Text("Id")!]);
        }

        foreach (var method in snapshot.Items("Method"))
        {
            if (nodes.TryGetValue(method.Text("ResourceId") ?? "", out var node))
                node.Methods[method.Text("HttpMethod") ?? ""] = method;
        }

        BinaryMediaTypes = [.. (snapshot["BinaryMediaTypes"] as JsonArray ?? []).Select(type => type.ToText())];
        _authorizers = snapshot.Items("Authorizer").ToDictionary(item => item.Text("Id")!, StringComparer.Ordinal);
        _responses = snapshot.Items("GatewayResponse").ToDictionary(item => item.Text("ResponseType") ?? "", StringComparer.Ordinal);
    }

    /// <summary>Types of bodies that are not text; "*/*" stands for all.</summary>
    public IReadOnlyList<string> BinaryMediaTypes { get; }

    public JsonObject? Authorizer(string? id) => id is null ? null : _authorizers.GetValueOrDefault(id);

    /// <summary>How the API words a refusal, where it has its own way.</summary>
    public JsonObject? Response(string type, int status) =>
        _responses.GetValueOrDefault(type) ?? _responses.GetValueOrDefault(status < 500 ? "DEFAULT_4XX" : "DEFAULT_5XX");

    /// <summary>The most specific resource that has methods: a fixed part before a parameter, a parameter before the greedy one.</summary>
    public Route? Match(string httpMethod, IReadOnlyList<string> segments)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Find(_root, segments, 0, "", parameters) is not { } found)
            return null;

        var method = found.Node.Methods.GetValueOrDefault(httpMethod) ?? found.Node.Methods.GetValueOrDefault("ANY");
        return method is null ? null : new Route(found.Path.Length == 0 ? "/" : found.Path, parameters, method);
    }

    private static (Node Node, string Path)? Find(Node node, IReadOnlyList<string> segments, int at, string path, Dictionary<string, string> parameters)
    {
        if (at == segments.Count)
            return node.Methods.Count > 0 ? (node, path) : null;

        foreach (var child in node.Children.OrderBy(child => child.Rank))
        {
            var below = $"{path}/{child.Part}";
            switch (child.Rank)
            {
                case 0 when child.Part == segments[at] && Find(child, segments, at + 1, below, parameters) is { } exact:
                    return exact;
                case 1 when Find(child, segments, at + 1, below, parameters) is { } one:
                    parameters[child.Parameter] = segments[at];
                    return one;
                case 2 when child.Methods.Count > 0:
                    parameters[child.Parameter] = string.Join('/', segments.Skip(at));
                    return (child, below);
                default:
                    continue;
            }
        }

        return null;
    }

    private sealed class Node(string part)
    {
        public string Part => part;

        public int Rank { get; } = part is ['{', .., '+', '}'] ? 2 : part is ['{', .., '}'] ? 1 : 0;

        public string Parameter => part.Trim('{', '}', '+');

        public List<Node> Children { get; } = [];

        public Dictionary<string, JsonObject> Methods { get; } = new(StringComparer.Ordinal);
    }
}
