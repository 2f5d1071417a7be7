using System.Runtime.CompilerServices;
using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Core.Operations;

/// <summary>
/// Does what is due by the environments' lifetimes and timetables. Each is done in a transaction of its own that locks the environment, so
/// that two sweeps at once do nothing twice, and one that is in no state for it does not hold up the others: it is due again the next time.
/// </summary>
public sealed class CareSweep(NpgsqlDataSource database, Transactions transactions, Lifecycle lifecycle, SleepEnvironment sleeper, TimeProvider clock)
{
    /// <summary>As many as are read at once; a sweep goes on until it has been through all that are due.</summary>
    internal int PageSize { get; init; } = 200;

    /// <summary>RDS starts a stopped instance again by itself after seven days.</summary>
    private static readonly TimeSpan RestLasts = TimeSpan.FromDays(7);

    /// <summary>Reminders, ends of life, and the ends themselves.</summary>
    public async Task ExpireAsync(CancellationToken cancellationToken)
    {
        await foreach (var id in DueAsync("expires_at is not null and not protected and expires_at <= @at", clock.GetUtcNow().AddDays(EnvironmentCare.ReminderDays.Max()), cancellationToken))
            await transactions.DoWithJobsAsync(work => ExpireAsync(work, id, cancellationToken), cancellationToken);
    }

    /// <summary>Sends to sleep and wakes up what the timetables say.</summary>
    public async Task FollowTimetablesAsync(CancellationToken cancellationToken)
    {
        await foreach (var id in DueAsync("timetable is not null and state in ('Ready', 'Asleep')", clock.GetUtcNow(), cancellationToken))
            await FollowAsync(id, cancellationToken);
        await foreach (var id in DueAsync(
            """
            state = 'Asleep'
            and exists (select from deployments d where d.environment_id = e.id and d.asleep and d.plan -> 'rest' ->> 'instance' is not null)
            and (select max(o.finished_at) from operations o where o.environment_id = e.id) < @at
            """, clock.GetUtcNow() - RestLasts, cancellationToken))
            await sleeper.AgainAsync(id, cancellationToken);
    }

    // By id, so that those that stay due, as every timetable does, keep nobody from their turn.
    private async IAsyncEnumerable<Guid> DueAsync(string what, DateTimeOffset at, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = Guid.Empty;
        while (true)
        {
            List<Guid> page;
            await using (var connection = await database.OpenConnectionAsync(cancellationToken))
            {
                page = (await connection.QueryAsync<Guid>(new CommandDefinition(
                    $"select id from environments e where id > @after and state not in ('Destroyed', 'Rejected', 'Requested') and {what} order by id limit @PageSize",
                    new { after, at, PageSize }, cancellationToken: cancellationToken))).AsList();
            }

            foreach (var id in page)
                yield return id;
            if (page.Count < PageSize)
                yield break;
            after = page[^1];
        }
    }

    private async Task<bool> ExpireAsync(JobWork work, Guid id, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = await work.Connection.QuerySingleOrDefaultAsync<Expiring>(
            """
            select name as Name, state as State, expires_at as ExpiresAt, reminded_days as RemindedDays, destroyed_after as DestroyedAfter
            from environments where id = @id and expires_at is not null and not protected for update skip locked
            """, new { id });
        if (row is null || row.State == EnvironmentState.Destroying)
            return false;
        var expires = new DateTimeOffset(row.ExpiresAt, TimeSpan.Zero);
        if (row.DestroyedAfter is { } end)
            return now >= new DateTimeOffset(end, TimeSpan.Zero) && await DestroyAsync(work, id, cancellationToken);
        if (now >= expires)
        {
            var destroyedAfter = now + EnvironmentCare.CoolingOff;
            await work.Connection.ExecuteAsync("update environments set destroyed_after = @destroyedAfter where id = @id", new { id, destroyedAfter });
            return await SayAsync(work, id, "expiry.reached", EventSeverity.Warning,
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{row.Name} has expired. It is destroyed on {destroyedAfter.UtcDateTime:yyyy-MM-dd HH:mm} UTC unless somebody keeps it"), new { destroyedAfter }, now);
        }

        var left = EnvironmentCare.ReminderDays.Where(days => expires - now <= TimeSpan.FromDays(days)).Select(days => (int?)days).Min();
        if (left is not { } days || row.RemindedDays <= days)
            return false;
        await work.Connection.ExecuteAsync("update environments set reminded_days = @days where id = @id", new { id, days });
        return await SayAsync(work, id, "expiry.near", EventSeverity.Warning, $"{row.Name} expires {(days == 1 ? "within a day" : $"within {days} days")}", new { days, expires }, now);
    }

    // Everybody was told, nobody kept it: no one has to approve it any more.
    private async Task<bool> DestroyAsync(JobWork work, Guid id, CancellationToken cancellationToken)
    {
        if (await FoundEnvironment.FindAsync(work.Connection, id) is not { } environment)
            return false;
        var deployed = await Deployments.ReadAsync(work.Connection, id, cancellationToken);
        var plan = Deployments.Destruction(environment.Plan, deployed);
        return await lifecycle.QueueAsync(
            work, new NewOperation(id, null, OperationKind.Destroy, plan, Actor.System),
            new NewEvent(Actor.System, id, null, null, "expiry.over", EventSeverity.Warning, $"{environment.Name} has expired, and nobody kept it")) is not null;
    }

    private async Task FollowAsync(Guid id, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        EnvironmentState state;
        bool wasAwake, isAwake;
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            var row = await connection.QuerySingleOrDefaultAsync<(EnvironmentState State, string? Timetable, DateTime? At)>("select state, timetable::text, timetable_at from environments where id = @id", new { id });
            if (row.Timetable is null)
                return;
            var timetable = Timetable.FromJson(row.Timetable);
            (state, isAwake) = (row.State, timetable.IsAwake(now));
            // What somebody does by hand stands until the timetable's next change. One that is new is followed at once.
            wasAwake = row.At is { } at ? timetable.IsAwake(new DateTimeOffset(at, TimeSpan.Zero)) : !isAwake;
        }

        if (isAwake != wasAwake)
        {
            var outcome = (state, isAwake) switch
            {
                (EnvironmentState.Ready, false) => await sleeper.SleepAsync(Actor.System, id, "by its timetable", cancellationToken),
                (EnvironmentState.Asleep, true) => await sleeper.WakeAsync(Actor.System, id, "by its timetable", cancellationToken),
                _ => id,
            };
            // It was taken up by something else in this moment: due again at the next sweep.
            if (outcome.IsRefused)
                return;
        }

        await using var write = await database.OpenConnectionAsync(cancellationToken);
        await write.ExecuteAsync("update environments set timetable_at = @now where id = @id and timetable is not null", new { id, now });
    }

    private static async Task<bool> SayAsync(Work work, Guid id, string kind, EventSeverity severity, string sentence, object body, DateTimeOffset now)
    {
        await new NewEvent(Actor.System, id, null, null, kind, severity, sentence) { Body = body }.AppendAsync(work, now);
        return true;
    }

    private sealed record Expiring
    {
        public string Name { get; init; } = "";
        public EnvironmentState State { get; init; }
        public DateTime ExpiresAt { get; init; }
        public int? RemindedDays { get; init; }
        public DateTime? DestroyedAfter { get; init; }
    }
}
