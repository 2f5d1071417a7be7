using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Controllers;

namespace Portal.Tests.Emulator.Kubernetes;

/// <summary>Expected answers: Kubernetes' documentation of Deployments, Jobs, horizontal pod autoscaling, scheduling and probes.</summary>
public sealed class WorkloadTests
{
    private const string Deployments = "apis/apps/v1/namespaces/default/deployments";
    private const string Pods = "api/v1/namespaces/default/pods";

    [Theory]
    [InlineData("Never", "Complete", 1)]
    [InlineData("OnFailure", "Complete", 3)]
    public async Task Job_RunsItsPodsToTheirEnd(string restartPolicy, string condition, int completions)
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1);
        await host.OkAsync("POST", "apis/batch/v1/namespaces/default/jobs", $$"""{"metadata":{"name":"j"},"spec":{"completions":{{completions}},"template":{"spec":{"restartPolicy":"{{restartPolicy}}","containers":[{"name":"m","image":"busybox"}]} } } }""");
        var job = await host.WaitAsync("apis/batch/v1/namespaces/default/jobs", "j", item => Condition(item, condition)?["status"]!.GetValue<string>() == "True");
        job["status"]!["succeeded"]!.GetValue<int>().ShouldBe(completions);
        job["status"]!["active"].ShouldBeNull();
    }

    [Fact]
    public async Task Job_WhosePodsFail_FailsAfterItsBackoffLimit()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1);
        await host.Plain.PostAsync("/_emulator/kubernetes/shop/faults", new StringContent("""{"kind":"CrashLoopBackOff","namespace":"default","name":"j"}""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")));
        await host.OkAsync("POST", "apis/batch/v1/namespaces/default/jobs", """{"metadata":{"name":"j"},"spec":{"backoffLimit":1,"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"m","image":"busybox"}]}}}}""");
        var job = await host.WaitAsync("apis/batch/v1/namespaces/default/jobs", "j", item => Condition(item, "Failed")?["status"]!.GetValue<string>() == "True");
        Condition(job, "Failed")!["reason"]!.GetValue<string>().ShouldBe("BackoffLimitExceeded");
        job["status"]!["failed"]!.GetValue<int>().ShouldBe(2);
    }

    private const string CronJobs = "apis/batch/v1/namespaces/default/cronjobs";

    [Fact]
    public async Task CronJob_MakesJobsAtItsTimesUntilItIsSuspended()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1, scale: 2_000);
        await host.OkAsync("POST", CronJobs, Schedule("* * * * *", "\"concurrencyPolicy\":\"Forbid\","));
        var ran = await host.WaitAsync(CronJobs, "tick", item => item["status"]?["lastSuccessfulTime"] is not null);
        ran["status"]!["lastScheduleTime"].ShouldNotBeNull();

        await host.OkAsync("PATCH", CronJobs + "/tick", """{"spec":{"suspend":true}}""", "application/merge-patch+json");
        var last = await host.WaitAsync(CronJobs, "tick", item => item["status"]?["active"] is null && item["spec"]!["suspend"]!.GetValue<bool>());
        var jobs = (await host.OkAsync("GET", "apis/batch/v1/namespaces/default/jobs"))!["items"]!.AsArray();
        jobs.ShouldNotBeEmpty();
        jobs.ShouldAllBe(job => job!["metadata"]!["ownerReferences"]![0]!["name"]!.GetValue<string>() == "tick" && job["metadata"]!["name"]!.GetValue<string>().StartsWith("tick-"));

        // Runs that fail are not successes.
        await host.Plain.PostAsync("/_emulator/kubernetes/shop/faults", new StringContent("""{"kind":"CrashLoopBackOff","namespace":"default","name":"tick"}""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")));
        await host.OkAsync("PATCH", CronJobs + "/tick", """{"spec":{"suspend":false}}""", "application/merge-patch+json");
        var failed = await host.WaitAsync(CronJobs, "tick", item => item["status"]?["active"] is null && Text(item, "lastScheduleTime") != Text(last, "lastScheduleTime"));
        Text(failed, "lastSuccessfulTime").ShouldBe(Text(last, "lastSuccessfulTime"));

        static string Text(JsonNode item, string field) => item["status"]![field]!.GetValue<string>();
    }

    [Theory]
    [InlineData("61 * * * *", "", "spec.schedule: Invalid value: \"61 * * * *\"")]
    [InlineData("* * * *", "", "expected exactly 5 fields, found 4: [* * * *]")]
    [InlineData("* * * * *", "\"timeZone\":\"Mars/Base\",", "unknown time zone Mars/Base")]
    [InlineData("* * * * *", "\"concurrencyPolicy\":\"Maybe\",", "spec.concurrencyPolicy: Unsupported value: \"Maybe\"")]
    public async Task CronJob_OfNoSchedule_IsRefused(string schedule, string more, string message)
    {
        await using var host = await ClusterHost.StartAsync();
        var (status, answer) = await host.SendAsync("POST", CronJobs, Schedule(schedule, more));
        status.ShouldBe(422);
        answer!["message"]!.GetValue<string>().ShouldContain(message);
    }

    private static string Schedule(string times, string more = "") => $$"""
        {"metadata":{"name":"tick"},"spec":{"schedule":"{{times}}",{{more}}"jobTemplate":{"spec":{"backoffLimit":0,"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"m","image":"busybox"}]} } } } } }
        """;

    [Fact]
    public async Task Readiness_ThatFails_TakesThePodOutOfItsService()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1);
        var body = Manifests.Deployment("web", 1).Replace("\"ports\":", "\"readinessProbe\":{\"httpGet\":{\"port\":8080}},\"ports\":", StringComparison.Ordinal);
        await host.OkAsync("POST", Deployments, body);
        await host.OkAsync("POST", "api/v1/namespaces/default/services", Manifests.Service("web"));
        await host.WaitAsync(Deployments, "web", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);
        await host.Plain.PostAsync("/_emulator/kubernetes/shop/faults", new StringContent("""{"kind":"ReadinessProbe","namespace":"default","name":"web"}""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")));
        await host.WaitAsync("api/v1/namespaces/default/endpoints", "web", item => item["subsets"]?.AsArray() is [{ } subset] && subset["addresses"] is null && subset["notReadyAddresses"] is not null);
        await host.Plain.DeleteAsync("/_emulator/kubernetes/shop/faults");
        await host.WaitAsync(Deployments, "web", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);
    }

    [Fact]
    public async Task Pods_ThatAdmissionRefuses_AreToldOfAtTheDeployment()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1);
        await host.OkAsync("PATCH", "api/v1/namespaces/default", """{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}""", "application/merge-patch+json");
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 1));
        var failed = await host.WaitAsync(Deployments, "web", item => Condition(item, "ReplicaFailure") is not null);
        Condition(failed, "ReplicaFailure")!["reason"]!.GetValue<string>().ShouldBe("FailedCreate");
        Condition(failed, "ReplicaFailure")!["message"]!.GetValue<string>().ShouldContain("violates PodSecurity \"restricted:latest\"");
    }

    [Fact]
    public async Task Pods_AreAvailableOnlyAfterMinReadySeconds()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1, scale: 100);
        var body = Manifests.Deployment("web", 1).Replace("\"replicas\":1,", "\"replicas\":1,\"minReadySeconds\":60,", StringComparison.Ordinal);
        await host.OkAsync("POST", Deployments, body);
        var ready = await host.WaitAsync(Deployments, "web", item => item["status"]?["readyReplicas"]?.GetValue<int>() == 1);
        ready["status"]!["availableReplicas"].ShouldBeNull();
        await host.WaitAsync(Deployments, "web", item => item["status"]?["availableReplicas"]?.GetValue<int>() == 1);
    }

    [Theory]
    [InlineData("""{}""", """{}""", "", null)]
    [InlineData("""{"unschedulable":true}""", """{}""", "", "node(s) were unschedulable")]
    [InlineData("""{"taints":[{"key":"team","value":"a","effect":"NoSchedule"}]}""", """{}""", "", "node(s) had untolerated taint {team: a}")]
    [InlineData("""{"taints":[{"key":"team","value":"a","effect":"NoSchedule"}]}""", """{"tolerations":[{"key":"team","operator":"Equal","value":"a"}]}""", "", null)]
    [InlineData("""{}""", """{"nodeSelector":{"zone":"b"}}""", "", "node(s) didn't match Pod's node affinity/selector")]
    [InlineData("""{}""", """{"containers":[{"resources":{"requests":{"cpu":"1500m"}}}]}""", "500m", "Insufficient cpu")]
    [InlineData("""{}""", """{"containers":[{"resources":{"requests":{"cpu":"1500m"}}}]}""", "400m", null)]
    [InlineData("""{}""", """{"affinity":{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"zone","labelSelector":{"matchLabels":{"app":"web"}}}]}}}""", "0", "node(s) didn't match pod anti-affinity rules")]
    [InlineData("""{}""", """{"topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"web"}}}]}""", "0", "node(s) didn't match pod topology spread constraints")]
    [InlineData("""{}""", """{"topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway","labelSelector":{"matchLabels":{"app":"web"}}}]}""", "0", null)]
    public void Placement_OnANode_IsRefusedAsTheSchedulerDoes(string nodeSpec, string podSpec, string guestCpu, string? expected)
    {
        var (here, there) = (Node("n1", "a", nodeSpec), Node("n2", "b", "{}"));
        var guests = guestCpu.Length == 0 ? [] : new[] { Pod("guest", $$"""{"nodeName":"n1","containers":[{"resources":{"requests":{"cpu":"{{guestCpu}}"} } }]}""") };
        new Placement([here, there], guests.ToLookup(_ => "n1")).Refusal(here, Pod("new", podSpec)).ShouldBe(expected);
    }

    /// <summary>Pods: the VPC CNI's eni-max-pods.txt; processors and memory kept: the EKS images' nodeadm.</summary>
    [Theory]
    [InlineData("t3.large", "1930m", "35")]
    [InlineData("m7g.xlarge", "3920m", "58")]
    [InlineData("m5.2xlarge", "7910m", "58")]
    public void InstanceType_LeavesWhatTheKubeletDoesNotKeep(string type, string cpu, string pods)
    {
        var allocatable = InstanceTypes.Status(type, "10.0.0.1", "node", "1.35", "Bottlerocket")["allocatable"]!;
        (allocatable["cpu"]!.GetValue<string>(), allocatable["pods"]!.GetValue<string>()).ShouldBe((cpu, pods));
    }

    private static JsonNode? Condition(JsonNode item, string type) =>
        item["status"]?["conditions"]?.AsArray().FirstOrDefault(condition => condition!["type"]!.GetValue<string>() == type);

    private static JsonObject Node(string name, string zone, string spec) => (JsonObject)JsonNode.Parse($$"""
        {"metadata":{"name":"{{name}}","labels":{"zone":"{{zone}}"} },"spec":{{spec}},
         "status":{"allocatable":{"cpu":"1930m","memory":"7Gi","pods":"35"},"conditions":[{"type":"Ready","status":"True"}]} }
        """)!;

    private static JsonObject Pod(string name, string spec) =>
        (JsonObject)JsonNode.Parse($$"""{"metadata":{"name":"{{name}}","namespace":"default","labels":{"app":"web"} },"spec":{{spec}} }""")!;
}
