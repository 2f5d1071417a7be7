using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DotLiquid;
using DotLiquid.Exceptions;
using Portal.Core.Requests;

namespace Portal.Core.Provisioning;

/// <summary>
/// The one template whose resources depend on the services: an API Gateway deployment is an immutable snapshot, so it needs a new
/// logical id whenever, and only when, the routes change. Rendered with Liquid into plain CloudFormation before it is planned.
/// </summary>
public static class EdgeRoutes
{
    public const string File = "edge-routes.yaml.liquid";

    /// <summary>One path part, that is one AWS::ApiGateway::Resource.</summary>
    /// <param name="LogicalId">Unique, alphanumeric.</param>
    /// <param name="ParentLogicalId">Empty below the API's root.</param>
    /// <param name="Service">Empty for a part that only leads on.</param>
    public sealed record PathNode(string LogicalId, string ParentLogicalId, string Part, string Path, string Service, string Authentication);

    /// <exception cref="InvalidDataException">The Liquid in the template is wrong; the message says where.</exception>
    public static string Render(string template, IReadOnlyList<ServiceSpecification> services)
    {
        var model = new Hash
        {
            ["tree"] = Tree(services).Select(node => new Hash
            {
                ["logical_id"] = node.LogicalId,
                ["parent_logical_id"] = node.ParentLogicalId,
                ["part"] = node.Part,
                ["service"] = node.Service,
                ["authentication"] = node.Authentication,
            }).ToList(),
            ["services"] = services.Select(service => new Hash
            {
                ["name"] = service.Name,
                ["path"] = service.Path,
                ["authentication"] = Word(service.Authentication),
            }).ToList(),
            // The template's own text counts: a changed integration must reach the stage as well.
            ["route_hash"] = Digest(template + string.Join('\n', services.Select(service => $"{service.Path} {service.Name} {service.Authentication}").Order(StringComparer.Ordinal))),
        };
        try
        {
            return Template.Parse(template).Render(new RenderParameters(CultureInfo.InvariantCulture)
            {
                LocalVariables = model,
                ErrorsOutputMode = ErrorsOutputMode.Rethrow,
            });
        }
        catch (LiquidException error)
        {
            throw new InvalidDataException($"{File}: {error.Message}", error);
        }
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
        string.Concat(path.Split('/', '-', '_', '.').Where(part => part.Length > 0).Select(part => char.ToUpper(part[0], CultureInfo.InvariantCulture) + part[1..])) + Digest(path)[..6];

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}
