using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using static Portal.Tests.Templates.StackTemplate;

namespace Portal.Tests.Templates;

/// <summary>A deployment is a snapshot of the API: when it is another one, and what becomes of those of earlier versions.</summary>
public sealed class EdgeRoutesDeploymentTests
{
    private static readonly ServiceSpecification Products = Service("product-service", "/products", RouteAuthentication.Cognito);
    private static readonly ServiceSpecification Cart = Service("cart-service", "/shop/cart");

    public static TheoryData<string, EdgeSpecification, ServiceSpecification[]> SameRoutes => new()
    {
        { "another image and more pods", new(), [Products with { Replicas = 7, Image = "example/other:2" }, Cart] },
        { "another order", new(), [Cart, Products] },
        { "another throttle of the stage", new() { ThrottleRate = 7, ThrottleBurst = 9 }, [Products, Cart] },
        { "clients and quotas", new() { Clients = [new ApiClient { Name = "partner", MonthlyQuota = 5 }] }, [Products, Cart] },
        { "a firewall", new() { Firewall = true }, [Products, Cart] },
        { "the next version's stage", new() { Stage = "v2", EarlierStages = [new EarlierStage { Name = "v1" }] }, [Products, Cart] },
    };

    /// <summary>
    /// What makes CloudFormation replace the VPC link, whose id each method names, or changes how the load balancer is spoken to. The
    /// controller moves a load balancer to other subnets in place (isSDKLoadBalancerRequiresReplacement, v3.5.0): its ARN stays.
    /// </summary>
    public static TheoryData<string, Func<Specification, Specification>, bool> OtherWays => new()
    {
        { "another zone", one => one with { Network = one.Network with { Zones = 3 } }, true },
        { "another network", one => one with { Network = one.Network with { Cidr = "10.41.0.0/16" } }, true },
        { "HTTPS", one => one with { Edge = one.Edge with { LoadBalancer = EverythingAtTheEdge.LoadBalancer } }, true },
        { "a domain, with which API Gateway's own address is closed by a deployment", one => one with { Edge = one.Edge with { DomainName = "api.example.com", CertificateArn = "arn" } }, true },
        { "private subnets", one => one with { Edge = one.Edge with { LoadBalancer = new() { Subnets = SubnetKind.Private } } }, false },
        { "Auto Mode, whose controller makes another load balancer", one => one with { Cluster = new ClusterSpecification { Mode = ClusterMode.AutoMode } }, true },
        { "a gateway a zone", one => one with { Network = one.Network with { NatGateways = NatGateways.OnePerZone } }, false },
        { "interface endpoints", one => one with { Network = one.Network with { InterfaceEndpoints = true } }, false },
        { "another cluster", one => one with { Cluster = one.Cluster with { Size = "large" } }, false },
    };

    [Theory]
    [MemberData(nameof(OtherWays))]
    public void Deployment_WayToTheServicesChanges_IsAnotherWhereItFreezesIt(string what, Func<Specification, Specification> change, bool isAnother)
    {
        var before = Of(new EdgeSpecification(), Products, Cart);
        string Hash(Specification specification) => EdgeRoutes.Hash(EdgeRoutes.Render(RoutesSource, specification), specification);

        (Hash(change(before)) != Hash(before)).ShouldBe(isAnother, what);
    }

    [Theory]
    [MemberData(nameof(SameRoutes))]
    public void Deployment_RoutesStay_IsTheSame(string what, EdgeSpecification edge, ServiceSpecification[] services) =>
        DeploymentOf(edge, services).ShouldBe(DeploymentOf(new EdgeSpecification(), Products, Cart), what);

    [Fact]
    public void Deployment_ThrottleOfARouteChanges_IsTheSame()
    {
        var limited = SeedsProducts with { Routes = [.. SeedsProducts.Routes.Select(route => route with { ThrottleRate = 3 })] };

        DeploymentOf(new EdgeSpecification(), limited).ShouldBe(DeploymentOf(new EdgeSpecification(), SeedsProducts));
    }

    public static TheoryData<string, ServiceSpecification[]> OtherRoutes => new()
    {
        { "a service goes", [Products] },
        { "a service comes", [Products, Cart, Service("user-service", "/users")] },
        { "a sign-in comes", [Products, Cart with { Authentication = RouteAuthentication.Cognito }] },
        { "a sign-in goes", [Products with { Authentication = RouteAuthentication.None }, Cart] },
        { "another path", [Products with { Path = "/goods" }, Cart] },
        { "a path more", [Products with { MorePaths = ["/goods"] }, Cart] },
        { "a path that is taken off", [Products with { TakesPathOff = true }, Cart] },
        { "pages that may call", [Products with { Cors = ManyPages }, Cart] },
        { "a listed route", [Products with { Routes = [new RouteSpecification { Method = "GET", Path = "/{id}" }] }, Cart] },
        { "a key", [Products, Cart with { Routes = [new RouteSpecification { ApiKeyRequired = true }] }] },
    };

    [Theory]
    [MemberData(nameof(OtherRoutes))]
    public void Deployment_RoutesChange_IsAnother(string what, ServiceSpecification[] services) =>
        DeploymentOf(new EdgeSpecification(), services).ShouldNotBe(DeploymentOf(new EdgeSpecification(), Products, Cart), what);

    [Fact]
    public void Deployment_IntegrationInTheTemplateChanges_IsAnotherAndACommentIsNot()
    {
        string Of(string source) => Id(EdgeRoutes.Render(source, StackTemplate.Of(new EdgeSpecification(), Products)));

        Of(RoutesSource.Replace("Type: HTTP_PROXY", "TimeoutInMillis: 5000", StringComparison.Ordinal)).ShouldNotBe(Of(RoutesSource));
        Of(RoutesSource.Replace("# What callers see is a snapshot", "# A snapshot", StringComparison.Ordinal)).ShouldBe(Of(RoutesSource));
        Of(RoutesSource.Replace("# Routes: begin", "# Routes: begin\n\n  # Said among the routes.", StringComparison.Ordinal)).ShouldBe(Of(RoutesSource));
        const string inOrder = "        ConnectionType: VPC_LINK\n        ConnectionId: !Ref VpcLinkId\n";
        RoutesSource.ShouldContain(inOrder);
        Of(RoutesSource.Replace(inOrder, "        ConnectionId:   !Ref VpcLinkId\n        ConnectionType: VPC_LINK\n", StringComparison.Ordinal)).ShouldBe(Of(RoutesSource));

        static string Id(string body) => body.Split('\n').Single(line => line.StartsWith("  Deployment", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{{ method.uri }}", "{{ methud.uri }}", "methud")]
    [InlineData("{%- endfor %}", "{%- endfro %}", "endfro")]
    public void Render_LiquidIsWrong_SaysWhatAndWhere(string right, string wrong, string named)
    {
        var source = RoutesSource.Replace(right, wrong, StringComparison.Ordinal);

        Should.Throw<InvalidDataException>(() => EdgeRoutes.Render(source, StackTemplate.Of(new EdgeSpecification(), Products)))
            .Message.ShouldSatisfyAllConditions(message => message.ShouldStartWith(EdgeRoutes.File), message => message.ShouldContain(named));
    }

    [Fact]
    public void Stages_NextVersion_LeaveTheEarlierOneAndItsDeploymentAsTheyWere()
    {
        var first = Routes("v1", new EdgeSpecification { Stage = "v1" }, Products);
        var (deployment, _) = first.OfType("AWS::ApiGateway::Deployment").Single();
        var (stage, _) = first.OfType("AWS::ApiGateway::Stage").Single();

        var second = Routes("v2", new EdgeSpecification { Stage = "v2", EarlierStages = [new EarlierStage { Name = "v1", RouteHash = deployment["Deployment".Length..] }] }, Products, Cart);

        second.OfType("AWS::ApiGateway::Deployment").Count().ShouldBe(2);
        var kept = second.OfType("AWS::ApiGateway::Stage").Single(one => one.Id == stage).Properties;
        Text(Child(kept, "StageName")).ShouldBe("v1");
        Text(Child(kept, "DeploymentId")).ShouldBe(deployment);
    }

    [Fact]
    public void HashOf_Version_IsOfTheRoutesThatItServes()
    {
        var template = Routes("versions", EverythingAtTheEdge, SeedsProducts, Cart).Body;
        var current = EdgeRoutes.HashOf(template, "v2").ShouldNotBeNull();

        EdgeRoutes.HashOf(template, "v1").ShouldBe("0123456789abcdef");
        EdgeRoutes.HashOf(template, "preview").ShouldBe(current);
        EdgeRoutes.HashOf(template, "v3").ShouldBeNull();
        EdgeRoutes.HashesIn(template).ShouldBe([current, "0123456789abcdef"], ignoreOrder: true);
    }

    private static string DeploymentOf(EdgeSpecification edge, params ServiceSpecification[] services) =>
        Routes("routes", edge, services).OfType("AWS::ApiGateway::Deployment").Single().Id;
}
