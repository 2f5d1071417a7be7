using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Portal.Core.Specifications;

namespace Portal.Core.Provisioning;

/// <summary>
/// The services' paths as API Gateway keeps them: a tree of parts, with methods. Each service's path, and what is below it, answers as
/// the service says; a listed route answers for itself. Pure, and the same for the same routes in any order.
/// </summary>
/// <param name="Nodes">Parents first.</param>
public sealed record RouteTree(IReadOnlyList<RouteTree.Node> Nodes, IReadOnlyList<RouteTree.Method> Methods)
{
    /// <summary>One path part, that is one AWS::ApiGateway::Resource.</summary>
    /// <param name="LogicalId">Unique, alphanumeric.</param>
    /// <param name="ParentLogicalId">Empty below the API's root.</param>
    /// <param name="Path">Whole path, for example <c>/products/{id}</c>.</param>
    public sealed record Node(string LogicalId, string ParentLogicalId, string Part, string Path)
    {
        /// <summary>Names of the path's variables, in order.</summary>
        public IEnumerable<string> Variables => Path.Split('/').Where(IsVariable).Select(part => part.Trim('{', '}', '+'));

        public string Parent => Path[..Path.LastIndexOf('/')];
    }

    /// <summary>One AWS::ApiGateway::Method.</summary>
    public sealed record Method(
        string LogicalId, Node Node, string Verb, string Service, RouteAuthentication Authentication, bool ApiKeyRequired, int? ThrottleRate, int? ThrottleBurst);

    public static RouteTree Of(IReadOnlyList<ServiceSpecification> services)
    {
        var nodes = new SortedDictionary<string, Node>(StringComparer.Ordinal);
        var methods = new SortedDictionary<string, Method>(StringComparer.Ordinal);
        foreach (var service in services.Where(service => service.IsPublic))
            Add(service, nodes, methods);
        return new RouteTree([.. nodes.Values], [.. methods.Values]);
    }

    /// <summary>Whether a path part stands for any text, as <c>{id}</c> and <c>{path+}</c> do.</summary>
    public static bool IsVariable(string part) => part.StartsWith('{');

    private static void Add(ServiceSpecification service, SortedDictionary<string, Node> nodes, SortedDictionary<string, Method> methods)
    {
        foreach (var route in service.Routes)
            Add(methods, Grow(nodes, service.Path + route.Path), service, route);
        if (service.ListedRoutesOnly && service.Routes.Count > 0)
            return;

        var rest = new RouteSpecification { Authentication = service.Authentication, ApiKeyRequired = service.ApiKeyRequired };
        Grow(nodes, service.Path);
        var own = nodes.Values.Where(node => node.Path == service.Path || node.Path.StartsWith(service.Path + "/", StringComparison.Ordinal)).ToList();
        foreach (var node in own)
        {
            Add(methods, node, service, rest);
            // One variable part a level: where {id} stands there is no room for {proxy+}, and none below a {path+}.
            if (!node.Part.EndsWith("+}", StringComparison.Ordinal) && !own.Exists(child => child.Parent == node.Path && IsVariable(child.Part)))
                Add(methods, Grow(nodes, node.Path + "/{proxy+}"), service, rest);
        }
    }

    // What is there already was listed, and stays.
    private static void Add(SortedDictionary<string, Method> methods, Node node, ServiceSpecification service, RouteSpecification route)
    {
        var id = node.LogicalId + Capital(route.Method.ToLowerInvariant());
        methods.TryAdd($"{node.Path} {route.Method}", new Method(
            id, node, route.Method, service.Name, route.Authentication, route.ApiKeyRequired, route.ThrottleRate, route.ThrottleBurst));
    }

    private static Node Grow(SortedDictionary<string, Node> nodes, string path)
    {
        Node? node = null;
        var walked = "";
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            walked += "/" + part;
            if (!nodes.TryGetValue(walked, out var next))
                nodes[walked] = next = new Node(LogicalId(walked), node?.LogicalId ?? "", part, walked);
            node = next;
        }

        return node ?? throw new InvalidDataException("A service needs a path of its own.");
    }

    /// <summary>Letters and digits only, and not long: each stands in the template several times. The hash keeps /a-b and /a_b apart.</summary>
    public static string LogicalId(string text)
    {
        var words = string.Concat(text.Split(['/', '-', '_', '.', '{', '}', '+', ' '], StringSplitOptions.RemoveEmptyEntries).Select(Capital));
        return words[..Math.Min(words.Length, 20)] + Digest(text)[..6];
    }

    internal static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    private static string Capital(string word) => char.ToUpper(word[0], CultureInfo.InvariantCulture) + word[1..];
}
