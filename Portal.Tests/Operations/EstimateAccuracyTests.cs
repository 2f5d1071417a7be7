using Dapper;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Operations;

public sealed class EstimateAccuracyTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private const double Pace = 10;

    private StoredEnvironments _stored = null!;

    private ManualClock Clock => _stored.Get<ManualClock>();

    public async Task InitializeAsync() => _stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, new ManualClock(), Pace);

    public async Task DisposeAsync() => await _stored.DisposeAsync();

    [Fact]
    public async Task Accuracy_OfOperationsThatSucceeded_SaysHowOftenTheRangeCameTrue()
    {
        var environment = await _stored.ReadyAsync(Samples.Shop("shop-accurate", "10.83.0.0/16"));
        var operation = (await _stored.SnapshotAsync(environment)).Operation!;
        // What a page said at its beginning is what is kept.
        var said = Progress.Of(await _stored.Get<StepDurations>().ExpectAsync((await _stored.SnapshotAsync(environment)).Plan, Pace, new HashSet<string>(), default), [], Pace, Clock.GetUtcNow());
        operation.ExpectedLow!.Value.ShouldBe(said.RemainingLow!.Value.TotalSeconds, 0.001);
        operation.ExpectedHigh!.Value.ShouldBe(said.RemainingHigh!.Value.TotalSeconds, 0.001);
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync("update operations set finished_at = started_at + make_interval(secs => expected_low + 1) where id = @Id", new { operation.Id });
        Clock.Move(TimeSpan.FromMinutes(1));
        var before = await _stored.Get<StepDurations>().AccuracyAsync(Samples.Target.Name, default);

        await connection.ExecuteAsync("update operations set finished_at = started_at + make_interval(secs => 2 * expected_high) where id = @Id", new { operation.Id });
        Clock.Move(TimeSpan.FromMinutes(1));
        var after = await _stored.Get<StepDurations>().AccuracyAsync(Samples.Target.Name, default);

        (after.Operations, after.Within).ShouldBe((before.Operations, before.Within - 1));
        (await _stored.Get<StepDurations>().AccuracyAsync("elsewhere", default)).ShouldBe(new EstimateAccuracy(0, 0, null));
    }
}
