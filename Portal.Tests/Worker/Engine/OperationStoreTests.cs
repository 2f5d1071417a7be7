using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Engine;

namespace Portal.Tests.Worker.Engine;

public sealed class OperationStoreTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private StoredEnvironments _stored = null!;

    public async Task InitializeAsync() => _stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, new ManualClock());

    public async Task DisposeAsync() => await _stored.DisposeAsync();

    [Fact]
    public async Task Write_AfterAnotherRunnerTookOver_ChangesNothingAndStops()
    {
        var (operation, environment) = await ApprovedAsync("shop-fenced", "10.60.0.0/16");
        var stalled = (await _stored.Store.BeginAsync(operation, default))!;
        await _stored.Store.StartStepAsync(stalled, stalled.Plan.Step("iam"), 1, default);
        var taker = (await _stored.Store.BeginAsync(operation, default))!;

        await Should.ThrowAsync<FencedException>(() => _stored.Store.SucceedStepAsync(stalled, stalled.Plan.Step("iam"), new Dictionary<string, string>(), default));
        await Should.ThrowAsync<FencedException>(() => _stored.Store.NoteRetryAsync(stalled, stalled.Plan.Step("iam"), new Failure("x", "x"), TimeSpan.FromSeconds(1), default));
        await Should.ThrowAsync<FencedException>(() => _stored.Store.FinishAsync(stalled, OperationState.Succeeded, null, default));

        taker.Fence.Epoch.ShouldBe(stalled.Fence.Epoch + 1);
        taker.Steps["iam"].State.ShouldBe(StepState.Running);
        var snapshot = (await _stored.Get<EnvironmentQueries>().SnapshotAsync(environment, default))!;
        snapshot.Steps.Single(step => step.Name == "iam").State.ShouldBe(StepState.Running);
        snapshot.Operation!.State.ShouldBe(OperationState.Running);
        snapshot.Events.ShouldNotContain(row => row.Kind == "step.succeeded" || row.Kind == "step.retrying");
    }

    [Fact]
    public async Task Write_UnderWayWhileAnotherRunnerTakesOver_IsKnownToThatRunner()
    {
        var (operation, environment) = await ApprovedAsync("shop-race", "10.63.0.0/16");
        var stalled = (await _stored.Store.BeginAsync(operation, default))!;
        await _stored.Store.StartStepAsync(stalled, stalled.Plan.Step("iam"), 1, default);
        // The event of the stalled runner's write has to wait, with the write itself done and not committed.
        await using var holder = await postgres.Database.OpenConnectionAsync();
        await using var held = await holder.BeginTransactionAsync();
        await holder.ExecuteAsync("select 1 from environments where id = @environment for update", new { environment });
        var write = _stored.Store.SucceedStepAsync(stalled, stalled.Plan.Step("iam"), new Dictionary<string, string> { ["RoleArn"] = "arn" }, default);
        await WaitingAsync(1);
        var takeOver = _stored.Store.BeginAsync(operation, default);
        await WaitingAsync(2);

        await held.RollbackAsync();

        await write;
        var taker = (await takeOver)!;
        taker.Steps["iam"].State.ShouldBe(StepState.Succeeded);
        taker.Deployed["iam"].Outputs["RoleArn"].ShouldBe("arn");
    }

    [Fact]
    public async Task WayBackWithout_AmongWhatIsStuck_IsKeptUntilTheStepIsComplete()
    {
        var (operation, environment) = await ApprovedAsync("shop-stuck", "10.68.0.0/16");
        var work = (await _stored.Store.BeginAsync(operation, default))!;
        var step = work.Plan.Step("iam");
        await _stored.Store.StartStepAsync(work, step, 1, default);
        var failure = new Failure(Failure.HalfBack, "It is stuck.")
        {
            Resources = [new FailedResource("Role", "IAM role Role", "Not now", IsGone: false), new FailedResource("Policy", "IAM policy Policy", null, IsGone: true)],
        };
        await _stored.Store.FailStepAsync(work, step, failure, default);
        await _stored.Store.FinishAsync(work, OperationState.Failed, failure, default);
        var retry = _stored.Get<RetryOperation>();

        (await retry.ExecuteAsync(Fleet.Viewer, operation, default, new WayBackWithout("iam", ["Role"]))).Refusal.ShouldBeOfType<NotAllowed>();
        (await retry.ExecuteAsync(Fleet.Engineer, operation, default, new WayBackWithout("iam", []))).Refusal.ShouldBeOfType<NothingStuck>();
        (await retry.ExecuteAsync(Fleet.Engineer, operation, default, new WayBackWithout("iam", ["Role", "User"]))).Refusal.ShouldBeOfType<NothingStuck>().Message.ShouldContain("User");
        (await retry.ExecuteAsync(Fleet.Engineer, operation, default, new WayBackWithout("net-core", ["Role"]))).Refusal.ShouldBeOfType<NothingStuck>();
        (await retry.ExecuteAsync(Fleet.Engineer, operation, default, new WayBackWithout("iam", ["Policy"]))).Refusal.ShouldBeNull();

        var said = (await _stored.Get<EnvironmentQueries>().SnapshotAsync(environment, default))!.Events.Where(row => row.Kind == "way-back.without").ShouldHaveSingleItem();
        said.Message.ShouldContain("go back without IAM policy Policy: it stays as it is");
        var again = (await _stored.Store.BeginAsync(operation, default))!;
        again.Deployed["iam"].LeftOut.ShouldBe(["Policy"]);
        await _stored.Store.StartStepAsync(again, step, 2, default);
        await _stored.Store.SucceedStepAsync(again, step, new Dictionary<string, string>(), default);
        (await _stored.Store.BeginAsync(operation, default))!.Deployed["iam"].LeftOut.ShouldBeEmpty();
    }

    [Fact]
    public async Task NoteMissing_FoundAgainByALaterAttempt_IsSaidOnceWithTheWayOn()
    {
        var (operation, environment) = await ApprovedAsync("shop-missing", "10.67.0.0/16");
        var work = (await _stored.Store.BeginAsync(operation, default))!;
        var step = work.Plan.Step("iam") with { Action = PlanAction.Sleep };

        await _stored.Store.NoteMissingAsync(work, step, "The RDS instance shop-orders", default);
        await _stored.Store.NoteMissingAsync(work, step, "The RDS instance shop-orders", default);

        var said = (await _stored.Get<EnvironmentQueries>().SnapshotAsync(environment, default))!.Events.Where(row => row.Kind == "step.missing").ShouldHaveSingleItem();
        said.Message.ShouldContain("The RDS instance shop-orders of");
        said.Message.ShouldContain("Repair makes it anew");
    }

    /// <summary>Cancelled between the two, the environment has a load balancer that nobody has begun to wait for.</summary>
    [Fact]
    public async Task StartStep_WhatBringsSomethingAbout_IsWrittenOfThatTooBeforeAnybodyWaitsForIt()
    {
        var (operation, environment) = await ApprovedAsync("shop-rules", "10.65.0.0/16");
        var work = (await _stored.Store.BeginAsync(operation, default))!;

        await _stored.Store.StartStepAsync(work, work.Plan.Step(StepNames.Ingress), 1, default);

        await using var connection = await postgres.Database.OpenConnectionAsync();
        var deployed = await Deployments.ReadAsync(connection, environment, default);
        deployed.Select(one => (one.Step, one.IsComplete)).ShouldBe([(StepNames.Ingress, false), (StepNames.LoadBalancer, false)]);
        Deployments.Destruction(work.Plan, deployed).Step(StepNames.LoadBalancer).DependsOn.ShouldBe([StepNames.Ingress]);
    }

    /// <summary>Undone, the rules would be as they were, and the wait for what they bring about half made for ever.</summary>
    [Fact]
    public async Task StartStep_WhatItBringsAboutIsThere_StaysCompleteUntilItsOwnStepBegins()
    {
        var (operation, environment) = await ApprovedAsync("shop-waited", "10.66.0.0/16");
        var work = (await _stored.Store.BeginAsync(operation, default))!;
        foreach (var step in (string[])[StepNames.Ingress, StepNames.LoadBalancer])
        {
            await _stored.Store.StartStepAsync(work, work.Plan.Step(step), 1, default);
            await _stored.Store.SucceedStepAsync(work, work.Plan.Step(step), new Dictionary<string, string>(), default);
        }

        await using var connection = await postgres.Database.OpenConnectionAsync();
        await BeginAsync(StepNames.Ingress);

        (await CompleteAsync()).ShouldBe([(StepNames.Ingress, false), (StepNames.LoadBalancer, true)]);
        await BeginAsync(StepNames.LoadBalancer);
        (await CompleteAsync()).ShouldBe([(StepNames.Ingress, false), (StepNames.LoadBalancer, false)]);

        Task BeginAsync(string step) => _stored.Get<Transactions>().DoAsync(
            write => write.DoAsync([.. Deployments.Begin(environment, operation, work.Plan, work.Plan.Step(step), DateTimeOffset.UnixEpoch)]), default);
        async Task<IEnumerable<(string, bool)>> CompleteAsync() => (await Deployments.ReadAsync(connection, environment, default)).Select(one => (one.Step, one.IsComplete));
    }

    [Fact]
    public async Task Hold_ByARunnerThatStandsStill_IsEndedByPostgres()
    {
        var (operation, _) = await ApprovedAsync("shop-stands", "10.64.0.0/16");
        var work = (await _stored.Store.BeginAsync(operation, default))!;

        await _stored.Get<Transactions>().DoAsync(async held =>
        {
            await Lifecycle.HoldAsync(held, work.Fence);

            (await held.Connection.ExecuteScalarAsync<string>("show idle_in_transaction_session_timeout")).ShouldBe("10s");
        }, default);
    }

    /// <summary>Returns when so many sessions of this database wait for a lock.</summary>
    private async Task WaitingAsync(int count)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        while (await connection.ExecuteScalarAsync<int>("select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") < count)
            await Task.Yield();
    }

    [Fact]
    public async Task Succeed_Step_KeepsItsOutputsForTheNextRunner()
    {
        var (operation, _) = await ApprovedAsync("shop-outputs", "10.61.0.0/16");
        var work = (await _stored.Store.BeginAsync(operation, default))!;
        await _stored.Store.StartStepAsync(work, work.Plan.Step("net-core"), 1, default);
        await _stored.Store.SucceedStepAsync(work, work.Plan.Step("net-core"), new Dictionary<string, string> { ["VpcId"] = "vpc-1" }, default);

        var next = (await _stored.Store.BeginAsync(operation, default))!;

        next.Steps["net-core"].State.ShouldBe(StepState.Succeeded);
        next.Deployed["net-core"].Outputs["VpcId"].ShouldBe("vpc-1");
        next.Deployed["net-core"].IsComplete.ShouldBeTrue();
    }

    [Fact]
    public async Task Begin_FinishedOperation_IsNothingToDo()
    {
        var (operation, environment) = await ApprovedAsync("shop-done", "10.62.0.0/16");
        var work = (await _stored.Store.BeginAsync(operation, default))!;
        await _stored.Store.FinishAsync(work, OperationState.Failed, new Failure("stack_failed", "Aurora failed.", "quota"), default);

        (await _stored.Store.BeginAsync(operation, default)).ShouldBeNull();
        (await _stored.Get<EnvironmentQueries>().SnapshotAsync(environment, default))!.Environment.State.ShouldBe(EnvironmentState.Failed);
    }

    /// <summary>Its job was fetched by a worker that was killed before it claimed.</summary>
    [Fact]
    public async Task EnqueueAbandoned_JobThatNobodyTookUp_IsEnqueuedAgainAndAYoungOneIsNot()
    {
        var (lost, _) = await ApprovedAsync("shop-lost", "10.71.0.0/16");
        var (young, _) = await ApprovedAsync("shop-young", "10.72.0.0/16");
        var lease = new WorkerLease(postgres.Database, TimeProvider.System, NullLogger<WorkerLease>.Instance);
        var claims = new OperationClaims(postgres.Database, TestTransactions.On(postgres.Database), new OperationJobs(), lease);
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync("update operations set enqueued_at = clock_timestamp() - interval '5 seconds' where id = @lost", new { lost });
        await connection.ExecuteAsync("update operations set enqueued_at = clock_timestamp() + interval '1 minute' where id = @young", new { young });

        var enqueued = await claims.EnqueueAbandonedAsync([], default);

        enqueued.ShouldContain(lost);
        enqueued.ShouldNotContain(young);
        (await connection.ExecuteScalarAsync<int>("select count(*)::int from hangfire.job where arguments::text like '%' || @lost || '%'", new { lost = lost.ToString() })).ShouldBe(2);
    }

    [Fact]
    public async Task Cancelling_OneOfThoseThatRun_IsNamedWithItsEpoch()
    {
        var (operation, _) = await ApprovedAsync("shop-cancels", "10.73.0.0/16");
        var (other, _) = await ApprovedAsync("shop-runs-on", "10.74.0.0/16");
        await _stored.Store.BeginAsync(other, default);
        var work = (await _stored.Store.BeginAsync(operation, default))!;
        (await _stored.Get<CancelOperation>().ExecuteAsync(Fleet.Engineer, operation, long.MaxValue, default)).Refusal.ShouldBeNull();
        var claims = new OperationClaims(
            postgres.Database, TestTransactions.On(postgres.Database), new OperationJobs(), new WorkerLease(postgres.Database, TimeProvider.System, NullLogger<WorkerLease>.Instance));

        (await claims.CancellingAsync([operation, other], default)).ShouldBe([work.Fence]);
    }

    [Theory]
    [InlineData("update events set message = 'x'")]
    [InlineData("delete from events")]
    [InlineData("update specifications set document = '{}'")]
    public async Task Database_ChangeOfWhatIsAppendOnly_IsRefused(string sql)
    {
        await ApprovedAsync($"shop-{(uint)sql.GetHashCode(StringComparison.Ordinal) % 10000}", $"10.{100 + sql.Length}.0.0/16");
        await using var owner = Npgsql.NpgsqlDataSource.Create(await PostgresFixture.AsOwnerAsync(postgres.ConnectionString));
        await using var command = owner.CreateCommand(sql);

        (await Should.ThrowAsync<Npgsql.PostgresException>(() => command.ExecuteNonQueryAsync())).MessageText.ShouldContain("append-only");
    }

    private Task<(Guid Operation, Guid Environment)> ApprovedAsync(string name, string cidr) => _stored.ApproveAsync(Samples.Shop(name, cidr));
}
