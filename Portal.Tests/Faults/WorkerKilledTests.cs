using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Faults;

/// <summary>kill -9 of the worker at chosen moments; the next one goes on by itself and nothing is made twice. At random ones: <see cref="ChaosTests"/>.</summary>
public sealed class WorkerKilledTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Worker_KilledWhileStepRuns_NextOneFinishesAndMakesNothingTwice()
    {
        await using var fleet = await Fleet.StartAsync(scale: 120);
        var environment = await fleet.ApproveShopAsync("shop-killed");

        // A stack is being created, helm is installing, an Ingress waits for its load balancer.
        foreach (var step in (string[])["cluster", "lbc", "alb"])
        {
            var worker = await fleet.StartWorkerAsync();
            await fleet.WaitAsync(environment, snapshot => snapshot.Steps.Single(row => row.Name == step).State == StepState.Running, Patience);
            await worker.KillAsync();
        }

        await fleet.StartWorkerAsync();
        var done = await fleet.WaitAsync(environment, snapshot => snapshot.Operation!.State.IsSettled(), Patience);

        done.Environment.State.ShouldBe(EnvironmentState.Ready);
        (await fleet.EpochAsync(done.Operation!.Id)).ShouldBe(4);
        await EverythingIsMadeOnceAsync(fleet, done.Plan);
    }

    private static async Task EverythingIsMadeOnceAsync(Fleet fleet, Plan plan)
    {
        var stacks = plan.Steps.Where(step => step.Kind == StepKind.Stack).Select(step => step.Subject).ToList();
        var made = await fleet.LedgerAsync("kind=effect&service=cloudformation&action=CREATE_COMPLETE");
        made.Select(entry => entry.Subject).ShouldBe(stacks, ignoreOrder: true);
        var begun = await fleet.LedgerAsync("kind=effect&service=cloudformation&action=CREATE_IN_PROGRESS");
        begun.Select(entry => entry.Subject).ShouldBe(stacks, ignoreOrder: true);

        var effects = await fleet.LedgerAsync("kind=effect&action=create");
        effects.Count(entry => entry.Service == "elasticloadbalancing").ShouldBe(1);
        effects.Where(entry => entry.Service == "rds").Select(entry => entry.Subject).ShouldBeUnique();
        effects.Where(entry => entry.Service == "kubernetes" && entry.Subject.Contains("/deployments/shop-killed/", StringComparison.Ordinal))
            .Select(entry => entry.Subject[(entry.Subject.LastIndexOf('/') + 1)..]).ShouldBe(["product-service", "user-service", "cart-service"], ignoreOrder: true);
    }
}
