using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Emulator.FrontDoor;

/// <summary>The seed's example, provisioned by the product with the templates and charts as they are, answers its callers.</summary>
public sealed class ProvisionedShopTests
{
    [Fact]
    public async Task Shop_Provisioned_AnswersThroughItsFrontDoor()
    {
        await using var fleet = await Fleet.StartAsync(scale: 240);
        await fleet.StartWorkerAsync();
        var environment = await fleet.ApproveShopAsync("shop-front");
        var done = await fleet.WaitAsync(environment, snapshot => snapshot.Operation!.State.IsSettled(), TimeSpan.FromSeconds(90));
        done.Operation!.State.ShouldBe(OperationState.Succeeded);

        var api = (await fleet.Emulator.GetFromJsonAsync<JsonArray>("/_emulator/apis"))!.Single()!;
        var stage = api["stages"]![0]!["path"]!.GetValue<string>();
        foreach (var (path, service, type) in new[] { ("/products/42", "product-service", "AWS::RDS::DBCluster"), ("/cart", "cart-service", "AWS::DynamoDB::Table") })
        {
            var answer = (await fleet.Emulator.GetFromJsonAsync<JsonObject>(stage + path))!;
            answer["service"]!.GetValue<string>().ShouldBe(service);
            answer["path"]!.GetValue<string>().ShouldBe(path);
            answer["dataStore"]!["type"]!.GetValue<string>().ShouldBe(type);
        }

        using var refused = await fleet.Emulator.GetAsync(stage + "/nowhere");
        (await refused.Content.ReadAsStringAsync()).ShouldBe("""{"message":"Missing Authentication Token"}""");
    }
}
