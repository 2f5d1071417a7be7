using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Fluid;
using Portal.Core.Requests;

namespace Portal.Core.Provisioning;

/// <summary>
/// The one template whose resources depend on the services: an API Gateway deployment is an immutable snapshot, so it needs a new
/// logical id whenever, and only when, the routes change. Rendered with Liquid into plain CloudFormation before it is planned.
/// </summary>
public static class EdgeRoutes
{
    public const string File = "edge-routes.yaml.liquid";

    private static readonly FluidParser Parser = new();

    /// <summary>One path part, that is one AWS::ApiGateway::Resource.</summary>
    /// <param name="LogicalId">Unique, alphanumeric.</param>
    /// <param name="ParentLogicalId">Empty below the API's root.</param>
    /// <param name="Service">Empty for a part that only leads on.</param>
    public sealed record PathNode(string LogicalId, string ParentLogicalId, string Part, string Path, string Service, string Authentication);

    /// <exception cref="InvalidDataException">The Liquid in the template is wrong; the message says where.</exception>
    public static string Render(string template, IReadOnlyList<ServiceSpecification> services)
    {
        if (!Parser.TryParse(template, out var parsed, out var error))
            throw new InvalidDataException($"{File}: {error}");
        var options = new TemplateOptions { MemberAccessStrategy = new UnsafeMemberAccessStrategy { MemberNameStrategy = MemberNameStrategies.SnakeCase } };
        var context = new TemplateContext(options);
        context.SetValue("tree", Tree(services));
        context.SetValue("services", services.Select(service => new { service.Name, service.Path, Authentication = Word(service.Authentication) }).ToList());
        // The template's own text counts: a changed integration must reach the stage as well.
        context.SetValue("route_hash", Hash(template + string.Join('\n', services.Select(service => $"{service.Path} {service.Name} {service.Authentication}").Order(StringComparer.Ordinal))));
        return parsed.Render(context);
    }

    /// <summary>The paths' parts, parents first.</summary>
    public static IReadOnlyList<PathNode> Tree(IReadOnlyList<ServiceSpecification> services)
    {
        var nodes = new Dictionary<string, PathNode>(StringComparer.Ordinal);
        foreach (var service in services)
        {
            var parts = service.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
            var path = "";
            var parent = "";
            foreach (var part in parts)
            {
                path += "/" + part;
                if (!nodes.TryGetValue(path, out var node))
                    nodes[path] = node = new PathNode(LogicalId(path), parent, part, path, "", Word(RouteAuthentication.None));
                parent = node.LogicalId;
            }

            if (path.Length > 0)
                nodes[path] = nodes[path] with { Service = service.Name, Authentication = Word(service.Authentication) };
        }

        return [.. nodes.Values];
    }

    private static string Word(RouteAuthentication authentication) => authentication == RouteAuthentication.Cognito ? "cognito" : "none";

    // Letters and digits only; the hash keeps /a-b and /a_b apart.
    private static string LogicalId(string path) =>
        string.Concat(path.Split('/', '-', '_', '.').Where(part => part.Length > 0).Select(part => char.ToUpper(part[0], CultureInfo.InvariantCulture) + part[1..])) + Hash(path)[..6];

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}
