using System.Runtime.CompilerServices;
using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;
using Portal.Worker.Aws;
using Portal.Worker.Kubernetes;
using Portal.Worker.Steps.Releases;

namespace Portal.Tests.Worker.Steps;

public sealed class ReleaseWatchTests
{
    private static readonly ClusterConnection Cluster = new(new AwsTarget("t", "1", "us-east-1", null, null), "c", new Uri("https://c"), "");
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    private readonly HurryingClock _clock = new(TimeSpan.FromMinutes(1));

    [Fact]
    public async Task UntilHopeless_ImageThatIsNotThere_NamesItWithEventsWithinAMinute()
    {
        var began = _clock.GetUtcNow();
        var report = new PodReport([new PodEvent(Start, true, "Failed", "Failed to pull image \"shop/web:9\": not found", 2)], [], null);

        var failure = await Watch(report, _ => [Pod("web-new-1", "web-new", reason: "ImagePullBackOff", image: "shop/web:9")]);

        failure.Code.ShouldBe("pods_image");
        failure.Message.ShouldBe("The image shop/web:9 of web cannot be pulled (ImagePullBackOff).");
        failure.RootCause.ShouldBe("Failed to pull image \"shop/web:9\": not found");
        failure.CanRetry.ShouldBeFalse();
        failure.Evidence!.SelectMany(part => part.Lines).ShouldContain("10:00:00 Failed (×2): Failed to pull image \"shop/web:9\": not found");
        (_clock.GetUtcNow() - began).ShouldBeLessThan(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task UntilHopeless_ContainerThatCrashes_TellsItsLastLinesWithoutSecrets()
    {
        var report = new PodReport([], ["connecting to postgres://shop:hunter2@db/shop", "DB_PASSWORD=hunter2", "fatal: no such table"], 2);

        var failure = await Watch(report, _ => [Pod("web-new-1", "web-new", reason: "CrashLoopBackOff", restarts: 3)]);

        failure.Message.ShouldBe("The container of web ends soon after each start, with exit code 2 (3 restarts, CrashLoopBackOff).");
        failure.RootCause.ShouldBe("fatal: no such table");
        var said = string.Join('\n', failure.Evidence!.SelectMany(part => part.Lines));
        said.ShouldContain("postgres://[removed]@db/shop");
        said.ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task UntilHopeless_NoNodeHasRoom_SaysWhatTheSchedulerSays()
    {
        var failure = await Watch(PodReport.Empty, _ => [Pod("web-new-1", "web-new", reason: "Unschedulable", message: "0/3 nodes are available: 3 Insufficient memory.")]);

        failure.Code.ShouldBe("pods_unschedulable");
        failure.RootCause.ShouldBe("0/3 nodes are available: 3 Insufficient memory.");
    }

    /// <summary>Each for so many looks; afterwards another pod, to end the wait, is what fails.</summary>
    [Theory]
    [InlineData("a pull that succeeds at last", "ImagePullBackOff", "web-new", 4)]
    [InlineData("a first crash", "CrashLoopBackOff", "web-new", 60)]
    [InlineData("a pod that the update replaces", "ImagePullBackOff", "web-old", 60)]
    public async Task UntilHopeless_WhatMayPass_IsWaitedFor(string why, string reason, string owner, int looks)
    {
        var failure = await Watch(PodReport.Empty, look => look < looks
            ? [Pod("web-x-1", owner, reason, restarts: 1, createdAt: Start.AddMinutes(owner == "web-old" ? -9 : 0)), Pod("web-new-2", "web-new")]
            : [Pod("web-x-1", owner, null, createdAt: Start.AddMinutes(-9)), Pod("web-new-2", "web-new", reason: "CreateContainerConfigError", message: "secret \"x\" not found")]);

        failure.Code.ShouldBe("pods_configuration", why);
    }

    [Fact]
    public async Task UntilHopeless_ANodeIsComing_WaitsForIt()
    {
        var report = new PodReport([new PodEvent(Start, false, "Nominated", "Pod should schedule on: nodeclaim/n", 1)], [], null);

        var failure = await Watch(report, look => look < 60 ? [Pod("web-new-1", "web-new", reason: "Unschedulable")] : [Pod("web-new-1", "web-new", reason: "InvalidImageName", image: "?")]);

        failure.Code.ShouldBe("pods_image");
    }

    [Fact]
    public async Task UntilHopeless_ClusterGrowsAndSaysNothing_WaitsForANodeThatComesForOthers()
    {
        var failure = await Watch(PodReport.Empty, look => look < 60 ? [Pod("web-new-1", "web-new", reason: "Unschedulable")] : [Pod("web-new-1", "web-new", reason: "InvalidImageName", image: "?")], growsTo: 4);

        failure.Code.ShouldBe("pods_image");
    }

    [Fact]
    public async Task UntilHopeless_ClusterHasItsMostNodes_SaysWhatToRaise()
    {
        var report = new PodReport(
            [
                new PodEvent(Start, false, "TriggeredScaleUp", "pod triggered scale-up: [{eks-nodes 3->4 (max: 4)}]", 1),
                new PodEvent(Start.AddMinutes(1), false, "NotTriggerScaleUp", "pod didn't trigger scale-up: 1 max node group size reached", 1),
            ], [], null);

        var failure = await Watch(report, _ => [Pod("web-new-1", "web-new", reason: "Unschedulable", message: "0/4 nodes are available: 4 Insufficient cpu.")], growsTo: 4);

        failure.Code.ShouldBe("pods_unschedulable");
        failure.Message.ShouldBe("No node has room for a pod of web, and there are 4 nodes, the most that there may be. Raise the most nodes, or ask for fewer or smaller pods.");
        failure.RootCause.ShouldBe("0/4 nodes are available: 4 Insufficient cpu.");
    }

    /// <summary>A new node has its driver, and a role that was just given its rights has them, after a minute or two.</summary>
    [Theory]
    [InlineData("driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers", "pods_secrets_driver", 150, 180)]
    [InlineData("us-east-1: Failed fetching secret a: api error AccessDeniedException: not authorized", "pods_secret_denied", 150, 180)]
    [InlineData("us-east-1: Failed fetching secret a: ResourceNotFoundException: Secrets Manager can't find the specified secret.", "pods_secret_missing", 20, 40)]
    [InlineData("JMES Path - \"k\" for object alias - secret-a does not point to a valid object.", "pods_secret_key", 20, 40)]
    public async Task UntilHopeless_SecretThatCannotBeMounted_IsWaitedForAsLongAsItMayPass(string message, string code, int atLeast, int atMost)
    {
        var began = _clock.GetUtcNow();

        var failure = await Watch(new PodReport([new PodEvent(Start, true, "FailedMount", message, 3)], [], null), look => [Pod("web-old-1", "web-old", createdAt: Start.AddMinutes(-9)), .. look < 4 ? [] : new[] { Pod("web-new-1", "web-new", "ContainerCreating") }]);

        failure.Code.ShouldBe(code);
        (_clock.GetUtcNow() - began).ShouldBeInRange(TimeSpan.FromSeconds(atLeast), TimeSpan.FromSeconds(atMost));
    }

    [Fact]
    public async Task UntilHopeless_JobThatFailsForTheLastTime_TellsWhatItWrote()
    {
        var report = new PodReport([], ["migrating", "fatal: column \"price\" exists"], 3);
        var looks = 0;

        // Pods of an earlier run are none of this one's.
        var failure = await Watch(report, look =>
        {
            looks = look;
            IReadOnlyList<ClusterObject> earlier = [Ended("web-a-1", "web-a"), Ended("web-a-2", "web-a")];
            return look < 5 ? [.. earlier, Ended("web-b-1", "web-b")] : [.. earlier, Ended("web-b-1", "web-b"), Ended("web-b-2", "web-b")];
        }, new JobRun("b", "web-b", Retries: 1, TimeSpan.FromMinutes(1)));

        looks.ShouldBe(5);
        (failure.Code, failure.CanRetry).ShouldBe(("job_failed", false));
        failure.Message.ShouldBe("The job web-b ended with exit code 3, for the 2. time. The service's pods stay as they were.");
        failure.RootCause.ShouldBe("fatal: column \"price\" exists");
        failure.Evidence!.SelectMany(part => part.Lines).ShouldContain("migrating");
    }

    private static ClusterObject Ended(string name, string owner) => Pod(name, owner, "Error") with { Status = new PodStatus("Failed", false, 0, "Error", null, null, null, owner, "web") };

    private Task<Failure> Watch(PodReport report, Func<int, IReadOnlyList<ClusterObject>> pods, JobRun? run = null, int? growsTo = null) =>
        new ReleaseWatch(new ToldCluster(pods), new ToldDiagnostics(report), _clock).UntilHopelessAsync(Cluster, "shop", "web", run, growsTo, null, () => Task.CompletedTask, default);

    private static ClusterObject Pod(string name, string owner, string? reason = null, int restarts = 0, string? message = null, string? image = null, DateTimeOffset? createdAt = null) => new(
        ObjectKind.Pod, "shop", name, name, "1", createdAt ?? Start, false, new Dictionary<string, string> { ["app.kubernetes.io/instance"] = "web" },
        new PodStatus(reason is null ? "Running" : "Pending", reason is null, restarts, reason, message, null, null, owner, image));

    private sealed class ToldDiagnostics(PodReport report) : IPodDiagnostics
    {
        public Task<PodReport> DiagnoseAsync(ClusterConnection cluster, string kubernetesNamespace, string pod, CancellationToken cancellationToken) => Task.FromResult(report);
    }

    private sealed class ToldCluster(Func<int, IReadOnlyList<ClusterObject>> pods) : IKubernetes
    {
        private int _looks;

        public Task<ObjectList> ListAsync(ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, CancellationToken cancellationToken) =>
            // The first look fails: it is not the watch's business to tell.
            _looks++ == 0 ? throw new StepFailedException("k8s_unreachable", "Away.", canRetry: true) : Task.FromResult(new ObjectList(pods(_looks), "1"));

        public async IAsyncEnumerable<ObjectChange> WatchAsync(
            ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, string resourceVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            yield break;
        }

        public Task PingAsync(ClusterConnection cluster, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task DeleteSecretAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
