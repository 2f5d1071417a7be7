using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Portal.Tests.Emulator.Kubernetes;

public sealed class ChartRepositoryTests
{
    [Fact]
    public async Task Index_OfTheRepository_NamesAnArchiveThatHoldsTheChart()
    {
        await using var host = await ClusterHost.StartAsync();
        var index = await host.Plain.GetStringAsync("/_emulator/charts/index.yaml");
        var archive = await host.Plain.GetByteArrayAsync("/_emulator/charts/aws-load-balancer-controller-3.5.0.tgz");
        index.ShouldContain("version: 3.5.0");
        index.ShouldContain(Convert.ToHexStringLower(SHA256.HashData(archive)));

        using var tar = new TarReader(new GZipStream(new MemoryStream(archive), CompressionMode.Decompress));
        var files = new List<string>();
        while (await tar.GetNextEntryAsync() is { } entry)
            files.Add(entry.Name);
        files.ShouldContain("aws-load-balancer-controller/Chart.yaml");
        files.ShouldContain("aws-load-balancer-controller/templates/deployment.yaml");
        files.ShouldContain("aws-load-balancer-controller/templates/_helpers.tpl");
        files.ShouldContain("aws-load-balancer-controller/crds/ingressclassparams.yaml");
    }

    [Fact]
    public async Task Report_OfClusters_ListsNodesPodsAndReleases()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 2);
        await host.OkAsync("POST", "api/v1/namespaces/default/secrets", """
            {"metadata":{"name":"sh.helm.release.v1.web.v1","labels":{"owner":"helm","name":"web","version":"1","status":"deployed"}},"type":"helm.sh/release.v1"}
            """);
        await host.WaitAsync("apis/apps/v1/namespaces/kube-system/deployments", "coredns", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 2);
        var cluster = JsonNode.Parse(await host.Plain.GetStringAsync("/_emulator/clusters"))![0]!;
        cluster["nodes"]!.AsArray().Count(node => node!["ready"]!.GetValue<bool>()).ShouldBeGreaterThan(0);
        cluster["releases"]![0]!.ToJsonString().ShouldBe("""{"namespace":"default","name":"web","version":1,"status":"deployed"}""");
        cluster["namespaces"]!.AsArray().Single(space => space!["name"]!.GetValue<string>() == "kube-system")!["ready"]!.GetValue<int>().ShouldBe(2);
    }
}
