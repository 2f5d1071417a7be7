using System.Text;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;
using YamlDotNet.RepresentationModel;

namespace Portal.Tests.Templates;

/// <summary>A CloudFormation template as a tree of YAML nodes; short tags such as !Ref are the nodes' tags.</summary>
internal sealed class StackTemplate
{
    public const int LargestBody = 51_200;

    private readonly YamlMappingNode _root;

    private StackTemplate(string name, string body)
    {
        Name = name;
        Body = body;
        var yaml = new YamlStream();
        yaml.Load(new StringReader(body));
        _root = (YamlMappingNode)yaml.Documents.ShouldHaveSingleItem().RootNode;
    }

    public string Name { get; }

    public string Body { get; }

    public static string Folder { get; } = TemplateSet.Locate(configured: null);

    /// <summary>As the seed says: GET /products for who signed in, GET /products/{id} for everybody.</summary>
    public static ServiceSpecification SeedsProducts { get; } = Service("product-service", "/products", RouteAuthentication.Cognito) with
    {
        Routes =
        [
            new RouteSpecification { Method = "GET", Authentication = RouteAuthentication.Cognito },
            new RouteSpecification { Method = "GET", Path = "/{id}", ThrottleRate = 20, ThrottleBurst = 40 },
            new RouteSpecification { Method = "POST", Path = "/{id}/reviews", Authentication = RouteAuthentication.Cognito, ApiKeyRequired = true },
        ],
    };

    public static CorsSpecification ManyPages { get; } = new() { Origins = ["https://shop.example.com", "http://localhost:3000"], Credentials = true };

    public static EdgeSpecification EverythingAtTheEdge { get; } = new()
    {
        Stage = "v2",
        EarlierStages = [new EarlierStage { Name = "v1", RouteHash = "0123456789abcdef" }, new EarlierStage { Name = "preview" }],
        Clients = [new ApiClient { Name = "web-shop" }, new ApiClient { Name = "partner", MonthlyQuota = 1_000, ThrottleRate = 5, ThrottleBurst = 5 }],
        Oidc = new OidcSpecification { Issuer = "https://login.example.com/realms/shop", Audience = "shop-api" },
        DomainName = "api.example.com",
        CertificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/abc",
        HostedZoneId = "Z0123456789ABCDEFGHIJ",
        Firewall = true,
        LoadBalancer = new LoadBalancerSpecification
        {
            Subnets = SubnetKind.Private,
            CertificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/def",
            ServerName = "alb.shop.example.com",
        },
    };

    /// <summary>Every plain template, and the routes as several specifications render them.</summary>
    public static IReadOnlyList<StackTemplate> All { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(Folder, "cloudformation"), "*.yaml").Order(StringComparer.Ordinal)
            .Select(path => new StackTemplate(Path.GetFileName(path), File.ReadAllText(path))),
        Rendered("net-endpoints (both)", "net-endpoints", "sns", "sqs"),
        Bind("bind-service (one store)", "dynamodb"),
        Bind("bind-service (several stores)", "aurora-postgresql", "dynamodb", "rds-postgresql", "rabbitmq"),
        Secrets("bind-service (secrets)"),
        Routes("edge-routes (open)", Service("product-service", "/products"), Service("user-service", "/users"), Service("cart-service", "/shop/cart")),
        Routes("edge-routes (signed in)", Service("product-service", "/products", RouteAuthentication.Cognito), Service("cart-service", "/cart")),
        Routes("edge-routes (seed)", new EdgeSpecification(), SeedsProducts),
        Routes("edge-routes (paths and pages)", new EdgeSpecification(),
            Service("web", "/"), SeedsProducts with { ListedRoutesOnly = true, Cors = ManyPages }, Service("cart-service", "/shop/cart") with { MorePaths = ["/basket"], TakesPathOff = true, Cors = new() { Origins = ["*"] } }),
        Routes("edge-routes (everything)", EverythingAtTheEdge, SeedsProducts, Service("cart-service", "/cart", RouteAuthentication.Oidc)),
    ];

    public IReadOnlyDictionary<string, YamlMappingNode> Parameters => Section("Parameters");

    public IReadOnlyDictionary<string, YamlMappingNode> Resources => Section("Resources");

    public IReadOnlyDictionary<string, YamlMappingNode> Outputs => Section("Outputs");

    public IReadOnlyDictionary<string, YamlMappingNode> Mappings => Section("Mappings");

    public IReadOnlyCollection<string> Conditions => Child(_root, "Conditions") is YamlMappingNode section
        ? [.. section.Children.Keys.Select(Text)]
        : [];

    public YamlMappingNode Root => _root;

    public static StackTemplate Parse(string name, string body) => new(name, body);

    public static StackTemplate Named(string name) => All.Single(template => template.Name == name);

    public static StackTemplate Routes(string name, params ServiceSpecification[] services) => Routes(name, new EdgeSpecification(), services);

    public static StackTemplate Routes(string name, EdgeSpecification edge, params ServiceSpecification[] services) =>
        new(name, EdgeRoutes.Render(RoutesSource, Of(edge, services)));

    /// <summary>The first store has no name, the others are called after their place; where there are others, a job runs before the rollouts.</summary>
    public static StackTemplate Bind(string name, params string[] stores) => Rendered(name, "bind-product-service", stores);

    private static StackTemplate Secrets(string name)
    {
        var service = Service("product-service", "/products") with
        {
            Variables =
            [
                new("API_KEY", "${secret:shop/payment#apiKey}"),
                new("CERTIFICATE", "${secret:arn:aws:secretsmanager:us-east-1:000000000000:secret:shop/tls-a1b2c3}"),
                new("FLAG", "${ssm:/shop/flag}"),
            ],
            SecretKeys = ["arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
        };
        var work = Samples.Plans.Build(Of(new EdgeSpecification(), service), Samples.Target);
        return new(name, Encoding.UTF8.GetString(work.Artifacts.Single(artifact => artifact.Digest == work.Plan.Step("bind-product-service").Artifact).Body));
    }

    private static StackTemplate Rendered(string name, string step, params string[] stores)
    {
        var service = Service("product-service", "/products") with { Stores = [.. stores.Select((type, index) => new StoreSpecification { Type = type, Name = index == 0 ? "" : $"store{index}" })], BeforeRollout = stores.Length > 1 ? new() { Command = ["/app/migrate"] } : null };
        var work = Samples.Plans.Build(Of(new EdgeSpecification(), service) with { Network = new NetworkSpecification { InterfaceEndpoints = true } }, Samples.Target);
        return new(name, Encoding.UTF8.GetString(work.Artifacts.Single(artifact => artifact.Digest == work.Plan.Step(step).Artifact).Body));
    }

    /// <summary>A specification of which nothing else matters.</summary>
    public static Specification Of(EdgeSpecification edge, params ServiceSpecification[] services) => new() { Environment = "shop", Target = "sandbox", Edge = edge, Services = services };

    /// <summary>The routes' template before it is rendered.</summary>
    public static string RoutesSource => File.ReadAllText(Path.Combine(Folder, "cloudformation", EdgeRoutes.File));

    /// <summary>The same template with something else in it, to see whether the rules notice.</summary>
    public StackTemplate With(string before, string after)
    {
        Body.ShouldContain(before);
        return new StackTemplate(Name, Body.Replace(before, after, StringComparison.Ordinal));
    }

    public static ServiceSpecification Service(string name, string path, RouteAuthentication authentication = RouteAuthentication.None) =>
        new() { Name = name, Path = path, Authentication = authentication, Image = "example/image:1", Port = 8080, Replicas = 2 };

    public IEnumerable<(string Id, YamlMappingNode Properties)> OfType(string type) => Resources
        .Where(resource => Text(Child(resource.Value, "Type")) == type)
        .Select(resource => (resource.Key, Child(resource.Value, "Properties") as YamlMappingNode ?? new YamlMappingNode()));

    public static YamlNode? Child(YamlNode? node, params string[] path) => path.Aggregate(node, (current, key) =>
        current is YamlMappingNode mapping && mapping.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null);

    public static string Text(YamlNode? node) => (node as YamlScalarNode)?.Value ?? "";

    public static IEnumerable<YamlNode> Items(YamlNode? node) => node switch
    {
        null => [],
        YamlSequenceNode sequence => sequence.Children,
        _ => [node],
    };

    /// <summary>The node and everything in it.</summary>
    public static IEnumerable<YamlNode> Within(YamlNode node) => node switch
    {
        YamlMappingNode mapping => mapping.Children.SelectMany(pair => Within(pair.Value)).Prepend(node),
        YamlSequenceNode sequence => sequence.Children.SelectMany(Within).Prepend(node),
        _ => [node],
    };

    public static string Tag(YamlNode node) => node.Tag.IsEmpty ? "" : node.Tag.Value;

    private Dictionary<string, YamlMappingNode> Section(string name) => Child(_root, name) is YamlMappingNode section
        ? section.Children.ToDictionary(pair => Text(pair.Key), pair => (YamlMappingNode)pair.Value, StringComparer.Ordinal)
        : [];
}
