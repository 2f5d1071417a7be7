using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Tests.Emulator.Aws;

namespace Portal.Tests.Emulator.Kubernetes;

/// <summary>kubernetes.io: "Pod Lifecycle" (back-off 10 s to 5 min), "Taints and Tolerations" (eviction after 300 s), "Images" (ImagePullBackOff).</summary>
public sealed class FaultTests
{
    private const string Pods = "api/v1/namespaces/default/pods";
    private const string Deployments = "apis/apps/v1/namespaces/default/deployments";
    private const string Admin = "/_emulator/kubernetes/shop/";

    [Theory]
    [InlineData("CrashLoopBackOff", "Running", "back-off")]
    [InlineData("ImagePullBackOff", "Pending", "Back-off pulling image")]
    public async Task Pods_ToldToFail_DoUntilTheyAreToldOtherwise(string kind, string phase, string message)
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1);
        await PostAsync(host, "faults", new { kind, @namespace = "default", name = "web" });
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 1));
        var name = await FirstPodAsync(host);

        var failing = await host.WaitAsync(Pods, name, pod => Waiting(pod)?["reason"]?.GetValue<string>() == kind);
        failing["status"]!["phase"]!.GetValue<string>().ShouldBe(phase);
        Waiting(failing)!["message"]!.GetValue<string>().ShouldStartWith(message);
        if (kind == "CrashLoopBackOff")
            await host.WaitAsync(Pods, name, pod => Status(pod)["restartCount"]!.GetValue<int>() >= 2);

        (await host.Plain.DeleteAsync(Admin + "faults")).EnsureSuccessStatusCode();
        await host.WaitAsync(Deployments, "web", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);
    }

    [Fact]
    public async Task Pod_Crashed_IsRestartedAndReadyAgain()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 1));
        await host.WaitAsync(Deployments, "web", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);
        var name = await FirstPodAsync(host);

        await PostAsync(host, $"pods/default/{name}/crash", new { });

        var again = await host.WaitAsync(Pods, name, pod => Status(pod)["restartCount"]!.GetValue<int>() == 1 && Status(pod)["ready"]!.GetValue<bool>());
        Status(again)["lastState"]!["terminated"]!["exitCode"]!.GetValue<int>().ShouldBe(1);
        again["metadata"]!["annotations"]?["portal.emulator/crash"].ShouldBeNull();
    }

    [Fact]
    public async Task Node_Stopped_LosesItsPodsAfterTheirToleration()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 2);
        await host.WaitAsync("api/v1/nodes", await FirstNodeAsync(host), _ => true);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 1));
        await host.WaitAsync(Deployments, "web", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);
        var pod = await FirstPodAsync(host);
        var node = (await host.OkAsync("GET", $"{Pods}/{pod}"))["spec"]!["nodeName"]!.GetValue<string>();

        await PostAsync(host, $"nodes/{node}/stop", new { });

        var lost = await host.WaitAsync("api/v1/nodes", node, item => item["spec"]?["taints"] is not null);
        lost["status"]!["conditions"]!.AsArray().Single(item => item!["type"]!.GetValue<string>() == "Ready")!["status"]!.GetValue<string>().ShouldBe("Unknown");
        await host.WaitAsync(Pods, pod, item => item["metadata"]!["deletionTimestamp"] is not null);
        await host.WaitAsync(Deployments, "web", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);

        await PostAsync(host, $"nodes/{node}/start", new { });
        await host.GoneAsync(Pods, pod);
    }

    [Theory]
    [InlineData("pods/default/nobody/crash", 404)]
    [InlineData("nodes/nobody/stop", 404)]
    public async Task Fault_OfWhatIsNotThere_IsNotFound(string path, int status)
    {
        await using var host = await ClusterHost.StartAsync();
        using var answer = await host.Plain.PostAsJsonAsync(Admin + path, new { });
        ((int)answer.StatusCode).ShouldBe(status);
    }

    [Theory]
    [InlineData(true, 60)]
    [InlineData(false, 100)]
    public void Wait_AfterARestart_TakesWhatWasLeftOfIt(bool isKept, int left)
    {
        var (documents, time) = (new MemoryDocuments(), new ManualTime());
        var clock = new EmulatorClock(time, 1);
        new Waits(documents, clock, "c").Remaining("pull/1", TimeSpan.FromSeconds(100), isKept);
        time.Move(TimeSpan.FromSeconds(40));

        new Waits(documents, clock, "c").Remaining("pull/1", TimeSpan.FromSeconds(100), isKept).ShouldBe(TimeSpan.FromSeconds(left));
    }

    private static async Task PostAsync(ClusterHost host, string path, object body)
    {
        using var answer = await host.Plain.PostAsJsonAsync(Admin + path, body);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
    }

    private static Task<string> FirstPodAsync(ClusterHost host) => FirstAsync(host, Pods);

    private static Task<string> FirstNodeAsync(ClusterHost host) => FirstAsync(host, "api/v1/nodes");

    /// <summary>The name of the first object that is there, or comes.</summary>
    private static async Task<string> FirstAsync(ClusterHost host, string path)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var stream = await host.Http.GetStreamAsync(path + "?watch=true", patience.Token);
        using var reader = new StreamReader(stream);
        return JsonNode.Parse((await reader.ReadLineAsync(patience.Token))!)!["object"]!["metadata"]!["name"]!.GetValue<string>();
    }

    private static JsonNode Status(JsonNode pod) => pod["status"]?["containerStatuses"]?[0] ?? JsonNode.Parse("""{"restartCount":0,"ready":false}""")!;

    private static JsonNode? Waiting(JsonNode pod) => Status(pod)["state"]?["waiting"];
}
