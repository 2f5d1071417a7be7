using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Api;

namespace Portal.Tests.Emulator.Kubernetes;

/// <summary>Bodies as kubectl create sends them: "k8s\0" and runtime.Unknown (k8s.io/apimachinery, "protobuf encoding"); field numbers of k8s.io/api.</summary>
public sealed class ProtobufTests
{
    [Fact]
    public async Task Create_OfASecretInProtobuf_IsStoredAsJson()
    {
        await using var host = await ClusterHost.StartAsync();
        var body = Envelope("v1", "Secret", secret => secret
            .Message(1, metadata => metadata.Text(1, "s").Text(3, "").Message(11, label => label.Text(1, "app").Text(2, "shop")))
            .Message(2, entry => entry.Text(1, "password").Text(2, "hunter2"))
            .Text(3, "Opaque"));

        var created = await PostAsync(host, "api/v1/namespaces/default/secrets", body);

        created.Status.ShouldBe(201, created.Body.ToJsonString());
        created.Body["data"]!.ToJsonString().ShouldBe("""{"password":"aHVudGVyMg=="}""");
        created.Body["type"]!.GetValue<string>().ShouldBe("Opaque");
        created.Body["metadata"]!["labels"]!["app"]!.GetValue<string>().ShouldBe("shop");
    }

    [Fact]
    public async Task Create_OfADeploymentInProtobuf_KeepsItsContainers()
    {
        await using var host = await ClusterHost.StartAsync();
        var body = Envelope("apps/v1", "Deployment", deployment => deployment
            .Message(1, metadata => metadata.Text(1, "web"))
            .Message(2, spec => spec
                .Message(2, selector => selector.Message(1, label => label.Text(1, "app").Text(2, "web")))
                .Message(3, template => template
                    .Message(1, metadata => metadata.Message(11, label => label.Text(1, "app").Text(2, "web")))
                    .Message(2, pod => pod.Message(2, container => container.Text(1, "nginx").Text(2, "nginx:1"))))));

        var created = await PostAsync(host, "apis/apps/v1/namespaces/default/deployments", body);

        created.Status.ShouldBe(201, created.Body.ToJsonString());
        created.Body["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!.GetValue<string>().ShouldBe("nginx:1");
    }

    [Theory]
    [InlineData("not a message", 400)]
    [InlineData(null, 415)]
    public async Task Create_OfWhatIsNotKnown_IsRefused(string? text, int status)
    {
        await using var host = await ClusterHost.StartAsync();
        var body = text is null ? Envelope("v1", "PodTemplate", _ => { }) : System.Text.Encoding.UTF8.GetBytes(text);
        (await PostAsync(host, "api/v1/namespaces/default/configmaps", body)).Status.ShouldBe(status);
    }

    [Fact]
    public async Task Path_WithoutTheClustersPrefix_IsAnsweredForTheTokensCluster()
    {
        await using var host = await ClusterHost.StartAsync();
        using var answer = await host.Http.GetAsync(new Uri(new Uri(host.Api.Endpoint), "/api/v1/namespaces/default"));
        ((int)answer.StatusCode).ShouldBe(200);
        using var stranger = host.Client("k8s-aws-v1.nobody");
        using var refused = await stranger.GetAsync(new Uri(new Uri(host.Api.Endpoint), "/version"));
        ((int)refused.StatusCode).ShouldBe(401);
    }

    private static byte[] Envelope(string version, string kind, Action<ProtobufWriter> fill)
    {
        // Unknown.raw is bytes, which a message of that field is as well.
        var unknown = new ProtobufWriter().Message(1, type => type.Text(1, version).Text(2, kind)).Message(2, fill);
        return [.. "k8s\0"u8, .. unknown.ToArray()];
    }

    private static async Task<(int Status, JsonNode Body)> PostAsync(ClusterHost host, string path, byte[] body)
    {
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(ProtobufReader.MediaType) } };
        using var response = await host.Http.PostAsync(path, content);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }
}
