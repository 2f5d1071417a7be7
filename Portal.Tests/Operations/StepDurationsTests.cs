using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Engine;

namespace Portal.Tests.Operations;

public sealed class StepDurationsTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private const double Pace = 10;

    private readonly ManualClock _clock = new();
    private StoredEnvironments _stored = null!;

    private StepDurations Durations => _stored.Get<StepDurations>();

    public async Task InitializeAsync() => _stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, _clock, Pace);

    public async Task DisposeAsync() => await _stored.DisposeAsync();

    [Fact]
    public async Task Expect_EnoughOfAKind_GoesByTheirQuantilesInThatTargetOnly()
    {
        // One environment has its artifacts in the database, by whose names the kinds are known.
        var plan = (await ApprovedAsync("shop-learns", "10.80.0.0/16")).Plan;
        await AddAsync(Samples.Target.Name, "cluster.yaml", "Create", 50, 55, 60, 65);

        (await ExpectAsync(plan)).Step(StepNames.Cluster).Expected.ShouldBe(plan.Step(StepNames.Cluster).Expected);
        // A fifth that hung for an hour is not what the next one is expected to take.
        await AddAsync(Samples.Target.Name, "cluster.yaml", "Create", 3600);
        var learned = await ExpectAsync(plan);

        learned.Step(StepNames.Cluster).Expected.Typical.ShouldBe(60 * Pace, 0.01);
        learned.Step(StepNames.Cluster).Expected.Low.ShouldBe(52 * Pace, 0.01);
        learned.Expected.ShouldBe(PlanDifference.CriticalPath(learned.Steps));
        learned.Hash.ShouldBe(plan.Hash);
        // What is there already is changed, and of changes nothing is known; nor of anything elsewhere.
        _clock.Move(TimeSpan.FromMinutes(1));
        (await Durations.ExpectAsync(plan, Pace, plan.Steps.Select(step => step.Name).ToHashSet(), default)).Step(StepNames.Cluster).Expected.ShouldBe(plan.Step(StepNames.Cluster).Expected);
        (await Durations.ExpectAsync(plan with { Target = "elsewhere" }, Pace, new HashSet<string>(), default)).Steps.ShouldBe(plan.Steps);
    }

    [Fact]
    public async Task Succeed_AtTheFirstAttempt_IsKeptByTemplateAndTriedAgainIsNot()
    {
        var (operation, plan) = await ApprovedAsync("shop-kept-times", "10.81.0.0/16");
        var store = _stored.Get<OperationStore>();
        var work = (await store.BeginAsync(operation, default))!;
        await store.StartStepAsync(work, plan.Step(StepNames.Iam), 1, default);
        await store.StartStepAsync(work, plan.Step(StepNames.NetworkCore), 1, default);
        _clock.Move(TimeSpan.FromSeconds(42));
        await store.StartStepAsync(work, plan.Step(StepNames.NetworkCore), 2, default);

        await store.SucceedStepAsync(work, plan.Step(StepNames.Iam), new Dictionary<string, string>(), default);
        await store.SucceedStepAsync(work, plan.Step(StepNames.NetworkCore), new Dictionary<string, string>(), default);

        await using var connection = await postgres.Database.OpenConnectionAsync();
        var kept = (await connection.QueryAsync<(string, string, double)>("select subject, action, seconds from step_durations where subject in ('iam.yaml', 'net-core.yaml')")).ToList();
        kept.ShouldBe([("iam.yaml", "Create", 42d)]);
    }

    [Fact]
    public async Task Forget_MoreThanNeeded_KeepsTheNewest()
    {
        await AddAsync("elsewhere", "nodes.yaml", "Change", [.. Enumerable.Range(1, StepDurations.Most + 10).Select(second => (double)second)]);

        await Durations.ForgetAsync(default);

        await using var connection = await postgres.Database.OpenConnectionAsync();
        (await connection.QuerySingleAsync<(long, double)>("select count(*), min(seconds) from step_durations where subject = 'nodes.yaml'")).ShouldBe((StepDurations.Most, 11d));
    }

    private Task<Plan> ExpectAsync(Plan plan)
    {
        // What was read is good for a while.
        _clock.Move(TimeSpan.FromMinutes(1));
        return Durations.ExpectAsync(plan, Pace, new HashSet<string>(), default);
    }

    private async Task AddAsync(string target, string subject, string action, params double[] seconds)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        foreach (var one in seconds)
        {
            _clock.Move(TimeSpan.FromSeconds(1));
            await connection.ExecuteAsync("insert into step_durations values (@target, @subject, @action, @one, @at)", new { target, subject, action, one, at = _clock.GetUtcNow() });
        }
    }

    private async Task<(Guid Operation, Plan Plan)> ApprovedAsync(string name, string cidr)
    {
        var (operation, environment) = await _stored.ApproveAsync(Samples.Shop(name, cidr));
        // As it was approved, without what has been learned since.
        var number = (await _stored.SnapshotAsync(environment)).Request.Number;
        return (operation, (await _stored.Get<RequestQueries>().RequestAsync(Fleet.Engineer, number, default))!.Plan);
    }
}
