using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Inquiries;

/// <summary>What is asked for.</summary>
public enum InquiryKind
{
    PodLog,
    DoorRequest,
}

/// <summary>What somebody wants to know, which only a worker can find out: rows that are answered once and forgotten soon.</summary>
internal static class InquiryRows
{
    /// <param name="subject">What is asked for, in short.</param>
    /// <param name="ask">All that the worker has to know, beside the subject; null for nothing.</param>
    public static async Task<Guid> AddAsync(Work work, Actor actor, Guid environmentId, InquiryKind kind, string subject, object? ask, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now);
        await work.Connection.ExecuteAsync(
            """
            insert into inquiries (id, environment_id, kind, subject, ask, asked_by, asked_by_name, asked_from, asked_at)
            values (@id, @environmentId, @kind, @subject, @ask::jsonb, @askedBy, @Name, @Address, @now)
            """,
            new { id, environmentId, kind = kind.ToString(), subject, ask = ask is null ? null : JsonSerializer.Serialize(ask, ask.GetType(), Specification.Json), askedBy = actor.Subject, actor.Name, actor.Address, now });
        return id;
    }

    /// <summary>How many of a kind a person has asked for since then, as far as they are kept.</summary>
    public static Task<int> CountAsync(NpgsqlConnection connection, Actor actor, InquiryKind kind, DateTimeOffset since) => connection.ExecuteScalarAsync<int>(
        "select count(*)::int from inquiries where asked_by = @Subject and kind = @kind and asked_at >= @since", new { actor.Subject, kind = kind.ToString(), since });

    /// <returns>Null while no worker has answered, and for what somebody else asked.</returns>
    public static async Task<T?> FindAsync<T>(NpgsqlDataSource database, Actor actor, InquiryKind kind, Guid inquiryId, CancellationToken cancellationToken)
        where T : class
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<string?>(
            "select answer::text from inquiries where id = @inquiryId and asked_by = @Subject and kind = @kind", new { inquiryId, actor.Subject, kind = kind.ToString() }) is { } answer
            ? JsonSerializer.Deserialize<T>(answer, Specification.Json)
            : null;
    }
}
