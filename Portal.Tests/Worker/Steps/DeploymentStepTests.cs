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

    private static Task<IReadOnlyDictionary<string, string>> ExecuteAsync(PlanAction action)
    {
        var cluster = new Deployment(
            Shop.Step(StepNames.Cluster),
            new Dictionary<string, string> { ["ClusterName"] = "shop", ["ClusterEndpoint"] = "https://shop.test", ["ClusterCertificateAuthority"] = "Q0E=" }, true, false, Guid.Empty, default);
        var work = new OperationWork(
            new Fence(Guid.NewGuid(), 1), Guid.NewGuid(), "shop", OperationKind.Sleep, Shop, new AwsTarget("sandbox", "000000000000", "us-east-1", null, null), 1,
            new Dictionary<string, StepProgress>(), new Dictionary<string, Deployment> { [StepNames.Cluster] = cluster });
        var step = Shop.Step(StepNames.Service("product-service")) with { Action = action };
        return new DeploymentStep(new EmptyCluster(), new EmptyCluster()).ExecuteAsync(new StepContext(work, step, 1, new OutputResolver(work, _ => Task.FromResult(""))), default);
    }

    private sealed class EmptyCluster : IKubernetes, IWorkloads
    {
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

        private static StepFailedException Gone() => new("k8s_not_found", "The API knows no such thing.");
    }
}
