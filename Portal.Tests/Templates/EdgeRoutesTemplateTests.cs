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
}
