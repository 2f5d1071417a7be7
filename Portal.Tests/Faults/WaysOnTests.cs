using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Faults;

/// <summary>Ways on from an operation that failed, other than trying again: what failed is rolled back, and then something else is asked for.</summary>
public sealed class WaysOnTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Creation_StackFails_RolledBackItIsGoneAndAChangeBringsItAbout()
    {
        await using var fleet = await Fleet.StartAsync(scale: 400);
        using var planted = await fleet.Emulator.PostAsJsonAsync("/_emulator/faults", new { type = "AWS::RDS::DBInstance", nth = 1, reason = "No capacity in the zone." });
        planted.EnsureSuccessStatusCode();
        await fleet.StartWorkerAsync();
        var shop = Samples.Shop("shop-undone");
        var wanted = Samples.InProduction(shop with { Services = [.. shop.Services.Where(service => service.Name == "product-service")] });
        var environment = await fleet.ApproveAsync(wanted);
        var failed = await SettledAsync(fleet, environment, OperationKind.Create);
        failed.Environment.State.ShouldBe(EnvironmentState.Failed);
        var undo = fleet.Services.GetRequiredService<UndoOperation>();
        (await undo.ExecuteAsync(Fleet.Viewer, failed.Operation!.Id, default)).Refusal.ShouldBeOfType<NotAllowed>();
        (await undo.PreviewAsync(Fleet.Engineer, failed.Operation.Id, default)).Value!.Removed.ShouldBe([failed.Steps.Single(step => step.State == StepState.Failed).Title]);

        (await undo.ExecuteAsync(Fleet.Engineer, failed.Operation.Id, default)).Refusal.ShouldBeNull();
        var undone = await SettledAsync(fleet, environment, OperationKind.Undo);

        undone.Environment.State.ShouldBe(EnvironmentState.Cancelled);
        undone.Operation!.State.ShouldBe(OperationState.Succeeded);
        undone.Deployed.ShouldAllBe(step => step.IsComplete);
        undone.Deployed.Select(step => step.Name).ShouldNotContain("data-product-service");
        (await fleet.LedgerAsync("kind=effect&service=cloudformation&action=DELETE_COMPLETE")).Select(entry => entry.Subject).ShouldBe(["shop-undone-data-product-service"]);
        (await undo.ExecuteAsync(Fleet.Engineer, failed.Operation.Id, default)).Refusal.ShouldBeOfType<AlreadyDecided>();

        await fleet.ApproveChangeAsync(environment, wanted);
        (await SettledAsync(fleet, environment, OperationKind.Change)).Environment.State.ShouldBe(EnvironmentState.Ready);
    }

    [Fact]
    public async Task Change_ReleaseFails_RolledBackTheEnvironmentIsWhatItWas()
    {
        await using var fleet = await Fleet.StartAsync(scale: 400);
        await fleet.StartWorkerAsync();
        var shop = Samples.Shop("shop-back");
        var service = shop.Services[0] with { Stores = Samples.Stores("none") };
        var wanted = shop with { Services = [service] };
        var environment = await fleet.ApproveAsync(wanted);
        var made = await SettledAsync(fleet, environment, OperationKind.Create);
        var faults = $"/_emulator/kubernetes/{made.Deployed.Single(step => step.Name == StepNames.Cluster).Outputs["ClusterName"]}/faults";
        (await fleet.Emulator.PostAsJsonAsync(faults, new { kind = "ImagePullBackOff", @namespace = shop.Environment, name = service.Name })).EnsureSuccessStatusCode();
        await fleet.ApproveChangeAsync(environment, wanted with { Services = [service with { Image = "ghcr.io/shop/products:9.9" }] });
        var failed = await SettledAsync(fleet, environment, OperationKind.Change);
        failed.Environment.State.ShouldBe(EnvironmentState.Failed);
        failed.Specification.Services[0].Image.ShouldBe("ghcr.io/shop/products:9.9");
        (await fleet.Emulator.DeleteAsync(faults)).EnsureSuccessStatusCode();

        (await fleet.Services.GetRequiredService<UndoOperation>().ExecuteAsync(Fleet.Engineer, failed.Operation!.Id, default)).Refusal.ShouldBeNull();
        var back = await SettledAsync(fleet, environment, OperationKind.TakeBack);

        back.Environment.State.ShouldBe(EnvironmentState.Ready);
        back.Specification.Services[0].Image.ShouldBe(service.Image);
        back.Deployed.ShouldAllBe(step => step.IsComplete);
    }

    private static Task<EnvironmentSnapshot> SettledAsync(Fleet fleet, Guid environment, OperationKind kind) =>
        fleet.WaitAsync(environment, snapshot => snapshot.Operation is { } operation && operation.Kind == kind && operation.State.IsSettled(), Patience);
}
