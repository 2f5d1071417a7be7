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
    public const string Forward = """#set($context.requestOverride.path = $context.resourcePath.replace(\"{proxy+}\", $input.params().path.get(\"proxy\")))\n$input.body""";
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
        await host.OkAsync("POST", "apis/networking.k8s.io/v1/namespaces/default/ingresses", Manifests.Ingress("products", "", ("/products", "Prefix", "products"), ("/nobody", "Prefix", "nobody")));
        await host.LoadBalancers.WaitAsync("shop-ALB", balancer => balancer.Rules.SelectMany(rule => rule.TargetGroup.Targets).Any(target => target.State == "healthy"));
        var storefront = new Storefront(host);
        storefront.MakeAccount();
        return storefront;
    }

    public async Task<(int Status, string Body, HttpResponseMessage Response)> CallAsync(string path, string method = "GET", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), path);
        foreach (var (name, value) in headers)
        {
            if (name == "content-type")
                request.Content = new StringContent("{}", System.Net.Http.Headers.MediaTypeHeaderValue.Parse(value));
            else
                request.Headers.TryAddWithoutValidation(name, value);
        }

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
    public void AddMethod(string resource, string more = "\"AuthorizationType\":\"NONE\"", string template = Forward, string uri = "http://dns/{proxy}", string httpMethod = "ANY") =>
        Host.Cloud.Add("ApiGateway::Method", $"api1|{resource}|{httpMethod}", $$"""
            {"RestApiId":"api1","ResourceId":"{{resource}}","HttpMethod":"{{httpMethod}}",{{more}},
             "Integration":{"Type":"HTTP_PROXY","ConnectionType":"VPC_LINK","ConnectionId":"link1","IntegrationTarget":"{{MemoryLoadBalancers.ArnOf("shop-ALB")}}",
              "Uri":"{{uri}}","RequestParameters":{"integration.request.path.proxy":"method.request.path.proxy"},"RequestTemplates":{"application/json":"{{template}}"} } }
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
        AddMethod(AddResource("productsProxy", products, "{proxy+}"));
        AddMethod(AddResource("nobody", "root", "nobody"));
        AddMethod(AddResource("unrouted", "root", "unrouted"));
        AddMethod(AddResource("wrong", "root", "wrong"), template: "$input.body", uri: "http://dns/products");
        AddMethod(AddResource("users", "root", "users"), "\"AuthorizationType\":\"COGNITO_USER_POOLS\",\"AuthorizerId\":\"users\"", Path("/products/users"));
        AddMethod(AddResource("scoped", "root", "scoped"), "\"AuthorizationType\":\"COGNITO_USER_POOLS\",\"AuthorizerId\":\"users\",\"AuthorizationScopes\":[\"shop/read\"]", Path("/products"));
        AddMethod(AddResource("oidc", "root", "oidc"), "\"AuthorizationType\":\"CUSTOM\",\"AuthorizerId\":\"oidc\"", Path("/products"));
        AddMethod(AddResource("keyed", "root", "keyed"), "\"AuthorizationType\":\"NONE\",\"ApiKeyRequired\":true", Path("/products"));
        AddMethod(AddResource("slow", "root", "slow"), template: Path("/products"));
        AddMethod(AddResource("item", AddResource("items", "root", "items"), "{id}"), template: Path("/products/$input.params('id')"), httpMethod: "GET");
        cloud.Deploy("api1", "dep1").Add("ApiGateway::Stage", "v1", """
            {"RestApiId":"api1","StageName":"v1","DeploymentId":"dep1","MethodSettings":[{"HttpMethod":"*","ResourcePath":"/*","ThrottlingRateLimit":"10000","ThrottlingBurstLimit":"5000"},
             {"HttpMethod":"*","ResourcePath":"/~1slow","ThrottlingRateLimit":"0.001","ThrottlingBurstLimit":"2"}]}
            """);
    }

    private static string Path(string to) => $"""#set($context.requestOverride.path = \"{to}\")\n$input.body""";
}
