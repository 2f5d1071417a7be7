using Dapper;
using Npgsql;

namespace Portal.Core.Tokens;

/// <summary>The same key for something else.</summary>
public sealed record KeyUsed() : Refusal("key_used", "This Idempotency-Key was sent with another request before. Use a new one for each thing that is asked for.");

/// <summary>The first one with the key has not been answered yet.</summary>
public sealed record KeyInUse() : Refusal("key_in_use", "The same is under way at this moment. Ask again in a few seconds.");

/// <summary>What was answered under a key.</summary>
public sealed record KeptAnswer(int Status, string? ContentType, string? Location, string? ETag, byte[] Body);

/// <summary>What programs asked for under keys of their own, for a day.</summary>
public sealed class IdempotencyKeys(NpgsqlDataSource database, TimeProvider clock)
{
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    // Longer than anything of the API takes; who is killed meanwhile leaves what can be asked again.
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(2);
    private const int MostBody = 256 * 1024;
    private const int ForgottenAtOnce = 100;

    /// <returns>Null where the caller is the one to do it, else what was answered; or <see cref="KeyUsed"/>, <see cref="KeyInUse"/>.</returns>
    public async Task<Outcome<KeptAnswer?>> BeginAsync(string owner, string key, byte[] asked, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // Whoever comes clears away, so that nobody has to come by for it.
        await connection.ExecuteAsync(new CommandDefinition(
            "delete from idempotency_keys where (owner_id, key) in (select owner_id, key from idempotency_keys where expires_at <= @now order by expires_at limit @ForgottenAtOnce for update skip locked)",
            new { now, ForgottenAtOnce }, cancellationToken: cancellationToken));
        var began = await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into idempotency_keys as k (owner_id, key, asked, leased_until, expires_at) values (@owner, @key, @asked, @leased, @expires)
            on conflict (owner_id, key) do update set asked = excluded.asked, status = null, leased_until = excluded.leased_until, expires_at = excluded.expires_at
              where k.expires_at <= @now or (k.status is null and k.leased_until <= @now and k.asked = excluded.asked)
            """, new { owner, key, asked, now, leased = now + s_lease, expires = now + Kept }, cancellationToken: cancellationToken));
        if (began == 1)
            return default(Outcome<KeptAnswer?>);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            """select asked as "Asked", status as "Status", content_type as "ContentType", location as "Location", etag as "ETag", body as "Body" from idempotency_keys where owner_id = @owner and key = @key""",
            new { owner, key }, cancellationToken: cancellationToken));
        return row is null ? new KeyInUse()
            : !row.Asked.AsSpan().SequenceEqual(asked) ? new KeyUsed()
            : row.Status is not { } status ? new KeyInUse()
            : new KeptAnswer(status, row.ContentType, row.Location, row.ETag, row.Body ?? []);
    }

    /// <summary>What is to be answered from now on; what is too long to be kept, or is a fault, is done anew.</summary>
    public async Task EndAsync(string owner, string key, KeptAnswer? answer, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(answer is null || answer.Body.Length > MostBody
            ? new CommandDefinition("delete from idempotency_keys where owner_id = @owner and key = @key and status is null", new { owner, key }, cancellationToken: cancellationToken)
            : new CommandDefinition(
                "update idempotency_keys set status = @Status, content_type = @ContentType, location = @Location, etag = @ETag, body = @Body where owner_id = @owner and key = @key",
                new { owner, key, answer.Status, answer.ContentType, answer.Location, answer.ETag, answer.Body }, cancellationToken: cancellationToken));
    }

    private sealed class Row
    {
        public byte[] Asked { get; init; } = [];
        public int? Status { get; init; }
        public string? ContentType { get; init; }
        public string? Location { get; init; }
        public string? ETag { get; init; }
        public byte[]? Body { get; init; }
    }
}
