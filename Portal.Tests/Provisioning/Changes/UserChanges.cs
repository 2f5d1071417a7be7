using System.Collections.Concurrent;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Provisioning.Changes;
using Portal.Core.Specifications;

namespace Portal.Tests.Provisioning.Changes;

/// <summary>Every change a user can ask for by editing a specification, applied to an environment that has every kind of store.</summary>
internal static class UserChanges
{
    public static UpdateBehaviour Behaviour { get; } = UpdateBehaviour.Read(Path.Combine(TemplateSet.Locate(configured: null), "catalog"));

    public static ChangeEvaluator Evaluator { get; } = new(Behaviour);

    /// <summary>The seed's example, with a service on RDS and one without a store, and a sign-in on one route.</summary>
    public static Specification Before { get; } = Shop();

    public static IReadOnlyDictionary<string, Func<Specification, Specification>> All { get; } = new Dictionary<string, Func<Specification, Specification>>(StringComparer.Ordinal)
    {
        ["nothing"] = shop => shop,
        ["add a service"] = shop => shop with { Services = [.. shop.Services, Service("search-service", "/search", "none")] },
        ["add a service with a store"] = shop => shop with { Services = [.. shop.Services, Service("wish-service", "/wishes", "dynamodb")] },
        ["remove the service without a store"] = shop => Without(shop, "page-service"),
        ["remove the Aurora service"] = shop => Without(shop, "product-service"),
        ["remove the RDS service"] = shop => Without(shop, "order-service"),
        ["remove the DynamoDB service"] = shop => Without(shop, "cart-service"),
        ["remove the Cognito service and the sign-in"] = shop => With(Without(shop, "user-service"), "product-service", service => service with { Authentication = RouteAuthentication.None }),
        ["replicas"] = shop => With(shop, "cart-service", service => service with { Replicas = 5 }),
        ["image"] = shop => With(shop, "cart-service", service => service with { Image = "example/cart:2" }),
        ["port"] = shop => With(shop, "cart-service", service => service with { Port = 9090 }),
        ["health path"] = shop => With(shop, "cart-service", service => service with { HealthPath = "/well" }),
        ["path"] = shop => With(shop, "cart-service", service => service with { Path = "/basket" }),
        ["a path more"] = shop => With(shop, "cart-service", service => service with { MorePaths = ["/basket"] }),
        ["a path that is taken off"] = shop => With(shop, "cart-service", service => service with { TakesPathOff = true }),
        ["pages that may call"] = shop => With(shop, "cart-service", service => service with { Cors = new() { Origins = ["https://shop.example.com"] } }),
        ["sign-in of a route"] = shop => With(shop, "cart-service", service => service with { Authentication = RouteAuthentication.Cognito }),
        ["DynamoDB to Aurora"] = shop => With(shop, "cart-service", service => service with { Stores = Samples.Stores("aurora-postgresql") }),
        ["DynamoDB to none"] = shop => With(shop, "cart-service", service => service with { Stores = Samples.Stores("none") }),
        ["Aurora to RDS"] = shop => With(shop, "product-service", service => service with { Stores = Samples.Stores("rds-postgresql") }),
        ["RDS to DynamoDB"] = shop => With(shop, "order-service", service => service with { Stores = Samples.Stores("dynamodb") }),
        ["a store more"] = shop => With(shop, "cart-service", service => service with { Stores = [.. service.Stores, new StoreSpecification { Name = "jobs", Type = "sqs" }] }),
        ["none to DynamoDB"] = shop => With(shop, "page-service", service => service with { Stores = Samples.Stores("dynamodb") }),
        ["throttle"] = shop => shop with { Edge = shop.Edge with { ThrottleRate = 500, ThrottleBurst = 900 } },
        ["stage"] = shop => shop with { Edge = shop.Edge with { Stage = "v2" } },
        ["cluster size"] = shop => shop with { Cluster = shop.Cluster with { Size = "large" } },
        ["Kubernetes up"] = shop => shop with { Cluster = shop.Cluster with { KubernetesVersion = "1.35" } },
        ["Kubernetes by two"] = shop => shop with { Cluster = shop.Cluster with { KubernetesVersion = "1.36" } },
        ["Kubernetes down"] = shop => shop with { Cluster = shop.Cluster with { KubernetesVersion = "1.33" } },
        ["a zone more"] = shop => shop with { Network = shop.Network with { Zones = 3 } },
        ["a zone less"] = shop => shop with { Network = shop.Network with { Zones = 2 } },
        ["NAT gateways"] = shop => shop with { Network = shop.Network with { NatGateways = NatGateways.OnePerZone } },
        ["interface endpoints"] = shop => shop with { Network = shop.Network with { InterfaceEndpoints = true } },
        ["class"] = shop => shop with { Class = EnvironmentClass.Production },
        ["cost centre"] = shop => shop with { CostCentre = "retail" },
        ["who reaches the endpoint"] = shop => shop with { Cluster = shop.Cluster with { EndpointCidrs = ["203.0.113.0/24"] } },
        ["always as many nodes"] = shop => shop with { Cluster = shop.Cluster with { MinNodes = 3, MaxNodes = 3 } },
        ["most nodes"] = shop => shop with { Cluster = shop.Cluster with { MaxNodes = 9 } },
        ["spot nodes"] = shop => shop with { Cluster = shop.Cluster with { NodeCapacity = NodeCapacity.Spot } },
        ["Bottlerocket"] = shop => shop with { Cluster = shop.Cluster with { NodeSystem = NodeSystem.Bottlerocket } },
        ["capacity of Aurora"] = shop => Option(shop, "product-service", "MaxCapacity", "16"),
        ["class of the RDS instance"] = shop => Option(shop, "order-service", "InstanceClass", "db.t4g.medium"),
        ["more RDS storage"] = shop => Option(shop, "order-service", "AllocatedStorage", "200"),
        ["less RDS storage"] = shop => Option(shop, "order-service", "AllocatedStorage", "30"),
        ["a version beside"] = shop => shop with { Edge = shop.Edge with { Stage = "v2", EarlierStages = [new EarlierStage { Name = shop.Edge.Stage }] } },
        ["a client more"] = shop => shop with { Edge = shop.Edge with { Clients = [.. shop.Edge.Clients, new ApiClient { Name = "partner" }] } },
        ["a client less"] = shop => shop with { Edge = shop.Edge with { Clients = [.. shop.Edge.Clients.SkipLast(1)] } },
        ["quota of a client"] = shop => shop with { Edge = shop.Edge with { Clients = [.. shop.Edge.Clients.Select(client => client with { MonthlyQuota = 500 })] } },
        ["domain"] = shop => shop with { Edge = shop.Edge with { DomainName = "api.example.com", CertificateArn = "arn:aws:acm:us-east-1:000000000000:certificate/a" } },
        ["private subnets of the load balancer"] = shop => shop with { Edge = shop.Edge with { LoadBalancer = new() { Subnets = SubnetKind.Private } } },
        ["HTTPS to the load balancer"] = shop => shop with
        {
            Edge = shop.Edge with { LoadBalancer = new() { CertificateArn = "arn:aws:acm:us-east-1:000000000000:certificate/b", ServerName = "alb.shop.example.com" } },
        },
        ["domain in a hosted zone"] = shop => shop with { Edge = shop.Edge with { DomainName = "api.example.com", CertificateArn = "arn:aws:acm:us-east-1:000000000000:certificate/a", HostedZoneId = "Z0123456789ABCDEFGHIJ" } },
        ["firewall"] = shop => shop with { Edge = shop.Edge with { Firewall = true } },
        ["a route for itself"] = shop => With(shop, "cart-service", service => service with { Routes = [new RouteSpecification { Method = "GET", Path = "/{id}" }] }),
        ["an API key for a route"] = shop => With(shop, "cart-service", service => service with { Routes = [new RouteSpecification { Method = "POST", ApiKeyRequired = true }] }),
        ["an API key for a service"] = shop => With(shop, "cart-service", service => service with { ApiKeyRequired = true }),
        ["throttle of a route"] = shop => With(shop, "order-service", service => service with { Routes = [.. service.Routes.Select(route => route with { ThrottleRate = 5, ThrottleBurst = 10 })] }),
        ["listed routes only"] = shop => With(shop, "order-service", service => service with { ListedRoutesOnly = true }),
        ["sign-in of another issuer"] = shop => With(shop, "cart-service", service => service with { Authentication = RouteAuthentication.Oidc }) with
        {
            Edge = shop.Edge with { Oidc = new OidcSpecification { Issuer = "https://issuer.example.com", Audience = "shop" } },
        },
        ["to Auto Mode"] = shop => shop with { Cluster = shop.Cluster with { Mode = ClusterMode.AutoMode } },
        ["from Auto Mode"] = shop => shop with { Cluster = shop.Cluster with { Mode = ClusterMode.ManagedNodes } },
        ["CIDR"] = shop => shop with { Network = shop.Network with { Cidr = "10.44.0.0/16" } },
    };

    private static readonly ConcurrentDictionary<string, PlanChange> Evaluated = new(StringComparer.Ordinal);

    public static PlanChange Evaluate(string change) => Evaluated.GetOrAdd(change, Compute);

    private static PlanChange Compute(string change)
    {
        var before = change switch
        {
            // Fewer zones need an environment that has more.
            "a zone less" => Before with { Network = Before.Network with { Zones = 3 } },
            "from Auto Mode" => Before with { Cluster = Before.Cluster with { Mode = ClusterMode.AutoMode } },
            _ => Before,
        };
        return Evaluate(before, All[change](before));
    }

    public static PlanChange Evaluate(Specification before, Specification after) =>
        Evaluator.Evaluate(Samples.Plans.Build(before, Samples.Target), Samples.Plans.Build(after, Samples.Target));

    public static Specification With(Specification shop, string name, Func<ServiceSpecification, ServiceSpecification> change) =>
        shop with { Services = [.. shop.Services.Select(service => service.Name == name ? change(service) : service)] };

    private static Specification Option(Specification shop, string name, string option, string value) => With(shop, name, service => service with
    {
        Stores = [.. service.Stores.Select(store => store with { Options = new Dictionary<string, string>(store.Options, StringComparer.Ordinal) { [option] = value } })],
    });

    private static Specification Without(Specification shop, string name) => shop with { Services = [.. shop.Services.Where(service => service.Name != name)] };

    private static ServiceSpecification Service(string name, string path, string store) =>
        new() { Name = name, Path = path, Stores = Samples.Stores(store), Image = "example/image:1" };

    private static Specification Shop()
    {
        var shop = Samples.Shop();
        return shop with
        {
            Cluster = new ClusterSpecification { Size = "small", KubernetesVersion = "1.34" },
            Edge = new EdgeSpecification { Clients = [new ApiClient { Name = "web" }, new ApiClient { Name = "app" }] },
            Services =
            [
                .. With(shop, "product-service", service => service with { Authentication = RouteAuthentication.Cognito }).Services,
                Service("order-service", "/orders", "rds-postgresql") with
                {
                    Stores = Samples.Stores("rds-postgresql", new Dictionary<string, string>(StringComparer.Ordinal) { ["AllocatedStorage"] = "100" }),
                    Routes = [new RouteSpecification { Method = "GET" }],
                },
                Service("page-service", "/pages", "none"),
            ],
        };
    }
}
