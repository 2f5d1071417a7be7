using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Operations;

/// <summary>Restart, scale, roll back, sleep and wake, with a real worker, helm and emulator; the ledger and the cluster judge.</summary>
public sealed class SmallOperationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Environment_OperatedOnAndSentToSleep_IsReadyAgainAfterwardsAndCanBeDestroyedAsleep()
    {
        await using var fleet = await Fleet.StartAsync(scale: 200);
        await fleet.StartWorkerAsync();
        var shop = Samples.Shop("shop-days");
        shop = shop with
        {
            Services =
            [
                shop.Services[0] with { Stores = Samples.Stores("rds-postgresql"), BeforeRollout = new() { Command = ["/app/migrate"] } },
                .. shop.Services.Skip(1),
                new() { Name = "report", Image = "ghcr.io/shop/report:1.0", Path = "", Kind = WorkloadKind.ScheduledJob, Schedule = new() { Cron = "* * * * *" } },
            ],
        };
        var (products, firstImage) = (shop.Services[0].Name, shop.Services[0].Image);
        var environment = await fleet.ApproveAsync(shop);
        await SettledAsync(fleet, environment, OperationKind.Create);
        var services = fleet.Services.GetRequiredService<OperateService>();
        var sleeper = fleet.Services.GetRequiredService<SleepEnvironment>();

        // A scheduled job runs by itself, and there is nothing to restart of it.
        await fleet.WaitAsync(environment, snapshot => snapshot.Resources.Any(row => row is { Type: "Kubernetes::CronJob", State: "last run succeeded", Ready: true }), Patience);
        (await services.RestartAsync(Fleet.Engineer, environment, "report", default)).Refusal.ShouldBeOfType<NotOperable>();
        (await services.ScaleAsync(Fleet.Engineer, environment, "report", 3, default)).Refusal.ShouldBeOfType<NotOperable>();

        await RunNowAsync(fleet, services, environment, shop.Environment);

        // Restart: other pods, the same release.
        var before = await PodsAsync(fleet, environment, products, shop.Services[0].Replicas);
        (await services.RestartAsync(Fleet.Engineer, environment, products, default)).Refusal.ShouldBeNull();
        await SettledAsync(fleet, environment, OperationKind.Restart);
        await PodsAsync(fleet, environment, products, before.Count, pods => !pods.Any(before.Contains));

        // Scale: more pods of one service, and a new version of the specification.
        (await services.ScaleAsync(Fleet.Engineer, environment, products, 4, default)).Refusal.ShouldBeNull();
        var scaled = await SettledAsync(fleet, environment, OperationKind.Scale);
        scaled.Specification.Services[0].Replicas.ShouldBe(4);
        await PodsAsync(fleet, environment, products, 4);
        (await services.ScaleAsync(Fleet.Engineer, environment, products, 4, default)).Refusal.ShouldBeOfType<NothingToChange>();
        (await services.ScaleAsync(Fleet.Engineer, environment, products, 0, default)).Refusal.ShouldBeOfType<InvalidSpecification>().Errors.Single().Field.ShouldBe("services[0].replicas");

        // Roll back: to the image before, and from there forward again.
        (await services.EarlierAsync(Fleet.Engineer, environment, products, default)).ShouldBeNull();
        await FailingJobKeepsThePodsAsync(fleet, environment, scaled.Specification with { Services = [scaled.Specification.Services[0] with { Image = "ghcr.io/shop/products:2.0" }, .. shop.Services.Skip(1)] });
        var earlier = (await services.EarlierAsync(Fleet.Engineer, environment, products, default))!;
        earlier.Image.ShouldBe(firstImage);
        (await services.RollBackAsync(Fleet.Engineer, environment, products, "ghcr.io/shop/products:0.1", default)).Refusal.ShouldBeOfType<PlanChanged>();
        (await services.RollBackAsync(Fleet.Engineer, environment, products, earlier.Image, default)).Refusal.ShouldBeNull();
        var back = await SettledAsync(fleet, environment, OperationKind.RollBack);
        (back.Specification.Services[0].Image, back.Specification.Services[0].Replicas).ShouldBe((firstImage, 4));
        (await services.EarlierAsync(Fleet.Engineer, environment, products, default))!.Image.ShouldBe("ghcr.io/shop/products:2.0");

        // Asleep: no pods, no nodes, a stopped instance; nothing is deleted.
        (await sleeper.SleepAsync(Fleet.Viewer, environment, null, default)).Refusal.ShouldBeOfType<NotAllowed>();
        (await sleeper.WakeAsync(Fleet.Engineer, environment, null, default)).Refusal.ShouldBeOfType<EnvironmentBusy>();
        (await sleeper.SleepAsync(Fleet.Engineer, environment, null, default)).Refusal.ShouldBeNull();
        var asleep = await SettledAsync(fleet, environment, OperationKind.Sleep);
        asleep.Environment.State.ShouldBe(EnvironmentState.Asleep);
        await PodsAsync(fleet, environment, products, 0);
        await fleet.WaitAsync(environment, snapshot => snapshot.Resources.Any(row => row is { Type: "Kubernetes::CronJob", State: "suspended" }), Patience);
        (await fleet.LedgerAsync("kind=effect&service=rds&action=stop")).Count.ShouldBe(1);
        (await services.RestartAsync(Fleet.Engineer, environment, products, default)).Refusal.ShouldBeOfType<EnvironmentBusy>().Message.ShouldContain("asleep");

        // Awake: as it was.
        (await sleeper.WakeAsync(Fleet.Engineer, environment, null, default)).Refusal.ShouldBeNull();
        var awake = await SettledAsync(fleet, environment, OperationKind.Wake);
        awake.Environment.State.ShouldBe(EnvironmentState.Ready);
        await PodsAsync(fleet, environment, products, 4);
        await fleet.WaitAsync(environment, snapshot => snapshot.Resources.All(row => row is not { Type: "Kubernetes::CronJob", State: "suspended" }), Patience);
        (await fleet.LedgerAsync("kind=effect&service=rds&action=start")).Count.ShouldBe(1);

        // A sleeping one is destroyed as it lies: its instance is started for the snapshot.
        (await sleeper.SleepAsync(Fleet.Engineer, environment, null, default)).Refusal.ShouldBeNull();
        await SettledAsync(fleet, environment, OperationKind.Sleep, later: asleep.Operation!.Id);
        await fleet.ApproveDestructionAsync(environment);
        var gone = await SettledAsync(fleet, environment, OperationKind.Destroy);
        gone.Environment.State.ShouldBe(EnvironmentState.Destroyed);
        (await fleet.LedgerAsync("kind=effect&service=rds&action=start")).Count.ShouldBe(2);
    }

    /// <summary>A scheduled job runs once beside its times; one that fails says why, and the environment is no worse for it.</summary>
    private static async Task RunNowAsync(Fleet fleet, OperateService services, Guid environment, string name)
    {
        (await services.RunAsync(Fleet.Viewer, environment, "report", default)).Refusal.ShouldBeOfType<NotAllowed>();
        (await services.RunAsync(Fleet.Engineer, environment, "cart-service", default)).Refusal.ShouldBeOfType<NotOperable>();
        (await services.RunAsync(Fleet.Engineer, environment, "report", default)).Refusal.ShouldBeNull();
        var ran = await SettledAsync(fleet, environment, OperationKind.RunJob);
        var step = ran.Steps.ShouldHaveSingleItem();
        (step.Name, step.State).ShouldBe((StepNames.Service("report"), StepState.Succeeded));

        var faults = $"/_emulator/kubernetes/{name}-cluster/faults";
        (await fleet.Emulator.PostAsJsonAsync(faults, new { kind = "CrashLoopBackOff", @namespace = name, name = "report" })).EnsureSuccessStatusCode();
        (await services.RunAsync(Fleet.Engineer, environment, "report", default)).Refusal.ShouldBeNull();
        var failed = await fleet.WaitAsync(environment, snapshot => snapshot.Operation is { Kind: OperationKind.RunJob, State: OperationState.Failed }, Patience);
        (await fleet.Emulator.DeleteAsync(faults)).EnsureSuccessStatusCode();
        var failure = failed.Steps.ShouldHaveSingleItem().Failure!;
        (failure.Code, failure.RootCause).ShouldBe(("job_failed", "Ended with exit code 1"));
        failure.Message.ShouldEndWith("Its schedule goes on as it was.");
        failed.Environment.State.ShouldBe(EnvironmentState.Ready);
    }

    /// <summary>A job before a rollout that fails is the reason that people see, with what it wrote; it runs again when it is gone on with.</summary>
    private static async Task FailingJobKeepsThePodsAsync(Fleet fleet, Guid environment, Specification wanted)
    {
        var service = wanted.Services[0].Name;
        var faults = $"/_emulator/kubernetes/{wanted.Environment}-cluster/faults";
        (await fleet.Emulator.PostAsJsonAsync(faults, new { kind = "CrashLoopBackOff", @namespace = wanted.Environment, name = $"{service}-before" })).EnsureSuccessStatusCode();
        await fleet.ApproveChangeAsync(environment, wanted);
        var failed = await fleet.WaitAsync(environment, snapshot => snapshot.Operation is { Kind: OperationKind.Change, State: OperationState.Failed }, Patience);
        var failure = failed.Steps.Single(step => step.State == StepState.Failed).Failure!;
        (failure.Code, failure.RootCause).ShouldBe(("job_failed", "Ended with exit code 1"));
        failed.Steps.Single(step => step.Name == StepNames.Service(service)).State.ShouldBe(StepState.Skipped);

        (await fleet.Emulator.DeleteAsync(faults)).EnsureSuccessStatusCode();
        (await fleet.Services.GetRequiredService<RetryOperation>().ExecuteAsync(Fleet.Engineer, failed.Operation!.Id, default)).Refusal.ShouldBeNull();
        await fleet.WaitAsync(environment, snapshot => snapshot.Operation is { Kind: OperationKind.Change, State: OperationState.Succeeded }, Patience);
    }

    /// <summary>Returns when the cluster's observer has seen so many ready pods of the service, and what else is wanted of them; it is told a moment after the operation is.</summary>
    private static async Task<IReadOnlyList<string>> PodsAsync(Fleet fleet, Guid environment, string service, int count, Func<IReadOnlyList<string>, bool>? until = null) =>
        Ready(await fleet.WaitAsync(environment, snapshot => Ready(snapshot, service) is var pods && pods.Count == count && until?.Invoke(pods) != false, Patience), service);

    private static IReadOnlyList<string> Ready(EnvironmentSnapshot snapshot, string service) =>
        [.. snapshot.Resources.Where(row => row is { Type: "Kubernetes::Pod", Ready: true } && row.Step == StepNames.Service(service)).Select(row => row.Name)];

    private static async Task<EnvironmentSnapshot> SettledAsync(Fleet fleet, Guid environment, OperationKind kind, Guid? later = null)
    {
        var settled = await fleet.WaitAsync(environment, snapshot => snapshot.Operation is { } operation && operation.Kind == kind && operation.Id != later && operation.State.IsSettled(), Patience);
        settled.Operation!.State.ShouldBe(OperationState.Succeeded, string.Join('\n', settled.Steps.Select(step => $"{step.Name} {step.State} {step.Failure}")));
        return settled;
    }
}
