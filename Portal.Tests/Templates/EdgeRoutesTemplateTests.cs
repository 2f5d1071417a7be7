using System.Text;
using Portal.Core.Requests;
using static Portal.Tests.Templates.StackTemplate;

namespace Portal.Tests.Templates;

public sealed class EdgeRoutesTemplateTests
{
    private static readonly ServiceSpecification Products = Service("product-service", "/products", RouteAuthentication.Cognito);
    private static readonly ServiceSpecification Cart = Service("cart-service", "/shop/cart");

    [Fact]
    public void Methods_EachService_AreAnyOnThePathAndBelowIt()
    {
        var template = Routes("routes", Products, Cart);

        template.OfType("AWS::ApiGateway::Resource").Select(resource => Text(Child(resource.Properties, "PathPart")))
            .ShouldBe(["products", "{proxy+}", "shop", "cart", "{proxy+}"]);
        template.OfType("AWS::ApiGateway::Method").Select(method => Text(Child(method.Properties, "HttpMethod"))).ShouldBe(["ANY", "ANY", "ANY", "ANY"]);
        template.OfType("AWS::ApiGateway::Method").Select(method => Text(Child(method.Properties, "Integration", "Uri"))).ShouldBe(
        [
            "http://${LoadBalancerDnsName}/products", "http://${LoadBalancerDnsName}/products/{proxy}",
            "http://${LoadBalancerDnsName}/shop/cart", "http://${LoadBalancerDnsName}/shop/cart/{proxy}",
        ]);
    }

    [Fact]
    public void Integrations_Always_NameTheLinkTheLoadBalancerAndThePath()
    {
        foreach (var (id, method) in Routes("routes", Products, Cart).OfType("AWS::ApiGateway::Method"))
        {
            var integration = Child(method, "Integration");
            Text(Child(integration, "ConnectionType")).ShouldBe("VPC_LINK", id);
            Text(Child(integration, "ConnectionId")).ShouldBe("VpcLinkId", id);
            Text(Child(integration, "IntegrationTarget")).ShouldBe("LoadBalancerArn", id);
            Items(Child(integration, "RequestTemplates", "application/json")).ShouldNotBeEmpty(id);
            Child(integration, "TlsConfig").ShouldBeNull(id);
        }
    }

    [Fact]
    public void Authorization_SignedInService_HasAnAuthorizerAndTheOthersNone()
    {
        var template = Routes("routes", Products, Cart);

        template.OfType("AWS::ApiGateway::Authorizer").ShouldHaveSingleItem();
        foreach (var (id, method) in template.OfType("AWS::ApiGateway::Method"))
        {
            var signedIn = id.StartsWith("Products", StringComparison.Ordinal);
            Text(Child(method, "AuthorizationType")).ShouldBe(signedIn ? "COGNITO_USER_POOLS" : "NONE", id);
            Text(Child(method, "AuthorizerId")).ShouldBe(signedIn ? "SignIn" : "", id);
        }
    }

    [Fact]
    public void Authorizer_NobodySignsIn_IsNotMadeAndNoPoolIsAskedFor()
    {
        var template = Routes("routes", Cart);

        template.OfType("AWS::ApiGateway::Authorizer").ShouldBeEmpty();
        template.Parameters.Keys.ShouldNotContain("UserPoolArn");
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
    public void Deployment_RoutesChange_HasAnotherNameAndOtherwiseTheSame()
    {
        var name = DeploymentOf(Products, Cart);

        DeploymentOf(Products, Cart with { Replicas = 7, Image = "example/other:2" }).ShouldBe(name);
        DeploymentOf(Products).ShouldNotBe(name);
        DeploymentOf(Products, Cart with { Authentication = RouteAuthentication.Cognito }).ShouldNotBe(name);
    }

    [Fact]
    public void Body_TwentyServices_FitsInline()
    {
        var services = Enumerable.Range(1, 20).Select(number => Service($"a-service-with-a-name-{number}", $"/resources/{number}", RouteAuthentication.Cognito)).ToArray();

        Encoding.UTF8.GetByteCount(Routes("twenty", services).Body).ShouldBeLessThan(LargestBody);
    }

    private static string DeploymentOf(params ServiceSpecification[] services) =>
        Routes("routes", services).OfType("AWS::ApiGateway::Deployment").Single().Id;
}
