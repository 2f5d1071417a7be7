using System.Text.Json.Nodes;
using Portal.Tests.Emulator.Kubernetes;

namespace Portal.Tests.Templates.Helm;

/// <summary>Our charts in a cluster of the emulator, by the real helm.</summary>
public sealed class UpgradeTests : IAsyncLifetime
{
    private const string Deployments = "apis/apps/v1/namespaces/shop/deployments";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("portal-helm-");
    private ClusterHost _cluster = null!;

    public async Task InitializeAsync()
    {
        _cluster = await ClusterHost.StartAsync(nodes: 3);
        await File.WriteAllTextAsync(KubeConfig, $$$"""
            {"apiVersion":"v1","kind":"Config","current-context":"shop",
             "clusters":[{"name":"shop","cluster":{"server":"{{{_cluster.Api.Endpoint}}}","certificate-authority-data":"{{{_cluster.Api.CertificateAuthority}}}"}}],
             "users":[{"name":"shop","user":{"token":"{{{TokenAuthenticator.Good}}}"}}],
             "contexts":[{"name":"shop","context":{"cluster":"shop","user":"shop"}}]}
            """);
    }

    [Fact]
    public async Task Upgrade_SettingChanges_ReplacesPodsAndKeepsWhatTheAutoscalerDid()
    {
        await UpgradeAsync("shop-namespace", "namespace", "kube-system", new JsonObject { ["name"] = "shop" });
        await UpgradeAsync("cart", "microservice", "shop", Cart("one"));
        await ReadyAsync(2);

        // As the autoscaler does it, through the scale of the Deployment.
        await _cluster.OkAsync("PATCH", $"{Deployments}/cart/scale", """{"spec":{"replicas":5}}""", "application/merge-patch+json");
        await ReadyAsync(5);
        var before = await PodsAsync();

        await UpgradeAsync("cart", "microservice", "shop", Cart("one", targetCpu: 50));
        (await PodsAsync()).ShouldBe(before, ignoreOrder: true);

        await UpgradeAsync("cart", "microservice", "shop", Cart("two", targetCpu: 50));
        await ReadyAsync(5);
        await _cluster.WaitAsync(Deployments, "cart", item => item["status"]?["replicas"]?.GetValue<int>() == 5);
        (await PodsAsync()).ShouldNotContain(pod => before.Contains(pod));
        var sets = (await _cluster.OkAsync("GET", "apis/apps/v1/namespaces/shop/replicasets"))["items"]!.AsArray();
        sets.Select(set => set!["spec"]!["replicas"]!.GetValue<int>()).ShouldBe([0, 5], ignoreOrder: true);
    }

    [Fact]
    public async Task Upgrade_SeveralReleasesInTheNamespace_LeaveItsLabelsAlone()
    {
        await UpgradeAsync("shop-namespace", "namespace", "kube-system", new JsonObject { ["name"] = "shop" });

        await UpgradeAsync("ingress", "environment", "shop", JsonNode.Parse("""
            {"loadBalancer":{"name":"shop-alb","groupName":"shop","scheme":"internal","subnets":[],"securityGroups":[]},
             "services":[{"name":"cart","path":"/cart","port":8080,"healthPath":"/health"}]}
            """)!);
        await UpgradeAsync("cart", "microservice", "shop", Cart("one"));
        await UpgradeAsync("shop-namespace", "namespace", "kube-system", new JsonObject { ["name"] = "shop", ["readinessGate"] = false });

        var labels = (await _cluster.OkAsync("GET", "api/v1/namespaces/shop"))["metadata"]!["labels"]!.AsObject();
        labels["pod-security.kubernetes.io/enforce"]!.ShouldBeText("restricted");
        labels.ContainsKey("elbv2.k8s.aws/pod-readiness-gate-inject").ShouldBeFalse();
        (await _cluster.OkAsync("GET", "apis/networking.k8s.io/v1/namespaces/shop/networkpolicies"))["items"]!.AsArray()
            .Select(policy => (string)policy!["metadata"]!["name"]!).ShouldBe(["default-deny", "cart"], ignoreOrder: true);
    }

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private string KubeConfig => Path.Combine(_folder.FullName, "kubeconfig.json");

    private async Task UpgradeAsync(string release, string chart, string kubernetesNamespace, JsonNode values)
    {
        var (exitCode, _, error) = await Rendering.RunAsync(
            values, "upgrade", release, Rendering.Chart(chart), "--install", "--create-namespace", "--wait", "--timeout=60s",
            $"--namespace={kubernetesNamespace}", $"--kubeconfig={KubeConfig}");
        exitCode.ShouldBe(0, error);
    }

    private Task ReadyAsync(int pods) => _cluster.WaitAsync(Deployments, "cart", item =>
        item["spec"]!["replicas"]!.GetValue<int>() == pods
        && item["status"]?["readyReplicas"]?.GetValue<int>() == pods && item["status"]!["updatedReplicas"]?.GetValue<int>() == pods);

    private async Task<List<string>> PodsAsync() =>
        [.. (await _cluster.OkAsync("GET", "api/v1/namespaces/shop/pods"))["items"]!.AsArray()
            .Where(pod => pod!["metadata"]!["deletionTimestamp"] is null).Select(pod => (string)pod!["metadata"]!["name"]!)];

    private static JsonObject Cart(string table, int targetCpu = 70) => new()
    {
        ["name"] = "cart",
        ["image"] = "ghcr.io/shop/cart:1",
        ["port"] = 8080,
        ["path"] = "/cart",
        ["replicas"] = 2,
        ["healthPath"] = "/health",
        ["serviceAccountName"] = "cart",
        ["settings"] = new JsonObject { ["TABLE_NAME"] = table },
        ["autoscaling"] = new JsonObject { ["targetCpuPercent"] = targetCpu },
    };
}
