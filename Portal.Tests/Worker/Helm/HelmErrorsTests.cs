using System.Text.Json.Nodes;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Helm;
using Portal.Worker.Kubernetes;

namespace Portal.Tests.Worker.Helm;

/// <summary>What Helm 3 prints.</summary>
public sealed class HelmErrorsTests
{
    [Theory]
    [InlineData("Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress", "helm_busy", true)]
    [InlineData("Error: values don't meet the specifications of the schema(s) in the following chart(s):\nmicroservice:\n- replicas: Invalid type. Expected: integer, given: string", "helm_invalid_values", false)]
    [InlineData("Error: Kubernetes cluster unreachable: Get \"https://127.0.0.1:9/version\": dial tcp 127.0.0.1:9: connect: connection refused", "helm_cluster_unreachable", true)]
    [InlineData("Error: Kubernetes cluster unreachable: the server has asked for the client to provide credentials", "helm_unauthorized", true)]
    [InlineData("Error: Kubernetes cluster unreachable: Get \"https://x/version\": x509: certificate signed by unknown authority", "helm_untrusted", false)]
    [InlineData("Error: chart \"aws-load-balancer-controller\" version \"9.9.9\" not found in http://127.0.0.1:4566/_emulator/charts repository", "helm_chart_missing", false)]
    [InlineData("Error: looks like \"http://127.0.0.1:9\" is not a valid chart repository or cannot be reached: connection refused", "helm_repository_unreachable", true)]
    [InlineData("Error: INSTALLATION FAILED: timed out waiting for the condition", "helm_timeout", true)]
    [InlineData("Error: Internal error occurred: failed calling webhook \"mservice.elbv2.k8s.aws\": no endpoints available", "helm_webhook_unavailable", true)]
    [InlineData("Error: unable to build kubernetes objects from release manifest: Get \"https://127.0.0.1:9/openapi/v2\": dial tcp 127.0.0.1:9: connect: connection refused", "helm_connection_lost", true)]
    [InlineData("Error: could not get apiVersions from Kubernetes: Get \"https://127.0.0.1:9/api\": http2: client connection lost", "helm_connection_lost", true)]
    [InlineData("Error: unable to recognize \"\": Get \"https://127.0.0.1:9/api?timeout=32s\": dial tcp 127.0.0.1:9: i/o timeout", "helm_connection_lost", true)]
    [InlineData("Error: UPGRADE FAILED: the server is currently unable to handle the request (get deployments.apps web)", "helm_connection_lost", true)]
    [InlineData("Error: UPGRADE FAILED: etcdserver: leader changed", "helm_connection_lost", true)]
    [InlineData("Error: query: failed to query with labels: Get \"https://x/api/v1/secrets\": dial tcp: lookup x: no such host", "helm_connection_lost", true)]
    [InlineData("Error: unable to build kubernetes objects from release manifest: resource mapping not found for name: \"x\" namespace: \"\" from \"\": no matches for kind \"X\"", "helm_chart_broken", false)]
    [InlineData("Error: something new", "helm_failed", false)]
    public void Classify_Message_IsOneOfOurs(string error, string code, bool canRetry)
    {
        var failure = HelmErrors.Classify(new HelmOutput(1, "", error), "web", "helm").Failure;

        failure.Code.ShouldBe(code);
        failure.CanRetry.ShouldBe(canRetry);
        failure.Silent.ShouldBe(code switch
        {
            "helm_cluster_unreachable" or "helm_connection_lost" => Correspondents.Cluster,
            "helm_repository_unreachable" => Correspondents.Charts,
            _ => null,
        });
        failure.Message.ShouldContain("web");
        failure.Message.ShouldEndWith(".");
        failure.Message.ShouldNotContain("\n");
    }

    [Fact]
    public async Task OfAsync_OrderOfKeys_DoesNotMatter()
    {
        var one = JsonNode.Parse("""{"a":{"x":1,"y":[1,2]},"b":2}""")!.AsObject();
        var two = JsonNode.Parse("""{"b":2,"a":{"y":[1,2],"x":1}}""")!.AsObject();
        var three = JsonNode.Parse("""{"b":2,"a":{"y":[2,1],"x":1}}""")!.AsObject();

        var digest = await ReleaseDigest.OfAsync(Request(one), default);

        (await ReleaseDigest.OfAsync(Request(two), default)).ShouldBe(digest);
        (await ReleaseDigest.OfAsync(Request(three), default)).ShouldNotBe(digest);
        ReleaseDigest.Parse(ReleaseDigest.Describe("by jo", digest)).ShouldBe(("by jo", digest));
        ReleaseDigest.Parse("Install complete").ShouldBe(("Install complete", null));
    }

    private static ReleaseRequest Request(JsonObject values) => new(
        new ClusterConnection(new AwsTarget("t", "1", "us-east-1", null, null), "c", new Uri("https://c"), ""), "ns", "web",
        new RepositoryChart(new Uri("https://charts"), "web", "1.0.0"), values, [], TimeSpan.FromMinutes(1), "");
}
