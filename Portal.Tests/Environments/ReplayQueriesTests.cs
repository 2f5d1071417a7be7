using Dapper;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Environments;

public sealed class ReplayQueriesTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private const string Resource = "insert into resources (environment_id, step, type, name, state, ready, changed_at) values (@environment, 'iam', 'AWS::IAM::Role', 'Role', @state, @ready, @at) "
        + "on conflict (environment_id, step, type, name) do update set state = excluded.state, ready = excluded.ready, changed_at = excluded.changed_at";

    private readonly ManualClock _clock = new();
    private StoredEnvironments _stored = null!;

    public async Task InitializeAsync() => _stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, _clock);

    public async Task DisposeAsync() => await _stored.DisposeAsync();

    [Fact]
    public async Task Read_EachMoment_IsAsItStoodThen()
    {
        var (operation, environment) = await ApprovedAsync("shop-replay", "10.90.0.0/16");
        var began = _clock.GetUtcNow();
        Pass(1);
        var work = (await _stored.Store.BeginAsync(operation, default))!;
        Pass(1);
        await _stored.Store.StartStepAsync(work, work.Plan.Step("iam"), 1, default);
        Pass(1);
        await SeeAsync(environment, "CREATE_IN_PROGRESS", ready: false);
        Pass(1);
        await SeeAsync(environment, "CREATE_COMPLETE", ready: true);
        await _stored.Store.SucceedStepAsync(work, work.Plan.Step("iam"), new Dictionary<string, string>(), default);
        Pass(1);
        await _stored.Store.StartStepAsync(work, work.Plan.Step("net-core"), 1, default);
        Pass(1);
        await _stored.Store.FailStepAsync(work, work.Plan.Step("net-core"), new Failure("x", "No more VPCs."), default);
        await _stored.Store.FinishAsync(work, OperationState.Failed, new Failure("x", "No more VPCs."), default);
        Pass(60);

        var recording = (await _stored.Get<ReplayQueries>().ReadAsync(Fleet.Viewer, environment, operation, default))!;

        (recording.Begins, recording.Length, recording.IsCut).ShouldBe((began, TimeSpan.FromMinutes(6), false));
        Said(recording, 0).ShouldBe("Provisioning Queued, iam Pending, net-core Pending, nothing, nothing");
        Said(recording, 1).ShouldBe("Provisioning Running, iam Pending, net-core Pending, nothing, nothing");
        Said(recording, 2).ShouldBe("Provisioning Running, iam Running, net-core Pending, half iam, nothing");
        Said(recording, 3).ShouldBe("Provisioning Running, iam Running, net-core Pending, half iam, CREATE_IN_PROGRESS");
        Said(recording, 4).ShouldBe("Provisioning Running, iam Succeeded, net-core Pending, iam, CREATE_COMPLETE");
        Said(recording, 5).ShouldBe("Provisioning Running, iam Succeeded, net-core Running, iam half net-core, CREATE_COMPLETE");
        Said(recording, 6).ShouldBe("Failed Failed, iam Succeeded, net-core Failed, iam half net-core, CREATE_COMPLETE");
        var end = recording.At(TimeSpan.FromHours(1));
        end.Steps.Single(step => step.Name == "net-core").Failure!.Message.ShouldBe("No more VPCs.");
        end.Steps.Single(step => step.Name == "iam").FinishedAt.ShouldBe(began.AddMinutes(4));
        end.Events[0].Kind.ShouldBe("operation.failed");
        recording.At(TimeSpan.FromMinutes(2)).Events[0].Kind.ShouldBe("step.started");

        var span = (await _stored.Get<ReplayQueries>().SpansAsync(Fleet.Viewer, environment, operation, "iam", default)).ShouldHaveSingleItem();
        (span.Name, span.BeganAt, span.EndedAt, span.IsReady).ShouldBe(("Role", began.AddMinutes(3), began.AddMinutes(4), true));
    }

    [Fact]
    public async Task Read_SecondTry_BeginsWithWhatThereWas()
    {
        var (operation, environment) = await ApprovedAsync("shop-again", "10.91.0.0/16");
        var work = (await _stored.Store.BeginAsync(operation, default))!;
        await _stored.Store.StartStepAsync(work, work.Plan.Step("iam"), 1, default);
        await _stored.Store.FailStepAsync(work, work.Plan.Step("iam"), new Failure("x", "Not now."), default);
        await _stored.Store.FinishAsync(work, OperationState.Failed, null, default);
        Pass(5);
        (await _stored.Get<RetryOperation>().ExecuteAsync(Fleet.Engineer, operation, default)).Refusal.ShouldBeNull();
        Pass(5);
        await _stored.Store.StartStepAsync((await _stored.Store.BeginAsync(operation, default))!, work.Plan.Step("iam"), 2, default);
        Pass(5);

        var recording = (await _stored.Get<ReplayQueries>().ReadAsync(Fleet.Viewer, environment, operation, default))!;

        Said(recording, 4).ShouldStartWith("Failed Failed, iam Failed");
        Said(recording, 5).ShouldStartWith("Provisioning Queued, iam Pending");
        recording.At(TimeSpan.FromMinutes(10)).Steps.Single(step => step.Name == "iam").ShouldSatisfyAllConditions(step => step.Attempt.ShouldBe(2), step => step.Failure.ShouldBeNull());
        recording.Length.ShouldBe(TimeSpan.FromMinutes(15), "it still runs");
    }

    [Fact]
    public async Task Read_WhatIsNotThere_IsNull()
    {
        var (operation, environment) = await ApprovedAsync("shop-none", "10.92.0.0/16");
        var replays = _stored.Get<ReplayQueries>();

        (await replays.ReadAsync(Fleet.Viewer, environment, Guid.NewGuid(), default)).ShouldBeNull();
        (await replays.ReadAsync(Fleet.Viewer, Guid.NewGuid(), operation, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Forget_WhatIsOld_LeavesHowThingsStood()
    {
        var (_, environment) = await ApprovedAsync("shop-old", "10.93.0.0/16");
        await SeeAsync(environment, "CREATE_IN_PROGRESS", ready: false);
        Pass(1);
        await SeeAsync(environment, "CREATE_COMPLETE", ready: true);
        Pass(91 * 24 * 60);

        await new ReplayRetention(postgres.Database, _clock).ForgetAsync(default);

        await using var connection = await postgres.Database.OpenConnectionAsync();
        (await connection.QueryAsync<string>("select state from resource_history where environment_id = @environment", new { environment })).ShouldBe(["CREATE_COMPLETE"]);
    }

    private static string Said(Recording recording, int minutes)
    {
        var then = recording.At(TimeSpan.FromMinutes(minutes));
        var steps = then.Steps.Where(step => step.Name is "iam" or "net-core").Select(step => $"{step.Name} {step.State}");
        var deployed = then.Deployed.Where(step => step.Name is "iam" or "net-core").Select(step => step.IsComplete ? step.Name : $"half {step.Name}");
        return $"{then.Environment.State} {then.Operation!.State}, {string.Join(", ", steps)}, {Or(deployed)}, {Or(then.Resources.Select(row => row.State))}";
    }

    private static string Or(IEnumerable<string> words) => string.Join(' ', words) is { Length: > 0 } text ? text : "nothing";

    private void Pass(int minutes) => _clock.Move(TimeSpan.FromMinutes(minutes));

    private async Task SeeAsync(Guid environment, string state, bool ready)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync(Resource, new { environment, state, ready, at = _clock.GetUtcNow() });
    }

    private Task<(Guid Operation, Guid Environment)> ApprovedAsync(string name, string cidr) => _stored.ApproveAsync(Samples.Shop(name, cidr));
}
