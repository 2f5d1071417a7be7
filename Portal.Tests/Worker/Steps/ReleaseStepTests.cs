using Microsoft.Extensions.Options;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Tests.Worker.Observe;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Helm;
using Portal.Worker.Kubernetes;
using Portal.Worker.Steps;
using Portal.Worker.Steps.Releases;

namespace Portal.Tests.Worker.Steps;

public sealed class ReleaseStepTests
{
    private static readonly Guid Operation = Guid.Parse("019ad000-0000-7000-8000-0000abcd1234");

    [Fact]
    public async Task Execute_JobBeforeARollout_IsARunOfItsOwnForAsLongAsItMayTake()
    {
        var helm = new ToldHelm();

        await Execute(helm, OperationKind.Change, "svc-products-before", attempt: 2);

        var request = helm.Requests.ShouldHaveSingleItem();
        (request.Run, request.Timeout).ShouldBe(("abcd1234-2", TimeSpan.FromMinutes(10)));
    }

    [Fact]
    public async Task Execute_EveryOtherRelease_IsNoRun()
    {
        var helm = new ToldHelm();

        await Execute(helm, OperationKind.Change, "svc-products", attempt: 2);

        helm.Requests.ShouldHaveSingleItem().Run.ShouldBeNull();
    }

    /// <summary>The migrations of an older image are no way back from those of a newer one.</summary>
    [Theory]
    [InlineData(OperationKind.Undo)]
    [InlineData(OperationKind.TakeBack)]
    public async Task Execute_OperationIsRolledBack_RunsNoJob(OperationKind kind)
    {
        var helm = new ToldHelm();

        await Execute(helm, kind, "svc-products-before", attempt: 1);

        helm.Requests.ShouldBeEmpty();
    }

    /// <summary>What a job made in a database goes by the job, before its release does.</summary>
    [Theory]
    [InlineData(true, "abcd1234-1 drop, uninstalled")]
    [InlineData(false, "uninstalled")]
    public async Task Execute_UserOfADatabaseGoes_IsTakenAwayWhereTheDatabaseStays(bool stays, string done)
    {
        var helm = new ToldHelm();
        var plan = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;
        var grant = plan.Step("grant-product-service");

        await Execute(helm, OperationKind.Change, plan, (stays ? DatabaseUserSteps.Withdrawn(grant) : grant) with { Action = PlanAction.Remove }, attempt: 1);

        string.Join(", ", [.. helm.Requests.Select(request => $"{request.Run} {request.Values!["args"]![0]}"), .. helm.Gone]).ShouldBe(done);
    }

    /// <summary>An Ingress that goes while the load balancer is protected would take with it who could lift that.</summary>
    [Fact]
    public async Task Execute_ProtectionIsLifted_WaitsUntilTheLoadBalancerSaysSo()
    {
        var (helm, balancers) = (new ToldHelm(), new NoLoadBalancers { Protected = 3 });
        var plan = Samples.Plans.Build(Samples.Shop() with { Class = EnvironmentClass.Production }, Samples.Target).Plan;
        var lift = PlanDifference.Destroy(plan, plan.Steps, new HashSet<string>()).Step("unprotect-ingress");

        await Execute(helm, OperationKind.Destroy, plan, lift, attempt: 1, balancers);

        helm.Requests.ShouldHaveSingleItem().Values!["loadBalancer"]!["deletionProtection"].ShouldBeNull();
        (helm.Requests[0].Name, balancers.Protected, helm.Gone.Count).ShouldBe(("ingress", -1, 0));
    }

    private static Task Execute(IHelm helm, OperationKind kind, string step, int attempt)
    {
        var plan = Samples.Plans.Build(Samples.Works(), Samples.Target).Plan;
        return Execute(helm, kind, plan, plan.Step(step), attempt);
    }

    private static async Task Execute(IHelm helm, OperationKind kind, Plan plan, PlannedStep step, int attempt, ILoadBalancers? balancers = null)
    {
        var outputs = new Dictionary<string, string>(StringComparer.Ordinal) { ["ClusterName"] = "c", ["ClusterEndpoint"] = "https://c", ["ClusterCertificateAuthority"] = "" };
        // Whatever a step refers to is there.
        var deployed = PlanValues.References(step.Values).GroupBy(one => one.Step).ToDictionary(
            group => group.Key, group => new Deployment(plan.Step(group.Key), group.Select(one => one.Output).Distinct().ToDictionary(output => output, output => output), true, false, Guid.Empty, default));
        deployed["cluster"] = new(plan.Step("cluster"), outputs, true, false, Guid.Empty, default);
        var work = new OperationWork(
            new Fence(Operation, 1), Guid.NewGuid(), "works", kind, plan, new AwsTarget("t", "1", "us-east-1", null, null), 1,
            new Dictionary<string, StepProgress>(), deployed);
        var cluster = new FakeCluster();
        var release = new ReleaseStep(helm, cluster, new ReleaseWatch(cluster, null!, TimeProvider.System), null!, null!, Options.Create(new ChartOptions()), balancers ?? new NoLoadBalancers(), new HurryingClock(TimeSpan.FromMinutes(1)));

        await release.ExecuteAsync(new StepContext(work, step with { Artifact = null, RepositoryChart = "chart" }, attempt, new OutputResolver(work, _ => Task.FromResult(""))), default);
    }

    private sealed class ToldHelm : IHelm
    {
        public List<ReleaseRequest> Requests { get; } = [];

        public Task<ReleaseSnapshot> EnsureAsync(ReleaseRequest request, CancellationToken cancellationToken)
        {
            Requests.Add(request);
            return Task.FromResult(new ReleaseSnapshot(request.Namespace, request.Name, 1, "deployed", "chart-1", null, default, null, null));
        }

        public Task<ReleaseSnapshot?> FindAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<string?> ManifestAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public List<string> Gone { get; } = [];

        public Task UninstallAsync(ClusterConnection cluster, string kubernetesNamespace, string name, TimeSpan timeout, CancellationToken cancellationToken)
        {
            Gone.Add("uninstalled");
            return Task.CompletedTask;
        }
    }
}
