using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;

namespace Portal.Tests.Worker.Engine;

/// <summary>The runner on a real store, with steps that do as they are told and a clock on which pauses pass at once.</summary>
public sealed class OperationRunnerTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static int s_network = 64;

    private readonly HurryingClock _clock = new(TimeSpan.FromMinutes(1));
    private ServiceProvider _services = null!;

    public async Task InitializeAsync()
    {
        _services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddPortalCore(null).AddPortalDatabase(postgres.ConnectionString).BuildServiceProvider();
        await using var database = await _services.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync();
        if (!await database.Targets.AnyAsync())
        {
            database.Add(new TargetRow { Name = Samples.Target.Name, AccountId = "000000000000", Region = Samples.Target.Region, ApiAccessCidrs = "0.0.0.0/0" });
            await database.SaveChangesAsync();
        }
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    [Fact]
    public async Task Step_TargetAway_IsWaitedForWithoutAnAttemptAndSaidOnce()
    {
        var calls = 0;
        StepWaiting? shown = null;
        var environment = await RunAsync(async context =>
        {
            calls++;
            if (calls == 3)
                shown = Step(await SnapshotAsync(context.Work.EnvironmentId)).Waiting;
            if (calls < 12)
                throw Silent();
            await context.AnsweredAsync();
        });

        var snapshot = await SnapshotAsync(environment);
        Step(snapshot).State.ShouldBe(StepState.Succeeded);
        Step(snapshot).Attempt.ShouldBe(1);
        Step(snapshot).Waiting.ShouldBeNull();
        shown.ShouldNotBeNull().Sentence.ShouldBe("AWS does not answer");
        var said = (await EventsAsync(environment)).Where(line => line.Step == StepNames.Cluster).Select(line => line.Kind);
        said.ShouldBe(["step.started", "step.waiting", "step.answered", "step.succeeded"]);
    }

    [Fact]
    public async Task Step_TargetAwayForLongerThanThePolicyWaits_FailsWithThatCause()
    {
        var began = _clock.GetUtcNow();

        var environment = await RunAsync(_ => throw Silent());

        var step = Step(await SnapshotAsync(environment));
        step.State.ShouldBe(StepState.Failed);
        step.Attempt.ShouldBe(1);
        step.Failure!.Message.ShouldStartWith("AWS did not answer for 30 minutes, from 10:");
        step.Failure.RootCause.ShouldBe("CloudFormation cannot be reached.");
        (_clock.GetUtcNow() - began).ShouldBeInRange(TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(31));
    }

    [Fact]
    public async Task Step_Throttled_IsWaitedForHoweverLongItTakes()
    {
        var calls = 0;
        var environment = await RunAsync(_ => ++calls < 200
            ? throw new StepFailedException(new Failure("cfn_throttled", "Patience.", CanRetry: true, RetryAfter: TimeSpan.FromSeconds(20)) { IsThrottling = true, Silent = Correspondents.Aws })
            : Task.CompletedTask);

        var step = Step(await SnapshotAsync(environment));
        step.State.ShouldBe(StepState.Succeeded);
        step.Attempt.ShouldBe(1);
        (await EventsAsync(environment)).Count(line => line.Step == StepNames.Cluster).ShouldBe(3);
    }

    [Fact]
    public async Task Step_AnsweredAndLostAgainAndAgain_CostsAttempts()
    {
        var calls = 0;
        var environment = await RunAsync(async context =>
        {
            if (++calls > 1)
                await context.AnsweredAsync();
            throw Silent();
        });

        var step = Step(await SnapshotAsync(environment));
        step.State.ShouldBe(StepState.Failed);
        step.Attempt.ShouldBe(4);
        calls.ShouldBe(5, "the first silence is free");
    }

    /// <summary>Another attempt would be another run beside the one that goes on.</summary>
    [Fact]
    public async Task Step_RunOfAJobLostAgainAndAgain_GoesOnWithTheSameRun()
    {
        var number = Interlocked.Increment(ref s_network);
        var environment = await RunAsync(_ => Task.CompletedTask, specification: Samples.Works($"works-{number}") with { Network = new NetworkSpecification { Cidr = $"10.{number}.0.0/16" } });
        (await _services.GetRequiredService<OperateService>().RunAsync(Fleet.Engineer, environment, "report", default)).Refusal.ShouldBeNull();
        var calls = 0;

        await ResumeAsync(environment, async context =>
        {
            if (++calls > 1)
                await context.AnsweredAsync();
            if (calls < 6)
                throw Silent();
        });

        var step = (await SnapshotAsync(environment)).Steps.ShouldHaveSingleItem();
        (step.State, step.Attempt, calls).ShouldBe((StepState.Succeeded, 1, 6));
    }

    [Fact]
    public async Task Step_TakenOverWhileItWaits_GoesOnCounting()
    {
        var environment = Guid.Empty;
        using var stop = new CancellationTokenSource();
        var calls = 0;
        await Should.ThrowAsync<OperationCanceledException>(async () => await RunAsync(async context =>
        {
            environment = context.Work.EnvironmentId;
            if (++calls == 5)
                await stop.CancelAsync();
            throw Silent();
        }, stop: stop.Token));
        var since = Step(await SnapshotAsync(environment)).Waiting.ShouldNotBeNull().Since;

        await ResumeAsync(environment, _ => throw Silent());

        var step = Step(await SnapshotAsync(environment));
        step.Failure!.Message.ShouldContain($"from {since.UtcDateTime:HH:mm} UTC on");
        (await EventsAsync(environment)).Count(line => line.Kind == "step.waiting").ShouldBe(1);
        (_clock.GetUtcNow() - since).ShouldBeLessThan(TimeSpan.FromMinutes(31));
    }

    [Fact]
    public async Task Step_CancelledWhileItWaits_IsCancelled()
    {
        using var cancel = new CancellationTokenSource();
        var environment = await RunAsync(async context =>
        {
            if (!cancel.IsCancellationRequested)
                (await _services.GetRequiredService<CancelOperation>().ExecuteAsync(Fleet.Engineer, context.Work.OperationId, long.MaxValue, default)).Refusal.ShouldBeNull();
            await cancel.CancelAsync();
            throw Silent();
        }, cancel.Token);

        Step(await SnapshotAsync(environment)).State.ShouldBe(StepState.Cancelled);
        _told!.BrokenOff.ShouldBe([StepNames.Cluster], "and is cancelled although what it left cannot be ended");
    }

    [Fact]
    public async Task Step_FailsForAReasonThatMayPass_IsTriedAsOftenAsThePolicySays()
    {
        var calls = 0;
        var environment = await RunAsync(_ =>
        {
            calls++;
            throw new StepFailedException("helm_busy", "Busy.", canRetry: true);
        });

        calls.ShouldBe(Samples.Catalog.Patience["stack"].Attempts);
        Step(await SnapshotAsync(environment)).Attempt.ShouldBe(calls);
    }

    private ToldStep? _told;

    private static StepFailedException Silent() => new(new Failure("cfn_unreachable", "CloudFormation cannot be reached.", CanRetry: true) { Silent = Correspondents.Aws });

    private static StepInfo Step(EnvironmentSnapshot snapshot) => snapshot.Steps.Single(step => step.Name == StepNames.Cluster);

    private async Task<Guid> RunAsync(Func<StepContext, Task> cluster, CancellationToken cancel = default, CancellationToken stop = default, Specification? specification = null)
    {
        var number = Interlocked.Increment(ref s_network);
        var submitted = (await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(Fleet.Engineer, specification ?? Samples.Shop($"shop-{number}", $"10.{number}.0.0/16"), default)).Value!;
        var detail = (await _services.GetRequiredService<RequestQueries>().RequestAsync(Fleet.Engineer, submitted.Number, default))!;
        (await _services.GetRequiredService<DecideRequest>().ExecuteAsync(Fleet.Ops, submitted.Id, Verdict.Approve, detail.Request.PlanHash, null, default)).Refusal.ShouldBeNull();
        await ResumeAsync(submitted.EnvironmentId, cluster, cancel, stop);
        return submitted.EnvironmentId;
    }

    private async Task ResumeAsync(Guid environment, Func<StepContext, Task> cluster, CancellationToken cancel = default, CancellationToken stop = default)
    {
        var store = new OperationStore(postgres.Database, TestTransactions.On(postgres.Database), new Lifecycle(new OperationJobs(), _clock), new StepDurations(postgres.Database, _clock), _clock);
        var runner = new OperationRunner(store, [_told = new ToldStep(cluster)], new NoClusters(), _clock, NullLogger<OperationRunner>.Instance);
        await runner.RunAsync((await SnapshotAsync(environment)).Operation!.Id, cancel, stop);
    }

    private async Task<EnvironmentSnapshot> SnapshotAsync(Guid environment) => (await _services.GetRequiredService<EnvironmentQueries>().SnapshotAsync(environment, default))!;

    /// <summary>Oldest first.</summary>
    private async Task<IReadOnlyList<EventInfo>> EventsAsync(Guid environment) =>
        [.. (await _services.GetRequiredService<EnvironmentQueries>().EventsAsync(Fleet.Engineer, environment, new EventFilter(), long.MaxValue, 0, 100, default)).Events.Reverse()];

    /// <summary>Every step, where only the cluster's does anything, and a run.</summary>
    private sealed class ToldStep(Func<StepContext, Task> cluster) : IStepExecutor
    {
        public bool CanBeBrokenOff => true;

        /// <summary>Steps that were broken off for good.</summary>
        public List<string> BrokenOff { get; } = [];

        public bool Handles(PlannedStep step) => true;

        public Task BreakOffAsync(StepContext context, CancellationToken cancellationToken)
        {
            BrokenOff.Add(context.Step.Name);
            throw Silent();
        }

        public async Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context, CancellationToken cancellationToken)
        {
            if (context.Step.Name == StepNames.Cluster || context.Step.Action == PlanAction.Run)
                await cluster(context);
            return new Dictionary<string, string>();
        }
    }

    private sealed class NoClusters : IClusters
    {
        public Task<ClusterAccess> DescribeAsync(AwsTarget target, string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<string> CallerArnAsync(AwsTarget target, CancellationToken cancellationToken) => Task.FromResult("arn:aws:iam::000000000000:role/portal");
    }
}
