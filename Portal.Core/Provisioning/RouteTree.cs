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
    /// <param name="LogicalId">Unique, alphanumeric; empty for the API's root, which is no resource of its own.</param>
    /// <param name="ParentLogicalId">Empty below the API's root.</param>
    /// <param name="Path">Whole path, for example <c>/products/{id}</c>; empty for the root.</param>
    public sealed record Node(string LogicalId, string ParentLogicalId, string Part, string Path)
    {
        /// <summary>Names of the path's variables, in order.</summary>
        public IEnumerable<string> Variables => Path.Split('/').Where(IsVariable).Select(part => part.Trim('{', '}', '+'));

        public string Parent => Path.Length == 0 ? "none" : Path[..Path.LastIndexOf('/')];

        /// <summary>As a request has it.</summary>
        public string Address => Path.Length == 0 ? "/" : Path;
    }

    /// <summary>One AWS::ApiGateway::Method.</summary>
    /// <param name="Prefix">What of the path the service does not get to see; empty where it sees all of it.</param>
    public sealed record Method(
        string LogicalId, Node Node, string Verb, string Service, RouteAuthentication Authentication, bool ApiKeyRequired, int? ThrottleRate, int? ThrottleBurst, string Prefix)
    {
        /// <summary>Whether the API turns requests away itself: what a service does not list would else be one for the service that has everything.</summary>
        public bool IsClosed { get; init; }

        /// <summary>What the API tells a browser that asks before it calls; null where the method is the service's.</summary>
        public CorsSpecification? Preflight { get; init; }
    }

    public static RouteTree Of(IReadOnlyList<ServiceSpecification> services)
    {
        var nodes = new SortedDictionary<string, Node>(StringComparer.Ordinal);
        var methods = new SortedDictionary<string, Method>(StringComparer.Ordinal);
        List<string> paths = [.. services.SelectMany(service => service.Paths)];
        // Who has everything comes last: it has what nobody else has.
        foreach (var (service, path) in services.SelectMany(service => service.Paths.Select(path => (service, path))).OrderBy(one => one.path == ServiceSpecification.Everything))
            Add(service, ServiceSpecification.Before(path), paths, nodes, methods);
        return new RouteTree([.. nodes.Values.Where(node => node.Path.Length > 0)], [.. methods.Values]);
    }

    /// <summary>Whether a path part stands for any text, as <c>{id}</c> and <c>{path+}</c> do.</summary>
    public static bool IsVariable(string part) => part.StartsWith('{');

    /// <summary>
    /// What answers a request. Of all paths that fit it is the most specific one that has methods, as API Gateway chooses it: a fixed part before a
    /// variable, a variable before one that takes all that is left.
    /// </summary>
    /// <param name="address">Below the stage, with its leading slash.</param>
    /// <returns>Null where the API has nothing for it.</returns>
    public Method? Find(string verb, string address)
    {
        var parts = address.Split('?', 2)[0].Split('/', StringSplitOptions.RemoveEmptyEntries);
        var methods = Methods.ToLookup(method => method.Node.Path, StringComparer.Ordinal);
        if (Walk("", 0) is not { } path)
            return null;
        return methods[path].FirstOrDefault(method => method.Verb == verb) ?? methods[path].FirstOrDefault(method => method.Verb == "ANY");

        string? Walk(string at, int depth)
        {
            if (depth == parts.Length)
                return methods[at].Any() ? at : null;
            foreach (var child in Nodes.Where(node => node.Parent == at).OrderBy(node => IsRest(node.Part) ? 2 : IsVariable(node.Part) ? 1 : 0))
            {
                if (IsRest(child.Part))
                    return methods[child.Path].Any() ? child.Path : null;
                if ((IsVariable(child.Part) || child.Part == parts[depth]) && Walk(child.Path, depth + 1) is { } below)
                    return below;
            }

            return null;
        }

        static bool IsRest(string part) => part.EndsWith("+}", StringComparison.Ordinal);
    }

    private static void Add(ServiceSpecification service, string path, List<string> paths, SortedDictionary<string, Node> nodes, SortedDictionary<string, Method> methods)
    {
        var prefix = service.TakesPathOff ? path : "";
        foreach (var route in service.Routes)
            Add(methods, Grow(nodes, path + route.Path), service, route, prefix);
        var isClosed = service.ListedRoutesOnly && service.Routes.Count > 0;
        if (!isClosed || (path.Length > 0 && paths.Contains(ServiceSpecification.Everything)))
            Rest(service, path, paths, isClosed, nodes, methods);
        if (service.Cors is not { } cors)
            return;
        foreach (var node in methods.Values.Where(method => method.Service == service.Name && !method.IsClosed).Select(method => method.Node).Distinct().ToList())
            Add(methods, node, service, new RouteSpecification { Method = "OPTIONS" }, prefix, preflight: cors);
    }

    // What the service does not list: it answers all alike, or the API answers that there is nothing.
    private static void Rest(ServiceSpecification service, string path, List<string> paths, bool isClosed, SortedDictionary<string, Node> nodes, SortedDictionary<string, Method> methods)
    {
        var prefix = service.TakesPathOff ? path : "";
        var rest = isClosed ? new RouteSpecification() : new RouteSpecification { Authentication = service.Authentication, ApiKeyRequired = service.ApiKeyRequired };
        Grow(nodes, path);
        var own = nodes.Values.Where(node => path.Length > 0 ? IsBelow(node, path) : !paths.Exists(other => IsBelow(node, other))).ToList();
        foreach (var node in own)
        {
            Add(methods, node, service, rest, prefix, isClosed);
            // One variable part a level: where {id} stands there is no room for {proxy+}, and none below a {path+}.
            if (!node.Part.EndsWith("+}", StringComparison.Ordinal) && !own.Exists(child => child.Parent == node.Path && IsVariable(child.Part)))
                Add(methods, Grow(nodes, node.Path + "/{proxy+}"), service, rest, prefix, isClosed);
        }
    }

    // What is there already was listed, and stays.
    private static void Add(SortedDictionary<string, Method> methods, Node node, ServiceSpecification service, RouteSpecification route, string prefix, bool isClosed = false, CorsSpecification? preflight = null)
    {
        var id = (node.LogicalId.Length > 0 ? node.LogicalId : "Root") + Capital(route.Method.ToLowerInvariant());
        methods.TryAdd($"{node.Path} {route.Method}", new Method(
            id, node, route.Method, service.Name, route.Authentication, route.ApiKeyRequired, route.ThrottleRate, route.ThrottleBurst, prefix)
        {
            IsClosed = isClosed,
            Preflight = preflight,
        });
    }

    private static bool IsBelow(Node node, string path) => node.Path == path || node.Path.StartsWith(path + "/", StringComparison.Ordinal);

    private static Node Grow(SortedDictionary<string, Node> nodes, string path)
    {
        var node = new Node("", "", "", "");
        nodes.TryAdd("", node);
        var walked = "";
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            walked += "/" + part;
            if (!nodes.TryGetValue(walked, out var next))
                nodes[walked] = next = new Node(LogicalId(walked), node.LogicalId, part, walked);
            node = next;
        }

        return node;
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
