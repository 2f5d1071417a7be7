using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

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
            Services = [shop.Services[0] with { Routes = [new RouteSpecification { Method = "POST", ApiKeyRequired = true }] }, .. shop.Services.Skip(1)],
        });
        var done = await fleet.WaitAsync(environment, snapshot => snapshot.Operation!.State.IsSettled(), TimeSpan.FromSeconds(90));
        done.Operation!.State.ShouldBe(OperationState.Succeeded);

        var api = (await fleet.Emulator.GetFromJsonAsync<JsonArray>("/_emulator/apis"))!.Single()!;
        api["stages"]!.AsArray().Count.ShouldBe(2);
        foreach (var stage in api["stages"]!.AsArray().Select(stage => stage!["path"]!.GetValue<string>()))
        {
            foreach (var (path, service, type) in new[] { ("/products/42", "product-service", "AWS::RDS::DBCluster"), ("/cart", "cart-service", "AWS::DynamoDB::Table") })
            {
                var answer = (await fleet.Emulator.GetFromJsonAsync<JsonObject>($"{stage}{path}?of={service}"))!;
                answer["service"]!.GetValue<string>().ShouldBe(service);
                answer["path"]!.GetValue<string>().ShouldBe(path);
                answer["query"]!.GetValue<string>().ShouldBe($"?of={service}");
                answer["host"]!.GetValue<string>().ShouldBe("alb.shop.example.com");
                answer["dataStore"]!["type"]!.GetValue<string>().ShouldBe(type);
            }

            await PostsArriveAsync(fleet, stage, api["keys"]![0]!["value"]!.GetValue<string>());
            using var refused = await fleet.Emulator.GetAsync(stage + "/nowhere");
            (await refused.Content.ReadAsStringAsync()).ShouldBe("""{"message":"Missing Authentication Token"}""");
        }
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
