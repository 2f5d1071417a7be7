using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Operations;

/// <summary>An environment from its creation over a change to its end, with a real worker, helm and emulator; the ledger judges.</summary>
public sealed class WholeLifeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Environment_MadeChangedAndDestroyed_LeavesNothingAndItsNameIsFree()
    {
        await using var fleet = await Fleet.StartAsync(scale: 200);
        await fleet.StartWorkerAsync();
        var environment = await fleet.ApproveShopAsync("shop-life");
        await SettledAsync(fleet, environment, OperationKind.Create);
        // Ready means that the whole path answered: each service was asked from outside.
        var asked = await fleet.LedgerAsync("kind=request&service=execute-api");
        Samples.Shop().Services.ShouldAllBe(service => asked.Any(entry => entry.Detail == service.Path));
        var made = await fleet.LedgerAsync("kind=effect&service=cloudformation&action=UPDATE_COMPLETE");
        made.ShouldBeEmpty();

        var shop = Samples.Shop("shop-life");
        await fleet.ApproveChangeAsync(environment, shop with { Services = [shop.Services[0] with { Image = "ghcr.io/shop/products:2.0" }, .. shop.Services.Skip(1)] });
        var changed = await SettledAsync(fleet, environment, OperationKind.Change);
        changed.Environment.State.ShouldBe(EnvironmentState.Ready);
        changed.Specification.Services[0].Image.ShouldBe("ghcr.io/shop/products:2.0");
        changed.Steps.Select(step => step.Name).ShouldBe([StepNames.Service(shop.Services[0].Name), StepNames.FrontDoor]);
        (await fleet.LedgerAsync("kind=effect&service=cloudformation&action=UPDATE_COMPLETE")).ShouldBeEmpty();

        await fleet.ApproveDestructionAsync(environment);
        var gone = await SettledAsync(fleet, environment, OperationKind.Destroy);

        gone.Environment.State.ShouldBe(EnvironmentState.Destroyed);
        gone.Resources.ShouldBeEmpty();
        (await fleet.DeployedAsync(environment)).ShouldBeEmpty();
        (await fleet.Emulator.GetFromJsonAsync<JsonArray>("/_emulator/clusters"))!.ShouldBeEmpty();
        var created = await fleet.LedgerAsync("kind=effect&service=cloudformation&action=CREATE_COMPLETE");
        var deleted = await fleet.LedgerAsync("kind=effect&service=cloudformation&action=DELETE_COMPLETE");
        deleted.Select(entry => entry.Subject).ShouldBe(created.Select(entry => entry.Subject), ignoreOrder: true);
        var again = await fleet.Services.GetRequiredService<PlanRequest>().ExecuteAsync(Fleet.Engineer, shop, default);
        again.Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task Operation_Cancelled_StopsGoesOnAndCanBeDestroyed()
    {
        await using var fleet = await Fleet.StartAsync(scale: 200);
        await fleet.StartWorkerAsync();
        var environment = await fleet.ApproveShopAsync("shop-stop");
        var running = await fleet.WaitAsync(environment, snapshot => snapshot.Steps.Single(step => step.Name == StepNames.Cluster).State == StepState.Running, Patience);
        var operation = running.Operation!.Id;

        (await fleet.Services.GetRequiredService<CancelOperation>().ExecuteAsync(Fleet.Engineer, operation, running.Environment.LastEvent, default)).Refusal.ShouldBeNull();
        var cancelled = await fleet.WaitAsync(environment, snapshot => snapshot.Operation!.State.IsSettled(), Patience);

        cancelled.Environment.State.ShouldBe(EnvironmentState.Cancelled);
        // What ran came to its end, what had not begun did not begin.
        cancelled.Steps.Single(step => step.Name == StepNames.Cluster).State.ShouldBe(StepState.Succeeded);
        cancelled.Steps.Single(step => step.Name == StepNames.Nodes).State.ShouldBe(StepState.Cancelled);

        await fleet.ApproveDestructionAsync(environment);
        var gone = await SettledAsync(fleet, environment, OperationKind.Destroy);
        gone.Environment.State.ShouldBe(EnvironmentState.Destroyed);
        (await fleet.DeployedAsync(environment)).ShouldBeEmpty();
    }

    private static Task<Portal.Core.Environments.EnvironmentSnapshot> SettledAsync(Fleet fleet, Guid environment, OperationKind kind) =>
        fleet.WaitAsync(environment, snapshot => snapshot.Operation is { } operation && operation.Kind == kind && operation.State.IsSettled(), Patience);
}
