using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Faults;

/// <summary>A resource that AWS refuses: the root cause is told, the rest goes on, and somebody can go on from there.</summary>
public sealed class FailedStackTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Stack_ResourceFails_RootCauseIsToldAndARetryFinishes()
    {
        await using var fleet = await Fleet.StartAsync(scale: 120);
        using var planted = await fleet.Emulator.PostAsJsonAsync("/_emulator/faults", new { type = "AWS::RDS::DBCluster", nth = 1, reason = "You have reached the quota of 40 DB clusters." });
        planted.EnsureSuccessStatusCode();
        await fleet.StartWorkerAsync();
        var environment = await fleet.ApproveShopAsync("shop-failing");

        var failed = await fleet.WaitAsync(environment, snapshot => snapshot.Operation!.State.IsSettled(), Patience);

        failed.Environment.State.ShouldBe(EnvironmentState.Failed);
        failed.Steps.Single(step => step.State == StepState.Failed).Name.ShouldBe("data-product-service");
        failed.Steps.Single(step => step.State == StepState.Failed).Failure!.RootCause.ShouldNotBeNull().ShouldContain("quota of 40 DB clusters");
        failed.Steps.Where(step => step.State == StepState.Skipped).Select(step => step.Name).ShouldBe(["user-product-service", "bind-product-service", "grant-product-service", "svc-product-service", StepNames.FrontDoor], ignoreOrder: true);
        failed.Steps.Count(step => step.State == StepState.Succeeded).ShouldBe(failed.Steps.Count - 6);

        var retry = fleet.Services.GetRequiredService<RetryOperation>();
        (await retry.ExecuteAsync(Fleet.Viewer, failed.Operation!.Id, default)).Refusal.ShouldBeOfType<NotAllowed>();
        (await retry.ExecuteAsync(Fleet.Engineer, failed.Operation.Id, default)).Refusal.ShouldBeNull();
        (await retry.ExecuteAsync(Fleet.Engineer, failed.Operation.Id, default)).Refusal.ShouldBeOfType<AlreadyDecided>();
        var done = await fleet.WaitAsync(environment, snapshot => snapshot.Operation!.State.IsSettled(), Patience);

        done.Environment.State.ShouldBe(EnvironmentState.Ready);
        done.Steps.Single(step => step.Name == "data-product-service").Attempt.ShouldBe(2);
        // The stack that failed is not made anew: an update goes on with it.
        var made = await fleet.LedgerAsync("kind=effect&service=cloudformation&action=CREATE_COMPLETE");
        made.Select(entry => entry.Subject).ShouldBe(done.Plan.Steps.Where(step => step.Kind == StepKind.Stack && step.Name != "data-product-service").Select(step => step.Subject), ignoreOrder: true);
        (await fleet.LedgerAsync("kind=effect&service=cloudformation&action=UPDATE_COMPLETE")).ShouldHaveSingleItem().Subject.ShouldBe("shop-failing-data-product-service");
    }

    [Fact]
    public async Task Stack_FailsAfterItsProtectedDatabaseWasMade_ARetryGoesOnWithThatDatabase()
    {
        await using var fleet = await Fleet.StartAsync(scale: 240);
        using var planted = await fleet.Emulator.PostAsJsonAsync("/_emulator/faults", new { type = "AWS::RDS::DBInstance", nth = 1, reason = "No capacity in the zone." });
        planted.EnsureSuccessStatusCode();
        await fleet.StartWorkerAsync();
        var shop = Samples.Shop("shop-protected");
        var environment = await fleet.ApproveAsync(Samples.InProduction(shop with { Services = [.. shop.Services.Where(service => service.Name == "product-service")] }));

        var failed = await fleet.WaitAsync(environment, snapshot => snapshot.Operation!.State.IsSettled(), Patience);
        failed.Steps.Single(step => step.State == StepState.Failed).Failure!.RootCause.ShouldNotBeNull().ShouldContain("No capacity in the zone.");
        var retry = fleet.Services.GetRequiredService<RetryOperation>();
        (await retry.ExecuteAsync(Fleet.Engineer, failed.Operation!.Id, default)).Refusal.ShouldBeNull();
        var done = await fleet.WaitAsync(environment, snapshot => snapshot.Operation!.State.IsSettled(), Patience);

        done.Environment.State.ShouldBe(EnvironmentState.Ready);
        var clusters = (await fleet.LedgerAsync("kind=effect&service=rds")).Where(entry => entry.Detail!.StartsWith("AWS::RDS::DBCluster ", StringComparison.Ordinal));
        clusters.Select(entry => entry.Action).ShouldBe(["create"]);
        (await fleet.LedgerAsync("kind=request&service=cloudformation&action=DeleteStack")).ShouldBeEmpty("nothing that holds data is deleted to try again");
    }
}
