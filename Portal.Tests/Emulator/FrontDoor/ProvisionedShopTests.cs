using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Tests.Templates;

namespace Portal.Tests.Emulator.FrontDoor;

/// <summary>
/// The seed's example in two versions and with TLS at the load balancer, provisioned by the product with the templates and charts as they
/// are, answers its callers.
/// </summary>
public sealed class ProvisionedShopTests
{
    [Fact]
    public async Task Shop_Provisioned_AnswersThroughItsFrontDoor()
    {
        await using var fleet = await Fleet.StartAsync(scale: 240);
        await fleet.StartWorkerAsync();
        var shop = Samples.Shop("shop-front");
        var environment = await fleet.ApproveAsync(shop with
        {
            Edge = new EdgeSpecification
            {
                Stage = "v2",
                EarlierStages = [new EarlierStage { Name = "v1" }],
                LoadBalancer = new() { Subnets = SubnetKind.Private, CertificateArn = "arn:aws:acm:us-east-1:000000000000:certificate/a", ServerName = "alb.shop.example.com" },
            },
            Services =
            [
                shop.Services[0] with
                {
                    Routes = [new RouteSpecification { Method = "POST", ApiKeyRequired = true }],
                    Cors = StackTemplate.ManyPages,
                    Calls = ["stock"],
                    Variables = [new Variable("JDBC_URL", "jdbc:postgresql://${store.DATABASE_HOST}:${store.DATABASE_PORT}/${store.DATABASE_NAME}"), new Variable("STOCK_API", "${service.stock.url}/api")],
                },
                shop.Services[1],
                shop.Services[2] with { MorePaths = ["/basket"], TakesPathOff = true },
                new ServiceSpecification { Name = "web", Image = shop.Services[0].Image, Path = "/", Replicas = 1, HealthPath = "/" },
                // The jobs that make its users get to both, or the emulator fails them: to a broker at a port of their own.
                new ServiceSpecification
                {
                    Name = "stock", Image = shop.Services[0].Image, Path = "", Exposure = Exposure.Internal, Port = 9090, ServicePort = 80, Ports = [new() { Name = "metrics", Port = 9100 }], Replicas = 1, HealthPath = "/",
                    Stores = [new() { Name = "broker", Type = "rabbitmq" }, new() { Name = "documents", Type = "documentdb" }],
                },
            ],
        });
        var done = await fleet.WaitAsync(environment, snapshot => snapshot.Operation!.State.IsSettled(), TimeSpan.FromSeconds(90));
        done.Operation!.State.ShouldBe(OperationState.Succeeded);

        var api = (await fleet.Emulator.GetFromJsonAsync<JsonArray>("/_emulator/apis"))!.Single()!;
        api["stages"]!.AsArray().Count.ShouldBe(2);
        foreach (var stage in api["stages"]!.AsArray().Select(stage => stage!["path"]!.GetValue<string>()))
        {
            foreach (var (path, service, type) in new[] { ("/products/42", "product-service", "AWS::RDS::DBCluster"), ("/users", "user-service", "AWS::Cognito::UserPool") })
            {
                var answer = (await fleet.Emulator.GetFromJsonAsync<JsonObject>($"{stage}{path}?of={service}"))!;
                answer["service"]!.GetValue<string>().ShouldBe(service);
                answer["path"]!.GetValue<string>().ShouldBe(path);
                answer["query"]!.GetValue<string>().ShouldBe($"?of={service}");
                answer["host"]!.GetValue<string>().ShouldBe("alb.shop.example.com");
                answer["dataStore"]!["type"]!.GetValue<string>().ShouldBe(type);
            }

            await PostsArriveAsync(fleet, stage, api["keys"]![0]!["value"]!.GetValue<string>());
            await PathsAsync(fleet, stage);
            await PagesAskAsync(fleet, stage);
        }

        var product = (await fleet.Emulator.GetFromJsonAsync<JsonObject>(api["stages"]![0]!["path"]!.GetValue<string>() + "/products/42"))!;
        await ServicesCallAsync(fleet, product["settings"]!.AsObject());
        // What has no path has no Ingress, and is healthy without.
        (await fleet.WaitAsync(environment, snapshot => snapshot.Environment.Health == Health.Healthy, TimeSpan.FromSeconds(60))).Resources.ShouldNotContain(row => row.Type == "Kubernetes::Ingress" && row.Name.Contains("stock"));
    }

    /// <summary>Each service gets the path that it wants, and is told what stood before it.</summary>
    private static async Task PathsAsync(Fleet fleet, string stage)
    {
        var version = stage[(stage.LastIndexOf('/') + 1)..];
        foreach (var (sent, service, path, prefix) in new[]
        {
            ("/cart/7", "cart-service", "/7", "/cart"), ("/cart", "cart-service", "/", "/cart"), ("/basket/7/items", "cart-service", "/7/items", "/basket"),
            ("/products/42", "product-service", "/products/42", ""), ("/", "web", "/", ""), ("/about/us", "web", "/about/us", ""), ("/cartoons", "web", "/cartoons", ""),
        })
        {
            var answer = (await fleet.Emulator.GetFromJsonAsync<JsonObject>(stage + sent))!;
            (answer["service"]!.GetValue<string>(), answer["path"]!.GetValue<string>(), answer["prefix"]!.GetValue<string>()).ShouldBe((service, path, $"/{version}{prefix}"), sent);
        }
    }

    /// <summary>What a browser does before a page calls, and what the page is told where the API turns it away.</summary>
    private static async Task PagesAskAsync(Fleet fleet, string stage)
    {
        foreach (var (origin, allowed) in new[] { ("http://localhost:3000", "http://localhost:3000"), ("https://shop.example.com", "https://shop.example.com"), ("https://else.example.com", "https://shop.example.com") })
        {
            using var question = new HttpRequestMessage(HttpMethod.Options, stage + "/products/42") { Headers = { { "Origin", origin }, { "Access-Control-Request-Method", "POST" } } };
            using var answer = await fleet.Emulator.SendAsync(question);
            answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
            answer.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe([allowed]);
            answer.Headers.GetValues("Access-Control-Allow-Credentials").ShouldBe(["true"]);
        }

        using var post = new HttpRequestMessage(HttpMethod.Post, stage + "/products") { Headers = { { "Origin", "http://localhost:3000" } } };
        using var refusal = await fleet.Emulator.SendAsync(post);
        refusal.StatusCode.ShouldBe(HttpStatusCode.Forbidden, "without a key");
        refusal.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["http://localhost:3000"]);
    }

    /// <summary>By the address that it was given, and only where it said that it calls.</summary>
    private static async Task ServicesCallAsync(Fleet fleet, JsonObject given)
    {
        given["JDBC_URL"]!.GetValue<string>().ShouldBe($"jdbc:postgresql://{given["DATABASE_HOST"]}:{given["DATABASE_PORT"]}/product_service");
        given["STOCK_API"]!.GetValue<string>().ShouldBe("http://stock:80/api");

        (await CallAsync(fleet, "product-service", given["STOCK_URL"]!.GetValue<string>()))["pod"]!.GetValue<string>().ShouldStartWith("stock-");
        (await CallAsync(fleet, "product-service", "http://stock:9100/metrics"))["pod"]!.GetValue<string>().ShouldStartWith("stock-");
        (await CallAsync(fleet, "cart-service", "http://stock:80/"))["error"]!.GetValue<string>().ShouldContain("no policy lets shop-front/cart-service-");
        (await CallAsync(fleet, "stock", "http://product-service:8080/"))["error"]!.GetValue<string>().ShouldContain("timed out");
        (await CallAsync(fleet, "product-service", "http://nowhere:9090/"))["error"]!.GetValue<string>().ShouldBe("Could not resolve host: nowhere");
    }

    private static async Task<JsonObject> CallAsync(Fleet fleet, string from, string url)
    {
        using var answer = await fleet.Emulator.PostAsJsonAsync("/_emulator/kubernetes/shop-front-cluster/calls", new { @namespace = "shop-front", from = from + "-", url });
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private static async Task PostsArriveAsync(Fleet fleet, string stage, string key)
    {
        byte[] bytes = [0, 255, 254, 13, 10, 128];
        using var withoutKey = await fleet.Emulator.PostAsync(stage + "/products", new ByteArrayContent(bytes));
        withoutKey.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var form = new MultipartFormDataContent("boundary") { { new ByteArrayContent(bytes), "picture", "picture.png" } };
        foreach (var content in new HttpContent[] { form, new ByteArrayContent(bytes) })
        {
            var sent = await content.ReadAsByteArrayAsync();
            using var request = new HttpRequestMessage(HttpMethod.Post, stage + "/products") { Content = content, Headers = { { "x-api-key", key } } };
            using var response = await fleet.Emulator.SendAsync(request);
            var answer = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
            answer["bodySha256"]!.GetValue<string>().ShouldBe(Convert.ToHexStringLower(SHA256.HashData(sent)));
        }
    }
}
