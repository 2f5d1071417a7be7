using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Core;
using Portal.Core.Persistence;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Live;

public sealed class DatabaseReachTests
{
    private readonly ManualClock _clock = new();
    private readonly LiveConnection _connection;
    private readonly DatabaseReach _reach;

    public DatabaseReachTests()
    {
        _connection = new LiveConnection(_clock);
        _connection.Connected();
        _reach = new DatabaseReach(_connection, _clock);
    }

    [Fact]
    public async Task Read_DatabaseAway_WaitsForItAndSaysSinceWhen()
    {
        var faults = new Queue<Exception>([Refused(), Stopping()]);
        var since = _clock.GetUtcNow();

        var read = _reach.ReadAsync(_ => faults.TryDequeue(out var fault) ? Task.FromException<int>(fault) : Task.FromResult(7), default);

        for (var left = faults.Count; left >= 0; left--)
        {
            await _clock.SomebodyWaitsAsync();
            read.IsCompleted.ShouldBeFalse();
            _connection.Status.State.ShouldBe(LiveState.CatchingUp);
            _connection.Status.AwaySince.ShouldBe(since);
            _clock.Move(DatabaseReach.Pause);
        }

        (await read.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System)).ShouldBe(7);
        _connection.Status.State.ShouldBe(LiveState.Live);
        _connection.Status.AwaySince.ShouldBeNull();
    }

    [Fact]
    public async Task Read_StatementIsWrong_FailsAtOnce() =>
        await Should.ThrowAsync<PostgresException>(_reach.ReadAsync(_ => Task.FromException<int>(Postgres(PostgresErrorCodes.UndefinedColumn)), default));

    [Fact]
    public async Task Read_PageGone_EndsAndIsNotMissedAnyMore()
    {
        using var gone = new CancellationTokenSource();
        var read = _reach.ReadAsync(_ => Task.FromException<int>(Refused()), gone.Token);
        await _clock.SomebodyWaitsAsync();

        await gone.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(read);
        _connection.Status.AwaySince.ShouldBeNull();
    }

    [Fact]
    public async Task Write_DatabaseAway_Refuses()
    {
        var outcome = await _reach.WriteAsync(() => Task.FromException<Outcome<int>>(new DbUpdateException("saving", Refused())));

        outcome.Refusal.ShouldBe(new DatabaseAway());
    }

    [Fact]
    public void Disconnected_Listener_SaysSinceWhenUntilItIsBack()
    {
        _connection.Disconnected();
        var since = _clock.GetUtcNow();
        _clock.Move(TimeSpan.FromSeconds(5));
        _connection.Disconnected();

        _connection.Status.ShouldBe(new LiveStatus(LiveState.Disconnected, since, since));
        _connection.Connected();
        _connection.Status.AwaySince.ShouldBeNull();
    }

    [Theory]
    [InlineData(PostgresErrorCodes.AdminShutdown, true)]
    [InlineData(PostgresErrorCodes.CannotConnectNow, true)]
    [InlineData(PostgresErrorCodes.TooManyConnections, true)]
    [InlineData(PostgresErrorCodes.UniqueViolation, false)]
    [InlineData(PostgresErrorCodes.CharacterNotInRepertoire, false)]
    public void IsAway_StateOfPostgres_TellsAwayFromWrong(string state, bool away) =>
        DatabaseFaults.IsAway(new InvalidOperationException("as EF wraps it", Postgres(state))).ShouldBe(away);

    private static NpgsqlException Refused() => new("Failed to connect", new SocketException((int)SocketError.ConnectionRefused));

    private static PostgresException Stopping() => Postgres(PostgresErrorCodes.AdminShutdown);

    private static PostgresException Postgres(string state) => new("no", "FATAL", "FATAL", state);
}
