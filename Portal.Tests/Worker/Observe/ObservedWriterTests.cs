using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Core;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Observe;

namespace Portal.Tests.Worker.Observe;

public sealed class ObservedWriterTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static int s_numbers;

    private readonly int _number = Interlocked.Increment(ref s_numbers);
    private ServiceProvider _services = null!;
    private Guid _environment;
    private ObserverClaim _claim = null!;

    public async Task InitializeAsync()
    {
        _services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddPortalCore(null).AddPortalDatabase(postgres.ConnectionString).BuildServiceProvider();
        await using var database = await _services.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync();
        if (!await database.Targets.AnyAsync())
        {
            database.Add(new TargetRow { Name = Samples.Target.Name, AccountId = "000000000000", Region = Samples.Target.Region, ApiAccessCidrs = "0.0.0.0/0" });
            await database.SaveChangesAsync();
        }

        var submitted = await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop($"shop-{_number}", $"10.{_number}.0.0/16"), default);
        _environment = submitted.Value!.EnvironmentId;
        _claim = await TestClaims.TakeAsync(postgres.Database, "here");
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    /// <summary>
    /// Found by the simulation: a sleep that had looked for itself left its row as it was when it began, and the end of its update, read before
    /// and written late, was taken for that of the waking after it.
    /// </summary>
    [Fact]
    public async Task Expect_SameAsTheRowSays_IsNotOverwrittenByWhatWasSeenBefore()
    {
        var clock = new ManualClock();
        var store = new ObservationStore(postgres.Database, TestTransactions.On(postgres.Database), clock);
        var moving = new Observation(Samples.Target.Name, ObservationKinds.Stack, $"nodes-{_number}", "arn", "UPDATE_IN_PROGRESS", null, new Dictionary<string, string>());
        await store.ExpectAsync(moving, default);
        clock.Move(TimeSpan.FromSeconds(1));
        var seenAt = clock.GetUtcNow();
        clock.Move(TimeSpan.FromSeconds(1));

        await store.ExpectAsync(moving, default);
        var late = await store.SaveAsync(_claim, [moving with { State = "UPDATE_COMPLETE" }], seenAt, default);

        late.ShouldBeEmpty();
        clock.Move(TimeSpan.FromSeconds(1));
        (await store.SaveAsync(_claim, [moving with { State = "UPDATE_COMPLETE" }], clock.GetUtcNow(), default)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Write_ChangeThatIsNoEvent_IsToldAllTheSame()
    {
        var told = Channel.CreateUnbounded<IReadOnlyDictionary<Guid, long>>();
        var writer = Writer(told.Writer);
        await writer.WriteAsync(_claim, _environment, null, [Node("Ready", (EventSeverity.Info, "Node n-1 joined"))], default);
        var joined = (await told.Reader.ReadAsync())[_environment];

        await writer.WriteAsync(_claim, _environment, null, [Node("NotReady", null)], default);

        (await told.Reader.ReadAsync()).ShouldBe(new Dictionary<Guid, long> { [_environment] = joined + 1 });
    }

    [Fact]
    public async Task Write_SeenBefore_TellsNobody()
    {
        var told = Channel.CreateUnbounded<IReadOnlyDictionary<Guid, long>>();
        var writer = Writer(told.Writer);
        await writer.WriteAsync(_claim, _environment, null, [Node("Ready", null)], default);
        var first = (await told.Reader.ReadAsync())[_environment];

        await writer.WriteAsync(_claim, _environment, null, [Node("Ready", null)], default);
        await writer.WriteAsync(_claim, _environment, null, [Node("NotReady", null)], default);

        (await told.Reader.ReadAsync())[_environment].ShouldBe(first + 1);
    }

    [Fact]
    public async Task Write_AfterAnotherObserverTookOver_WritesNothing()
    {
        var writer = new ObservedWriter(postgres.Database, TestTransactions.On(postgres.Database), TimeProvider.System);
        await TestClaims.TakeAsync(postgres.Database, "elsewhere");

        await Should.ThrowAsync<ObserverReplacedException>(() => writer.WriteAsync(_claim, _environment, null, [Node("Ready", null)], default, Cursor("e-1")));

        (await writer.KnownAsync(_environment, "Kubernetes::Node", default)).ShouldBeEmpty();
        (await StackCursors.ReadAsync(postgres.Database, _claim.Target, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Claim_HeldByAWriterThatFroze_CanBeTakenOver()
    {
        await Should.ThrowAsync<NpgsqlException>(() => TestTransactions.On(postgres.Database).DoAsync(async frozen =>
        {
            await ObserverClaims.HoldAsync(frozen, _claim);

            var taken = await TestClaims.TakeAsync(postgres.Database, "elsewhere");

            taken.Epoch.ShouldBe(_claim.Epoch + 1);
        }, default));
    }

    [Fact]
    public async Task Cursor_MovesWithWhatWasRead_AndNotWithoutIt()
    {
        var writer = new ObservedWriter(postgres.Database, TestTransactions.On(postgres.Database), TimeProvider.System);
        await writer.WriteAsync(_claim, _environment, null, [Node("Ready", null)], default, Cursor("e-1"));
        var unwritable = Node("NotReady", null) with { Name = null! };

        await Should.ThrowAsync<PostgresException>(() => writer.WriteAsync(_claim, _environment, null, [unwritable], default, Cursor("e-2")));

        (await StackCursors.ReadAsync(postgres.Database, _claim.Target, default)).Values.Single().EventId.ShouldBe("e-1");
        await writer.StackGoneAsync(_claim, "shop-iam", "stack-1", default);
        (await StackCursors.ReadAsync(postgres.Database, _claim.Target, default)).ShouldBeEmpty();
    }

    private static StackCursor Cursor(string eventId) => new("stack-1", eventId, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), "CREATE_COMPLETE");

    private static SeenResource Node(string state, (EventSeverity, string)? said) => new("nodes", "Kubernetes::Node", "n-1", "uid", state, state == "Ready", null, said);

    private ObservedWriter Writer(ChannelWriter<IReadOnlyDictionary<Guid, long>> told) => new(
        postgres.Database,
        TestTransactions.On(postgres.Database, (revisions, _) => Task.FromResult(told.TryWrite(revisions))),
        TimeProvider.System);
}
