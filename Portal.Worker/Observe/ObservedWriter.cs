using Dapper;
using Npgsql;
using Portal.Core.Operations;
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

    /// <summary>Whether it is how the resource is now; false where something later is written already, and only the line is missing.</summary>
    public bool IsLatest { get; init; } = true;

    /// <summary>Whether its reason is a list of <c>name=version</c>: where one changes in the same object, the state says so until the change is dealt with (<see cref="SecretRotations"/>).</summary>
    public bool IsVersioned { get; init; }

    /// <summary>Whether the line is known not to have been written; otherwise it is new where the row changes.</summary>
    public bool IsNews { get; init; }
}

/// <summary>
/// Writes what the observers saw of one environment, in batches: one transaction, under the observer's claim, with the cursor that stands for
/// what was read.
/// </summary>
public sealed class ObservedWriter(NpgsqlDataSource database, Transactions transactions, TimeProvider clock)
{
    // What a replaced resource leaves behind is deleted under the name of its successor.
    private const string IsOfTheSame = "(coalesce(r.physical_id, '') = '' or coalesce(@PhysicalId, r.physical_id) = r.physical_id)";

    // What a versioned object started with, its pod goes on with, until the pod is another. What it did not have is none of what it started with:
    // pods of before a change are given the names of after it.
    private const string NextState =
        """
        case when @IsVersioned and r.physical_id = excluded.physical_id then
          coalesce((select case when r.state = @Current then @Rotated else r.state end || ' ' || string_agg(split_part(one, '=', 1), ' ')
                    from unnest(string_to_array(excluded.reason, ' ')) one where split_part(one, '=', 1) in (select split_part(had, '=', 1) from unnest(string_to_array(coalesce(r.reason, ''), ' ')) had)
                      and not one = any (string_to_array(coalesce(r.reason, ''), ' '))), r.state)
        else excluded.state end
        """;

    /// <param name="read">How far the stack has been read with this; null for what has no cursor.</param>
    /// <returns>Whether anything is not as it was.</returns>
    /// <exception cref="ObserverReplacedException">Another worker observes the target: nothing was written.</exception>
    public async Task<bool> WriteAsync(
        ObserverClaim claim, Guid environmentId, Guid? operationId, IReadOnlyList<SeenResource> seen, CancellationToken cancellationToken, StackCursor? read = null)
    {
        if (seen.Count == 0 && read is null)
            return false;
        return await transactions.DoAsync(async work =>
        {
            await ObserverClaims.HoldAsync(work, claim);
            if (read is not null)
                await StackCursors.MoveAsync(work.Connection, claim.Target, read);
            var now = clock.GetUtcNow();
            var (changed, said) = (false, false);
            foreach (var resource in seen)
            {
                var isOther = resource.IsLatest && await SaveAsync(work.Connection, environmentId, resource, now);
                changed |= isOther;
                if (resource.Said is not { } line || !(isOther || resource.IsNews))
                    continue;
                said = true;
                await new NewEvent(Actor.System, environmentId, operationId, resource.Step, "resource.changed", line.Severity, line.Message).AppendAsync(work, now);
            }

            // A change without an event of its own still has to reach the screens.
            if (changed && !said)
                await work.ChangedAsync(environmentId);
            return changed;
        }, cancellationToken);
    }

    /// <summary>What is known of one type in an environment, as step and name: what went while nobody looked is in no list and no watch.</summary>
    public async Task<IReadOnlyList<(string Step, string Name)>> KnownAsync(Guid environmentId, string type, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<(string, string)>(new CommandDefinition(
            "select step, name from resources where environment_id = @environmentId and type = @type", new { environmentId, type }, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>A stack is gone, and with it what it made.</summary>
    /// <returns>The environments of which it took something away.</returns>
    public Task<IReadOnlyList<Guid>> StackGoneAsync(ObserverClaim claim, string name, string stackId, CancellationToken cancellationToken) => transactions.DoAsync<IReadOnlyList<Guid>>(
        async work =>
        {
            await ObserverClaims.HoldAsync(work, claim);
            await StackCursors.DropAsync(work.Connection, claim.Target, stackId);
            var environments = (await work.Connection.QueryAsync<Guid>(
                """
                delete from resources r using deployments d, environments e
                where e.target = @Target and d.environment_id = e.id and d.plan ->> 'kind' = 'Stack' and d.plan ->> 'subject' = @name
                  and r.environment_id = e.id and r.step = d.step and r.type not like 'Kubernetes::%'
                returning e.id
                """, new { claim.Target, name })).Distinct().ToList();
            await work.ChangedAsync(environments);
            return environments;
        }, cancellationToken);

    private static async Task<bool> SaveAsync(NpgsqlConnection connection, Guid environmentId, SeenResource resource, DateTimeOffset now)
    {
        var row = new { environmentId, resource.Step, resource.Type, resource.Name, resource.PhysicalId, resource.State, resource.Ready, resource.Reason, resource.IsVersioned, SecretRotations.Current, SecretRotations.Rotated, now };
        if (resource.IsGone)
        {
            return await connection.ExecuteAsync(
                $"delete from resources r where environment_id = @environmentId and step = @Step and type = @Type and name = @Name and {IsOfTheSame}", row) > 0;
        }

        return await connection.ExecuteAsync(
            $"""
            insert into resources as r (environment_id, step, type, name, physical_id, state, ready, reason, changed_at)
            values (@environmentId, @Step, @Type, @Name, @PhysicalId, @State, @Ready, @Reason, @now)
            on conflict (environment_id, step, type, name) do update
              set physical_id = excluded.physical_id, state = {NextState}, ready = excluded.ready, reason = excluded.reason, changed_at = excluded.changed_at
              where (coalesce(r.physical_id, ''), r.state, r.ready, coalesce(r.reason, ''))
                is distinct from (coalesce(excluded.physical_id, ''), {NextState}, excluded.ready, coalesce(excluded.reason, ''))
                and (excluded.state not like 'DELETE%' or {IsOfTheSame})
            """, row) > 0;
    }
}
