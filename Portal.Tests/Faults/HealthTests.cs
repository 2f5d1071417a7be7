using System.Net.Http.Json;
using k8s;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Faults;

/// <summary>What is broken behind the portal's back shows within seconds, with the reason, and passes by itself with its cause.</summary>
public sealed class HealthTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Environment_BrokenFromOutside_IsDegradedWithTheReasonAndRecovers()
    {
        await using var fleet = await Fleet.StartAsync(scale: 200);
        await fleet.StartWorkerAsync();
        var environment = await fleet.ApproveShopAsync("shop");
        var ready = await fleet.WaitAsync(environment, snapshot => snapshot.Environment is { State: EnvironmentState.Ready, Health: Health.Healthy }, Patience);
        ready.Unseen.ShouldBeNull();
        var cluster = fleet.Cluster(ready);

        // AWS.
        await fleet.FaultAsync(new { kind = "error", service = "cloudformation", action = "DescribeStacks", rate = 1 });
        var blind = await fleet.WaitAsync(environment, snapshot => snapshot.Unseen is not null, Patience);
        blind.Unseen!.IsWhole.ShouldBeTrue();
        (await fleet.Emulator.DeleteAsync("/_emulator/faults")).EnsureSuccessStatusCode();
        await fleet.WaitAsync(environment, snapshot => snapshot.Unseen is null, Patience);

        // A Deployment.
        var deployment = await cluster.AppsV1.ReadNamespacedDeploymentAsync("cart-service", "shop");
        await cluster.AppsV1.DeleteNamespacedDeploymentAsync("cart-service", "shop");
        var without = await DegradedAsync(fleet, environment, HealthRules.DeploymentMissing, "cart-service");
        without.Resources.ShouldNotContain(row => row.Type == "Kubernetes::Deployment" && row.Step == "svc-cart-service");
        (deployment.Metadata.ResourceVersion, deployment.Metadata.Uid, deployment.Status) = (null, null, null);
        await cluster.AppsV1.CreateNamespacedDeploymentAsync(deployment, "shop");
        await RecoveredAsync(fleet, environment);

        // Its pods.
        const string faults = "/_emulator/kubernetes/shop-cluster/faults";
        (await fleet.Emulator.PostAsJsonAsync(faults, new { kind = "CrashLoopBackOff", @namespace = "shop", name = "user-service" })).EnsureSuccessStatusCode();
        (await DegradedAsync(fleet, environment, HealthRules.DeploymentShort, "user-service")).Environment.HealthReasons[0].Message.ShouldContain("CrashLoopBackOff");
        (await fleet.Emulator.DeleteAsync(faults)).EnsureSuccessStatusCode();
        await RecoveredAsync(fleet, environment);

        // A node.
        var node = ready.Resources.First(row => row.Type == "Kubernetes::Node").Name;
        (await fleet.Emulator.PostAsync($"/_emulator/kubernetes/shop-cluster/nodes/{node}/stop", null)).EnsureSuccessStatusCode();
        (await DegradedAsync(fleet, environment, HealthRules.NodesShort, "shop-nodes")).Environment.HealthReasons[0].Message.ShouldContain(node);
        (await fleet.Emulator.PostAsync($"/_emulator/kubernetes/shop-cluster/nodes/{node}/start", null)).EnsureSuccessStatusCode();
        await RecoveredAsync(fleet, environment);

        // A stack.
        await fleet.DeleteStackAsync("shop-bind-cart-service");
        var bound = await DegradedAsync(fleet, environment, HealthRules.StackGone, "shop-bind-cart-service");
        bound.Resources.ShouldNotContain(row => row.Step == "bind-cart-service");

        // The whole cluster.
        await fleet.DeleteStackAsync("shop-nodes");
        await fleet.DeleteStackAsync("shop-cluster");
        var gone = await DegradedAsync(fleet, environment, HealthRules.ClusterGone, "shop-cluster");
        gone.Resources.ShouldNotContain(row => row.Type.StartsWith("Kubernetes::", StringComparison.Ordinal));
        gone.Environment.State.ShouldBe(EnvironmentState.Ready);
        // A cluster that is gone is not one that is not seen.
        gone.Unseen.ShouldBeNull();

        // All of it is made again, by one press, and what stood stays as it was.
        var vpc = gone.Resources.Single(row => row.Type == "AWS::EC2::VPC").PhysicalId;
        (await fleet.Services.GetRequiredService<RepairEnvironment>().ExecuteAsync(Fleet.Engineer, environment, default)).Refusal.ShouldBeNull();
        var repaired = await fleet.WaitAsync(environment, snapshot => snapshot.Operation is { Kind: OperationKind.Repair } repair && repair.State.IsSettled(), Patience);
        repaired.Environment.State.ShouldBe(EnvironmentState.Ready, string.Join('\n', repaired.Steps.Select(step => $"{step.Name} {step.State} {step.Failure}")));
        var healthy = await fleet.WaitAsync(environment, snapshot => snapshot.Environment.Health == Health.Healthy, Patience);
        healthy.Resources.Single(row => row.Type == "AWS::EC2::VPC").PhysicalId.ShouldBe(vpc);
    }

    private static Task<EnvironmentSnapshot> DegradedAsync(Fleet fleet, Guid environment, string kind, string subject) =>
        fleet.WaitAsync(environment, snapshot => snapshot.Environment.IsDegraded && snapshot.Environment.HealthReasons.Any(reason => reason.Kind == kind && reason.Subject == subject), Patience);

    private static async Task RecoveredAsync(Fleet fleet, Guid environment)
    {
        var recovered = await fleet.WaitAsync(environment, snapshot => snapshot.Environment.Health == Health.Healthy, Patience);
        recovered.Events.ShouldContain(row => row.Kind == "health.degraded");
        recovered.Events.First(row => row.Kind.StartsWith("health.", StringComparison.Ordinal)).Kind.ShouldBe("health.recovered");
    }
}
