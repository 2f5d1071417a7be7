using System.Text.Json.Nodes;
using Portal.Tests.Emulator.Kubernetes;

namespace Portal.Tests.Emulator.FrontDoor;

/// <summary>
/// Answers of API Gateway as its developer guide gives them ("Gateway response types", "Private integrations for REST APIs",
/// "Usage plans and API keys"), of an ALB as its user guide does ("Troubleshoot your Application Load Balancers").
/// </summary>
public sealed class RequestPathTests
{
    private const string Base = "/_emulator/apis/api1/v1";

    [Fact]
    public async Task Request_ThroughEveryHop_IsAnsweredByThePod()
    {
        await using var store = await Storefront.StartAsync();
        var (status, body, response) = await store.CallAsync(Base + "/products/42?colour=red");

        status.ShouldBe(200, body);
        var answer = JsonNode.Parse(body)!;
        answer["service"]!.GetValue<string>().ShouldBe("products");
        answer["path"]!.GetValue<string>().ShouldBe("/products/42");
        answer["dataStore"]!.ToJsonString().ShouldBe("""{"type":"AWS::DynamoDB::Table","id":"carts"}""");
        answer["settings"]!.ToJsonString().ShouldBe("""{"BASE_PATH":"/products","TABLE_NAME":"carts"}""", "nothing secret is shown");
        response.Headers.GetValues("x-portal-hops").Single().ShouldBe(
            $"api-gateway=api1/v1, vpc-link=link1, load-balancer=shop-ALB, rule=1, service=default/products, pod={answer["pod"]}");
    }

    [Fact]
    public async Task Request_ByHost_ReachesTheSameStage()
    {
        await using var store = await Storefront.StartAsync();
        var (status, body, _) = await store.CallAsync("/v1/products", "GET", ("Host", "api1.execute-api.us-east-1.amazonaws.com"));
        status.ShouldBe(200, body);
    }

    [Theory]
    [InlineData("GET", "/products", "", 200, null, null)]
    [InlineData("DELETE", "/items/7", "", 403, "MissingAuthenticationTokenException", """{"message":"Missing Authentication Token"}""")]
    [InlineData("GET", "/items/7", "", 200, null, null)]
    [InlineData("GET", "/items", "", 403, "MissingAuthenticationTokenException", """{"message":"Missing Authentication Token"}""")]
    [InlineData("GET", "/elsewhere", "", 403, "MissingAuthenticationTokenException", """{"message":"Missing Authentication Token"}""")]
    [InlineData("GET", "/nobody", "", 503, null, null)]
    [InlineData("GET", "/unrouted", "", 404, null, "")]
    [InlineData("GET", "/wrong", "", 404, null, "")]
    [InlineData("POST", "/products", "content-type=application/json; charset=utf-8", 200, null, null)]
    [InlineData("POST", "/products", "content-type=image/png", 404, null, "")]
    [InlineData("GET", "/users", "", 401, "UnauthorizedException", """{"message":"Unauthorized"}""")]
    [InlineData("GET", "/users", "authorization=nonsense", 401, "UnauthorizedException", """{"message":"Unauthorized"}""")]
    [InlineData("GET", "/keyed", "", 403, "ForbiddenException", """{"message":"Forbidden"}""")]
    [InlineData("GET", "/keyed", "x-api-key=wrong", 403, "ForbiddenException", """{"message":"Forbidden"}""")]
    [InlineData("GET", "/keyed", "x-api-key=key-without-plan", 403, "ForbiddenException", """{"message":"Forbidden"}""")]
    [InlineData("GET", "/keyed", "x-api-key=key-switched-off", 403, "ForbiddenException", """{"message":"Forbidden"}""")]
    [InlineData("GET", "/keyed", "x-api-key=the-key", 200, null, null)]
    public async Task Request_OfACase_IsAnsweredAsDocumented(string method, string path, string header, int status, string? errorType, string? expected)
    {
        await using var store = await Storefront.StartAsync();
        var headers = header.Length == 0 ? [] : new[] { (header.Split('=', 2)[0], header.Split('=', 2)[1]) };
        var (actual, body, response) = await store.CallAsync(Base + path, method, headers);

        actual.ShouldBe(status, body);
        (response.Headers.TryGetValues("x-amzn-ErrorType", out var types) ? types.Single() : null).ShouldBe(errorType);
        if (expected is not null)
            body.ShouldBe(expected);
    }

    [Theory]
    [InlineData("/_emulator/apis/nothing/v1/products")]
    [InlineData("/_emulator/apis/api1/v2/products")]
    public async Task Stage_ThatIsNotThere_IsForbidden(string path)
    {
        await using var store = await Storefront.StartAsync();
        var (status, body, _) = await store.CallAsync(path);
        (status, body).ShouldBe((403, """{"message":"Forbidden"}"""));
    }

    [Theory]
    [InlineData("/users", """{"userPoolId":"us-east-1_Abc"}""", 200)]
    [InlineData("/users", """{"userPoolId":"us-east-1_Abc","expiresIn":-1}""", 401)]
    [InlineData("/users", """{"userPoolId":"us-east-1_Abc","use":"access"}""", 401)]
    [InlineData("/users", """{"issuer":"https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other"}""", 401)]
    [InlineData("/scoped", """{"userPoolId":"us-east-1_Abc","use":"access","scope":"shop/read"}""", 200)]
    [InlineData("/scoped", """{"userPoolId":"us-east-1_Abc","use":"access","scope":"shop/write"}""", 403)]
    [InlineData("/oidc", """{"issuer":"https://login.example.com","audience":"shop"}""", 200)]
    [InlineData("/oidc", """{"issuer":"https://login.example.com","audience":"another"}""", 403)]
    [InlineData("/oidc", """{"issuer":"https://evil.example.com","audience":"shop"}""", 401)]
    public async Task Token_OfAnIssuer_IsChecked(string path, string wanted, int status)
    {
        await using var store = await Storefront.StartAsync();
        var token = await store.TokenAsync(JsonNode.Parse(wanted)!);
        var (actual, body, _) = await store.CallAsync(Base + path, "GET", ("Authorization", "Bearer " + token));
        actual.ShouldBe(status, body);
    }

    [Fact]
    public async Task Quota_UsedUp_LimitsTheKey()
    {
        await using var store = await Storefront.StartAsync();
        for (var call = 0; call < 3; call++)
            (await store.CallAsync(Base + "/keyed", "GET", ("x-api-key", "the-key"))).Status.ShouldBe(200);

        var (status, body, _) = await store.CallAsync(Base + "/keyed", "GET", ("x-api-key", "the-key"));
        (status, body).ShouldBe((429, """{"message":"Limit Exceeded"}"""));
    }

    [Fact]
    public async Task Throttle_OfOneMethod_IsPassedAfterItsBurst()
    {
        await using var store = await Storefront.StartAsync();
        for (var call = 0; call < 2; call++)
            (await store.CallAsync(Base + "/slow")).Status.ShouldBe(200);

        var (status, body, _) = await store.CallAsync(Base + "/slow");
        (status, body).ShouldBe((429, """{"message":"Too Many Requests"}"""));
        (await store.CallAsync(Base + "/products")).Status.ShouldBe(200, "another method has a bucket of its own");
    }

    [Fact]
    public async Task Deployment_IsASnapshot_UntilTheNextOne()
    {
        await using var store = await Storefront.StartAsync();
        store.AddMethod(store.AddResource("late", "root", "late"));
        (await store.CallAsync(Base + "/late")).Status.ShouldBe(403);
    }

    [Fact]
    public async Task Service_WithoutPods_IsUnavailable()
    {
        await using var store = await Storefront.StartAsync();
        var host = store.Host;
        await host.OkAsync("PATCH", "apis/apps/v1/namespaces/default/deployments/products", """{"spec":{"replicas":0} }""", "application/merge-patch+json");
        await host.LoadBalancers.WaitAsync("shop-ALB", balancer => balancer.Rules.All(rule => rule.TargetGroup.Targets.Count == 0));

        var (status, body, _) = await store.CallAsync(Base + "/products");
        status.ShouldBe(503);
        body.ShouldContain("503 Service Temporarily Unavailable");
    }

    [Theory]
    [InlineData("/products", "/products", true)]
    [InlineData("/products", "/products/", false)]
    [InlineData("/products/*", "/products/1/2", true)]
    [InlineData("/img/?.png", "/img/a.png", true)]
    [InlineData("/img/?.png", "/img/ab.png", false)]
    [InlineData("/Products", "/products", false)]
    public void PathPattern_OfARule_MatchesAsDocumented(string pattern, string path, bool expected) =>
        Portal.Emulator.FrontDoor.LoadBalancerTraffic.Matches(pattern, path).ShouldBe(expected);
}
