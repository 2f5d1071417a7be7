using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Worker.Aws;

namespace Portal.Worker.Observe;

/// <summary>How far a stack's events have been read.</summary>
/// <param name="EventId">The newest whose resource is written; null before the first.</param>
/// <param name="Status">Of the stack when they were read.</param>
public sealed record StackCursor(string StackId, string? EventId, DateTimeOffset? EventAt, string Status)
{
    /// <summary>What came to an end since then was told of and is written already.</summary>
    public IReadOnlyList<ToldEnd> Told { get; init; } = [];

    /// <summary>Whether an event was read before. AWS forgets events after 90 days, also the one that was read last.</summary>
    public bool Covers(StackEvent stackEvent) => stackEvent.EventId == EventId || stackEvent.At < EventAt;
}

/// <summary>That a resource came to the end of something, as it was told.</summary>
/// <param name="Id">The telling event's.</param>
public sealed record ToldEnd(string Id, string LogicalId, string? PhysicalId, string Status, DateTimeOffset At)
{
    public bool IsOf(StackEvent stackEvent) =>
        (LogicalId, PhysicalId, Status) == (stackEvent.LogicalId, stackEvent.PhysicalId, stackEvent.Status);
}

/// <summary>The cursors of one target, as its observer keeps them.</summary>
internal static class StackCursors
{
    public static async Task<Dictionary<string, StackCursor>> ReadAsync(NpgsqlDataSource database, string target, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(string StackId, string? EventId, DateTime? EventAt, string Status, string Told)>(new CommandDefinition(
            "select stack_id, event_id, event_at, status, told::text from stack_cursors where target = @target", new { target }, cancellationToken: cancellationToken));
        return rows.ToDictionary(
            row => row.StackId,
            row => new StackCursor(row.StackId, row.EventId, row.EventAt is { } at ? new DateTimeOffset(at, TimeSpan.Zero) : null, row.Status)
            {
                Told = JsonSerializer.Deserialize<List<ToldEnd>>(row.Told) ?? [],
            }, StringComparer.Ordinal);
    }

    public static Task MoveAsync(NpgsqlConnection connection, string target, StackCursor cursor) => connection.ExecuteAsync(
        """
        insert into stack_cursors (target, stack_id, event_id, event_at, status, told) values (@target, @StackId, @EventId, @EventAt, @Status, @told::jsonb)
        on conflict (target, stack_id) do update set event_id = excluded.event_id, event_at = excluded.event_at, status = excluded.status, told = excluded.told
        """, new { target, cursor.StackId, cursor.EventId, cursor.EventAt, cursor.Status, told = JsonSerializer.Serialize(cursor.Told) });

    /// <summary>The stack is gone: nothing more will be read of it.</summary>
    public static Task DropAsync(NpgsqlConnection connection, string target, string stackId) =>
        connection.ExecuteAsync("delete from stack_cursors where target = @target and stack_id = @stackId", new { target, stackId });
}
