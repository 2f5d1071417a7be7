using System.Text;
using System.Text.RegularExpressions;
using Portal.Core.Specifications;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Portal.Core.Provisioning;

/// <summary>
/// The one template whose resources depend on the services: an API Gateway deployment is an immutable snapshot, so it needs a new
/// logical id whenever, and only when, the routes change. Rendered with Liquid into plain CloudFormation before it is planned.
/// </summary>
public static partial class EdgeRoutes
{
    public const string File = "edge-routes.yaml.liquid";

    // What stands between these lines of the rendered template is what a deployment is a snapshot of.
    private const string Begin = "# Routes: begin";
    private const string End = "# Routes: end";

    private static readonly string[] s_refusals = ["4XX", "5XX"];

    /// <exception cref="InvalidDataException">The Liquid in the template is wrong; the message says where.</exception>
    public static string Render(string template, Specification specification)
    {
        var parsed = LiquidTemplate.Parse(File, template);
        var edge = specification.Edge;
        var model = Model(RouteTree.Of(specification.Services), specification);
        // Twice: the deployment is named after what the rest of the template says.
        model["route_hash"] = "";
        model["stages"] = Stages(edge, "");
        model["earlier_deployments"] = Array.Empty<string>();
        var hash = Hash(parsed.Render(model), specification);
        model["route_hash"] = hash;
        model["stages"] = Stages(edge, hash);
        model["earlier_deployments"] = edge.EarlierStages.Select(stage => stage.RouteHash).Where(earlier => earlier.Length > 0 && earlier != hash).Distinct(StringComparer.Ordinal).ToList();
        return Remark().Replace(parsed.Render(model), "");
    }

    /// <summary>
    /// 16 hexadecimal digits over what the routes in a rendered template mean, and what they lead through, and nothing else, so that a new
    /// throttle, key, comment or line break does not make a new deployment.
    /// </summary>
    public static string Hash(string rendered, Specification specification)
    {
        var begin = rendered.IndexOf(Begin, StringComparison.Ordinal);
        var end = rendered.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin)
            throw new InvalidDataException($"{File}: the lines '{Begin}' and '{End}' have to stand around the routes.");
        // A deployment freezes the way to the load balancer too. The link is another one when its subnets are, so many zones of the
        // network; the load balancer when another controller makes it, that of the cluster's mode.
        var meaning = new StringBuilder($"{specification.Network.Zones} {specification.Network.Cidr} {specification.Cluster.Mode}\n");
        // Whether API Gateway's own address answers is a part of the deployment too ("Disable the default endpoint for REST APIs").
        if (specification.Edge.DomainName.Length > 0)
            meaning.Append("by domain only\n");
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(rendered[begin..end]));
            foreach (var document in yaml.Documents)
                Append(meaning, document.RootNode);
        }
        catch (YamlException error)
        {
            throw new InvalidDataException($"{File}: between '{Begin}' and '{End}' stands no YAML: {error.Message}", error);
        }

        return RouteTree.Digest(meaning.ToString());
    }

    /// <summary>Hash of the routes that a version serves in a rendered template; null where it has no such version.</summary>
    public static string? HashOf(string rendered, string stage)
    {
        var at = rendered.IndexOf($"StageName: \"{stage}\"", StringComparison.Ordinal);
        return at < 0 || StageDeployment().Match(rendered, at) is not { Success: true } match ? null : match.Groups[1].Value;
    }

    /// <summary>Hashes of all routes that are served by a version in a rendered template.</summary>
    public static IReadOnlySet<string> HashesIn(string rendered) =>
        StageDeployment().Matches(rendered).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);

    // Canonical: lengths keep texts apart, keys stand in order; tags such as !Ref are part of what a node means.
    private static void Append(StringBuilder meaning, YamlNode node)
    {
        meaning.Append(node.Tag.IsEmpty ? "" : node.Tag.Value);
        switch (node)
        {
            case YamlScalarNode scalar:
                meaning.Append(scalar.Value?.Length).Append(':').Append(scalar.Value);
                break;
            case YamlSequenceNode sequence:
                meaning.Append('[');
                foreach (var child in sequence.Children)
                    Append(meaning, child);
                meaning.Append(']');
                break;
            case YamlMappingNode mapping:
                meaning.Append('{');
                foreach (var (key, value) in mapping.Children.OrderBy(pair => ((YamlScalarNode)pair.Key).Value, StringComparer.Ordinal))
                {
                    Append(meaning, key);
                    Append(meaning, value);
                }

                meaning.Append('}');
                break;
        }
    }

    private static Dictionary<string, object> Model(RouteTree tree, Specification specification) => new(StringComparer.Ordinal)
    {
        ["nodes"] = tree.Nodes.Select(node => new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["id"] = node.LogicalId,
            ["parent"] = node.ParentLogicalId,
            ["part"] = node.Part,
        }).ToList(),
        ["methods"] = tree.Methods.Select(method => new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["id"] = method.LogicalId,
            ["node"] = method.Node.LogicalId,
            ["verb"] = method.Verb,
            ["uri"] = method.Node.Address.Replace("+}", "}", StringComparison.Ordinal),
            ["variables"] = method.Node.Variables.ToList(),
            ["authentication"] = Word(method.Authentication),
            ["api_key"] = method.ApiKeyRequired,
            ["closed"] = method.IsClosed,
            ["preflight"] = method.Preflight is not null,
            ["response_headers"] = method.Preflight is { } cors ? Headers(cors) : [],
            ["origins"] = method.Preflight?.Origins.ToList() ?? [],
            ["prefix"] = PrefixVariable(method.Prefix),
        }).ToList(),
        ["throttles"] = tree.Methods.Where(method => method.ThrottleRate is not null || method.ThrottleBurst is not null).Select(method => new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["verb"] = method.Verb,
            // API Gateway's own notation: a slash in the path is written ~1, after a first one that is not.
            ["path"] = method.Node.Path.Length == 0 ? "/" : "/" + method.Node.Path.Replace("/", "~1", StringComparison.Ordinal),
            ["rate"] = method.ThrottleRate ?? specification.Edge.ThrottleRate,
            ["burst"] = method.ThrottleBurst ?? specification.Edge.ThrottleBurst,
        }).ToList(),
        // Beside the stage itself, which all are told of.
        ["prefixes"] = specification.Services.Where(service => service.TakesPathOff).SelectMany(service => service.Paths).Select(path => new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["id"] = PrefixVariable(path),
            ["path"] = path,
        }).ToList(),
        ["refusals"] = s_refusals,
        ["refusal_headers"] = Refusals(specification.Services),
        ["cognito"] = tree.Methods.Any(method => method.Authentication == RouteAuthentication.Cognito),
        ["oidc"] = tree.Methods.Any(method => method.Authentication == RouteAuthentication.Oidc),
        ["firewall"] = specification.Edge.Firewall,
        ["server_name"] = specification.Edge.LoadBalancer.ServerName,
        ["clients"] = Clients(specification.Edge).Select(client => new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["id"] = RouteTree.LogicalId(client.Name),
            ["name"] = client.Name,
            ["quota"] = client.MonthlyQuota,
            ["rate"] = client.ThrottleRate ?? specification.Edge.ThrottleRate,
            ["burst"] = client.ThrottleBurst ?? specification.Edge.ThrottleBurst,
        }).ToList(),
    };

    /// <summary>Those asked for, or one: a plan without a key would leave a route that demands one closed to everybody.</summary>
    private static IReadOnlyList<ApiClient> Clients(EdgeSpecification edge) => edge.Clients.Count > 0 ? edge.Clients : [new ApiClient { Name = "first" }];

    // The current stage is a parameter of the template, the others are its text: their number changes.
    private static List<Dictionary<string, object>> Stages(EdgeSpecification edge, string hash) =>
    [
        new(StringComparer.Ordinal) { ["id"] = StageId(edge.Stage), ["name"] = edge.Stage, ["deployment"] = hash, ["current"] = true },
        .. edge.EarlierStages.Select(stage => new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["id"] = StageId(stage.Name),
            ["name"] = stage.Name,
            ["deployment"] = stage.RouteHash.Length > 0 ? stage.RouteHash : hash,
            ["current"] = false,
        }),
    ];

    // Named after its stage: when v1 becomes an earlier version, its resource stays the same one.
    private static string StageId(string name) => "Stage" + RouteTree.LogicalId(name);

    // Names and values of headers; where there are several origins, that of the one that asks takes the first one's place.
    private static List<Dictionary<string, object>> Headers(CorsSpecification cors) =>
    [
        .. Origin($"'{cors.Origins.FirstOrDefault("")}'", cors.Credentials, cors.Origins.Count > 1),
        Header("Access-Control-Allow-Methods", $"'{string.Join(',', cors.MethodsOrAll())}'"),
        Header("Access-Control-Allow-Headers", $"'{string.Join(',', cors.HeadersOrUsual())}'"),
        Header("Access-Control-Max-Age", $"'{cors.MaxAge.ToString(System.Globalization.CultureInfo.InvariantCulture)}'"),
    ];

    // A refusal is the API's, whichever service was asked, and says nothing that any page might not read: where several may call, whoever asks is told.
    private static List<Dictionary<string, object>> Refusals(IReadOnlyList<ServiceSpecification> services)
    {
        var asked = services.Where(service => service.IsPublic).Select(service => service.Cors).OfType<CorsSpecification>().ToList();
        var origins = asked.SelectMany(cors => cors.Origins).Distinct(StringComparer.Ordinal).ToList();
        return origins.Count == 0 ? [] : Origin(origins.Count == 1 ? $"'{origins[0]}'" : "method.request.header.Origin", asked.Exists(cors => cors.Credentials), origins.Count > 1);
    }

    private static List<Dictionary<string, object>> Origin(string origin, bool credentials, bool varies)
    {
        var headers = new List<Dictionary<string, object>> { Header("Access-Control-Allow-Origin", origin) };
        if (credentials)
            headers.Add(Header("Access-Control-Allow-Credentials", "'true'"));
        // Else a cache would give one page's answer to another's.
        if (varies)
            headers.Add(Header("Vary", "'Origin'"));
        return headers;
    }

    private static Dictionary<string, object> Header(string name, string value) => new(StringComparer.Ordinal) { ["name"] = name, ["value"] = value };

    // A stage's variable: what of the public path stands before what the service gets to see is another in each stage.
    private static string PrefixVariable(string path) => path.Length == 0 ? "prefix" : "prefix" + RouteTree.LogicalId(path);

    private static string Word(RouteAuthentication authentication) => authentication.ToString().ToLowerInvariant();

    // What explains the template to its reader takes a tenth of the bytes that a call may have; what begins an instruction has no blank after its sign.
    [GeneratedRegex("^ *# (?!Routes: ).*\\n|^\\n", RegexOptions.Multiline)]
    private static partial Regex Remark();

    [GeneratedRegex("DeploymentId: !Ref Deployment([0-9a-f]{16})")]
    private static partial Regex StageDeployment();
}
