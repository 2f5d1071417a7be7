using System.Text.Json.Nodes;

namespace Portal.Tests.Emulator.Kubernetes;

public sealed class ControllerTests
{
    private const string Deployments = "apis/apps/v1/namespaces/default/deployments";
    private const string Pods = "api/v1/namespaces/default/pods";

    [Fact]
    public async Task Deployment_WithNodes_BecomesAvailableWithEndpoints()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 2);
        await host.OkAsync("POST", "api/v1/namespaces/default/services", Manifests.Service("web"));
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 3));
        var ready = await host.WaitAsync(Deployments, "web", item => Ready(item) == 3);

        ready["status"]!["observedGeneration"]!.GetValue<int>().ShouldBe(1);
        ready["status"]!["updatedReplicas"]!.GetValue<int>().ShouldBe(3);
        await host.WaitAsync("api/v1/namespaces/default/endpoints", "web", item => item["subsets"]?[0]?["addresses"]?.AsArray().Count == 3 && item["subsets"]![0]!["ports"]![0]!["port"]!.GetValue<int>() == 8080);
        var pod = (await host.OkAsync("GET", Pods))["items"]![0]!;
        var log = await host.Http.GetStringAsync($"{Pods}/{pod["metadata"]!["name"]!.GetValue<string>()}/log");
        log.ShouldContain("Listening on 0.0.0.0:8080");
        var events = await host.OkAsync("GET", $"api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3D{pod["metadata"]!["name"]!.GetValue<string>()}");
        events["items"]!.AsArray().Select(item => item!["reason"]!.GetValue<string>()).Order(StringComparer.Ordinal)
            .ShouldBe(["Created", "Pulled", "Pulling", "Scheduled", "Started"]);
    }

    [Fact]
    public async Task Pod_WithoutNodes_WaitsAndStartsWhenNodesJoin()
    {
        await using var host = await ClusterHost.StartAsync();
        await host.OkAsync("POST", Pods, """{"metadata":{"name":"one"},"spec":{"containers":[{"name":"a","image":"b:1"}]}}""");
        var waiting = await host.WaitAsync(Pods, "one", item => Condition(item, "PodScheduled") == "False");
        waiting["status"]!["phase"]!.GetValue<string>().ShouldBe("Pending");
        var events = await host.OkAsync("GET", "api/v1/namespaces/default/events?fieldSelector=reason%3DFailedScheduling");
        events["items"]![0]!["message"]!.GetValue<string>().ShouldBe("no nodes available to schedule pods");

        host.SetNodes(1);
        await host.WaitAsync(Pods, "one", item => Condition(item, "Ready") == "True");
    }

    [Fact]
    public async Task Nodes_ThatLeave_TakeTheirPodsAlong()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 1));
        await host.WaitAsync(Deployments, "web", item => Ready(item) == 1);
        host.SetNodes(0);
        await host.WaitAsync(Deployments, "web", item => Ready(item) == 0);
        (await host.OkAsync("GET", "api/v1/nodes"))["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Deployment_WithNewTemplate_RollsWithinItsBounds()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 2);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 4));
        await host.WaitAsync(Deployments, "web", item => Ready(item) == 4);
        var version = (await host.OkAsync("GET", Deployments))["metadata"]!["resourceVersion"]!.GetValue<string>();
        await host.OkAsync("PATCH", Deployments + "/web", """{"spec":{"template":{"spec":{"containers":[{"name":"main","image":"shop/product:2.0"}]}}}}""", "application/strategic-merge-patch+json");
        var done = await host.WaitAsync(Deployments, "web", IsRolledOut);

        done["metadata"]!["annotations"]!["deployment.kubernetes.io/revision"]!.GetValue<string>().ShouldBe("2");
        await using var stream = await host.Http.GetStreamAsync($"{Deployments}?watch=true&resourceVersion={version}");
        using var reader = new StreamReader(stream);
        while (true)
        {
            var state = JsonNode.Parse((await reader.ReadLineAsync())!)!["object"]!;
            Count(state, "replicas").ShouldBeLessThanOrEqualTo(5, "surge of a quarter");
            Count(state, "availableReplicas").ShouldBeGreaterThanOrEqualTo(3, "a quarter may be unavailable");
            if (IsRolledOut(state))
                break;
        }

        // Without the generation, the counts of before the change would do.
        static bool IsRolledOut(JsonNode item) =>
            Count(item, "observedGeneration") == 2 && Count(item, "updatedReplicas") == 4 && Count(item, "replicas") == 4 && Ready(item) == 4;
    }

    [Fact]
    public async Task Scale_ThroughItsSubresource_ChangesThePods()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 1));
        await host.OkAsync("PATCH", Deployments + "/web/scale", """{"spec":{"replicas":3}}""", "application/merge-patch+json");
        await host.WaitAsync(Deployments, "web", item => Ready(item) == 3);
        await host.OkAsync("PATCH", Deployments + "/web/scale", """{"spec":{"replicas":0}}""", "application/merge-patch+json");
        await host.WaitAsync(Deployments, "web", item => Count(item, "replicas") == 0 && Count(item, "observedGeneration") == 3);
    }

    [Fact]
    public async Task Scale_PatchesAtOnce_DoNotConflict()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 0));

        await Task.WhenAll(Enumerable.Range(0, 40).Select(number =>
            host.OkAsync("PATCH", Deployments + "/web/scale", $$$"""{"spec":{"replicas":{{{number % 2}}}}}""", "application/merge-patch+json")));
    }

    [Theory]
    [InlineData("Background")]
    [InlineData("Foreground")]
    public async Task Delete_OfDeployment_CollectsWhatItOwns(string propagation)
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 2));
        await host.WaitAsync(Deployments, "web", item => Ready(item) == 2);
        var pod = (await host.OkAsync("GET", Pods))["items"]![0]!["metadata"]!["name"]!.GetValue<string>();
        await host.OkAsync("DELETE", $"{Deployments}/web?propagationPolicy={propagation}");
        await host.GoneAsync(Pods, pod);
        await host.GoneAsync(Deployments, "web");
    }

    [Fact]
    public async Task Delete_Orphaning_LeavesWhatItOwned()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 1));
        await host.WaitAsync(Deployments, "web", item => Ready(item) == 1);
        await host.OkAsync("DELETE", $"{Deployments}/web?propagationPolicy=Orphan");
        await host.GoneAsync(Deployments, "web");
        var set = (await host.OkAsync("GET", "apis/apps/v1/namespaces/default/replicasets"))["items"]!.AsArray().ShouldHaveSingleItem()!;
        set["metadata"]!["ownerReferences"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Namespace_Deleted_EmptiesUnlessAFinalizerHoldsIt()
    {
        await using var host = await ClusterHost.StartAsync();
        await host.CreateNamespaceAsync("shop");
        await host.OkAsync("POST", "api/v1/namespaces/shop/secrets", """{"metadata":{"name":"held","finalizers":["example.com/hold"]}}""");
        await host.OkAsync("DELETE", "api/v1/namespaces/shop");
        var going = await host.WaitAsync("api/v1/namespaces", "shop", item => Condition(item, "NamespaceFinalizersRemaining") == "True");
        going["status"]!["phase"]!.GetValue<string>().ShouldBe("Terminating");
        (await host.SendAsync("POST", "api/v1/namespaces/shop/secrets", """{"metadata":{"name":"late"}}""")).Status.ShouldBe(403);

        await host.OkAsync("PATCH", "api/v1/namespaces/shop/secrets/held", """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");
        await host.GoneAsync("api/v1/namespaces", "shop");
    }

    [Fact]
    public async Task Autoscaler_AboveTheReplicas_RaisesThemToItsMinimum()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 1));
        await host.OkAsync("POST", "apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers", """
            {"metadata":{"name":"web"},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"},"minReplicas":2,"maxReplicas":4}}
            """);
        await host.WaitAsync(Deployments, "web", item => Ready(item) == 2);
    }

    [Fact]
    public async Task Restart_OfTheEmulator_KeepsObjectsCertificateAuthorityAndEndpointAndGoesOn()
    {
        var documents = new MemoryDocuments();
        string authority, path, uid;
        await using (var first = await ClusterHost.StartAsync(documents: documents))
        {
            (authority, path) = (first.Api.CertificateAuthority, new Uri(first.Api.Endpoint).AbsolutePath);
            uid = (await first.OkAsync("POST", Deployments, Manifests.Deployment("web", 2)))["metadata"]!["uid"]!.GetValue<string>();
        }

        await using var second = await ClusterHost.StartAsync(nodes: 1, documents: documents);
        second.Api.CertificateAuthority.ShouldBe(authority);
        new Uri(second.Api.Endpoint).AbsolutePath.ShouldBe(path);
        var ready = await second.WaitAsync(Deployments, "web", item => Ready(item) == 2);
        ready["metadata"]!["uid"]!.GetValue<string>().ShouldBe(uid);
        second.Ledger.Entries.ShouldNotContain("effect kubernetes create shop/deployments/default/web");
    }

    [Fact]
    public async Task DeleteCluster_ForgetsEverythingAndTheNameIsFreeAgain()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 1));
        host.Fleet.DeleteCluster("shop");
        (await host.SendAsync("GET", "api/v1/namespaces")).Status.ShouldBe(404);
        host.Documents.Count("kubernetes-objects").ShouldBe(0);

        host.Fleet.CreateCluster(ClusterHost.Shop);
        (await host.OkAsync("GET", Deployments))["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Ledger_RecordsCreationAndRemovalOnce()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 1));
        await host.WaitAsync(Deployments, "web", item => Ready(item) == 1);
        await host.OkAsync("DELETE", Deployments + "/web");
        host.Ledger.Entries.Where(entry => entry.EndsWith("shop/deployments/default/web", StringComparison.Ordinal))
            .ShouldBe(["effect kubernetes create shop/deployments/default/web", "effect kubernetes delete shop/deployments/default/web"]);
    }

    private static int Ready(JsonNode item) => Count(item, "readyReplicas");

    private static int Count(JsonNode item, string field) => item["status"]?[field]?.GetValue<int>() ?? 0;

    private static string? Condition(JsonNode item, string type) =>
        item["status"]?["conditions"]?.AsArray().FirstOrDefault(condition => condition!["type"]!.GetValue<string>() == type)?["status"]!.GetValue<string>();
}
