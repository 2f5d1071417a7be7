using Dapper;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Operations;

/// <summary>What is asked for while another operation is under way.</summary>
public sealed class WaitingLineTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private StoredEnvironments _stored = null!;

    private OperateService Services => _stored.Get<OperateService>();

    public async Task InitializeAsync() => _stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, new ManualClock());

    public async Task DisposeAsync() => await _stored.DisposeAsync();

    [Fact]
    public async Task Queue_WhileAnotherIsUnderWay_WaitsAndBeginsInTurnOnWhatCameBefore()
    {
        var shop = Samples.Shop("shop-line", "10.120.0.0/16");
        var (carts, products) = (shop.Services[1].Name, shop.Services[0].Name);
        var environment = await _stored.ReadyAsync(shop);
        (await Services.RestartAsync(Fleet.Engineer, environment, products, default)).Refusal.ShouldBeNull();

        (await Services.ScaleAsync(Fleet.Engineer, environment, carts, 7, default)).Refusal.ShouldBeNull();
        (await Services.ScaleAsync(Fleet.Engineer, environment, products, 5, default)).Refusal.ShouldBeNull();
        (await _stored.Get<SleepEnvironment>().SleepAsync(Fleet.Engineer, environment, null, default)).Refusal.ShouldBeNull();
        // It will be asleep by then.
        (await Services.RestartAsync(Fleet.Engineer, environment, products, default)).Refusal.ShouldBeOfType<EnvironmentBusy>();

        var waits = await _stored.SnapshotAsync(environment);
        waits.Operation!.Kind.ShouldBe(OperationKind.Restart);
        waits.Line.Select(one => one.Kind).ShouldBe([OperationKind.Scale, OperationKind.Scale, OperationKind.Sleep]);
        waits.Line[0].Sentence.ShouldBe($"Engineer scales {carts} to 7 pods");
        waits.Becomes.ShouldBe(EnvironmentState.Asleep);
        waits.Specification.Services.Select(one => one.Replicas).ShouldBe(shop.Services.Select(one => one.Replicas));
        waits.Events[0].Message.ShouldEndWith("; it waits until what is under way has ended");

        await _stored.FinishAsync(environment);
        var first = await _stored.SnapshotAsync(environment);
        (first.Operation!.Kind, first.Operation.State, first.Environment.State).ShouldBe((OperationKind.Scale, OperationState.Queued, EnvironmentState.Changing));
        first.Specification.Services.Single(one => one.Name == carts).Replicas.ShouldBe(7);
        first.Line.Count.ShouldBe(2);
        await _stored.FinishAsync(environment);
        var second = await _stored.SnapshotAsync(environment);
        // The second was asked for before the first was done, and takes nothing of it back.
        second.Specification.Services.Where(one => one.Name == carts || one.Name == products).ToDictionary(one => one.Name, one => one.Replicas)
            .ShouldBe(new Dictionary<string, int> { [products] = 5, [carts] = 7 }, ignoreOrder: true);
        await _stored.FinishAsync(environment);
        (await _stored.SnapshotAsync(environment)).Operation!.Kind.ShouldBe(OperationKind.Sleep);
        await _stored.FinishAsync(environment);

        var last = await _stored.SnapshotAsync(environment);
        (last.Environment.State, last.Line.Count).ShouldBe((EnvironmentState.Asleep, 0));
    }

    [Fact]
    public async Task Line_WhatItWaitsForFails_IsDroppedWithAWord()
    {
        var shop = Samples.Shop("shop-line-fails", "10.121.0.0/16");
        var environment = await _stored.ReadyAsync(shop);
        await Services.RestartAsync(Fleet.Engineer, environment, shop.Services[0].Name, default);
        await Services.ScaleAsync(Fleet.Engineer, environment, shop.Services[0].Name, 6, default);

        await _stored.FinishAsync(environment, OperationState.Failed);

        var failed = await _stored.SnapshotAsync(environment);
        (failed.Environment.State, failed.Operation!.Kind, failed.Line.Count).ShouldBe((EnvironmentState.Failed, OperationKind.Restart, 0));
        failed.Events[0].Message.ShouldBe($"Not done, because the environment is failed now: Engineer scales {shop.Services[0].Name} to 6 pods. Ask for it again if it is still wanted");
        failed.Specification.Services[0].Replicas.ShouldBe(shop.Services[0].Replicas);
    }

    [Fact]
    public async Task Withdraw_WhatWaits_TakesItOutOnce()
    {
        var shop = Samples.Shop("shop-line-withdrawn", "10.122.0.0/16");
        var environment = await _stored.ReadyAsync(shop);
        await Services.RestartAsync(Fleet.Engineer, environment, shop.Services[0].Name, default);
        var waiting = (await Services.ScaleAsync(Fleet.Engineer, environment, shop.Services[0].Name, 6, default)).Value;
        var withdraw = _stored.Get<WithdrawOperation>();

        (await withdraw.ExecuteAsync(Fleet.Viewer, waiting, default)).Refusal.ShouldBeOfType<Portal.Core.NotAllowed>();
        (await withdraw.ExecuteAsync(Fleet.Engineer, waiting, default)).Refusal.ShouldBeNull();
        (await withdraw.ExecuteAsync(Fleet.Engineer, waiting, default)).Refusal.ShouldBeOfType<Portal.Core.AlreadyDecided>();

        await _stored.FinishAsync(environment);
        var ready = await _stored.SnapshotAsync(environment);
        (ready.Environment.State, ready.Specification.Services[0].Replicas).ShouldBe((EnvironmentState.Ready, shop.Services[0].Replicas));
    }

    [Fact]
    public async Task Line_MoreThanTen_IsRefused()
    {
        var shop = Samples.Shop("shop-line-long", "10.123.0.0/16");
        var environment = await _stored.ReadyAsync(shop);
        await Services.RestartAsync(Fleet.Engineer, environment, shop.Services[0].Name, default);

        // At once, from as many browsers.
        var asked = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Services.RestartAsync(Fleet.Engineer, environment, shop.Services[0].Name, default)));

        asked.Count(outcome => outcome.IsRefused).ShouldBe(2);
        asked.First(outcome => outcome.IsRefused).Refusal!.Message.ShouldStartWith("10 operations of this environment wait");
        (await _stored.SnapshotAsync(environment)).Line.Count.ShouldBe(10);
    }

    [Fact]
    public async Task Line_PlanEditedInTheDatabase_IsDropped()
    {
        var shop = Samples.Shop("shop-line-edited", "10.124.0.0/16");
        var environment = await _stored.ReadyAsync(shop);
        await Services.RestartAsync(Fleet.Engineer, environment, shop.Services[0].Name, default);
        await Services.ScaleAsync(Fleet.Engineer, environment, shop.Services[0].Name, 6, default);
        await using (var connection = await postgres.Database.OpenConnectionAsync())
            await connection.ExecuteAsync("update waiting_operations set plan = jsonb_set(plan, '{steps,0,namespace}', '\"kube-system\"') where environment_id = @environment", new { environment });

        await _stored.FinishAsync(environment);

        var ready = await _stored.SnapshotAsync(environment);
        (ready.Environment.State, ready.Operation!.Kind).ShouldBe((EnvironmentState.Ready, OperationKind.Restart));
        ready.Events[0].Kind.ShouldBe("operation.dropped");
    }

    [Fact]
    public async Task Repair_ReadyEnvironment_EnsuresAllOfItInOrderAndProbesLast()
    {
        var shop = Samples.Shop("shop-repair", "10.125.0.0/16");
        var environment = await _stored.ReadyAsync(shop);
        var repair = _stored.Get<RepairEnvironment>();
        (await repair.ExecuteAsync(Fleet.Viewer, environment, default)).Refusal.ShouldBeOfType<Portal.Core.NotAllowed>();

        (await repair.ExecuteAsync(Fleet.Engineer, environment, default)).Refusal.ShouldBeNull();

        var snapshot = await _stored.SnapshotAsync(environment);
        snapshot.Operation!.Kind.ShouldBe(OperationKind.Repair);
        snapshot.Plan.Steps.Where(step => step.Action == PlanAction.Ensure).Select(step => step.Name).ShouldBe(snapshot.Deployed.Select(one => one.Name), ignoreOrder: true);
        snapshot.Plan.Steps.Where(step => step.Kind is StepKind.Stack or StepKind.Release).ShouldAllBe(step => step.RevertsDrift);
        snapshot.Plan.Steps[^1].Action.ShouldBe(PlanAction.Probe);
        snapshot.Plan.Step(StepNames.Nodes).DependsOn.ShouldContain(StepNames.Cluster);
        await _stored.FinishAsync(environment);
        (await _stored.SnapshotAsync(environment)).Environment.State.ShouldBe(EnvironmentState.Ready);
    }
}
