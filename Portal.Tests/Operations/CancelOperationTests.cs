using Portal.Core;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Operations;

public sealed class CancelOperationTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    /// <summary>Asked for twice because the first answer was lost, or clicked on a page that is a run behind.</summary>
    [Fact]
    public async Task Cancel_WhatSomebodyHasGoneOnWithSince_IsRefusedAndItGoesOn()
    {
        await using var stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, new ManualClock());
        var (operation, environment) = await stored.ApproveAsync(Samples.Shop());
        await stored.Store.BeginAsync(operation, default);
        var seen = (await stored.SnapshotAsync(environment)).Environment.LastEvent;
        await stored.FinishAsync(environment, OperationState.Failed);
        (await stored.Get<RetryOperation>().ExecuteAsync(Fleet.Engineer, operation, default)).Refusal.ShouldBeNull();
        await stored.Store.BeginAsync(operation, default);

        var late = await stored.Get<CancelOperation>().ExecuteAsync(Fleet.Engineer, operation, seen, default);

        late.Refusal.ShouldBeOfType<AlreadyDecided>();
        var running = await stored.SnapshotAsync(environment);
        running.Operation!.State.ShouldBe(OperationState.Running);
        // One that was only taken over is the same run to whoever watches it.
        await stored.Store.BeginAsync(operation, default);
        (await stored.Get<CancelOperation>().ExecuteAsync(Fleet.Engineer, operation, running.Environment.LastEvent, default)).Refusal.ShouldBeNull();
        (await stored.SnapshotAsync(environment)).Operation!.State.ShouldBe(OperationState.Cancelling);
    }
}
