using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Portal.Emulator.FrontDoor;
using Portal.Tests.Emulator.Kubernetes;

namespace Portal.Tests.Emulator.FrontDoor;

/// <summary>An API in front of a cluster with one service, products, as the edge's templates and the charts make them.</summary>
internal sealed class Storefront : IAsyncDisposable
{
    public const string Pool = "us-east-1_Abc";
    public const string Issuer = "https://login.example.com";

    // As the chart environment renders them for the stages v1, v2 and text.
    private const string Ingresses = "apis/networking.k8s.io/v1/namespaces/default/ingresses";
    private const string Listens = """listen-ports=[{"HTTP":80},{"HTTPS":443}];certificate-arn=arn:aws:acm:us-east-1:000000000000:certificate/a;""";

    private const string Deployments = "apis/apps/v1/namespaces/default/deployments";

    private Storefront(ClusterHost host) => Host = host;

    public ClusterHost Host { get; }

    public static async Task<Storefront> StartAsync()
    {
        var host = await ClusterHost.StartAsync(nodes: 2);
        host.LoadBalancers.State = "active";
        await host.OkAsync("POST", Deployments, Manifests.Controller);
        await host.OkAsync("POST", "apis/networking.k8s.io/v1/ingressclasses", Manifests.IngressClass);
        await host.OkAsync("POST", "api/v1/namespaces/default/configmaps", """{"metadata":{"name":"products"},"data":{"TABLE_NAME":"carts","DATABASE_PASSWORD":"no","BASE_PATH":"/products"} }""");
        await host.OkAsync("POST", "api/v1/namespaces/default/services", Manifests.Service("products"));
        var deployment = JsonNode.Parse(Manifests.Deployment("products", 1))!;
        deployment["spec"]!["template"]!["spec"]!["containers"]![0]!["envFrom"] = new JsonArray(new JsonObject { ["configMapRef"] = new JsonObject { ["name"] = "products" } });
        await host.OkAsync("POST", Deployments, deployment.ToJsonString());
        await host.WaitAsync(Deployments, "products", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);
        // A service whose own path begins with a stage's name: reached with a stage before it only.
        await host.OkAsync("POST", "api/v1/namespaces/default/services", Manifests.Service("odd").Replace("\"app\":\"odd\"", "\"app\":\"products\"", StringComparison.Ordinal));
        foreach (var (service, paths) in new[] { ("products", (string[])["/products", "/v1/products", "/v2/products", "/text/products"]), ("nobody", ["/nobody", "/v1/nobody"]), ("odd", ["/v1/v1/products", "/v2/v1/products"]) })
            await host.OkAsync("POST", Ingresses, Manifests.Ingress(service, Listens + Rewrite(service, service == "odd" ? "/v1/products" : "/" + service), [.. paths.Select(path => (path, "Prefix", service))]));
        await host.LoadBalancers.WaitAsync("shop-ALB", balancer => balancer.TargetGroups.Count == 2 && balancer.Targets().All(target => target.State == "healthy"));
        var storefront = new Storefront(host);
        storefront.MakeAccount();
        return storefront;
    }

    public Task<(int Status, string Body, HttpResponseMessage Response)> CallAsync(string path, string method = "GET", params (string Name, string Value)[] headers) =>
        CallAsync(path, method, null, headers);

    /// <param name="path">Sent as it is, escapes and all.</param>
    public async Task<(int Status, string Body, HttpResponseMessage Response)> CallAsync(string path, string method, HttpContent? content, params (string Name, string Value)[] headers)
    {
        var address = new Uri($"{Host.Plain.BaseAddress!.GetLeftPart(UriPartial.Authority)}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), address) { Content = content };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);

        var response = await Host.Plain.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response);
    }

    public async Task<string> TokenAsync(object wanted)
    {
        using var response = await Host.Plain.PostAsJsonAsync("/_emulator/tokens", wanted);
        response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!["token"]!.GetValue<string>();
    }

    /// <summary>Adds a method whose integration leads to the load balancer.</summary>
    public void AddMethod(string resource, string uri = "http://dns/products", string more = "\"AuthorizationType\":\"NONE\"", string httpMethod = "ANY") =>
        Host.Cloud.Add("ApiGateway::Method", $"api1|{resource}|{httpMethod}", $$"""
            {"RestApiId":"api1","ResourceId":"{{resource}}","HttpMethod":"{{httpMethod}}",{{more}},
             "Integration":{"Type":"HTTP_PROXY","ConnectionType":"VPC_LINK","ConnectionId":"link1","IntegrationTarget":"{{MemoryLoadBalancers.ArnOf("shop-ALB")}}",
              "Uri":"{{uri}}","RequestParameters":{"integration.request.path.proxy":"method.request.path.proxy","integration.request.path.id":"method.request.path.id"} } }
            """);

    public string AddResource(string id, string parent, string part)
    {
        Host.Cloud.Add("ApiGateway::Resource", id, $$"""{"RestApiId":"api1","ParentId":"{{parent}}","PathPart":"{{part}}"}""");
        return id;
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    private void MakeAccount()
    {
        var cloud = Host.Cloud;
        cloud.Add("ApiGateway::RestApi", "api1", """{"Name":"shop"}""", """{"RootResourceId":"root"}""")
            .Add("ApiGatewayV2::VpcLink", "link1", """{"Name":"shop"}""")
            .Add("DynamoDB::Table", "carts", "{}")
            .Add("Cognito::UserPool", Pool, "{}")
            .Add("Cognito::UserPoolClient", "client1", $$"""{"UserPoolId":"{{Pool}}"}""")
            .Add("Lambda::Function", "sign-in", $$"""{"Environment":{"Variables":{"OIDC_ISSUER":"{{Issuer}}","OIDC_AUDIENCE":"shop"} } }""")
            .Add("ApiGateway::Authorizer", "users", $$"""{"RestApiId":"api1","Type":"COGNITO_USER_POOLS","IdentitySource":"method.request.header.Authorization","ProviderARNs":["arn:aws:cognito-idp:us-east-1:000000000000:userpool/{{Pool}}"]}""")
            .Add("ApiGateway::Authorizer", "oidc", """{"RestApiId":"api1","Type":"REQUEST","IdentitySource":"method.request.header.Authorization","AuthorizerUri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:sign-in/invocations"}""")
            .Add("ApiGateway::ApiKey", "key1", """{"Enabled":true,"Value":"the-key"}""")
            .Add("ApiGateway::ApiKey", "key2", """{"Enabled":true,"Value":"key-without-plan"}""")
            .Add("ApiGateway::ApiKey", "key3", """{"Enabled":false,"Value":"key-switched-off"}""")
            .Add("ApiGateway::UsagePlan", "plan1", """{"ApiStages":[{"ApiId":"api1","Stage":"v1"}],"Throttle":{"RateLimit":"1000","BurstLimit":"1000"},"Quota":{"Limit":"3","Period":"MONTH"} }""")
            .Add("ApiGateway::UsagePlanKey", "key1:plan1", """{"KeyId":"key1","UsagePlanId":"plan1","KeyType":"API_KEY"}""")
            .Add("ApiGateway::UsagePlanKey", "key3:plan1", """{"KeyId":"key3","UsagePlanId":"plan1","KeyType":"API_KEY"}""");
        var products = AddResource("products", "root", "products");
        AddMethod(products);
        AddMethod(AddResource("productsProxy", products, "{proxy+}"), "http://dns/products/{proxy}");
        AddMethod(AddResource("nobody", "root", "nobody"), "http://dns/nobody");
        AddMethod(AddResource("unrouted", "root", "unrouted"), "http://dns/unrouted");
        AddMethod(AddResource("oddProducts", AddResource("odd", "root", "v1"), "products"), "http://dns/v1/products");
        AddMethod(AddResource("secure", "root", "secure"), "https://alb.shop.example.com/products");
        AddMethod(AddResource("closed", "root", "closed"), "http://dns:8080/products");
        AddMethod(AddResource("users", "root", "users"), more: "\"AuthorizationType\":\"COGNITO_USER_POOLS\",\"AuthorizerId\":\"users\"");
        AddMethod(AddResource("scoped", "root", "scoped"), more: "\"AuthorizationType\":\"COGNITO_USER_POOLS\",\"AuthorizerId\":\"users\",\"AuthorizationScopes\":[\"shop/read\"]");
        AddMethod(AddResource("oidc", "root", "oidc"), more: "\"AuthorizationType\":\"CUSTOM\",\"AuthorizerId\":\"oidc\"");
        AddMethod(AddResource("keyed", "root", "keyed"), more: "\"AuthorizationType\":\"NONE\",\"ApiKeyRequired\":true");
        AddMethod(AddResource("slow", "root", "slow"));
        AddMethod(AddResource("item", AddResource("items", "root", "items"), "{id}"), "http://dns/products/{id}", httpMethod: "GET");
        // What a deployment takes for binary is frozen with it: that of the stage text was made before there was anything.
        cloud.Deploy("api1", "dep0").Add("ApiGateway::Stage", "text", """{"RestApiId":"api1","StageName":"text","DeploymentId":"dep0"}""");
        cloud.Add("ApiGateway::RestApi", "api1", """{"Name":"shop","BinaryMediaTypes":["*/*"]}""", """{"RootResourceId":"root"}""");
        cloud.Deploy("api1", "dep1").Add("ApiGateway::Stage", "v2", """{"RestApiId":"api1","StageName":"v2","DeploymentId":"dep1"}""").Add("ApiGateway::Stage", "v1", """
            {"RestApiId":"api1","StageName":"v1","DeploymentId":"dep1","MethodSettings":[{"HttpMethod":"*","ResourcePath":"/*","ThrottlingRateLimit":"10000","ThrottlingBurstLimit":"5000"},
             {"HttpMethod":"*","ResourcePath":"/~1slow","ThrottlingRateLimit":"0.001","ThrottlingBurstLimit":"2"}]}
            """);
    }

    private static string Rewrite(string service, string path) =>
        $"transforms.{service}={new JsonArray(new JsonObject { ["type"] = "url-rewrite", ["urlRewriteConfig"] = new JsonObject { ["rewrites"] = new JsonArray(new JsonObject { ["regex"] = $"^/(?:v1|v2|text)({path}(?:[/?].*)?)$", ["replace"] = "$1" }) } }).ToJsonString()}";
}
