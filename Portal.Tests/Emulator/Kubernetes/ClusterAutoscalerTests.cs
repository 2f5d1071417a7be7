using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;

namespace Portal.Tests.Emulator.Kubernetes;

/// <summary>Words and defaults: kubernetes/autoscaler, cluster-autoscaler 1.35; tags: EKS user guide, "Managed node groups".</summary>
public sealed class ClusterAutoscalerTests
{
    private const string Deployments = "apis/apps/v1/namespaces/default/deployments";
    private const string Pods = "api/v1/namespaces/default/pods";
    private const string Nodes = "api/v1/nodes";

    private static readonly NodeGroup s_group = new("shop", "main", "t3.large", 1, ["subnet-a", "subnet-b"]) { MinSize = 1, MaxSize = 3 };

    [Fact]
    public async Task PodsWithoutRoom_GetNodesUpToTheMost_AndEmptyOnesGoAgain()
    {
        await using var host = await ClusterHost.StartAsync();
        Admit(host);
        host.Fleet.SetNodeGroup(s_group);
        await RunAsync(host, "shop");

        // One fits on a node: 1,930 thousandths are free on a t3.large.
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 4, container: "\"resources\":{\"requests\":{\"cpu\":\"1500m\"}},"));
        await host.WaitAsync(Deployments, "web", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 3);

        host.Fleet.NodesOf("shop", "main").ShouldBe(3);
        var said = await EventsAsync(host);
        said.ShouldContain(text => text.StartsWith("TriggeredScaleUp pod triggered scale-up: [{eks-main-", StringComparison.Ordinal) && text.EndsWith("(max: 3)}]", StringComparison.Ordinal));
        said.ShouldContain("NotTriggerScaleUp pod didn't trigger scale-up: 1 max node group size reached");

        // Who asks for the same as before knows nothing of the nodes that were added, and takes none away.
        host.Fleet.SetNodeGroup(s_group);
        host.Fleet.NodesOf("shop", "main").ShouldBe(3);

        var nodes = (await host.OkAsync("GET", Nodes))["items"]!.AsArray().Select(node => node!["metadata"]!["name"]!.GetValue<string>()).ToList();
        await host.OkAsync("DELETE", $"{Deployments}/web");
        var first = (await host.OkAsync("GET", Pods))["items"]!.AsArray().Select(pod => pod!["spec"]!["nodeName"]?.GetValue<string>()).First();
        foreach (var node in nodes.Where(node => node != first))
            await host.GoneAsync(Nodes, node);
        host.Fleet.NodesOf("shop", "main").ShouldBe(1);
    }

    [Fact]
    public async Task PodThatNoNodeOfTheGroupTakes_IsTold()
    {
        await using var host = await ClusterHost.StartAsync();
        Admit(host);
        host.Fleet.SetNodeGroup(s_group);
        await RunAsync(host, "shop");

        var events = host.WaitAsync("api/v1/namespaces/default/events", null, said => said["reason"]?.GetValue<string>() == "NotTriggerScaleUp");
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 1, container: "\"resources\":{\"requests\":{\"cpu\":\"3\"}},"));

        (await events)["message"]!.GetValue<string>().ShouldBe("pod didn't trigger scale-up: 1 Insufficient cpu");
        host.Fleet.NodesOf("shop", "main").ShouldBe(1);
    }

    /// <summary>Who may not resize the group, or looks for another's, changes nothing; the same autoscaler with the right does.</summary>
    [Theory]
    [InlineData(false, "shop")]
    [InlineData(true, "another")]
    public async Task AutoscalerWithoutRightOrGroup_AddsNothing(bool isAdmitted, string looksFor)
    {
        await using var host = await ClusterHost.StartAsync();
        if (isAdmitted)
            Admit(host);
        host.Fleet.SetNodeGroup(s_group);
        await RunAsync(host, looksFor);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 2, container: "\"resources\":{\"requests\":{\"cpu\":\"1500m\"}},"));
        await host.WaitAsync(Deployments, "web", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);

        host.Fleet.NodesOf("shop", "main").ShouldBe(1);
        (await EventsAsync(host)).ShouldNotContain(text => text.StartsWith("TriggeredScaleUp", StringComparison.Ordinal));

        Admit(host);
        await host.OkAsync("PATCH", $"{Deployments}/cluster-autoscaler", $$"""{"spec":{"template":{"spec":{"containers":[{"name":"main","args":["{{Discovery("shop")}}","--v=2"]}]} } } }""", "application/strategic-merge-patch+json");
        await host.WaitAsync(Deployments, "web", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 2);
        host.Fleet.NodesOf("shop", "main").ShouldBe(2);
    }

    /// <summary>An association, its role, and the role's policy.</summary>
    private static void Admit(ClusterHost host) => host.Cloud
        .Add("EKS::PodIdentityAssociation", "association", """{"ClusterName":"shop","Namespace":"default","ServiceAccount":"cluster-autoscaler","RoleArn":"arn:role/autoscaler"}""")
        .Add("IAM::Role", "autoscaler", """{"ManagedPolicyArns":["arn:policy/autoscaler"]}""", """{"Arn":"arn:role/autoscaler"}""")
        .Add("IAM::ManagedPolicy", "arn:policy/autoscaler", """{"PolicyDocument":{"Statement":[{"Effect":"Allow","Action":["autoscaling:SetDesiredCapacity"]}]}}""");

    private static async Task RunAsync(ClusterHost host, string cluster)
    {
        await host.OkAsync("POST", "api/v1/namespaces/default/serviceaccounts", """{"metadata":{"name":"cluster-autoscaler"} }""");
        await host.OkAsync("POST", Deployments, Manifests.Deployment(
            "cluster-autoscaler", 1, "cluster-autoscaler:v1.35.0", ",\"app.kubernetes.io/name\":\"cluster-autoscaler\"", $"\"{Discovery(cluster)}\"", "\"serviceAccountName\":\"cluster-autoscaler\","));
        await host.WaitAsync(Deployments, "cluster-autoscaler", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);
    }

    private static string Discovery(string cluster) => $"--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled,k8s.io/cluster-autoscaler/{cluster}";

    private static async Task<IReadOnlyList<string>> EventsAsync(ClusterHost host) =>
        [.. (await host.OkAsync("GET", "api/v1/namespaces/default/events"))["items"]!.AsArray().Select(item => $"{item!["reason"]} {item["message"]}")];
}
