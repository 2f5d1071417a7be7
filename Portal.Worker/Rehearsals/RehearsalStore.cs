using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Rehearsals;
using Portal.Core.Specifications;
using Portal.Worker.Engine;

namespace Portal.Worker.Rehearsals;

/// <summary>A rehearsal as the worker that plays it holds it.</summary>
/// <param name="Attempt">Which time it was taken up; every write shows it.</param>
public sealed record HeldRehearsal(Guid Id, Guid RequestId, int Attempt);

/// <summary>Whether to go on.</summary>
public enum Beat
{
    GoOn,

    /// <summary>Somebody does not want it any more.</summary>
    Cancel,

    /// <summary>It is not ours any more.</summary>
    Lost,
}

/// <summary>The worker's side of the rows of rehearsals.</summary>
public sealed class RehearsalStore(NpgsqlDataSource database, Transactions transactions, OperationJobs jobs, WorkerLease lease, TimeProvider clock)
{
    /// <summary>Nobody said for so long that he plays it: he is dead, or has lost it.</summary>
    private const string Silent = "state = 'Running' and beat_at < clock_timestamp() - interval '15 seconds'";

    /// <summary>A rehearsal that ended two workers ends no third one.</summary>
    private const int MostAttempts = 2;

    /// <param name="id">Null for the one that has waited longest.</param>
    public Task<HeldRehearsal?> ClaimAsync(Guid? id, CancellationToken cancellationToken) => transactions.DoAsync(async work =>
    {
        var held = await work.Connection.QuerySingleOrDefaultAsync<HeldRehearsal>(
            """
            update rehearsals set state = 'Running', owner = @worker, beat_at = clock_timestamp(), attempt = attempt + 1, started_at = coalesce(started_at, @now),
              plan_hash = (select plan_hash from requests r where r.id = request_id)
            where id = (select id from rehearsals where state = 'Queued' and (@id::uuid is null or id = @id) order by number limit 1 for update skip locked)
            returning id as Id, request_id as RequestId, attempt as Attempt
            """, new { worker = lease.Id, id, now = clock.GetUtcNow() });
        if (held is not null)
            await work.Connection.NotifyAsync(Channels.Request, held.RequestId.ToString());
        return held;
    }, cancellationToken);

    /// <inheritdoc cref="RehearsalScript.ReadAsync"/>
    public async Task<RehearsalScript?> ScriptAsync(HeldRehearsal held, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var script = await RehearsalScript.ReadAsync(connection, held.RequestId, cancellationToken);
        if (script is not null)
            await connection.ExecuteAsync("update rehearsals set plan_hash = @PlanHash where id = @Id and attempt = @Attempt", new { script.PlanHash, held.Id, held.Attempt });
        return script;
    }

    /// <summary>Says that it is being played, and how far it is.</summary>
    public async Task<Beat> BeatAsync(HeldRehearsal held, RehearsalProgress? progress, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<(int Ours, bool IsCancelled)?>(new CommandDefinition(
            """
            update rehearsals set beat_at = clock_timestamp(), progress = coalesce(@progress::jsonb, progress)
            where id = @Id and state = 'Running' and owner = @worker and attempt = @Attempt returning 1, cancelled_by is not null
            """,
            new { held.Id, held.Attempt, worker = lease.Id, progress = progress is null ? null : JsonSerializer.Serialize(progress, Specification.Json) }, cancellationToken: cancellationToken));
        return row is not { } found ? Beat.Lost : found.IsCancelled ? Beat.Cancel : Beat.GoOn;
    }

    public Task<bool> EndAsync(HeldRehearsal held, RehearsalEnd end, CancellationToken cancellationToken) => transactions.DoAsync(
        work => RehearsalRows.EndAsync(work, held.Id, (lease.Id, held.Attempt), end, clock.GetUtcNow()), cancellationToken);

    /// <summary>The process stops: another one plays it from the beginning.</summary>
    public Task GiveBackAsync(HeldRehearsal held, CancellationToken cancellationToken) => transactions.DoWithJobsAsync(async work =>
    {
        var given = await work.Connection.ExecuteAsync(
            "update rehearsals set state = 'Queued', owner = null, progress = null, attempt = attempt - 1 where id = @Id and state = 'Running' and owner = @worker and attempt = @Attempt",
            new { held.Id, held.Attempt, worker = lease.Id });
        if (given == 1)
            Enqueue(work, held.Id);
        return given == 1;
    }, cancellationToken);

    /// <summary>What nobody plays any more is played once more, or said to have failed; what waits is offered again.</summary>
    public async Task PickUpAsync(CancellationToken cancellationToken)
    {
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition($"select exists (select from rehearsals where state = 'Queued' or {Silent})", cancellationToken: cancellationToken)))
                return;
        }

        await transactions.DoWithJobsAsync(async work =>
        {
            var given = await work.Connection.QueryAsync<(Guid Id, int Attempt)>(
                $"update rehearsals set state = 'Queued', owner = null, progress = null where {Silent} returning id, attempt");
            foreach (var (id, _) in given.Where(one => one.Attempt >= MostAttempts))
            {
                var trouble = $"It was taken up {MostAttempts} times, and each time the worker ended meanwhile. Rehearse again, and look at the workers' logs if that happens once more";
                await RehearsalRows.EndAsync(work, id, null, new RehearsalEnd(RehearsalState.Failed, Trouble: trouble), clock.GetUtcNow());
            }

            foreach (var id in await work.Connection.QueryAsync<Guid>("select id from rehearsals where state = 'Queued' order by number"))
                Enqueue(work, id);
            return true;
        }, cancellationToken);
    }

    private void Enqueue(JobWork work, Guid id) => jobs.Enqueue<IPlayRehearsal>(work, JobStorageSettings.DefaultQueue, play => play.TakeAsync(id));
}
