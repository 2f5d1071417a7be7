using Dapper;
using Microsoft.Extensions.Caching.Hybrid;
using Npgsql;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Live;

public sealed class PausedCircuitsTests : IAsyncLifetime
{
    private static readonly HybridCacheEntryOptions s_anHour = new() { Expiration = TimeSpan.FromHours(1) };

    private readonly ManualClock _clock = new();
    private NpgsqlDataSource _database = null!;

    public async Task InitializeAsync() => _database = NpgsqlDataSource.Create(await PostgresFixture.CreateDatabaseAsync());

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Kept_ByOnePortal_IsReadByAnother_UntilItIsTaken()
    {
        await Portal().SetAsync("secret", new Kept([1, 2], new Dictionary<string, byte[]> { ["draft"] = [3] }), s_anHour);

        var other = Portal();
        var read = await FindAsync(other, "secret");
        await other.RemoveAsync("secret");

        read.ShouldNotBeNull().Root.ShouldBe([1, 2]);
        read.State["draft"].ShouldBe([3]);
        (await FindAsync(other, "secret")).ShouldBeNull();
    }

    [Fact]
    public async Task Kept_TooLong_IsNotRead_AndGoesWithTheNext()
    {
        await Portal().SetAsync("old", new Kept([1], []), s_anHour);
        _clock.Move(TimeSpan.FromHours(1));

        (await FindAsync(Portal(), "old")).ShouldBeNull();
        await Portal().SetAsync("new", new Kept([1], []), s_anHour);

        await using var connection = await _database.OpenConnectionAsync();
        (await connection.ExecuteScalarAsync<int>("select count(*) from paused_circuits")).ShouldBe(1);
    }

    private PausedCircuits Portal() => new(_database, _clock);

    private static async Task<Kept?> FindAsync(PausedCircuits circuits, string key) =>
        await circuits.GetOrCreateAsync<Kept?>(key, _ => throw new InvalidOperationException("Nothing is to be made."));

    private sealed record Kept(byte[] Root, Dictionary<string, byte[]> State);
}
