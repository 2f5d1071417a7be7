using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Worker.Observe;

/// <summary>A resource as it was just seen.</summary>
/// <param name="Said">The event to write where its state changed; null for a change that is not worth a line.</param>
public sealed record SeenResource(string Step, string Type, string Name, string? PhysicalId, string State, bool Ready, string? Reason, (EventSeverity Severity, string Message)? Said)
{
    /// <summary>The object is gone: its row goes too.</summary>
    public bool IsGone { get; init; }
}

/// <summary>Writes what the observers saw of one environment, in batches: one transaction, one lock on the environment's row.</summary>
public sealed class ObservedWriter(NpgsqlDataSource database, TimeProvider clock)
{
    public async Task WriteAsync(Guid environmentId, Guid? operationId, IReadOnlyList<SeenResource> seen, CancellationToken cancellationToken)
    {
        if (seen.Count == 0)
            return;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var now = clock.GetUtcNow();
        var (changed, said) = (false, false);
        foreach (var resource in seen)
        {
            if (!await SaveAsync(connection, transaction, environmentId, resource, now))
                continue;
            changed = true;
            if (resource.Said is not { } line)
                continue;
            said = true;
            await new NewEvent(Actor.System, environmentId, operationId, resource.Step, "resource.changed", line.Severity, line.Message).AppendAsync(connection, transaction, now);
        }

        // A change without an event of its own still has to reach the screens.
        if (changed && !said)
            await connection.NotifyChangedAsync(environmentId, transaction);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task<bool> SaveAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, Guid environmentId, SeenResource resource, DateTimeOffset now)
    {
        var row = new { environmentId, resource.Step, resource.Type, resource.Name, resource.PhysicalId, resource.State, resource.Ready, resource.Reason, now };
        if (resource.IsGone)
        {
            return await connection.ExecuteAsync(
                "delete from resources where environment_id = @environmentId and step = @Step and type = @Type and name = @Name", row, transaction) > 0;
        }

        return await connection.ExecuteAsync(
            """
            insert into resources as r (environment_id, step, type, name, physical_id, state, ready, reason, changed_at)
            values (@environmentId, @Step, @Type, @Name, @PhysicalId, @State, @Ready, @Reason, @now)
            on conflict (environment_id, step, type, name) do update
              set physical_id = excluded.physical_id, state = excluded.state, ready = excluded.ready, reason = excluded.reason, changed_at = excluded.changed_at
              where (coalesce(r.physical_id, ''), r.state, r.ready, coalesce(r.reason, ''))
                is distinct from (coalesce(excluded.physical_id, ''), excluded.state, excluded.ready, coalesce(excluded.reason, ''))
            """, row, transaction) > 0;
    }
}
