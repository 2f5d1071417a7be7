using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Kubernetes;
using Portal.Worker.Steps.Releases;

namespace Portal.Tests.Worker.Steps;

public sealed class ScheduledRunStepTests
{
    private static readonly Plan Works = Samples.Plans.Build(Samples.Works(), Samples.Target).Plan;
    private static readonly PlannedStep Run = ServicePlans.Run(Works, Works.Step(StepNames.Service("report"))).Steps.Single();

    private readonly HurryingClock _clock = new(TimeSpan.FromMinutes(1));
    private readonly Schedule _schedule = new();

    [Fact]
    public async Task Run_ThatTheClusterDoesNotEndInItsTime_IsTakenAwayWhenItIsGivenUp()
    {
        var began = _clock.GetUtcNow();

        var failure = (await Should.ThrowAsync<StepFailedException>(() => ExecuteAsync(1))).Failure;

        failure.Code.ShouldBe("job_late");
        _schedule.Going.ShouldBeEmpty();
        (_clock.GetUtcNow() - began).ShouldBeInRange(WorkloadValues.TimeLimitOf(Run), Run.Retry.Timeout);
    }

    [Fact]
    public async Task Run_WhosePodCannotStart_IsTakenAwayWhenItIsGivenUp()
    {
        _schedule.Reason = "ImagePullBackOff";

        (await Should.ThrowAsync<StepFailedException>(() => ExecuteAsync(1))).Failure.Code.ShouldBe("pods_image");

        _schedule.Going.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_TriedAgainWhileTheLastOneGoesOn_EndsThatOneFirst()
    {
        _schedule.EndsAfter = 5;
        await Should.ThrowAsync<OperationCanceledException>(() => ExecuteAsync(1, new CancellationToken(canceled: true)));
        var first = _schedule.Going.ShouldHaveSingleItem();

        var second = (await ExecuteAsync(2))["Job"];

        second.ShouldNotBe(first);
        _schedule.MostAtOnce.ShouldBe(1);
    }

    [Fact]
    public async Task BreakOff_OfARunThatGoesOn_EndsThatRun()
    {
        _schedule.EndsAfter = 5;
        await Should.ThrowAsync<OperationCanceledException>(() => ExecuteAsync(1, new CancellationToken(canceled: true)));
        _schedule.Going.Count.ShouldBe(1);

        await Step.BreakOffAsync(Context(1), default);

        _schedule.Going.ShouldBeEmpty();
    }

    private IStepExecutor Step => new ScheduledRunStep(_schedule, new ReleaseWatch(_schedule, _schedule, _clock), _clock);

    private Task<IReadOnlyDictionary<string, string>> ExecuteAsync(int attempt, CancellationToken cancellationToken = default) => Step.ExecuteAsync(Context(attempt), cancellationToken);

    private static StepContext Context(int attempt)
    {
        var cluster = new Deployment(
            Works.Step(StepNames.Cluster),
            new Dictionary<string, string> { ["ClusterName"] = "works", ["ClusterEndpoint"] = "https://works.test", ["ClusterCertificateAuthority"] = "Q0E=" }, true, false, Guid.Empty, default);
        var work = new OperationWork(
            new Fence(Guid.Empty, 1), Guid.Empty, "works", OperationKind.RunJob, Works with { Steps = [Run] }, new AwsTarget("sandbox", "000000000000", "us-east-1", null, null), 1,
            new Dictionary<string, StepProgress>(), new Dictionary<string, Deployment> { [StepNames.Cluster] = cluster });
        return new StepContext(work, Run, attempt, new OutputResolver(work, _ => Task.FromResult("")));
    }

    /// <summary>Jobs that go on, each with a pod, until they are deleted or have been looked at often enough.</summary>
    private sealed class Schedule : IWorkloads, IKubernetes, IPodDiagnostics
    {
        private int _looks;

        public List<string> Going { get; } = [];

        public int MostAtOnce { get; private set; }

        public int? EndsAfter { get; set; }

        /// <summary>Why the pods do not start; null where they run.</summary>
        public string? Reason { get; set; }

        public Task RunAsync(ClusterConnection cluster, string kubernetesNamespace, string schedule, string job, CancellationToken cancellationToken)
        {
            if (!Going.Contains(job))
                Going.Add(job);
            MostAtOnce = Math.Max(MostAtOnce, Going.Count);
            return Task.CompletedTask;
        }

        public Task<JobEnd?> FindEndAsync(ClusterConnection cluster, string kubernetesNamespace, string job, CancellationToken cancellationToken) => Task.FromResult(
            !Going.Contains(job) ? new JobEnd(HasFailed: true, IsLate: false, "Somebody deleted it before its end.")
            : ++_looks > 10_000 ? throw new InvalidOperationException("It is looked at for ever.")
            : _looks > EndsAfter ? new JobEnd(HasFailed: false, IsLate: false, null) : null);

        public Task DeleteJobAsync(ClusterConnection cluster, string kubernetesNamespace, string job, CancellationToken cancellationToken)
        {
            Going.Remove(job);
            return Task.CompletedTask;
        }

        public Task<ObjectList> ListAsync(ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, CancellationToken cancellationToken) => Task.FromResult(new ObjectList(
            [.. Going.Select(job => new ClusterObject(
                ObjectKind.Pod, kubernetesNamespace, $"{job}-1", job, "1", DateTimeOffset.UnixEpoch, false, new Dictionary<string, string> { ["app.kubernetes.io/instance"] = Run.Subject },
                new PodStatus(Reason is null ? "Running" : "Pending", Reason is null, 0, Reason, null, null, null, job, "works/report:1")))], "1"));

        public Task<PodReport> DiagnoseAsync(ClusterConnection cluster, string kubernetesNamespace, string pod, CancellationToken cancellationToken) => Task.FromResult(PodReport.Empty);

        public Task ScaleAsync(ClusterConnection cluster, string kubernetesNamespace, string deployment, int replicas, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task RestartAsync(ClusterConnection cluster, string kubernetesNamespace, string deployment, string by, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task SuspendAsync(ClusterConnection cluster, string kubernetesNamespace, string schedule, bool suspended, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<ObjectChange> WatchAsync(ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, string resourceVersion, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task PingAsync(ClusterConnection cluster, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteSecretAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
