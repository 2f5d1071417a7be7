using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.FrontDoor;
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
            // Rules in order: those of the Ingresses nobody and odd, then /text/products, /v1/products, …
            $"api-gateway=api1/v1, vpc-link=link1, load-balancer=shop-ALB, rule=6, service=default/products, pod={answer["pod"]}");
    }

    /// <summary>Nothing between caller and pod changes a request but the stage, which the load balancer takes off again.</summary>
    [Theory]
    [InlineData("/v1/products", "products", "/products", "")]
    [InlineData("/v2/products/7/reviews", "products", "/products/7/reviews", "")]
    [InlineData("/v1/products?colour=red&size=", "products", "/products", "?colour=red&size=")]
    [InlineData("/v2/products/7?next=/v1/products?x&at=%26%3D%3f&flag", "products", "/products/7", "?next=/v1/products?x&at=%26%3D%3f&flag")]
    [InlineData("/v1/products/a%2Fb%20c%7Ed+e;f=1/%C3%BC", "products", "/products/a%2Fb%20c%7Ed+e;f=1/%C3%BC", "")]
    [InlineData("/v1/products/v1/products", "products", "/products/v1/products", "")]
    [InlineData("/v1/v1/products?x=1", "odd", "/v1/products", "?x=1")]
    [InlineData("/v2/v1/products", "odd", "/v1/products", "")]
    public async Task Request_PathAndQuery_ReachThePodWithoutTheStage(string sent, string service, string path, string query)
    {
        await using var store = await Storefront.StartAsync();
        var (status, body, _) = await store.CallAsync("/_emulator/apis/api1" + sent);

        status.ShouldBe(200, body);
        var answer = JsonNode.Parse(body)!;
        answer["service"]!.GetValue<string>().ShouldBe(service);
        answer["path"]!.GetValue<string>().ShouldBe(path);
        answer["query"]!.GetValue<string>().ShouldBe(query);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/xml")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=b")]
    [InlineData("application/octet-stream")]
    [InlineData("image/png")]
    [InlineData(null)]
    public async Task Request_BodyOfAnyType_ReachesThePodByteForByte(string? type)
    {
        await using var store = await Storefront.StartAsync();
        var bytes = Enumerable.Range(0, 4096).Select(number => (byte)number).ToArray();
        async Task<JsonNode> SendAsync(string stage)
        {
            var content = new ByteArrayContent(bytes);
            if (type is not null)
                content.Headers.TryAddWithoutValidation("content-type", type);
            var (status, body, _) = await store.CallAsync($"/_emulator/apis/api1/{stage}/products/7", "POST", content);
            status.ShouldBe(200, body);
            return JsonNode.Parse(body)!;
        }

        var answer = await SendAsync("v1");
        var text = await SendAsync("text");

        answer["contentType"]?.GetValue<string>().ShouldBe(type);
        answer["bodyLength"]!.GetValue<int>().ShouldBe(bytes.Length);
        answer["bodySha256"]!.GetValue<string>().ShouldBe(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)));
        text["bodySha256"]!.GetValue<string>().ShouldNotBe(answer["bodySha256"]!.GetValue<string>(), "a body that is not said to be binary is text (\"Binary media types for REST APIs\")");
    }

    [Fact]
    public async Task Request_BodyLargerThanTenMegabytes_IsRefused()
    {
        await using var store = await Storefront.StartAsync();
        var (status, body, _) = await store.CallAsync(Base + "/products", "POST", new ByteArrayContent(new byte[(10 * 1024 * 1024) + 1]));
        (status, body).ShouldBe((413, """{"message":"HTTP content length exceeded 10485760 bytes."}"""));
    }

    [Fact]
    public async Task Request_OverTls_AsksTheHttpsListenerForTheServersName()
    {
        await using var store = await Storefront.StartAsync();
        var (status, body, _) = await store.CallAsync(Base + "/secure");
        status.ShouldBe(200, body);
        JsonNode.Parse(body)!["host"]!.GetValue<string>().ShouldBe("alb.shop.example.com");
    }

    /// <summary>Where every body is binary, a mock integration fails that does not make it text (aws/chalice#1310); "NEVER" takes mapped types only.</summary>
    [Theory]
    [InlineData("", null, 500)]
    [InlineData("\"ContentHandling\":\"CONVERT_TO_TEXT\",", null, 204)]
    [InlineData("\"ContentHandling\":\"CONVERT_TO_TEXT\",\"PassthroughBehavior\":\"NEVER\",", "text/plain", 415)]
    public async Task Request_OfAMockIntegration_IsAnsweredByTheApi(string handling, string? type, int status)
    {
        await using var store = await Storefront.StartAsync();
        store.Host.Cloud.Add("ApiGateway::Method", "api1|asked|OPTIONS", $$"""
            {"RestApiId":"api1","ResourceId":"{{store.AddResource("asked", "root", "asked")}}","HttpMethod":"OPTIONS","AuthorizationType":"NONE",
             "Integration":{"Type":"MOCK",{{handling}}"RequestTemplates":{"application/json":"{\"statusCode\": 204}"},
               "IntegrationResponses":[{"StatusCode":"204","ResponseParameters":{"method.response.header.Access-Control-Allow-Origin":"'*'"},"ResponseTemplates":{"application/json":""} }] } }
            """);
        store.Host.Cloud.Deploy("api1", "dep2").Add("ApiGateway::Stage", "mock", """{"RestApiId":"api1","StageName":"mock","DeploymentId":"dep2"}""");

        var (actual, body, response) = await store.CallAsync("/_emulator/apis/api1/mock/asked", "OPTIONS", type is null ? null : new StringContent("x", System.Text.Encoding.UTF8, type));

        actual.ShouldBe(status, body);
        response.Headers.Contains("Access-Control-Allow-Origin").ShouldBe(status == 204);
    }

    [Fact]
    public async Task Request_ToAnApiWithADomainOfItsOwn_IsAnsweredByThatAlone()
    {
        await using var store = await Storefront.StartAsync();
        store.Host.Cloud
            .Add("ApiGateway::DomainName", "api.example.com", """{"DomainName":"api.example.com"}""")
            .Add("ApiGateway::BasePathMapping", "api.example.com|v1", """{"DomainName":"api.example.com","BasePath":"v1","RestApiId":"api1","Stage":"v1"}""");
        var ofAws = ("Host", "api1.execute-api.us-east-1.amazonaws.com");
        (await store.CallAsync("/v1/products", "GET", ("Host", "api.example.com"))).Status.ShouldBe(200);
        (await store.CallAsync("/v9/products", "GET", ("Host", "api.example.com"))).Status.ShouldBe(403);
        (await store.CallAsync("/v1/products", "GET", ofAws)).Status.ShouldBe(200);
        store.Host.Cloud.Find("AWS::ApiGateway::RestApi", "api1")!.Properties["DisableExecuteApiEndpoint"] = true;
        (await store.CallAsync("/v1/products", "GET", ofAws)).Status.ShouldBe(200, "closed with the next deployment only");
        store.Host.Cloud.Deploy("api1", "dep2").OfType("AWS::ApiGateway::Stage").Single(stage => stage.PhysicalId == "v1").Properties["DeploymentId"] = "dep2";

        var (status, body, response) = await store.CallAsync("/v1/products", "GET", ofAws);
        (status, body, response.Headers.GetValues("x-amzn-ErrorType").Single()).ShouldBe((403, """{"message":"Forbidden"}""", "ForbiddenException"));
        (await store.CallAsync("/v1/products", "GET", ("Host", "api.example.com"))).Status.ShouldBe(200);
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
    [InlineData("GET", "/closed", "", 504, "InternalServerErrorException", """{"message":"Endpoint request timed out"}""")]
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
    [InlineData("/_emulator/apis/api1/v3/products")]
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
        await host.LoadBalancers.WaitAsync("shop-ALB", balancer => balancer.Targets().Count == 0);

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
        RuleMatching.Matches(pattern, path).ShouldBe(expected);

    /// <summary>User guide, "Transforms for listener rules": the first example is its own.</summary>
    [Theory]
    [InlineData("url-rewrite", "^/dp/([A-Za-z0-9]+)/?$", "/product.php?id=$1", "/dp/B09G3HRMW", "/product.php?id=B09G3HRMW")]
    [InlineData("url-rewrite", "^/api/(.+)$", "/$1", "/api/users/1?x=1", "/users/1?x=1")]
    [InlineData("url-rewrite", "^/api/(.+)$", "/$1", "/other/api/1", "/other/api/1")]
    [InlineData("host-header-rewrite", "^mywebsite-(.+).com$", "internal.dev.$1.myweb.com", "mywebsite-example.com", "internal.dev.example.myweb.com")]
    public void Transform_OfARule_RewritesWhatItMatches(string type, string regex, string replace, string sent, string expected)
    {
        var rule = new ListenerRule(1, [], [new RuleTransform(type, regex, replace)], null);
        var isUrl = type == "url-rewrite";
        var request = new BackendRequest("GET", isUrl ? "dns" : sent, isUrl ? sent : "/", new Dictionary<string, string>(), default, "10.0.0.1");

        RuleMatching.Transform(rule, request).ShouldBe(isUrl ? request with { Target = expected } : request with { Host = expected });
    }

    [Theory]
    [InlineData("host-header", "SHOP.example.*", "", true)]
    [InlineData("host-header", "example.com", "", false)]
    [InlineData("http-header", "a*", "x-team", true)]
    [InlineData("http-header", "a*", "x-other", false)]
    [InlineData("http-request-method", "POST", "", true)]
    [InlineData("http-request-method", "GET", "", false)]
    [InlineData("query-string", "v=2", "", true)]
    [InlineData("query-string", "=2", "", true)]
    [InlineData("query-string", "w=2", "", false)]
    [InlineData("source-ip", "10.40.0.0/16", "", true)]
    [InlineData("source-ip", "10.41.0.0/16", "", false)]
    public void Condition_OfARule_HoldsAsDocumented(string field, string value, string header, bool expected)
    {
        var rule = new ListenerRule(1, [new RuleCondition(field, [value], Header: header)], [], null);
        var request = new BackendRequest("POST", "shop.example.com", "/products?v=2", new Dictionary<string, string> { ["x-team"] = "apps" }, default, "10.40.1.2");

        RuleMatching.Matches(rule, request).ShouldBe(expected);
    }
}
