using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Worker.Engine;

namespace Portal.Worker.Observe;

/// <summary>The right to observe one target, and to write what is seen there. Every write of the observer shows it.</summary>
/// <param name="Epoch">Raised by whoever takes the target over.</param>
public sealed record ObserverClaim(string Target, string Owner, long Epoch);

/// <summary>Another worker observes the target now: stop, write nothing.</summary>
public sealed class ObserverReplacedException(string target) : Exception($"Target {target} is observed by another worker now.");

/// <summary>Who observes which target: one observer a target in the whole fleet, for as long as its worker lives (<see cref="WorkerLease"/>).</summary>
public sealed class ObserverClaims(NpgsqlDataSource database, WorkerLease lease)
{
    /// <summary>
    /// How long a transaction of an observer may stand still. It holds the claim, so whoever wants to take over from a worker that froze in
    /// the middle of one waits until Postgres ends it.
    /// </summary>
    private const string Patience = "3s";

    /// <summary>Takes the targets that no living worker observes, and those of this worker that it has stopped to observe.</summary>
    /// <param name="running">What this worker observes.</param>
    public async Task<IReadOnlyList<ObserverClaim>> TakeAsync(IReadOnlyCollection<string> running, CancellationToken cancellationToken)
    {
        if (lease.Fleet is { IsAnyTargetFree: false } fleet && fleet.Observed == running.Count)
            return [];
        const string free = $"(owner is null or (owner = @Id and t.name <> all(@running)) or (owner <> @Id and not exists ({WorkerLease.IsAlive})))";
        var arguments = new { lease.Id, running = running.ToArray() };
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // Nearly always there is none, and that is what has to be cheap.
        var targets = (await connection.QueryAsync<string>(new CommandDefinition(
            $"select t.name from targets t left join observers o on o.target = t.name where {free}", arguments, cancellationToken: cancellationToken))).ToArray();
        if (targets.Length == 0)
            return [];
        await connection.ExecuteAsync(new CommandDefinition(
            "insert into observers (target) select unnest(@targets) on conflict (target) do nothing", new { targets }, cancellationToken: cancellationToken));
        var taken = await connection.QueryAsync<(string Target, long Epoch)>(new CommandDefinition(
            $"""
            update observers set owner = @Id, epoch = epoch + 1, taken_at = clock_timestamp()
            from targets t
            where t.name = target and target = any(@targets) and {free}
            returning target, epoch
            """, new { arguments.Id, arguments.running, targets }, cancellationToken: cancellationToken));
        return [.. taken.Select(row => new ObserverClaim(row.Target, lease.Id, row.Epoch))];
    }

    /// <summary>Gives up what this worker observes, so that another need not wait until its lease has run out.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition("update observers set owner = null where owner = @Id", new { lease.Id }, cancellationToken: cancellationToken));
    }

    /// <summary>Nobody takes the target over until the end of the transaction, and nothing is written once somebody has.</summary>
    /// <exception cref="ObserverReplacedException">Somebody has.</exception>
    public static async Task HoldAsync(Work work, ObserverClaim claim)
    {
        // A share lock waits for whoever raises the epoch, and then sees it raised.
        if (!await work.Connection.ExecuteScalarAsync<bool>(
            $"""
            set local idle_in_transaction_session_timeout = '{Patience}';
            select exists (select from observers where target = @Target and owner = @Owner and epoch = @Epoch for share)
            """, claim))
            throw new ObserverReplacedException(claim.Target);
    }
}
