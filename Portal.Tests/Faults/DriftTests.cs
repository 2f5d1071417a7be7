using System.Net.Http.Json;
using k8s;
using k8s.Models;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core.Drift;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Faults;

/// <summary>What somebody changes behind the portal's back is found, by property.</summary>
public sealed class DriftTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Environment_ChangedFromOutside_IsFoundByProperty()
    {
        await using var fleet = await Fleet.StartAsync(scale: 200);
        await fleet.StartWorkerAsync();
        var environment = await fleet.ApproveShopAsync("shop");
        var ready = await fleet.WaitAsync(environment, snapshot => snapshot.Environment.State == EnvironmentState.Ready, Patience);

        // Nothing that AWS or Kubernetes add themselves is taken for a change.
        (await CheckAsync(fleet, environment)).ShouldBeEmpty();

        (await fleet.Emulator.PostAsJsonAsync("/_emulator/drift", new { stack = "shop-net-core", logicalId = "Vpc", property = "EnableDnsSupport", value = false })).EnsureSuccessStatusCode();
        var cluster = fleet.Cluster(ready);
        var deployment = await cluster.AppsV1.ReadNamespacedDeploymentAsync("cart-service", "shop");
        var planned = deployment.Spec.Template.Spec.Containers[0].Image;
        deployment.Spec.Template.Spec.Containers[0].Image = "ghcr.io/shop/cart:by-hand";
        await cluster.AppsV1.ReplaceNamespacedDeploymentAsync(deployment, "cart-service", "shop");
        await cluster.PolicyV1.DeleteNamespacedPodDisruptionBudgetAsync("user-service", "shop");

        var found = await CheckAsync(fleet, environment);
        found.Select(row => (row.Step, row.Resource, row.Property, row.Expected, row.Found)).ShouldBe(
        [
            ("net-core", "Vpc", "/EnableDnsSupport", "true", "false"),
            ("svc-cart-service", "Deployment/cart-service", "/spec/template/spec/containers[cart-service]/image", planned, "ghcr.io/shop/cart:by-hand"),
            ("svc-user-service", "PodDisruptionBudget/user-service", "", null, null),
        ]);
        var snapshot = await fleet.SnapshotAsync(environment);
        snapshot.Drift!.Resources.ShouldBe(3);
        snapshot.Drift.Trouble.ShouldBeNull();
        snapshot.Events.Count(row => row.Kind == "drift.found").ShouldBe(1);

        foreach (var step in (string[])["net-core", "svc-cart-service", "svc-user-service"])
            await RevertAsync(fleet, environment, step);

        (await CheckAsync(fleet, environment)).ShouldBeEmpty();
        (await cluster.AppsV1.ReadNamespacedDeploymentAsync("cart-service", "shop")).Spec.Template.Spec.Containers[0].Image.ShouldBe(planned);
        (await cluster.PolicyV1.ReadNamespacedPodDisruptionBudgetAsync("user-service", "shop")).ShouldNotBeNull();
        // Only what was concerned was touched.
        (await fleet.LedgerAsync("kind=effect&service=cloudformation&action=UPDATE_COMPLETE")).Select(entry => entry.Subject).ShouldBe(["shop-net-core"]);
    }

    private static async Task RevertAsync(Fleet fleet, Guid environment, string step)
    {
        var revert = fleet.Services.GetRequiredService<RevertDrift>();
        (await revert.ExecuteAsync(Fleet.Viewer, environment, step, default)).IsRefused.ShouldBeTrue();
        var operation = await revert.ExecuteAsync(Fleet.Engineer, environment, step, default);
        operation.Refusal.ShouldBeNull();
        var settled = await fleet.WaitAsync(environment, snapshot => snapshot.Operation is { } newest && newest.Id == operation.Value && newest.State.IsSettled(), Patience);
        settled.Operation!.Kind.ShouldBe(OperationKind.RevertDrift);
        settled.Environment.State.ShouldBe(EnvironmentState.Ready, settled.Steps[0].Failure?.ToString());
        (await revert.ExecuteAsync(Fleet.Engineer, environment, step, default)).Refusal!.Message.ShouldBe("Nothing of it differs any more.");
    }

    private static async Task<IReadOnlyList<DriftedProperty>> CheckAsync(Fleet fleet, Guid environment)
    {
        (await fleet.Services.GetRequiredService<CheckDrift>().ExecuteAsync(Fleet.Viewer, environment, default)).IsRefused.ShouldBeTrue();
        (await fleet.Services.GetRequiredService<CheckDrift>().ExecuteAsync(Fleet.Engineer, environment, default)).Refusal.ShouldBeNull();
        await fleet.WaitAsync(environment, snapshot => snapshot.Drift is { AskedAt: null, CheckedAt: not null }, Patience);
        return (await fleet.Services.GetRequiredService<DriftQueries>().ListAsync(Fleet.Viewer, environment, 0, DriftQueries.PageSize, default)).Rows;
    }
}
