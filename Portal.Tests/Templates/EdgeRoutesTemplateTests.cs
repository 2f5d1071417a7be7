using System.Text;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;
using YamlDotNet.RepresentationModel;
using static Portal.Tests.Templates.StackTemplate;

namespace Portal.Tests.Templates;

public sealed class EdgeRoutesTemplateTests
{
    private static readonly ServiceSpecification Products = Service("product-service", "/products", RouteAuthentication.Cognito);
    private static readonly ServiceSpecification Cart = Service("cart-service", "/shop/cart");

    [Fact]
    public void Methods_ServiceWithoutRoutes_AreAnyOnThePathAndBelowIt() =>
        Answers(Routes("routes", Products, Cart)).ShouldBe(
        [
            "ANY /products cognito", "ANY /products/{proxy+} cognito", "ANY /shop/cart open", "ANY /shop/cart/{proxy+} open",
        ], ignoreOrder: true);

    [Fact]
    public void Methods_AsTheSeedSays_SignInForTheListAndNotForOneProduct() =>
        Answers(Routes("routes", new EdgeSpecification(), SeedsProducts)).ShouldBe(
        [
            "GET /products cognito",
            "GET /products/{id} open",
            "POST /products/{id}/reviews cognito key",
            // All that is not listed answers as the service says, on every level and without a second variable beside {id}.
            "ANY /products cognito", "ANY /products/{id} cognito", "ANY /products/{id}/reviews cognito",
            "ANY /products/{id}/{proxy+} cognito", "ANY /products/{id}/reviews/{proxy+} cognito",
        ], ignoreOrder: true);

    [Fact]
    public void Methods_ListedRoutesOnly_AreThoseAlone() =>
        Answers(Routes("routes", Products with { ListedRoutesOnly = true, Routes = [new RouteSpecification { Method = "GET", Path = "/files/{path+}" }] }))
            .ShouldBe(["GET /products/files/{path+} open"]);

    [Fact]
    public void Resources_EveryLevel_HaveOneVariablePartAtMost()
    {
        foreach (var template in All.Where(template => template.Name.StartsWith("edge-routes", StringComparison.Ordinal)))
        {
            template.OfType("AWS::ApiGateway::Resource").Where(resource => Text(Child(resource.Properties, "PathPart")).StartsWith('{'))
                .Select(resource => Text(Child(resource.Properties, "ParentId"))).ShouldBeUnique(template.Name);
        }
    }

    [Fact]
    public void Integrations_Always_NameTheLinkTheLoadBalancerAndThePath()
    {
        var template = Routes("routes", new EdgeSpecification(), SeedsProducts, Cart);
        foreach (var (id, method) in template.OfType("AWS::ApiGateway::Method"))
        {
            var integration = Child(method, "Integration");
            Text(Child(integration, "ConnectionType")).ShouldBe("VPC_LINK", id);
            Text(Child(integration, "ConnectionId")).ShouldBe("VpcLinkId", id);
            Text(Child(integration, "IntegrationTarget")).ShouldBe("LoadBalancerArn", id);
            // A pure proxy: nothing reads or writes the request on its way, but for the header that tells what stood before the path.
            Text(Child(integration, "Type")).ShouldBe("HTTP_PROXY", id);
            Child(integration, "RequestTemplates").ShouldBeNull(id);
            Child(integration, "TlsConfig").ShouldBeNull(id);
            Text(Child(integration, "Uri")).ShouldBe("http://${LoadBalancerDnsName}" + PathOf(template, method).Replace("+}", "}", StringComparison.Ordinal), id);
            Keys(Child(integration, "RequestParameters")).ShouldBe(Variables(PathOf(template, method)).Select(name => "integration.request.path." + name).Prepend("integration.request.header.X-Forwarded-Prefix"), id);
            Keys(Child(method, "RequestParameters")).ShouldBe(Variables(PathOf(template, method)).Select(name => "method.request.path." + name), id);
        }
    }

    [Fact]
    public void Integrations_LoadBalancerWithACertificate_AskForItsNameByHttps()
    {
        var template = Routes("routes", new EdgeSpecification { LoadBalancer = EverythingAtTheEdge.LoadBalancer }, SeedsProducts);

        foreach (var (id, method) in template.OfType("AWS::ApiGateway::Method"))
            Text(Child(method, "Integration", "Uri")).ShouldBe("https://alb.shop.example.com" + PathOf(template, method).Replace("+}", "}", StringComparison.Ordinal), id);
        template.Parameters.Keys.ShouldContain("LoadBalancerArn");
        template.Parameters.Keys.ShouldNotContain("LoadBalancerDnsName");
    }

    [Fact]
    public void Api_EveryBody_PassesAsItIs() =>
        Items(Child(Named("edge-base.yaml").OfType("AWS::ApiGateway::RestApi").Single().Properties, "BinaryMediaTypes")).Select(Text).ShouldBe(["*/*"]);

    [Fact]
    public void Authorizer_NobodySignsIn_IsNotMadeAndNoPoolIsAskedFor()
    {
        var template = Routes("routes", Cart);

        template.OfType("AWS::ApiGateway::Authorizer").ShouldBeEmpty();
        template.Parameters.Keys.ShouldNotContain("UserPoolArn");
        template.Parameters.Keys.ShouldNotContain("AuthorizerFunctionArn");
    }

    [Fact]
    public void Deployment_Always_WaitsForEveryMethod()
    {
        var template = Routes("routes", Products, Cart);
        var (id, _) = template.OfType("AWS::ApiGateway::Deployment").Single();

        Items(Child(template.Resources[id], "DependsOn")).Select(Text).ShouldBe(template.OfType("AWS::ApiGateway::Method").Select(method => method.Id), ignoreOrder: true);
        Text(Child(template.OfType("AWS::ApiGateway::Stage").Single().Properties, "DeploymentId")).ShouldBe(id);
    }

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

    [Fact]
    public void Methods_ServiceThatAsksForAKey_AskForItOnEveryLevel() =>
        Answers(Routes("routes", Cart with { ApiKeyRequired = true, Routes = [new RouteSpecification { Method = "GET", Path = "/open" }] })).ShouldBe(
        [
            "GET /shop/cart/open open", "ANY /shop/cart open key", "ANY /shop/cart/open open key", "ANY /shop/cart/{proxy+} open key", "ANY /shop/cart/open/{proxy+} open key",
        ], ignoreOrder: true);

    [Fact]
    public void Limits_RouteAndClients_AreTheirOwn()
    {
        var template = Routes("limits", EverythingAtTheEdge, SeedsProducts);
        var current = template.OfType("AWS::ApiGateway::Stage").Single(stage => Text(Child(stage.Properties, "StageName")) == "v2").Properties;

        var limit = Items(Child(current, "MethodSettings")).Single(setting => Text(Child(setting, "ResourcePath")) == "/~1products~1{id}");
        Text(Child(limit, "HttpMethod")).ShouldBe("GET");
        Text(Child(limit, "ThrottlingRateLimit")).ShouldBe("20");
        template.OfType("AWS::ApiGateway::UsagePlan").Select(plan => Text(Child(plan.Properties, "Quota", "Limit"))).ShouldBe(["10000000", "1000"]);
        template.OfType("AWS::ApiGateway::UsagePlan").ShouldAllBe(plan => Items(Child(plan.Properties, "ApiStages")).Count() == 3);
        template.OfType("AWS::ApiGateway::UsagePlanKey").Count().ShouldBe(2);
    }

    [Theory]
    [InlineData(24, false)]
    [InlineData(SpecificationValidator.MaxServices, true)]
    public void Validate_ManyServices_TakeABucketWhereACallIsTooSmall(int number, bool needsBucket)
    {
        var services = Enumerable.Range(1, number).Select(one => Service($"a-service-with-a-name-{one}", $"/resources/collection-{one}", RouteAuthentication.Oidc)).ToArray();
        var wanted = StackTemplate.Of(new EdgeSpecification { Oidc = EverythingAtTheEdge.Oidc }, services);
        var validator = new SpecificationValidator(Samples.Catalog, Samples.Templates);

        validator.ForTarget(wanted, "us-east-1", "111122223333", hasBucket: true, "0.0.0.0/0").ShouldBeEmpty();
        validator.ForTarget(wanted, "us-east-1", "111122223333", hasBucket: false, "0.0.0.0/0").Count().ShouldBe(needsBucket ? 1 : 0);
    }

    /// <summary>A flow map that goes on over lines and closes at the first column is refused by PyYAML and by the YAML of Ruby, which cfn-lint and others read with.</summary>
    [Fact]
    public void Body_EveryRendering_HasNoFlowStyleOverSeveralLines()
    {
        foreach (var template in All.Where(template => template.Name.StartsWith("edge-routes", StringComparison.Ordinal)))
        {
            var parser = new YamlDotNet.Core.Parser(new StringReader(template.Body));
            var open = new Stack<long>();
            while (parser.MoveNext())
            {
                switch (parser.Current)
                {
                    case YamlDotNet.Core.Events.MappingStart { Style: YamlDotNet.Core.Events.MappingStyle.Flow } start:
                        open.Push(start.Start.Line);
                        break;
                    case YamlDotNet.Core.Events.MappingStart:
                        open.Push(0);
                        break;
                    case YamlDotNet.Core.Events.MappingEnd end when open.Pop() is var line and > 0:
                        end.End.Line.ShouldBe(line, $"{template.Name}, line {line}");
                        break;
                }
            }
        }
    }

    [Theory]
    [InlineData(15, true, null)]
    [InlineData(15, false, null)]
    [InlineData(80, true, null)]
    [InlineData(80, false, "no bucket for larger templates")]
    [InlineData(300, true, "500 in a template")]
    public void Validate_RoutesThatTheTargetsTemplateDoesNotTake_AreRefused(int routes, bool hasBucket, string? refusal)
    {
        var shop = Samples.Shop();
        var many = Enumerable.Range(1, routes).Select(number => new RouteSpecification { Method = "GET", Path = $"/listed/{number}" });
        var wanted = shop with { Services = [shop.Services[0] with { Routes = [.. many] }] };
        var validator = new SpecificationValidator(Samples.Catalog, Samples.Templates);

        var errors = validator.ForTarget(wanted, "us-east-1", "111122223333", hasBucket, "0.0.0.0/0").ToList();

        errors.Select(error => error.Message.Contains(refusal ?? "", StringComparison.Ordinal)).ShouldBe(refusal is null ? [] : [true]);
        // The form knows no target; it refuses what none takes.
        validator.Validate(wanted).Count.ShouldBe(refusal is not null && hasBucket ? 1 : 0);
    }

    [Fact]
    public void Body_LargerThanACall_CountsItsResourcesRight()
    {
        var template = Routes("counted", EverythingAtTheEdge, SeedsProducts);

        System.Text.RegularExpressions.Regex.Count(template.Body, "^    Type: AWS::", System.Text.RegularExpressions.RegexOptions.Multiline, TimeSpan.FromSeconds(1)).ShouldBe(template.Resources.Count);
    }

    [Fact]
    public void Methods_ServiceWithEverything_TakesWhatNobodyElseHas()
    {
        var template = Routes("routes", Service("web", "/") with { Routes = [new RouteSpecification { Method = "GET", Path = "/about", ApiKeyRequired = true }] }, Cart, Products);

        Answers(template).ShouldBe(
        [
            "ANY / open", "ANY /{proxy+} open", "GET /about open key", "ANY /about open", "ANY /about/{proxy+} open",
            // Between the root and /shop/cart, which is the cart's.
            "ANY /shop open", "ANY /shop/{proxy+} open",
            "ANY /shop/cart open", "ANY /shop/cart/{proxy+} open", "ANY /products cognito", "ANY /products/{proxy+} cognito",
        ], ignoreOrder: true);
        template.OfType("AWS::ApiGateway::Method").Count(method => Text(Child(method.Properties, "ResourceId")) == "RestApiRootResourceId").ShouldBe(1);
    }

    /// <summary>What a service does not list would be one for the service with everything, which sends it to the load balancer, whose rules know the first one's path.</summary>
    [Fact]
    public void Methods_ListedRoutesOnlyBesideEverything_AreClosedByTheApi()
    {
        var listed = Products with { ListedRoutesOnly = true, Routes = [new RouteSpecification { Method = "GET", Path = "/{id}", Authentication = RouteAuthentication.Cognito }] };

        var closed = Routes("routes", Service("web", "/"), listed).OfType("AWS::ApiGateway::Method").Where(method => Text(Child(method.Properties, "Integration", "Type")) == "MOCK").ToList();
        var template = Routes("routes", Service("web", "/"), listed);

        closed.Select(method => $"{Text(Child(method.Properties, "HttpMethod"))} {PathOf(template, method.Properties)}").ShouldBe(
            ["ANY /products", "ANY /products/{id}", "ANY /products/{id}/{proxy+}"], ignoreOrder: true);
        Answers(template).ShouldContain("GET /products/{id} cognito");
        Answers(Routes("routes", Cart, listed)).Count(answer => answer.Contains("/products", StringComparison.Ordinal)).ShouldBe(1, "without a service that has everything there is nobody who would take it");
    }

    [Fact]
    public void Stage_TellsEachServiceWhatStoodBeforeItsPath()
    {
        var template = Routes("routes", new EdgeSpecification { Stage = "v2", EarlierStages = [new EarlierStage { Name = "v1" }] }, Cart with { MorePaths = ["/basket"], TakesPathOff = true }, Products);

        var stages = template.OfType("AWS::ApiGateway::Stage").ToDictionary(stage => Text(Child(stage.Properties, "StageName")), stage => Child(stage.Properties, "Variables")!);
        string Prefix(string stage, string path) => Text(Child(stages[stage], template.OfType("AWS::ApiGateway::Method").Where(method => PathOf(template, method.Properties) == path)
            .Select(method => Text(Child(method.Properties, "Integration", "RequestParameters", "integration.request.header.X-Forwarded-Prefix"))["stageVariables.".Length..]).First()));
        (Prefix("v2", "/shop/cart"), Prefix("v1", "/shop/cart/{proxy+}"), Prefix("v2", "/basket"), Prefix("v2", "/products")).ShouldBe(("/v2/shop/cart", "/v1/shop/cart", "/v2/basket", "/v2"));
    }

    [Fact]
    public void Preflight_ServiceThatPagesCall_IsAnsweredByTheApiBeforeAnySignIn()
    {
        var template = Routes("routes", SeedsProducts with { Cors = ManyPages }, Cart with { Cors = new() { Origins = ["*"], Methods = ["GET"], Headers = ["X-Trace"], MaxAge = 60 } });
        var preflights = template.OfType("AWS::ApiGateway::Method").Where(method => Text(Child(method.Properties, "HttpMethod")) == "OPTIONS").ToList();

        preflights.Count.ShouldBe(template.OfType("AWS::ApiGateway::Method").Where(method => Text(Child(method.Properties, "HttpMethod")) != "OPTIONS").Select(method => PathOf(template, method.Properties)).Distinct().Count());
        foreach (var (id, method) in preflights)
        {
            Text(Child(method, "AuthorizationType")).ShouldBe("NONE", id);
            Text(Child(method, "Integration", "ContentHandling")).ShouldBe("CONVERT_TO_TEXT", id);
            var headers = Child(Items(Child(method, "Integration", "IntegrationResponses")).Single(), "ResponseParameters");
            Keys(headers).ShouldBe(Keys(Child(Items(Child(method, "MethodResponses")).Single(), "ResponseParameters")), id);
            var isCart = PathOf(template, method).StartsWith("/shop", StringComparison.Ordinal);
            string Header(string name) => Text(Child(headers, "method.response.header." + name));
            (Header("Access-Control-Allow-Origin"), Header("Access-Control-Allow-Methods"), Header("Access-Control-Allow-Headers"), Header("Access-Control-Max-Age"), Header("Access-Control-Allow-Credentials"), Header("Vary")).ShouldBe(
                isCart ? ("'*'", "'GET'", "'X-Trace'", "'60'", "", "")
                : ("'https://shop.example.com'", "'GET,HEAD,POST,PUT,PATCH,DELETE'", "'Authorization,Content-Type,X-Api-Key'", "'600'", "'true'", "'Origin'"), id);
        }

        var refusals = template.OfType("AWS::ApiGateway::GatewayResponse").ToList();
        refusals.Select(refusal => Text(Child(refusal.Properties, "ResponseType"))).ShouldBe(["DEFAULT_4XX", "DEFAULT_5XX"]);
        refusals.ShouldAllBe(refusal => Text(Child(refusal.Properties, "ResponseParameters", "gatewayresponse.header.Access-Control-Allow-Origin")) == "method.request.header.Origin");
        Items(Child(template.Resources[template.OfType("AWS::ApiGateway::Deployment").Single().Id], "DependsOn")).Select(Text).ShouldContain(refusals[0].Id);
        Routes("routes", Cart).OfType("AWS::ApiGateway::GatewayResponse").ShouldBeEmpty();
    }

    [Fact]
    public void Preflight_RouteThatListsItItself_StaysTheServices() =>
        Answers(Routes("routes", Cart with { Cors = ManyPages, ListedRoutesOnly = true, Routes = [new RouteSpecification { Method = "OPTIONS", ApiKeyRequired = true }] })).ShouldBe(["OPTIONS /shop/cart open key"]);

    private static IEnumerable<string> Answers(StackTemplate template) => template.OfType("AWS::ApiGateway::Method").Select(method =>
        $"{Text(Child(method.Properties, "HttpMethod"))} {PathOf(template, method.Properties)} {SignIn(template, method.Properties)}{(Text(Child(method.Properties, "ApiKeyRequired")) == "true" ? " key" : "")}");

    private static string SignIn(StackTemplate template, YamlNode method) => Text(Child(method, "AuthorizationType")) switch
    {
        "NONE" => "open",
        "COGNITO_USER_POOLS" when Type(template, method) == "COGNITO_USER_POOLS" => "cognito",
        "CUSTOM" when Type(template, method) == "TOKEN" => "oidc",
        var other => throw new InvalidDataException($"{other} with {Type(template, method)}"),
    };

    private static string Type(StackTemplate template, YamlNode method) =>
        Text(Child(template.Resources[Text(Child(method, "AuthorizerId"))], "Properties", "Type"));

    private static string PathOf(StackTemplate template, YamlNode method)
    {
        var path = "";
        for (var id = Text(Child(method, "ResourceId")); id != "RestApiRootResourceId"; id = Text(Child(template.Resources[id], "Properties", "ParentId")))
            path = "/" + Text(Child(template.Resources[id], "Properties", "PathPart")) + path;
        return path.Length == 0 ? "/" : path;
    }

    private static IEnumerable<string> Variables(string path) => path.Split('/').Where(part => part.StartsWith('{')).Select(part => part.Trim('{', '}', '+'));

    private static IEnumerable<string> Keys(YamlNode? node) => node is YamlMappingNode mapping ? mapping.Children.Keys.Select(Text) : [];

    private static string DeploymentOf(EdgeSpecification edge, params ServiceSpecification[] services) =>
        Routes("routes", edge, services).OfType("AWS::ApiGateway::Deployment").Single().Id;
}
