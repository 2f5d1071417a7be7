using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Persistence;

public sealed class PostgresListenerTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Listen_PostgresIsFrozen_SaysThatItIsAwayAndHearsAgainWhenItIsBack()
    {
        await using var gate = new Gate(postgres.ConnectionString);
        await using var database = NpgsqlDataSource.Create(gate.ConnectionString);
        var heard = new Heard();
        using var listener = new PostgresListener(database, [heard], TimeProvider.System, NullLogger<PostgresListener>.Instance) { Probe = TimeSpan.FromMilliseconds(100) };
        await listener.StartAsync(default);
        (await heard.NextAsync()).ShouldBe("connected");

        gate.Freeze();
        (await heard.NextAsync()).ShouldBe("disconnected");
        gate.Thaw();
        while (await heard.NextAsync() != "connected")
        {
            // It may have tried in between.
        }

        await using (var notify = postgres.Database.CreateCommand("select pg_notify('portal_test', 'again')"))
            await notify.ExecuteNonQueryAsync();
        (await heard.NextAsync()).ShouldBe("again");
        await listener.StopAsync(default);
    }

    private sealed class Heard : INotificationHandler
    {
        private readonly Channel<string> _heard = Channel.CreateUnbounded<string>();

        public IReadOnlyCollection<string> Channels => ["portal_test"];

        public Task<string> NextAsync() => _heard.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public void Notified(string channel, string payload) => _heard.Writer.TryWrite(payload);

        public void Connected() => _heard.Writer.TryWrite("connected");

        public void Disconnected() => _heard.Writer.TryWrite("disconnected");
    }
}
