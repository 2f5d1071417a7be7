using System.Globalization;
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

    // What stands between these lines of the rendered template is what a deployment is a snapshot of.
    private const string Begin = "# Routes: begin";
    private const string End = "# Routes: end";

    /// <exception cref="InvalidDataException">The Liquid in the template is wrong; the message says where.</exception>
    public static string Render(string template, Specification specification)
    {
        var edge = specification.Edge;
        var model = Model(RouteTree.Of(specification.Services), edge);
        model["zones"] = specification.Network.Zones;
        model["cidr"] = specification.Network.Cidr;
        // Twice: the deployment is named after what the rest of the template says.
        var hash = Hash(Render(template, model));
        model["route_hash"] = hash;
        model["stages"] = Stages(edge, hash);
        model["earlier_deployments"] = edge.EarlierStages.Select(stage => stage.RouteHash).Where(earlier => earlier.Length > 0 && earlier != hash).Distinct(StringComparer.Ordinal).ToList();
        return Render(template, model);
    }

    /// <summary>
    /// 16 hexadecimal digits over the routes in a rendered template, and what they lead through, and nothing else, so that a new throttle,
    /// key or comment does not make a new deployment.
    /// </summary>
    public static string Hash(string rendered)
    {
        var begin = rendered.IndexOf(Begin, StringComparison.Ordinal);
        var end = rendered.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin)
            throw new InvalidDataException($"{File}: the lines '{Begin}' and '{End}' have to stand around the routes.");
        return RouteTree.Digest(rendered[begin..end]);
    }

    private static string Render(string template, Hash model)
    {
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

    private static Hash Model(RouteTree tree, EdgeSpecification edge) => new()
    {
        ["nodes"] = tree.Nodes.Select(node => new Hash
        {
            ["id"] = node.LogicalId,
            ["parent"] = node.ParentLogicalId,
            ["part"] = node.Part,
        }).ToList(),
        ["methods"] = tree.Methods.Select(method => new Hash
        {
            ["id"] = method.LogicalId,
            ["node"] = method.Node.LogicalId,
            ["verb"] = method.Verb,
            ["uri"] = method.Node.Path.Replace("+}", "}", StringComparison.Ordinal),
            ["variables"] = method.Node.Variables.ToList(),
            ["authentication"] = Word(method.Authentication),
            ["api_key"] = method.ApiKeyRequired,
        }).ToList(),
        ["throttles"] = tree.Methods.Where(method => method.ThrottleRate is not null || method.ThrottleBurst is not null).Select(method => new Hash
        {
            ["verb"] = method.Verb,
            // API Gateway's own notation: a slash in the path is written ~1, after a first one that is not.
            ["path"] = "/" + method.Node.Path.Replace("/", "~1", StringComparison.Ordinal),
            ["rate"] = method.ThrottleRate ?? edge.ThrottleRate,
            ["burst"] = method.ThrottleBurst ?? edge.ThrottleBurst,
        }).ToList(),
        ["cognito"] = tree.Methods.Any(method => method.Authentication == RouteAuthentication.Cognito),
        ["oidc"] = tree.Methods.Any(method => method.Authentication == RouteAuthentication.Oidc),
        ["firewall"] = edge.Firewall,
        ["server_name"] = edge.LoadBalancer.ServerName,
        ["clients"] = Clients(edge).Select(client => new Hash
        {
            ["id"] = RouteTree.LogicalId(client.Name),
            ["name"] = client.Name,
            ["quota"] = client.MonthlyQuota,
            ["rate"] = client.ThrottleRate ?? edge.ThrottleRate,
            ["burst"] = client.ThrottleBurst ?? edge.ThrottleBurst,
        }).ToList(),
    };

    /// <summary>Those asked for, or one: a plan without a key would leave a route that demands one closed to everybody.</summary>
    private static IReadOnlyList<ApiClient> Clients(EdgeSpecification edge) => edge.Clients.Count > 0 ? edge.Clients : [new ApiClient { Name = "first" }];

    // The current stage is a parameter of the template, the others are its text: their number changes.
    private static List<Hash> Stages(EdgeSpecification edge, string hash) =>
    [
        new Hash { ["id"] = StageId(edge.Stage), ["name"] = edge.Stage, ["deployment"] = hash, ["current"] = true },
        .. edge.EarlierStages.Select(stage => new Hash
        {
            ["id"] = StageId(stage.Name),
            ["name"] = stage.Name,
            ["deployment"] = stage.RouteHash.Length > 0 ? stage.RouteHash : hash,
            ["current"] = false,
        }),
    ];

    // Named after its stage: when v1 becomes an earlier version, its resource stays the same one.
    private static string StageId(string name) => "Stage" + RouteTree.LogicalId(name);

    private static string Word(RouteAuthentication authentication) => authentication.ToString().ToLowerInvariant();
}
