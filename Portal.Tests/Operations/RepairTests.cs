using Dapper;
using Portal.Core;
using Portal.Core.Drift;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Operations;

public sealed class RepairTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private readonly ManualClock _clock = new();

    /// <summary>The environment was called ready then, half made as it was.</summary>
    [Fact]
    public async Task RevertDrift_EnvironmentThatIsHalfMade_IsRefused()
    {
        await using var stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, _clock);
        var (operation, environment) = await stored.ApproveAsync(Samples.Shop("half-made", "10.61.0.0/16"));
        var work = (await stored.Store.BeginAsync(operation, default))!;
        await stored.Store.StartStepAsync(work, work.Plan.Step(StepNames.Iam), 1, default);
        await stored.Store.SucceedStepAsync(work, work.Plan.Step(StepNames.Iam), new Dictionary<string, string>(), default);
        await stored.FinishAsync(environment, OperationState.Failed);
        await DriftAsync(environment);

        var outcome = await stored.Get<RevertDrift>().ExecuteAsync(Fleet.Engineer, environment, StepNames.Iam, default);

        outcome.Refusal.ShouldBeOfType<EnvironmentBusy>();
        (await stored.SnapshotAsync(environment)).Environment.State.ShouldBe(EnvironmentState.Failed);
        (await stored.Get<RepairEnvironment>().ExecuteAsync(Fleet.Engineer, environment, default)).Refusal.ShouldBeOfType<EnvironmentBusy>();
    }

    /// <summary>Somebody deleted its Deployment, which no restart and no change of what is asked for brings back.</summary>
    [Fact]
    public async Task Repair_AfterARestartThatFailed_IsTheWayBack()
    {
        await using var stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, _clock);
        var environment = await stored.ReadyAsync(Samples.Shop("restarted", "10.62.0.0/16"));
        (await stored.Get<OperateService>().RestartAsync(Fleet.Engineer, environment, "product-service", default)).Refusal.ShouldBeNull();
        await stored.FinishAsync(environment, OperationState.Failed);
        _clock.Move(TimeSpan.FromSeconds(1));

        (await stored.Get<RepairEnvironment>().ExecuteAsync(Fleet.Engineer, environment, default)).Refusal.ShouldBeNull();

        await stored.FinishAsync(environment);
        (await stored.SnapshotAsync(environment)).Environment.State.ShouldBe(EnvironmentState.Ready);
    }

    /// <summary>All was made, and did not answer: what it takes to find out whether it does now was planned with it.</summary>
    [Fact]
    public async Task Probe_AfterAnOperationOfWhichOnlyTheProbeFailed_IsThatOne()
    {
        await using var stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, _clock);
        await using var connection = await postgres.Database.OpenConnectionAsync();
        var (operation, environment) = await stored.ApproveAsync(Samples.Shop("unanswered", "10.63.0.0/16"));
        var work = (await stored.Store.BeginAsync(operation, default))!;
        foreach (var step in work.Plan.Steps.Where(step => step.Kind != StepKind.Probe))
        {
            (await Deployments.ProbeAsync(connection, environment)).ShouldBeNull();
            await stored.Store.StartStepAsync(work, step, 1, default);
            await stored.Store.SucceedStepAsync(work, step, new Dictionary<string, string>(), default);
        }

        var probe = work.Plan.Steps.Single(step => step.Kind == StepKind.Probe);
        await stored.Store.StartStepAsync(work, probe, 1, default);
        await stored.Store.FailStepAsync(work, probe, new Failure("probe_failed", "It does not answer."), default);
        await stored.Store.FinishAsync(work, OperationState.Failed, new Failure("probe_failed", "It does not answer."), default);

        (await Deployments.ProbeAsync(connection, environment)).ShouldNotBeNull().Name.ShouldBe(probe.Name);
    }

    private async Task DriftAsync(Guid environment)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync(
            """
            insert into drifts (environment_id, step, resource, type, property, expected, found, found_at)
            values (@environment, 'iam', 'Role', 'AWS::IAM::Role', 'Path', '/', '/else', now())
            """, new { environment });
    }
}
