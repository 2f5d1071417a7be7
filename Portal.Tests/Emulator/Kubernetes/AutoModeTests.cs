using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;

namespace Portal.Tests.Emulator.Kubernetes;

/// <summary>
/// EKS user guide: "Enable or Disable Built-in NodePools", "Create a Node Pool for EKS Auto Mode", "Run critical add-ons on dedicated instances",
/// "Create an IngressClass to configure an Application Load Balancer".
/// </summary>
public sealed class AutoModeTests
{
    private const string Ingresses = "apis/networking.k8s.io/v1/namespaces/default/ingresses";
    private const string Deployments = "apis/apps/v1/namespaces/default/deployments";
    private const string Nodes = "api/v1/nodes";
    private const string NodePools = "apis/karpenter.sh/v1/nodepools";
    private const string NodeClaims = "apis/karpenter.sh/v1/nodeclaims";
    private const string Parameters = "apis/eks.amazonaws.com/v1/ingressclassparams";
    private const string Metrics = "apis/metrics.k8s.io/v1beta1/namespaces/kube-system/pods";

    private static readonly AutoMode s_both = new(["general-purpose", "system"], ["subnet-a", "subnet-b"], "nodes");

    [Fact]
    public async Task Cluster_InAutoMode_HasItsKindsAndPoolsAndNoPods()
    {
        await using var host = await ClusterHost.StartAsync(autoMode: s_both);

        var groups = (await host.OkAsync("GET", "apis"))["groups"]!.AsArray().Select(group => group!["name"]!.GetValue<string>());
        groups.ShouldBeSubsetOf([.. groups, "karpenter.sh", "eks.amazonaws.com"]);
        (await host.OkAsync("GET", "apis/eks.amazonaws.com/v1"))["resources"]!.AsArray().Select(resource => resource!["name"]!.GetValue<string>())
            .ShouldBe(["nodeclasses", "nodeclasses/status", "ingressclassparams", "ingressclassparams/status"], ignoreOrder: true);
        var pools = (await host.OkAsync("GET", NodePools))["items"]!.AsArray();
        pools.Select(pool => pool!["metadata"]!["name"]!.GetValue<string>()).ShouldBe(["general-purpose", "system"]);
        pools[1]!["spec"]!["template"]!["spec"]!["taints"]![0]!["key"]!.GetValue<string>().ShouldBe("CriticalAddonsOnly");
        (await host.OkAsync("GET", "apis/eks.amazonaws.com/v1/nodeclasses/default"))["status"]!["conditions"]![0]!["status"]!.GetValue<string>().ShouldBe("True");
        (await host.OkAsync("GET", Nodes))["items"]!.AsArray().ShouldBeEmpty();
        (await host.OkAsync("GET", "apis/apps/v1/deployments"))["items"]!.AsArray().ShouldBeEmpty("DNS and network are parts of the node");
    }

    [Fact]
    public async Task PendingPods_GetANodeThatGoesWhenTheyAreGone()
    {
        await using var host = await ClusterHost.StartAsync(autoMode: s_both);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 3));
        await host.WaitAsync(Deployments, "web", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 3);

        var node = (await host.OkAsync("GET", Nodes))["items"]!.AsArray().ShouldHaveSingleItem()!;
        var labels = node["metadata"]!["labels"]!;
        labels["eks.amazonaws.com/compute-type"]!.GetValue<string>().ShouldBe("auto");
        labels["karpenter.sh/nodepool"]!.GetValue<string>().ShouldBe("general-purpose");
        labels["node.kubernetes.io/instance-type"]!.GetValue<string>().ShouldBe("c6a.large");
        node["metadata"]!["name"]!.GetValue<string>().ShouldStartWith("i-");
        var claim = (await host.OkAsync("GET", NodeClaims))["items"]!.AsArray().ShouldHaveSingleItem()!;
        await host.WaitAsync(NodePools, "general-purpose", pool => pool["status"]?["resources"]?["nodes"]?.GetValue<string>() == "1");
        claim["status"]!["nodeName"]!.GetValue<string>().ShouldBe(node["metadata"]!["name"]!.GetValue<string>());

        await host.OkAsync("DELETE", Deployments + "/web");
        await host.GoneAsync(Nodes, node["metadata"]!["name"]!.GetValue<string>());
        await host.GoneAsync(NodeClaims, claim["metadata"]!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task MetricsServer_AsAnAddon_IsTheFirstToGetANode()
    {
        await using var host = await ClusterHost.StartAsync(autoMode: s_both);
        host.Fleet.SetAddon("shop", "metrics-server", isInstalled: true);
        await host.WaitAsync("apis/apps/v1/namespaces/kube-system/deployments", "metrics-server", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 2);
        var node = (await host.OkAsync("GET", Nodes))["items"]!.AsArray().ShouldHaveSingleItem()!["metadata"]!["name"]!.GetValue<string>();
        (await host.OkAsync("GET", Metrics))["items"]!.AsArray().Count.ShouldBe(2);

        host.Fleet.SetAddon("shop", "metrics-server", isInstalled: false);
        await host.GoneAsync(Nodes, node);
        (await host.SendAsync("GET", Metrics)).Status.ShouldBe(404);
    }

    /// <summary>What a pod asks for, and the type of the node that is started for it.</summary>
    [Theory]
    [InlineData("100m", "128Mi", "c6a.large")]
    [InlineData("1500m", "6Gi", "m6a.large")]
    [InlineData("1500m", "12Gi", "r6a.large")]
    [InlineData("3", "512Mi", "c6a.xlarge")]
    public async Task PendingPod_OfASize_GetsTheCheapestNodeThatTakesIt(string cpu, string memory, string type)
    {
        await using var host = await ClusterHost.StartAsync(autoMode: s_both);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 1, container: $"\"resources\":{{\"requests\":{{\"cpu\":\"{cpu}\",\"memory\":\"{memory}\"}}}},"));
        await host.WaitAsync(Deployments, "web", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);

        (await host.OkAsync("GET", Nodes))["items"]!.AsArray().ShouldHaveSingleItem()!["metadata"]!["labels"]!["node.kubernetes.io/instance-type"]!.GetValue<string>().ShouldBe(type);
    }

    [Fact]
    public async Task CriticalPod_GoesToTheSystemPoolAndOthersStayOff()
    {
        await using var host = await ClusterHost.StartAsync(autoMode: s_both);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("critical", 1,
            pod: "\"nodeSelector\":{\"karpenter.sh/nodepool\":\"system\"},\"tolerations\":[{\"key\":\"CriticalAddonsOnly\",\"operator\":\"Exists\"}],"));
        await host.WaitAsync(Deployments, "critical", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 1));
        await host.WaitAsync(Deployments, "web", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);

        (await host.OkAsync("GET", Nodes))["items"]!.AsArray().Select(node => node!["metadata"]!["labels"]!["karpenter.sh/nodepool"]!.GetValue<string>())
            .ShouldBe(["general-purpose", "system"], ignoreOrder: true);
    }

    [Fact]
    public async Task Pod_ThatNoPoolCanServe_StaysPendingAndIsTold()
    {
        await using var host = await ClusterHost.StartAsync(autoMode: s_both with { NodePools = ["system"] });
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 1));

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var stream = await host.Http.GetStreamAsync("api/v1/namespaces/default/events?watch=true&fieldSelector=reason%3DFailedScheduling", patience.Token);
        using var reader = new StreamReader(stream);
        // The scheduler says so too, for want of nodes.
        JsonNode warning;
        do
            warning = JsonNode.Parse((await reader.ReadLineAsync(patience.Token))!)!["object"]!;
        while (warning["source"]!["component"]!.GetValue<string>() != "eks-auto-mode/compute");
        warning["message"]!.GetValue<string>().ShouldContain("no node pool has an instance type");
        (await host.OkAsync("GET", Nodes))["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Ingresses_OfAnAutoModeClass_ShareTheGroupOfItsParameters()
    {
        await using var host = await ClusterHost.StartAsync(autoMode: s_both);
        await AddClassAsync(host, "shop");
        await host.OkAsync("POST", Ingresses, Ingress("one", "group.name=ignored"));
        await host.OkAsync("POST", Ingresses, Ingress("two", "group.name=other"));
        await host.WaitAsync(Ingresses, "one", HasAddress);
        await host.WaitAsync(Ingresses, "two", HasAddress);

        host.LoadBalancers.Names.ShouldBe(["shop-ALB"]);
        var balancer = host.LoadBalancers.Find("shop-ALB");
        balancer.Rules().Count.ShouldBe(2);
        balancer.SubnetIds.ShouldBe(["subnet-a", "subnet-b"]);
        balancer.Listeners.Select(listener => (listener.Port, listener.Protocol)).ShouldBe([(443, "HTTPS")]);
        balancer.Tags.ShouldBe(new Dictionary<string, string>
        {
            ["eks:eks-cluster-name"] = "shop",
            ["ingress.eks.amazonaws.com/stack"] = "shop",
            ["ingress.eks.amazonaws.com/resource"] = "LoadBalancer",
        }, ignoreOrder: true);
        (await host.OkAsync("GET", Ingresses + "/one"))["metadata"]!["finalizers"]![0]!.GetValue<string>().ShouldBe("group.ingress.eks.amazonaws.com/shop");
        host.Fleet.LoadBalancersInVpc("vpc-1").ShouldBe(1);

        await host.OkAsync("DELETE", Ingresses + "/one");
        await host.OkAsync("DELETE", Ingresses + "/two");
        await host.GoneAsync(Ingresses, "one");
        await host.GoneAsync(Ingresses, "two");
        host.LoadBalancers.Names.ShouldBeEmpty();
        host.Fleet.LoadBalancersInVpc("vpc-1").ShouldBe(0);
    }

    // As helm makes them: parameters are of a kind it does not know, so they come last.
    [Fact]
    public async Task Ingress_BeforeItsClassHasParameters_WaitsForThem()
    {
        await using var host = await ClusterHost.StartAsync(autoMode: s_both);
        await AddClassAsync(host, "shop", withParameters: false);
        await host.OkAsync("POST", Ingresses, Ingress("one", ""));
        // A node comes and pods are ready: time enough for a load balancer.
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 1));
        await host.WaitAsync(Deployments, "web", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);
        host.LoadBalancers.Names.ShouldBeEmpty();
        (await host.OkAsync("GET", Ingresses + "/one"))["metadata"]!["finalizers"].ShouldBeNull();

        await AddParametersAsync(host, "shop");
        await host.WaitAsync(Ingresses, "one", HasAddress);
        host.LoadBalancers.Find("shop-ALB").Tags["ingress.eks.amazonaws.com/stack"].ShouldBe("shop");
    }

    [Fact]
    public async Task Ingress_OfAnAutoModeClass_GetsNothingWhileAutoModeIsOff()
    {
        await using var host = await ClusterHost.StartAsync(autoMode: s_both);
        await AddClassAsync(host, "shop");
        host.Fleet.CreateCluster(ClusterHost.Shop);
        await host.OkAsync("POST", Ingresses, Ingress("one", ""));
        await host.OkAsync("PATCH", Parameters + "/auto", """{"spec":{"group":{"name":"later"} } }""", "application/merge-patch+json");
        host.LoadBalancers.Names.ShouldBeEmpty();
        host.Fleet.CreateCluster(ClusterHost.Shop, s_both);

        await host.WaitAsync(Ingresses, "one", HasAddress);
        host.LoadBalancers.Find("shop-ALB").Tags["ingress.eks.amazonaws.com/stack"].ShouldBe("later");
    }

    [Fact]
    public async Task AutoMode_SwitchedOff_TakesItsNodesAlong()
    {
        await using var host = await ClusterHost.StartAsync(autoMode: s_both);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 1));
        await host.WaitAsync(Deployments, "web", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);
        var node = (await host.OkAsync("GET", Nodes))["items"]![0]!["metadata"]!["name"]!.GetValue<string>();

        host.Fleet.CreateCluster(ClusterHost.Shop);
        host.SetNodes(1);

        await host.GoneAsync(Nodes, node);
        await host.WaitAsync("apis/apps/v1/namespaces/kube-system/deployments", "coredns", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 2);
        (await host.OkAsync("GET", NodePools))["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Nodes_AfterARestart_AreThereAndTheirPoolsGoOn()
    {
        var documents = new MemoryDocuments();
        string node;
        await using (var first = await ClusterHost.StartAsync(documents: documents, autoMode: s_both))
        {
            await first.OkAsync("POST", Deployments, Manifests.Deployment("web", 1));
            await first.WaitAsync(Deployments, "web", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);
            node = (await first.OkAsync("GET", Nodes))["items"]![0]!["metadata"]!["name"]!.GetValue<string>();
        }

        await using var second = await ClusterHost.StartAsync(documents: documents, autoMode: s_both);
        (await second.OkAsync("GET", Nodes))["items"]!.AsArray().ShouldHaveSingleItem()!["metadata"]!["name"]!.GetValue<string>().ShouldBe(node);
        await second.OkAsync("DELETE", Deployments + "/web");
        await second.GoneAsync(Nodes, node);
    }

    private static async Task AddClassAsync(ClusterHost host, string group, bool withParameters = true)
    {
        if (withParameters)
            await AddParametersAsync(host, group);
        await host.OkAsync("POST", "apis/networking.k8s.io/v1/ingressclasses", """
            {"apiVersion":"networking.k8s.io/v1","kind":"IngressClass","metadata":{"name":"alb"},"spec":{"controller":"eks.amazonaws.com/alb",
             "parameters":{"apiGroup":"eks.amazonaws.com","kind":"IngressClassParams","name":"auto"} } }
            """);
    }

    private static Task<JsonNode> AddParametersAsync(ClusterHost host, string group) => host.OkAsync("POST", Parameters, $$"""
        {"apiVersion":"eks.amazonaws.com/v1","kind":"IngressClassParams","metadata":{"name":"auto"},"spec":{"scheme":"internal","group":{"name":"{{group}}"},
         "subnets":{"ids":["subnet-a","subnet-b"]},"certificateARNs":["arn:aws:acm:us-east-1:000000000000:certificate/a"]} }
        """);

    private static string Ingress(string name, string annotations) => Manifests.Ingress(name, annotations, ("/" + name, "Prefix", name));

    private static bool HasAddress(JsonNode ingress) => ingress["status"]?["loadBalancer"]?["ingress"]?[0]?["hostname"] is not null;
}
