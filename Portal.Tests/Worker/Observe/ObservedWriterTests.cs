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

    [Fact]
    public async Task Write_ChangeThatIsNoEvent_IsToldAllTheSame()
    {
        var writer = new ObservedWriter(postgres.Database, TimeProvider.System);
        await writer.WriteAsync(_claim, _environment, null, [Node("Ready", (EventSeverity.Info, "Node n-1 joined"))], default);
        var told = await ListenAsync(() => writer.WriteAsync(_claim, _environment, null, [Node("NotReady", null)], default));

        told.ShouldBe([$"{_environment}:0"]);
    }

    [Fact]
    public async Task Write_SeenBefore_TellsNobody()
    {
        var writer = new ObservedWriter(postgres.Database, TimeProvider.System);
        await writer.WriteAsync(_claim, _environment, null, [Node("Ready", null)], default);

        (await ListenAsync(() => writer.WriteAsync(_claim, _environment, null, [Node("Ready", null)], default))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Write_AfterAnotherObserverTookOver_WritesNothing()
    {
        var writer = new ObservedWriter(postgres.Database, TimeProvider.System);
        await TestClaims.TakeAsync(postgres.Database, "elsewhere");

        await Should.ThrowAsync<ObserverReplacedException>(() => writer.WriteAsync(_claim, _environment, null, [Node("Ready", null)], default, Cursor("e-1")));

        (await writer.KnownAsync(_environment, "Kubernetes::Node", default)).ShouldBeEmpty();
        (await StackCursors.ReadAsync(postgres.Database, _claim.Target, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Claim_HeldByAWriterThatFroze_CanBeTakenOver()
    {
        await using var frozen = await postgres.Database.OpenConnectionAsync();
        await using var transaction = await frozen.BeginTransactionAsync();
        await ObserverClaims.HoldAsync(frozen, transaction, _claim);

        var taken = await TestClaims.TakeAsync(postgres.Database, "elsewhere");

        taken.Epoch.ShouldBe(_claim.Epoch + 1);
        await Should.ThrowAsync<NpgsqlException>(() => transaction.CommitAsync());
    }

    [Fact]
    public async Task Cursor_MovesWithWhatWasRead_AndNotWithoutIt()
    {
        var writer = new ObservedWriter(postgres.Database, TimeProvider.System);
        await writer.WriteAsync(_claim, _environment, null, [Node("Ready", null)], default, Cursor("e-1"));
        var unwritable = Node("NotReady", null) with { Name = null! };

        await Should.ThrowAsync<PostgresException>(() => writer.WriteAsync(_claim, _environment, null, [unwritable], default, Cursor("e-2")));

        (await StackCursors.ReadAsync(postgres.Database, _claim.Target, default)).Values.Single().EventId.ShouldBe("e-1");
        await writer.StackGoneAsync(_claim, "shop-iam", "stack-1", default);
        (await StackCursors.ReadAsync(postgres.Database, _claim.Target, default)).ShouldBeEmpty();
    }

    private static StackCursor Cursor(string eventId) => new("stack-1", eventId, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), "CREATE_COMPLETE");

    private static SeenResource Node(string state, (EventSeverity, string)? said) => new("nodes", "Kubernetes::Node", "n-1", "uid", state, state == "Ready", null, said);

    /// <summary>What other connections hear while something is written, in the order of the commits.</summary>
    private async Task<IReadOnlyList<string>> ListenAsync(Func<Task> write)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        var told = new List<string>();
        connection.Notification += (_, args) => told.Add(args.Payload);
        await using (var listen = new NpgsqlCommand($"listen {Channels.Event}", connection))
            await listen.ExecuteNonQueryAsync();
        // Postgres may repeat what was committed shortly before; a notification of one's own comes after all of it.
        await HearOwnAsync();
        told.Clear();
        await write();
        await HearOwnAsync();
        return told[..^1];

        async Task HearOwnAsync()
        {
            await using (var notify = new NpgsqlCommand($"notify {Channels.Event}, 'own'", connection))
                await notify.ExecuteNonQueryAsync();
            while (told.Count == 0 || told[^1] != "own")
                await connection.WaitAsync();
        }
    }
}
