using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.Caching.Hybrid;
using Npgsql;

namespace Portal.Infrastructure.Live;

/// <summary>
/// The state of circuits that Blazor could not hand to their browsers, in Postgres: any portal goes on with them. Blazor answers a
/// browser's wish to pause before it sends the state, and a browser that has hung up by then gets it nowhere else.
/// </summary>
/// <remarks>No cache: what <c>CircuitOptions.HybridPersistenceCache</c> asks for, once written and once read.</remarks>
internal sealed class PausedCircuits(NpgsqlDataSource database, TimeProvider clock) : HybridCache
{
    // Each write clears away more than it adds.
    private const int RemovedAtOnce = 20;

    public override async ValueTask SetAsync<T>(string key, T value, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default)
    {
        var now = clock.GetUtcNow();
        await ExecuteAsync(
            """
            delete from paused_circuits where key_hash in
              (select key_hash from paused_circuits where expires_at <= @now order by expires_at limit @limit for update skip locked);
            insert into paused_circuits (key_hash, state, expires_at) values (@hash, @state::jsonb, @expires)
            on conflict (key_hash) do update set state = excluded.state, expires_at = excluded.expires_at
            """,
            new { hash = Hash(key), state = JsonSerializer.Serialize(value), now, expires = now + (options?.Expiration ?? TimeSpan.Zero), limit = RemovedAtOnce }, cancellationToken);
    }

    public override async ValueTask<T> GetOrCreateAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var kept = await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            "select state from paused_circuits where key_hash = @hash and expires_at > @now", new { hash = Hash(key), now = clock.GetUtcNow() }, cancellationToken: cancellationToken));
        // Nothing is made in its place: a circuit that nobody knows is the browser's to load anew.
        return kept is null ? default! : JsonSerializer.Deserialize<T>(kept)!;
    }

    public override async ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default) =>
        await ExecuteAsync("delete from paused_circuits where key_hash = @hash", new { hash = Hash(key) }, cancellationToken);

    public override ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("Paused circuits are kept one by one, not by tag.");

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private async Task ExecuteAsync(string sql, object arguments, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(sql, arguments, cancellationToken: cancellationToken));
    }
}
