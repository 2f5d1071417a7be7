using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Portal.Core.Security;
using Portal.Tests.Api;

namespace Portal.Tests.Mcp;

/// <summary>An assistant with the SDK's own client, at the portal of the API's tests.</summary>
[Collection(ApiCollection.Name)]
public sealed class McpTests(ApiPortal portal)
{
    [Fact]
    public async Task Tools_AreThoseThatTheTokenLets()
    {
        (await NamesAsync(await portal.TokenAsync(portal.Viewer))).ShouldBe(
            ["get_catalogue", "get_environment", "get_environment_specification", "get_operation", "get_request", "get_specification_schema", "list_environments", "list_requests", "list_targets", "watch_environment", "whoami"]);
        var asks = await NamesAsync(await portal.TokenAsync(portal.Engineer, TokenScope.Request));
        asks.ShouldContain("request_environment");
        asks.ShouldNotContain("approve_request");
        asks.ShouldNotContain("propose_change");
        asks.ShouldNotContain("request_destruction");
        (await NamesAsync(await portal.TokenAsync(portal.Ops, TokenScope.Approve, TokenScope.Destroy))).ShouldBeSubsetOf([.. asks, "approve_request", "reject_request", "propose_change", "take_back_proposal", "request_destruction"]);
    }

    [Fact]
    public async Task Assistant_PlansAsksAndWatches_AndAPersonsTokenDecides()
    {
        await using var asks = await ClientAsync(await portal.TokenAsync(portal.Engineer, TokenScope.Request));
        await using var decides = await ClientAsync(await portal.TokenAsync(portal.Ops, TokenScope.Approve));
        var yaml = ApiPortal.Yaml("by-assistant");

        (await CallAsync(asks, "plan_environment", ("specification", yaml)))["steps"]!.AsArray().Count.ShouldBeGreaterThan(3);
        var number = (await CallAsync(asks, "request_environment", ("specification", yaml)))["number"]!.GetValue<long>();
        var before = await CallAsync(asks, "watch_environment", ("name", "by-assistant"));
        var seen = before["events"]!.AsArray()[^1]!["number"]!.GetValue<long>();
        var watching = CallAsync(asks, "watch_environment", ("name", "by-assistant"), ("after", seen));
        var hash = (await CallAsync(decides, "get_request", ("number", number)))["planHash"]!.GetValue<string>();
        (await CallAsync(decides, "approve_request", ("number", number), ("planHash", hash)))["approved"]!.GetValue<bool>().ShouldBeTrue();

        (await watching)["events"]!.AsArray().Select(one => one!["kind"]!.GetValue<string>()).ShouldContain("request.approved");
        (await CallAsync(asks, "get_environment", ("name", "by-assistant")))["state"]!.GetValue<string>().ShouldBe("Provisioning");
    }

    [Fact]
    public async Task Refusal_IsTheSentenceThatPeopleRead()
    {
        await using var asks = await ClientAsync(await portal.TokenAsync(portal.Engineer, TokenScope.Request));

        (await FaultAsync(asks, "plan_environment", ("specification", "spec: 1"))).ShouldContain("apiVersion is missing");
        (await FaultAsync(asks, "get_environment", ("name", "none-such"))).ShouldContain("No environment called 'none-such'");
    }

    [Fact]
    public async Task Mcp_WithoutAToken_IsRefused()
    {
        using var http = new HttpClient();
        using var body = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""", System.Text.Encoding.UTF8, "application/json");
        (await http.PostAsync(new Uri(portal.Address, "/mcp"), body)).StatusCode.ShouldBe(System.Net.HttpStatusCode.Unauthorized);
    }

    private async Task<McpClient> ClientAsync(string token) => await McpClient.CreateAsync(new HttpClientTransport(new HttpClientTransportOptions
    {
        Endpoint = new Uri(portal.Address, "/mcp"),
        AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {token}" },
    }));

    private async Task<IReadOnlyList<string>> NamesAsync(string token)
    {
        await using var client = await ClientAsync(token);
        return [.. (await client.ListToolsAsync()).Select(tool => tool.Name).Order(StringComparer.Ordinal)];
    }

    private static async Task<JsonNode> CallAsync(McpClient client, string tool, params (string Name, object Value)[] arguments)
    {
        var result = await client.CallToolAsync(tool, arguments.ToDictionary(one => one.Name, one => (object?)one.Value));
        var text = Text(result);
        result.IsError.ShouldNotBe(true, text);
        return JsonNode.Parse(text)!;
    }

    private static async Task<string> FaultAsync(McpClient client, string tool, params (string Name, object Value)[] arguments)
    {
        var result = await client.CallToolAsync(tool, arguments.ToDictionary(one => one.Name, one => (object?)one.Value));
        result.IsError.ShouldBe(true);
        return Text(result);
    }

    private static string Text(CallToolResult result) => string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text));
}
