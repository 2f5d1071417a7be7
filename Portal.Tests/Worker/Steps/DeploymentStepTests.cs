using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Tests.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Kubernetes;
using Portal.Worker.Steps.Releases;

namespace Portal.Tests.Worker.Steps;

public sealed class DeploymentStepTests
{
    private static readonly Plan Shop = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

    /// <summary>Found by the simulation: neither way led on then, and the environment could only be destroyed.</summary>
    [Theory]
    [InlineData(PlanAction.Sleep)]
    [InlineData(PlanAction.Wake)]
    public async Task SleepAndWake_DeploymentThatSomebodyDeleted_HaveNothingToDo(PlanAction action) =>
        (await ExecuteAsync(action)).ShouldBeEmpty();

    [Fact]
    public async Task Restart_DeploymentThatSomebodyDeleted_FailsWithTheWayOn()
    {
        var error = await Should.ThrowAsync<StepFailedException>(() => ExecuteAsync(PlanAction.Restart));

        error.Failure.Code.ShouldBe("deployment_missing");
        error.Failure.Message.ShouldContain("Repair the environment");
    }

    /// <summary>It would be waited for, for half an hour, and neither way led on.</summary>
    [Theory]
    [InlineData(PlanAction.Sleep)]
    [InlineData(PlanAction.Wake)]
    public async Task SleepAndWake_ClusterThatSomebodyDeleted_HaveNothingToDo(PlanAction action) =>
        (await ExecuteAsync(action, new EmptyCluster { IsSilent = true, IsGone = true })).ShouldBeEmpty();

    [Fact]
    public async Task Sleep_ClusterThatDoesNotAnswer_IsWaitedFor()
    {
        var error = await Should.ThrowAsync<StepFailedException>(() => ExecuteAsync(PlanAction.Sleep, new EmptyCluster { IsSilent = true }));

        error.Failure.Silent.ShouldBe(Correspondents.Cluster);
    }

    private static Task<IReadOnlyDictionary<string, string>> ExecuteAsync(PlanAction action, EmptyCluster? found = null)
    {
        var api = found ?? new EmptyCluster();
        var cluster = new Deployment(
            Shop.Step(StepNames.Cluster),
            new Dictionary<string, string> { ["ClusterName"] = "shop", ["ClusterEndpoint"] = "https://shop.test", ["ClusterCertificateAuthority"] = "Q0E=" }, true, false, Guid.Empty, default);
        var work = new OperationWork(
            new Fence(Guid.NewGuid(), 1), Guid.NewGuid(), "shop", OperationKind.Sleep, Shop, new AwsTarget("sandbox", "000000000000", "us-east-1", null, null), 1,
            new Dictionary<string, StepProgress>(), new Dictionary<string, Deployment> { [StepNames.Cluster] = cluster });
        var step = Shop.Step(StepNames.Service("product-service")) with { Action = action };
        return new DeploymentStep(api, api, api).ExecuteAsync(new StepContext(work, step, 1, new OutputResolver(work, _ => Task.FromResult(""))), default);
    }

    private sealed class EmptyCluster : IKubernetes, IWorkloads, IClusters
    {
        public bool IsSilent { get; init; }

        public bool IsGone { get; init; }

        public Task<ClusterAccess> DescribeAsync(AwsTarget target, string clusterName, CancellationToken cancellationToken) => IsGone
            ? Task.FromException<ClusterAccess>(new StepFailedException(IClusters.NotFound, "EKS has no such cluster."))
            : Task.FromResult(new ClusterAccess(clusterName, "arn", "1.35", "ACTIVE", null, null));

        public Task<string> CallerArnAsync(AwsTarget target, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task ScaleAsync(ClusterConnection cluster, string kubernetesNamespace, string deployment, int replicas, CancellationToken cancellationToken) => throw Gone();

        public Task RestartAsync(ClusterConnection cluster, string kubernetesNamespace, string deployment, string by, CancellationToken cancellationToken) => throw Gone();

        public Task SuspendAsync(ClusterConnection cluster, string kubernetesNamespace, string schedule, bool suspended, CancellationToken cancellationToken) => throw Gone();

        public Task RunAsync(ClusterConnection cluster, string kubernetesNamespace, string schedule, string job, CancellationToken cancellationToken) => throw Gone();

        public Task<JobEnd?> FindEndAsync(ClusterConnection cluster, string kubernetesNamespace, string job, CancellationToken cancellationToken) => throw Gone();

        public Task DeleteJobAsync(ClusterConnection cluster, string kubernetesNamespace, string job, CancellationToken cancellationToken) => throw Gone();

        public Task<ObjectList> ListAsync(ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, CancellationToken cancellationToken) => Task.FromResult(new ObjectList([], "1"));

        public IAsyncEnumerable<ObjectChange> WatchAsync(ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, string resourceVersion, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task PingAsync(ClusterConnection cluster, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteSecretAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        private StepFailedException Gone() => IsSilent
            ? new(new Failure("k8s_unreachable", "It cannot be reached.", CanRetry: true) { Silent = Correspondents.Cluster })
            : new("k8s_not_found", "The API knows no such thing.");
    }
}
